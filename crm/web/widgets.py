"""The plainest widgets, inputs and selects, written as Django's templates write them but without templates.

A select of fifty people is fifty templates to Django; here it is one string. A test holds both side by side.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

FOLDER = "django/forms/widgets/"
OPTION = f"{FOLDER}select_option.html"
BOXES = (f"{FOLDER}checkbox_option.html", f"{FOLDER}radio_option.html")
INPUTS = ("text", "number", "email", "url", "tel", "search", "date", "datetime", "time", "hidden", "checkbox", "input")


def _text(value: object) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


def _attributes(attributes: Mapping[str, Any]) -> str:
    written = (f" {name}" if value is True else f' {name}="{_text(value)}"' for name, value in _said(attributes))
    return "".join(written)


def _said(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((_text(name), value) for name, value in attributes.items() if value is not False)


def write_input(widget: Mapping[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    written = f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}'
    return mark_safe(f"{written}{_attributes(widget['attrs'])}>")  # noqa: S308  # every part was escaped


def write_select(widget: Mapping[str, Any]) -> SafeString:
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    written = f'<select name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>{groups}</select>'
    return mark_safe(written)  # noqa: S308  # every part was escaped


def _group(name: object, options: list[Mapping[str, Any]]) -> str:
    written = "".join(_option(option) for option in options)
    return f'<optgroup label="{_text(name)}">{written}</optgroup>' if name else written


def _option(option: Mapping[str, Any]) -> str:
    value, label = _text(option["value"]), _text(option["label"])
    return f'<option value="{value}"{_attributes(option["attrs"])}>{label}</option>'


WRITERS: Mapping[str, Callable[[Mapping[str, Any]], SafeString]] = {
    **{f"{FOLDER}{name}.html": write_input for name in INPUTS},
    f"{FOLDER}select.html": write_select,
}


def writer_of(template: str, widget: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], SafeString] | None:
    """Who writes a widget without its template; none for a select whose options have a template of their own."""
    options = (option for _name, options, _index in widget.get("optgroups", ()) for option in options)
    if any(option["template_name"] != OPTION for option in options):
        return None
    if template in BOXES:
        return None if widget.get("wrap_label", True) else write_input
    return WRITERS.get(template)
