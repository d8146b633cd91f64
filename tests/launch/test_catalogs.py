"""Translations: every string of the source is found, merged without loss, and checked in every catalog."""

from pathlib import Path

import polib
import pytest

from crm.launch.catalogs import compile_catalogs, defects, plural_forms
from crm.launch.messages import LANGUAGES, Message, absent, catalog_path, extract_messages, update_catalogs

TEMPLATE = """
{% load i18n %}{% partialdef rows %}
<a title="{% translate 'Done' context 'button' %}" data-x='(unbalanced ['>{{ _("In a filter")|upper }}</a>
{% endpartialdef %} don't 3.14abc \\ ? "
{% blocktranslate trimmed count n=rows|length %}
  {{ n }} row
{% plural %}
  {{ n }} rows
{% endblocktranslate %}
{% comment %}{% translate "Not this" %}{% endcomment %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
title = _("In two "
          "pieces")
text = ngettext("%(n)s hour", "%(n)s hours", 2), pgettext("month", "May"), _(title)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, text in {"templates/page.html": TEMPLATE, "billing/views.py": CODE}.items():
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text)
    return tmp_path


def test_strings_are_found_in_templates_and_code(source: Path) -> None:
    assert extract_messages(source) == {
        Message("Done", context="button"),
        Message("In a filter"),
        Message("%(n)s row", plural="%(n)s rows"),
        Message("In two pieces"),
        Message("%(n)s hour", plural="%(n)s hours"),
        Message("May", context="month"),
    }


def translate(path: Path, language: str) -> None:
    catalog = polib.pofile(str(path))
    for entry in catalog:
        if entry.msgid_plural:
            entry.msgstr_plural = dict.fromkeys(range(2 + (language == "ru")), "%(n)s x")
        else:
            entry.msgstr = f"{language}: {entry.msgid}"
    catalog.save()


def test_a_new_string_is_asked_for_and_the_others_keep_their_translation(source: Path) -> None:
    update_catalogs(source)
    for language in LANGUAGES:
        translate(catalog_path(source, language), language)
    (source / "templates/page.html").write_text(TEMPLATE + '{% translate "Brand new" %}')
    assert [line for line in absent(source) if line.startswith("de")] == ["de: not in the catalog: 'Brand new'"]
    update_catalogs(source)
    assert absent(source) == []
    assert defects(catalog_path(source, "ru")) == ["ru: untranslated: 'Brand new'"]


def test_a_string_that_has_gone_leaves_the_catalogs(source: Path) -> None:
    update_catalogs(source)
    (source / "billing/views.py").write_text("")
    assert "ru: no longer in the source: 'May'" in absent(source)
    update_catalogs(source)
    assert "May" not in catalog_path(source, "ru").read_text()


def test_a_catalog_names_no_dates_and_no_lines(source: Path) -> None:
    update_catalogs(source)
    before = catalog_path(source, "de").read_text()
    (source / "templates/page.html").write_text("\n\n\n" + TEMPLATE)
    update_catalogs(source)
    assert catalog_path(source, "de").read_text() == before


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Hour"\nmsgstr ""', "untranslated"),
        ('#, fuzzy\nmsgid "Hour"\nmsgstr "Час"', "fuzzy"),
        ('msgid "%(n)s h"\nmsgid_plural "%(n)s hs"\nmsgstr[0] "x"\nmsgstr[1] "y"', "2 plural forms instead of 3"),
        ('msgid "Hello %(name)s"\nmsgstr "Привет"', "placeholders missing"),
        ('msgid "Hello %(name)s"\nmsgstr "Привет %(nmae)s"', "unknown placeholders"),
        ('msgid "Hello {name}"\nmsgstr "Привет {имя}"', "unknown placeholders"),
    ],
)
def test_a_faulty_translation_is_named(tmp_path: Path, entry: str, fault: str) -> None:
    catalog = tmp_path / "ru" / "LC_MESSAGES" / "django.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text(f'msgid ""\nmsgstr ""\n"Plural-Forms: {LANGUAGES["ru"]}\\n"\n\n{entry}\n')
    assert [line.split(": ")[1] for line in defects(catalog)] == [fault]


def test_compiled_catalogs_follow_their_source(source: Path) -> None:
    update_catalogs(source)
    for language in LANGUAGES:
        translate(catalog_path(source, language), language)
    compile_catalogs(source / "locale")
    compiled = polib.mofile(str(catalog_path(source, "ru").with_suffix(".mo")))
    assert {entry.msgid for entry in compiled} == {message.text for message in extract_messages(source)}


def test_the_languages_have_their_plural_forms() -> None:
    assert {language: plural_forms(f"Plural-Forms: {rule}") for language, rule in LANGUAGES.items()} == {
        "de": 2,
        "ru": 3,
    }
