"""Pages of figures: work to invoice by its age, cost to serve and realization, utilization."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.expenses import KeptForm
from billing.models import Expense, Offer
from billing.reports.realization import realization
from billing.reports.serving import By, cost_to_serve
from billing.reports.utilization import months_of, utilization
from billing.reports.wip import name_rows, sum_by_basis, wip_on
from billing.rules.utilization import share_of
from billing.services.rate_gaps import note_gaps
from clients.models import Client
from clients.reports.shown import show_values
from clients.views.acting import answer
from crm.access import may
from crm.db.days import FIRST_YEAR, LAST_YEAR
from crm.models import Firm
from crm.periods import DateRange, add_months, month_start
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires

WAYS = {
    By.CLIENT: gettext_lazy("Client"),
    By.ENGAGEMENT: gettext_lazy("Engagement"),
    By.SERVICE_LINE: gettext_lazy("Service line"),
    By.CONSULTANT: gettext_lazy("Person"),
}


@require_safe
@requires("invoice.see")
def wip_list(request: SignedIn) -> HttpResponse:
    """Approved work and expenses on no document, by client and age."""
    found = wip_on(request.user, on=timezone.localdate())
    expenses = Expense.objects.visible_to(request.user).to_invoice().select_related("client", "employee")
    fixed = Offer.objects.visible_to(request.user).priced_for(request.user).fixed_to_invoice()
    rows, waiting = name_rows(found), expenses[:100]
    offers = [row for row in fixed.select_related("client").order_by("closed_on", "pk")[:100] if row.shows_price]
    show_values((row.client for row in [*rows, *waiting, *offers]), request.user)
    context = {
        "rows": rows,
        "totals": sum_by_basis(found),
        "expenses": waiting,
        "offers": offers,
        "may_draft": may(request.user, "invoice.draft"),
    }
    return page(request, "billing/wip_list.html", context, fragment="rows")


@require_safe
@requires("cost.see")
def serving_report(request: SignedIn) -> HttpResponse:
    """`?by=client|engagement|service_line|consultant&from=&to=`; whole months."""
    window = window_of(request)
    asked = request.GET.get("by", "")
    by = By(asked) if asked in set(By) else By.CLIENT
    report = cost_to_serve(by=by, window=window)
    context = {
        "report": report,
        "note": note_gaps(report.gaps),
        "realized": realization(by=by, window=window),
        "by": by,
        "ways": WAYS.items(),
        **_days(window),
    }
    return page(request, "billing/serving_report.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("goodwill.change")
def client_kept(request: SignedIn, pk: int) -> HttpResponse:
    """Why a client under the firm's margin is kept."""
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    form = KeptForm(request.POST or None, initial={"why_kept": client.why_kept})

    def save() -> Client:
        client.why_kept = form.cleaned_data["why_kept"]
        client.save(update_fields=["why_kept"])
        return client

    back = reverse("billing:serving_report")
    return answer(
        request,
        form,
        save,
        template="components/act.html",
        context={"title": _("Kept on purpose"), "lede": client.name, "back": back, "back_words": _("Cost to serve")},
        said=lambda _saved: _("The reason is saved."),
        fallback=back,
    )


@require_safe
@requires("utilization.see")
def utilization_report(request: SignedIn) -> HttpResponse:
    window = window_of(request)
    last = date.fromordinal(window.end.toordinal() - 1)
    today = timezone.localdate()
    rows = utilization(request.user, first=window.start, last=last, on=today)
    billable = sum(row.use.billable_minutes for row in rows)
    available = sum(row.use.available_minutes for row in rows)
    context = {
        "rows": rows,
        "total": share_of(billable, available),
        "billable": billable,
        "available": available,
        "self_approved": sum(row.self_approved_minutes for row in rows),
        "small_firm": Firm.load().small_firm,
        **_days(window),
    }
    return page(request, "billing/utilization_report.html", context, fragment="rows")


def window_of(request: SignedIn) -> DateRange:
    """The whole months of `?from=&to=`, the last twelve unless they are given."""
    last = _day(request.GET.get("to")) or timezone.localdate()
    first = _day(request.GET.get("from")) or add_months(month_start(last), -11)
    return months_of(min(first, last), last)


def _days(window: DateRange) -> dict[str, Any]:
    return {"first": window.start, "last": date.fromordinal(window.end.toordinal() - 1)}


def _day(text: str | None) -> date | None:
    """None for what is no day, or one at the ends of the calendar, where no month comes before or after."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None
