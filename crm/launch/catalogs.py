"""Translation catalogs without system gettext: polib compiles them, and finds what a catalog still owes."""

import re
from pathlib import Path

import polib

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


def find_catalogs(locale: Path) -> list[Path]:
    return sorted(locale.glob("*/LC_MESSAGES/*.po"))


def compile_catalogs(locale: Path) -> None:
    """Writes each .mo that is older than its .po."""
    for source in find_catalogs(locale):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime <= source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))


def defects(catalog: Path) -> list[str]:
    """One line for each message that is fuzzy, untranslated, short of a plural or at odds in placeholders."""
    entries = polib.pofile(str(catalog))
    forms = plural_forms(entries.metadata.get("Plural-Forms", ""))
    found = ((entry, defect(entry, forms)) for entry in entries if not entry.obsolete)
    return [f"{catalog.parts[-3]}: {fault}: {entry.msgid!r}" for entry, fault in found if fault]


def defect(entry: polib.POEntry, forms: int) -> str | None:
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if entry.fuzzy:
        return "fuzzy"
    if not all(texts):
        return "untranslated"
    if entry.msgid_plural and len(texts) != forms:
        return f"{len(texts)} plural forms instead of {forms}"
    allowed = placeholders(entry.msgid) | placeholders(entry.msgid_plural)
    strays = [text for text in texts if not placeholders(text) <= allowed]
    return "unknown placeholders" if strays else missing_placeholders(entry, texts)


def missing_placeholders(entry: polib.POEntry, texts: list[str]) -> str | None:
    """A singular may drop its number; every other text must keep what the source names."""
    if entry.msgid_plural or placeholders(entry.msgid) <= placeholders(texts[0]):
        return None
    return "placeholders missing"


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text.replace("%%", "")))


def plural_forms(header: str) -> int:
    stated = re.search(r"nplurals\s*=\s*(\d+)", header)
    return int(stated[1]) if stated else 0
