"""Complaints in figures: rates by root cause, and praise that turned into blame."""

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.exports import CAUSES
from clients.models import Complaint
from clients.reports.complaints import complaint_report, turned
from clients.reports.shown import show_values
from clients.rules.complaints import MONTHS
from crm.exports import export_response
from crm.periods import DateRange, trailing_months
from crm.web.fragments import page
from crm.web.pages import asked_day
from crm.web.rights import SignedIn, requires


@require_safe
@requires("complaint.report")
def complaint_rates(request: SignedIn) -> HttpResponseBase:
    """`?from=&to=`, three years unless they are given; `?format=` gives the table as a file."""
    report = complaint_report(request.user, window_of(request))
    if form := request.GET.get("format"):
        return export_response(request, [*report.rates.causes, *report.rates.ramp], CAUSES, form=form, of=Complaint)
    rows = turned(request.user)
    show_values((row.complaint.client for row in rows), request.user)
    context = {"report": report, "rates": report.rates, "turned": rows, "last": report.window.last}
    return page(request, "clients/complaint_rates.html", context)


def window_of(request: SignedIn) -> DateRange:
    """The asked days, both inside; three years back from today where they make no span."""
    usual = trailing_months(timezone.localdate(), MONTHS)
    first, last = asked_day(request.GET.get("from")), asked_day(request.GET.get("to"))
    start, end = first or usual.start, last or usual.last
    return DateRange.inclusive(start, end) if start <= end else usual
