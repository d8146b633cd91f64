"""Larger parts of pages: badges, sort heads, pager, filter bar, empty states, notes, key figures."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from crm.access import may
from crm.templatetags.marks import icon
from crm.web.fragments import button_of
from crm.web.navigation import Badge, NavItem, Section, slot_url
from crm.web.pages import Page

register = template.Library()

SEARCH_NAMES = ("search", "q")
KEPT = ("ordering", "view", "whose", "all")


register.filter("button_of", button_of)
register.filter("may", may)  # {% if user|may:"rate.change" %}: what a person may not do is absent, not refused


@register.simple_tag
def badge(item: NavItem, badges: dict[str, Badge], oob: bool = False) -> SafeString:
    """The count beside a place; it stands empty when there is nothing to do, so that a swap finds it."""
    if not item.badge:
        return mark_safe("")
    counted = badges.get(item.code)
    css = "count" if item.section is Section.TOP else "n"
    return format_html(
        '<span class="{}" id="badge-{}"{}{}>{}</span>',
        f"{css} hot" if counted and counted.late else css,
        item.code,
        mark_safe(' hx-swap-oob="true"') if oob else "",
        mark_safe("") if counted else mark_safe(" hidden"),
        _counted(counted) if counted else "",
    )


def _counted(counted: Badge) -> SafeString:
    if not counted.words:
        return format_html("{}", counted.text)
    return format_html(
        '<span aria-hidden="true">{}</span><span class="visually-hidden">, {}</span>', counted.text, counted.words
    )


@register.simple_tag(takes_context=True)
def sort_head(context: Context, label: str, field: str, target: str = "", css: str = "") -> SafeString:
    """{% sort_head "Lifetime value" "-figures__value" "#rows" "n" %}: a <th> that sorts by `?ordering=`.

    The field begins with "-" where the first click should show the largest first.
    """
    query: QueryDict = context["request"].GET
    current = query.get("ordering", "")
    bare = field.lstrip("-")
    active = current.lstrip("-") == bare
    asked = _reversed(current) if active else field
    url = f"?{_replaced(query, ordering=asked, page=None)}"
    return format_html(
        '<th scope="col" class="{}"{}><a href="{}"{}>{}{}</a></th>',
        css,
        _aria_sort(current) if active else "",
        url,
        format_html(' hx-get="{}" hx-target="{}" hx-push-url="true"', url, target) if target else "",
        label,
        icon("arrow-down" if current.startswith("-") else "arrow-up") if active else "",
    )


def _reversed(ordering: str) -> str:
    return ordering[1:] if ordering.startswith("-") else f"-{ordering}"


def _aria_sort(ordering: str) -> SafeString:
    return format_html(' aria-sort="{}"', "descending" if ordering.startswith("-") else "ascending")


def _replaced(query: QueryDict, **values: str | None) -> str:
    changed = query.copy()
    for name, value in values.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = value
    return changed.urlencode()


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], target: str = "") -> dict[str, Any]:
    """{% pager page "#rows" %} under a list that crm.web.pages.paginate made."""
    return {
        "request": context["request"],
        "page": page,
        "target": target,
        "previous": page.number - 1,
        "next": page.number + 1,
    }


@dataclass(frozen=True, slots=True)
class FilterChip:
    label: str
    words: str
    remove: str


@register.inclusion_tag("components/filter_bar.html", takes_context=True)
def filter_bar(context: Context, filterset: Any, target: str = "#rows") -> dict[str, Any]:
    """{% filter_bar filter "#rows" %}: search field, chips of what is set, the rest in a menu.

    `filterset` is a django-filter FilterSet; its `search` or `q` stands open, the other fields in the menu.
    """
    request: HttpRequest = context["request"]
    form: forms.Form = filterset.form
    fields = [field for field in form if field.name not in KEPT]
    search = next((field for field in fields if field.name in SEARCH_NAMES), None)
    return {
        "request": request,
        "target": target,
        "search": search,
        "fields": [field for field in fields if field is not search],
        "chips": [_chip(field, request.GET) for field in fields if field is not search and _is_set(field)],
        "hidden": [(name, request.GET[name]) for name in KEPT if name in request.GET],
        "views_url": _views_url(request),
    }


def _views_url(request: HttpRequest) -> str:
    """Where a person's own views of this list are, if the list is a place of its own and an app keeps views."""
    match, url = request.resolver_match, slot_url("views")
    if not url or match is None or match.kwargs or match.args:
        return ""
    return f"{url}?{urlencode({'of': match.view_name, 'query': request.GET.urlencode()})}"


def _is_set(field: forms.BoundField) -> bool:
    value = field.value()
    if isinstance(field.field, forms.NullBooleanField):
        return value is not None
    if isinstance(value, list | tuple):
        return any(value)
    return value not in (None, "", False)


def _chip(field: forms.BoundField, query: QueryDict) -> FilterChip:
    subnames = [name for name in query if name == field.html_name or name.startswith(f"{field.html_name}_")]
    remove = _replaced(query, **dict.fromkeys([*subnames, "page"]))
    return FilterChip(str(field.label), _words_of(field), f"?{remove}" if remove else "?")


def _words_of(field: forms.BoundField) -> str:
    """The chosen options by their labels, anything else as typed."""
    value = field.value()
    if isinstance(value, bool):
        value = str(value).lower()  # as the options of yes and no are keyed
    chosen = [str(part) for part in (value if isinstance(value, list | tuple) else [value]) if part]
    choices = getattr(field.field, "choices", getattr(field.field.widget, "choices", None))
    if choices is None:
        return " – ".join(chosen)
    labels = {str(key): str(label) for key, label in choices if not isinstance(label, list | tuple)}
    return ", ".join(labels.get(key, key) for key in chosen)


@register.inclusion_tag("components/empty.html")
def empty_state(
    icon_name: str, title: str, text: str, url: str = "", label: str = "", dialog: str = ""
) -> dict[str, str]:
    """{% empty_state "mood-smile" title text url label %}: what it means and one next step."""
    return {"icon_name": icon_name, "title": title, "text": text, "url": url, "label": label, "dialog": dialog}


@register.inclusion_tag("components/note.html")
def note(tone: str, icon_name: str, bold: str, text: str = "") -> dict[str, str]:
    """{% note "warn" "clock-exclamation" bold text %}; with buttons write `.note` by hand."""
    return {"tone": tone, "icon_name": icon_name, "bold": bold, "text": text}


@register.simple_tag
def fig(label: str, value: object, hint: object = "", tone: str = "") -> SafeString:
    """{% fig label value hint "bad" %} inside <dl class="figs">; the hint says compared with what."""
    under = format_html('<dd class="s">{}</dd>', hint) if hint else ""
    return format_html(
        '<div class="fig"><dt>{}</dt><dd><span class="{}">{}</span></dd>{}</div>', label, tone, value, under
    )
