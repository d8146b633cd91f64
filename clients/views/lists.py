"""The client list: filters, saved views, bulk acts and export of exactly the rows that are shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.template import Context
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clients.exports import CLIENTS, OWN_FIELDS
from clients.filters import VIEWS, ClientListFilter, view_conditions
from clients.forms.client import AssignForm, BulkDesignationForm
from clients.forms.picks import label_of, meant_client, suggestions
from clients.models import Client, KeyClientDesignation
from clients.models.client import ClientQuery
from clients.services.clients import assign_manager, designate_clients
from clients.views.acting import answer
from clients.views.kept import FIRST, kept_views
from crm.access import may
from crm.exports import export_response
from crm.templatetags.components import filter_bar
from crm.web.fragments import page, wants_fragment
from crm.web.pages import paginate, stable
from crm.web.rights import SignedIn, requires

ACTS = {"assign": "client.change", "designate": "designation.change"}


@dataclass(frozen=True, slots=True)
class ListTab:
    code: str
    label: object
    count: int | None
    current: bool


def list_rows(user: Any) -> ClientQuery:
    """Clients as a list shows them; the same rows serve page, export and API."""
    rows = Client.objects.visible_to(user).current().with_shown_figures(user).with_policy()
    return rows.select_related("figures", "account_manager")


@require_safe
@requires("client.see")
def client_list(request: SignedIn) -> HttpResponse:
    query = request.GET.urlencode()
    asked = asked_of(request.GET)
    request.GET = cast("Any", asked)  # heads and chips show what the list does, asked for or not
    filtered = ClientListFilter(asked, queryset=list_rows(request.user), request=request)
    rows = filtered.qs if filtered.is_valid() else filtered.queryset.none()
    around = {} if wants_fragment(request) else _around(request, filtered, query)
    known = _known_count(asked, around.get("views", ())) if filtered.is_valid() else None
    context: dict[str, Any] = {
        "page": paginate(request, rows.prefetch_related(_held()), known=known),
        "may_add": may(request.user, "client.add"),
        "may_change": may(request.user, "client.change"),
        "is_filtered": bool({*asked} - {"view", "page", "ordering"}) or asked["view"] != "active",
    }
    return page(request, "clients/client_list.html", context | around, fragment="rows")


def _known_count(asked: QueryDict, tabs: Iterable[ListTab]) -> int | None:
    """The tab's own count, where nothing but the tab limits the rows."""
    if {*asked} - {"view", "page", "ordering"}:
        return None
    return next((tab.count for tab in tabs if tab.code == asked["view"]), None)


def _around(request: SignedIn, filtered: ClientListFilter, query: str) -> dict[str, Any]:
    """Tabs, filter bar and saved views, which stay when the rows are swapped; `query` is what the address said."""
    view = request.GET["view"]
    saved, kept = kept_views(request.user, FIRST, query)
    return {
        "filter": filtered,
        "bar": filter_bar(Context({"request": request}), filtered),
        "views": _views(request, "" if kept else view),
        "saved": saved,
        "kept_view": kept,
        "view": view,
        "query": query,
        "list_name": FIRST,
    }


def asked_of(given: QueryDict) -> QueryDict:
    """What the address asks for; without a tab it is the active clients, or all of them for a search."""
    asked = given.copy()
    asked.setdefault("view", "all" if given.get("search") else "active")
    asked.setdefault("ordering", "-value")
    return asked


def _held() -> "Prefetch[Any]":
    active = KeyClientDesignation.objects.active(on=timezone.localdate())
    return Prefetch("designations", active, to_attr="held")


def _views(request: SignedIn, current: str) -> list[ListTab]:
    """The built-in tabs with their counts, in one statement."""
    conditions = view_conditions(request.user)
    counts = (
        list_rows(request.user)
        .order_by()
        .aggregate(**{code: Count("pk", filter=condition) for code, condition in conditions.items()})
    )
    return [
        ListTab(code, label, counts.get(code), current=code == current)
        for code, label in VIEWS
        if code == "all" or code in ("active", current) or counts.get(code)
    ]


@require_safe
@requires("client.see")
def client_export(request: SignedIn) -> FileResponse:
    """Exactly the rows of the list as it is filtered and sorted, or those that were ticked."""
    filtered = ClientListFilter(asked_of(request.GET), queryset=list_rows(request.user), request=request)
    if not filtered.is_valid():
        raise Http404
    ticked = ids_of(request.GET)
    rows = filtered.qs.filter(pk__in=ticked) if ticked else filtered.qs
    rows = rows.with_shown_fields(request.user, *OWN_FIELDS)
    return export_response(request, stable(rows), CLIENTS, form=request.GET.get("format", "csv"))


@require_safe
@requires("client.see")
def client_options(request: SignedIn) -> HttpResponse:
    """Suggestions for a field in which a client is typed; `?of=` names the field."""
    text = request.GET.get(request.GET.get("of", "client"), "").strip()[:100]
    labels = [label_of(client) for client in suggestions(request.user, text)] if text else []
    return page(request, "clients/client_options.html", {"labels": labels})


@require_safe
@requires("client.see")
def client_worth(request: SignedIn) -> HttpResponse:
    """What the client that is typed into a field is worth; `?of=` names the field."""
    client = meant_client(request.user, typed_of(request))
    return page(request, "clients/client_worth.html", {"client": client}, fragment="worth")


def typed_of(request: SignedIn) -> str:
    """What stands in the field that `?of=` names."""
    return request.GET.get(request.GET.get("of", "client"), "").strip()[:100]


@require_POST
@requires("client.change")
def client_bulk(request: SignedIn) -> HttpResponse:
    """Asks before it acts on many: the first POST shows how many, the second one with `sure` does it."""
    act = request.POST.get("act", "")
    if act not in ACTS or not may(request.user, ACTS[act]):
        raise PermissionDenied
    chosen = Client.objects.visible_to(request.user).filter(pk__in=ids_of(request.POST))
    rows = chosen.changeable_by(request.user)
    context = {"act": act, "rows": rows, "skipped": chosen.count() - rows.count()}
    return BULK[act](request, rows, context)


def ids_of(given: QueryDict) -> list[int]:
    """The ticked rows; nonsense is passed over."""
    return [int(text) for text in given.getlist("client")[:500] if text.isascii() and text.isdigit() and len(text) < 19]


def _assign(request: SignedIn, rows: ClientQuery, context: dict[str, Any]) -> HttpResponse:
    form = AssignForm(request.POST if "sure" in request.POST else None)

    def act() -> int:
        return assign_manager(rows, manager=form.cleaned_data["manager"])

    def said(n: int) -> str:
        words = ngettext("%(n)s client has a new account manager.", "%(n)s clients have a new account manager.", n)
        return words % {"n": n}

    return _bulk_answer(request, form, act, said, context)


def _designate(request: SignedIn, rows: ClientQuery, context: dict[str, Any]) -> HttpResponse:
    form = BulkDesignationForm(request.POST if "sure" in request.POST else None)

    def act() -> int:
        return designate_clients(rows, **form.cleaned_data, on=timezone.localdate())

    def said(n: int) -> str:
        return ngettext("%(n)s client is now a key client.", "%(n)s clients are now key clients.", n) % {"n": n}

    return _bulk_answer(request, form, act, said, context)


def _bulk_answer(
    request: SignedIn,
    form: AssignForm | BulkDesignationForm,
    act: Callable[[], int],
    said: Callable[[int], str],
    context: dict[str, Any],
) -> HttpResponse:
    template = "clients/client_bulk.html"
    if not form.is_bound:
        return page(request, template, {**context, "form": form}, fragment="dialog")
    return answer(request, form, act, template=template, context=context, said=said)


BULK = {"assign": _assign, "designate": _designate}
