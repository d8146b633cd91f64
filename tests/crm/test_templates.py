"""Promises of all templates, styles and scripts: no inline code, no inline style, short files, known names."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
LIMIT = 400

# Typst and mail templates are not pages.
PAGES = [path for path in TEMPLATES if "mail" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles(path: Path) -> None:
    assert engines["django"]
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_template_has_no_inline_script_or_handler(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r"hx-on|hx-vals=[\"']js:|javascript:", text)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_template_styles_only_by_custom_properties(path: Path) -> None:
    text = path.read_text()
    assert "<style" not in text
    for style in re.findall(r"style=\"([^\"]*)\"|style='([^']*)'", text):
        declared = re.sub(r"\{[{%].*?[%}]\}", "", "".join(style))
        names = [part.split(":")[0].strip() for part in declared.split(";") if ":" in part]
        assert all(name.startswith("--") for name in names), style


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=name_of)
def test_a_style_or_script_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LIMIT
    assert text.startswith(("/*", "//"))


@pytest.mark.parametrize("path", [path for path in STYLES if path.name != "tokens.css"], ids=name_of)
def test_colours_have_names(path: Path) -> None:
    # Paper is white in both themes; black and white on solid fills and print are no colours of the theme.
    rules = [rule for rule in path.read_text().split("}") if ".paper" not in rule]
    raw = set(re.findall(r"#[0-9a-fA-F]{3,6}\b", "".join(rules)))
    assert raw <= {"#fff", "#000", "#0c1330", "#0b1020", "#ccc", "#999", "#333", "#555"}


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_evaluates_no_text(path: Path) -> None:
    assert not re.search(r"\beval\(|new Function\(|innerHTML|insertAdjacentHTML|document\.write", path.read_text())


def test_every_stylesheet_is_loaded() -> None:
    head = (ROOT / "templates/shell/head.html").read_text()
    assert all(f"css/{path.name}" in head for path in STYLES)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_form_says_once_what_is_wrong_with_it(path: Path) -> None:
    """`{{ form }}` brings its errors along."""
    assert not re.search(r'forms/errors\.html" %\}[^\n]{0,40}\{\{ form \}\}', path.read_text())
