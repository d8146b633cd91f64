"""Whom we do not reach, and what hangs on one of us: two lists from which a day's calls come."""

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.exports import COVERAGE, DEPENDENCE
from clients.models import Client
from clients.reports.coverage import dependence, unreached
from clients.reports.shown import base_currency
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import paginate_rows
from crm.web.rights import SignedIn, requires


@require_safe
@requires("attention.see")
def coverage_list(request: SignedIn) -> HttpResponseBase:
    rows = unreached(request.user, at=timezone.now())
    if form := request.GET.get("format"):
        return export_response(request, rows, COVERAGE, form=form, of=Client)
    shown = paginate_rows(request, rows)
    return page(request, "clients/coverage_list.html", {"page": shown}, fragment="rows")


@require_safe
@requires("attention.see")
def dependence_list(request: SignedIn) -> HttpResponseBase:
    rows = dependence(request.user)
    if form := request.GET.get("format"):
        return export_response(request, rows, DEPENDENCE, form=form, of=Client)
    return page(request, "clients/dependence_list.html", {"rows": rows, "currency": base_currency()})
