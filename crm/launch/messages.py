"""Extraction of UI strings without system gettext: Babel reads Python, Django turns templates into it.

A catalog holds only messages in order, no dates and no places in files, so that two people's changes merge.
A command of its own: python -m crm.launch.messages write, or check.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from crm.launch.catalogs import compile_catalogs, defects, find_catalogs
from crm.launch.places import ROOT

SOURCES = ("crm", "clients", "billing", "loyalty", "templates")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "lazy")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
}


@dataclass(frozen=True, order=True)
class Message:
    """One translatable text; `plural` and `context` are empty where the source has none."""

    text: str
    context: str = ""
    plural: str = ""


def extract_messages(root: Path) -> set[Message]:
    """Every message of the product's Python files and templates."""
    return {message for path in source_files(root) for message in messages_in(path)}


def source_files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        for path in sorted((root / source).rglob("*")):
            if path.suffix in {".py", ".html", ".txt", ".typ"} and "migrations" not in path.parts:
                yield path


def messages_in(path: Path) -> Iterator[Message]:
    text = path.read_text(encoding="utf-8")
    code = text if path.suffix == ".py" else as_python(text, path)
    for _line, found, _comments, context in extract("python", io.BytesIO(code.encode()), KEYWORDS):
        singular, plural = found if isinstance(found, tuple) else (found, "")
        yield Message(singular, context or "", plural)


def as_python(template: str, path: Path) -> str:
    """The template's calls of gettext, inside one pair of brackets: there indentation means nothing."""
    return f"(\n{templatize(template, origin=str(path))}\n)"


def update_catalogs(root: Path) -> None:
    """Writes each locale/*/LC_MESSAGES/django.po: the source's messages, with the translations there were."""
    messages = extract_messages(root)
    for language in LANGUAGES:
        path = catalog_path(root, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        merged(path, messages, language).save(str(path))


def catalog_path(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def merged(path: Path, messages: Iterable[Message], language: str) -> polib.POFile:
    before = translations(path)
    catalog = polib.POFile(wrapwidth=100)
    catalog.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES[language],
    }
    catalog.extend(entry_for(message, before, language) for message in sorted(messages))
    return catalog


def translations(path: Path) -> dict[Message, polib.POEntry]:
    entries = polib.pofile(str(path)) if path.exists() else []
    return {Message(entry.msgid, entry.msgctxt or "", entry.msgid_plural): entry for entry in entries}


def entry_for(message: Message, before: dict[Message, polib.POEntry], language: str) -> polib.POEntry:
    old = before.get(message)
    entry = polib.POEntry(msgid=message.text, msgctxt=message.context or None, flags=list(old.flags) if old else [])
    if message.plural:
        forms = range(int(LANGUAGES[language].split("=")[1][0]))
        entry.msgid_plural = message.plural
        entry.msgstr_plural = {form: old.msgstr_plural.get(form, "") if old else "" for form in forms}
    else:
        entry.msgstr = old.msgstr if old else ""
    return entry


def absent(root: Path) -> list[str]:
    """One line for each message of the source that a catalog lacks, or holds without need."""
    wanted = extract_messages(root)
    lines = []
    for language in LANGUAGES:
        held = set(translations(catalog_path(root, language)))
        lines += [f"{language}: not in the catalog: {message.text!r}" for message in sorted(wanted - held)]
        lines += [f"{language}: no longer in the source: {message.text!r}" for message in sorted(held - wanted)]
    return lines


def check() -> int:
    """Prints what the catalogs owe; 1 if anything."""
    faults = absent(ROOT)
    for catalog in find_catalogs(ROOT / "locale"):
        faults += defects(catalog)
    print("\n".join(faults) or "Catalogs: complete")
    return 1 if faults else 0


def write() -> int:
    update_catalogs(ROOT)
    compile_catalogs(ROOT / "locale")
    return 0


if __name__ == "__main__":
    sys.exit({"write": write, "check": check}[sys.argv[1]]())
