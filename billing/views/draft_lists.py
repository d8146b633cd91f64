"""All drafts: paged and narrowed, with the sums of all of them."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.filters.invoices import DraftFilter
from billing.models import Invoice
from billing.models.invoices import InvoiceQuery
from billing.reports.drafts import Drafts, all_drafts, draft_rows, sort_drafts
from billing.services.currencies import DayRates
from clients.reports.shown import show_values
from crm.access import may
from crm.web.formats import SYMBOLS
from crm.web.fragments import page
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires

SIZE = 25


@require_safe
@requires("invoice.see")
def draft_list(request: SignedIn) -> HttpResponse:
    rates = DayRates(timezone.localdate())
    found = narrowed(request)
    drafts = all_drafts(rows_of(found), rates=rates)
    ids = ids_of(found, drafts)
    shown = paginate(request, sort_drafts(Invoice.objects.filter(pk__in=ids)).only("pk"), size=SIZE, known=len(ids))
    rows = draft_rows(Invoice.objects.all(), [row.pk for row in shown.rows], rates=rates)
    show_values((row.invoice.client for row in rows), request.user)
    context = {
        "filter": found,
        "drafts": drafts,
        "page": shown,
        "rows": rows,
        "base_symbol": SYMBOLS.get(rates.target, rates.target),
        "may_issue": may(request.user, "invoice.issue"),
        "may_draft": may(request.user, "invoice.draft"),
        "query": request.GET.urlencode(),
    }
    return page(request, "billing/draft_list.html", context, fragment="rows")


def narrowed(request: SignedIn) -> DraftFilter:
    return DraftFilter(request.GET, queryset=Invoice.objects.visible_to(request.user).drafts(), request=request)


def rows_of(found: DraftFilter) -> InvoiceQuery:
    rows: InvoiceQuery = found.qs if found.is_valid() else found.queryset.none()
    return rows


def ids_of(found: DraftFilter, drafts: Drafts) -> list[int]:
    """Those of the readiness that is asked for."""
    state = found.form.cleaned_data.get("state") if found.is_valid() else ""
    return drafts.of(state) if state else drafts.ids
