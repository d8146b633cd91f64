"""The grid of white space: whom to offer what next, and why."""

from typing import Any, cast

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.exports import whitespace_table
from clients.filters import WhitespaceFilter
from clients.models import ClientAnchor
from clients.reports.whitespace import lines_shown, whitespace_rows
from clients.views.lists import asked_of, list_rows
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import paginate, stable
from crm.web.rights import SignedIn, requires


@require_safe
@requires("whitespace.see")
def whitespace(request: SignedIn) -> HttpResponseBase:
    """Clients that the person sees in full; `?format=` gives the same rows as a file."""
    request.GET = cast("Any", asked_of(request.GET))
    found = WhitespaceFilter(request.GET, list_rows(request.user).open_to(request.user), request=request)
    rows, lines, on = found.qs if found.is_valid() else found.queryset.none(), lines_shown(), timezone.localdate()
    if form := request.GET.get("format"):
        grid = whitespace_rows(list(stable(rows)), lines, on=on)
        return export_response(request, grid, whitespace_table(lines), form=form, of=ClientAnchor)
    shown = paginate(request, rows)
    context = {"filter": found, "page": shown, "lines": lines, "grid": whitespace_rows(shown.rows, lines, on=on)}
    return page(request, "clients/whitespace.html", context, fragment="rows")
