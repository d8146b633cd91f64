"""Data quality: what is missing about clients, who stands twice, and the one act that mends it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.exports import PAIRS, QUALITY
from clients.filters.quality import PairListFilter, QualityFilter
from clients.models import Client, DistinctPair
from clients.reports.quality import Finding, gaps_in, may_mend, twins_in
from clients.services.distinct import tell_apart
from clients.views.acting import act_once, own, settled
from crm.exports import export_response
from crm.web.fragments import after_act, page, warn
from crm.web.pages import paginate, paginate_rows, stable
from crm.web.rights import SignedIn, requires

SORTS: dict[str, Callable[[Finding], Any]] = {
    "client": lambda row: row.client.name.casefold(),
    "gap": lambda row: str(row.words),
    "value": lambda row: vars(row.client)["shown_badge_value"] or Decimal(0),
}


@require_safe
@requires("quality.see")
def quality_list(request: SignedIn) -> HttpResponseBase:
    """Clients that the person may change; `?format=` gives the same rows as a file."""
    found = QualityFilter(request.GET, may_mend(request.user).with_shown_figures(request.user), request=request)
    clients = found.qs if found.is_valid() else found.queryset.none()
    rows = [*gaps_in(clients, at=timezone.now()), *twins_in(clients, request.user)]
    if gap := found.form.cleaned_data.get("gap"):
        rows = [row for row in rows if row.gap == gap]
    rows = ordered(rows, request.GET.get("ordering", "-value"))
    if form := request.GET.get("format"):
        return export_response(request, rows, QUALITY, form=form, of=Client)
    context = {"filter": found, "page": paginate_rows(request, rows)}
    return page(request, "clients/quality_list.html", context, fragment="rows")


@require_POST
@requires("quality.change")
def distinct_new(request: SignedIn, pk: int, other: int) -> HttpResponse:
    """Two that look like one and are not: they are not suggested again."""
    client = own(Client.objects.all(), request.user, pk)
    second = get_object_or_404(Client.objects.visible_to(request.user), pk=other)
    back = reverse("clients:quality_list")
    try:
        pair = tell_apart(client, second, by=request.user)
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
        return after_act(request, back)
    words = _("%(name)s and %(other)s are two clients; nobody is asked again.") % {"name": client, "other": second}
    return settled(request, words, fallback=back, undo=reverse("clients:distinct_delete", args=[pair.pk]))


@require_safe
@requires("quality.see")
def distinct_list(request: SignedIn) -> HttpResponseBase:
    """Pairs that were told apart; each may be suggested again."""
    rows = DistinctPair.objects.visible_to(request.user).select_related("client", "other", "said_by")
    rows = rows.with_may_change(DistinctPair.objects.changeable_by(request.user))
    found = PairListFilter(request.GET, rows, request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), PAIRS, form=form)
    context = {"filter": found, "page": paginate(request, found.qs)}
    return page(request, "clients/distinct_list.html", context, fragment="rows")


@require_POST
@requires("quality.change")
def distinct_delete(request: SignedIn, pk: int) -> HttpResponse:
    row = own(DistinctPair.objects.select_related("client", "other"), request.user, pk)
    words = _("They may be suggested again.")
    return act_once(request, row.delete, words, fallback=reverse("clients:distinct_list"))


def ordered(rows: list[Finding], by: str) -> list[Finding]:
    """By one of the heads; by value where the address asks for none that there is."""
    key = SORTS.get(by.removeprefix("-"))
    return sorted(rows, key=key or SORTS["value"], reverse=by.startswith("-") or key is None)
