"""Pages of reports about agreements: how offers do, what is committed, whom to offer a retainer or a package."""

from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from billing.exports.offers import SPREADS
from billing.exports.packages import FOLLOW_UPS
from billing.models import HourPackage, Offer
from billing.reports.avoided import avoided, package_candidates
from billing.reports.commitments import backlog_on, conversion_list
from billing.reports.estimate_spreads import estimate_spreads
from billing.reports.follow_ups import follow_ups
from billing.reports.offer_results import mis_sales, offer_results
from billing.reports.overruns import unannounced_by_offer
from billing.services.currencies import base_currency
from billing.services.rate_gaps import note_gaps
from clients.reports.shown import show_values
from crm.access import may
from crm.exports import export_response
from crm.periods import add_months
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires

MONTHS = 12


@require_GET
@requires("offer.report")
def offer_report(request: SignedIn) -> HttpResponse | FileResponse:
    """The last 12 months, by consultant and by service line; mis-sales only for who may know costs.

    `?format=csv` or `xlsx` is the file of the ranges.
    """
    last = timezone.localdate()
    first = add_months(last, -MONTHS)
    spreads = estimate_spreads(request.user, first=first, last=last)
    if chosen := request.GET.get("format"):
        return export_response(request, spreads, SPREADS, form=chosen, of=Offer)
    tables = {by: offer_results(request.user, first=first, last=last, by=by) for by in ("consultant", "service_line")}
    context = {
        "first": first,
        "last": last,
        "consultants": tables["consultant"],
        "service_lines": tables["service_line"],
        "spreads": spreads,
        "mis_sales": mis_sales() if may(request.user, "offer.override") else [],
        "currency": base_currency(),
    }
    return page(request, "billing/offer_report.html", context)


@require_GET
@requires("overrun.report")
def overrun_report(request: SignedIn) -> HttpResponse:
    """Minutes beyond the limit that nobody announced, by offer: they bill only when somebody acts."""
    rows = unannounced_by_offer(request.user)
    show_values((row.offer.client for row in rows), request.user)
    context = {"rows": rows, "minutes": sum(row.minutes for row in rows)}
    return page(request, "billing/overrun_report.html", context, fragment="rows")


@require_GET
@requires("retainer.report")
def backlog_report(request: SignedIn) -> HttpResponse:
    found = backlog_on(request.user, on=timezone.localdate())
    show_values((row.retainer.client for row in found.rows), request.user)
    most = max((amount or 0 for _month, amount in found.months), default=0) or 1
    bars = [(month, amount, f"{float((amount or 0) * 100 / most):.1f}%") for month, amount in found.months]
    context = {"backlog": found, "bars": bars, "note": note_gaps(found.gaps)}
    return page(request, "billing/backlog_report.html", context)


@require_GET
@requires("retainer.report")
def conversion_report(request: SignedIn) -> HttpResponse:
    found = conversion_list(request.user, on=timezone.localdate())
    show_values((row.client for row in found.rows), request.user)
    context = {"rows": found.rows, "found": found, "note": note_gaps(found.gaps), "currency": found.currency}
    return page(request, "billing/conversion_report.html", context)


@require_GET
@requires("package.change")
def package_report(request: SignedIn) -> HttpResponse | FileResponse:
    """Invoices and offers that packages spared, whom to offer one, and who bought no more when theirs was used up.

    `?format=csv` or `xlsx` is the file of the last.
    """
    today = timezone.localdate()
    found = follow_ups(request.user, on=today)
    if chosen := request.GET.get("format"):
        return export_response(request, found.rows, FOLLOW_UPS, form=chosen, of=HourPackage)
    rows = package_candidates(request.user, on=today)
    show_values([row.client for row in rows] + [row.client for row in found.rows], request.user)
    context = {"avoided": avoided(request.user, on=today), "rows": rows, "follow_ups": found}
    return page(request, "billing/package_report.html", context)
