"""The table that stands beside every chart of loyalty, and the links that take a table along as a file."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from crm.templatetags.formats import day, number, percent, signed
from loyalty.reports.grids import Grid, Head

register = template.Library()
UNKNOWN = "–"


@register.inclusion_tag("loyalty/grid_table.html", takes_context=True)
def grid_table(context: Context, grid: Grid) -> dict[str, Any]:
    """{% grid_table grid %}: the figures of a chart as a table that opens, with its files."""
    return {"grid": grid, "files": _files(context, grid.code, grid.query), "today": context.get("today")}


@register.inclusion_tag("loyalty/grid_files.html", takes_context=True)
def grid_files(context: Context, code: str, query: str | None = None) -> dict[str, Any]:
    """{% grid_files "values" %}: CSV and XLSX of a table that the page shows itself, asked as the page was."""
    return {"files": _files(context, code, query)}


@register.simple_tag
def grid_cell(head: Head, value: Any, today: Any = None) -> str:
    """{% grid_cell head value %}: the cell as its column writes it; what is unknown is a dash."""
    if value is None:
        return UNKNOWN
    if head.style == "number":
        return number(value, head.places)
    if head.style == "percent":
        return percent(value)
    if head.style == "signed":
        return signed(value, head.places)
    return day(value, today) if head.style == "day" else str(value)


@register.simple_tag(takes_context=True)
def answers_query(context: Context, name: str, value: object) -> str:
    """{% answers_query "tier" row.key %}: the page's question with one more filter, from its first page on."""
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    asked[name] = str(value)
    return f"?{asked.urlencode()}"


def _files(context: Context, code: str, query: str | None) -> list[tuple[str, str]]:
    """The address of each kind of file, with the page's own question unless another is given."""
    asked = context["request"].GET.copy()
    asked.pop("format", None)
    asked.pop("page", None)
    words = asked.urlencode() if query is None else query
    address = reverse(f"loyalty:{code}_figures")
    return [(form.upper(), f"{address}?{words}{'&' if words else ''}format={form}") for form in ("csv", "xlsx")]
