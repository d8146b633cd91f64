"""Data quality: what is missing about clients, who stands twice, and the one act that mends it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.exports import QUALITY
from clients.filters.quality import QualityFilter
from clients.models import Client
from clients.reports.quality import Finding, gaps_in, may_mend, twins_in
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import paginate_rows
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


def ordered(rows: list[Finding], by: str) -> list[Finding]:
    """By one of the heads; by value where the address asks for none that there is."""
    key = SORTS.get(by.removeprefix("-"))
    return sorted(rows, key=key or SORTS["value"], reverse=by.startswith("-") or key is None)
