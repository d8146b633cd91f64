"""Finance's home: the way of money, drafts to issue, what is owed by age, and all documents with their states."""

from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.exports import INVOICES
from billing.filters.invoices import InvoiceListFilter
from billing.models import Invoice
from billing.models.invoices import InvoiceQuery
from billing.reports.drafts import all_drafts, draft_rows
from billing.reports.pipeline import owed_by, pipeline
from billing.services.currencies import DayRates
from clients.models import Client
from clients.models.client import ClientQuery
from clients.reports.shown import show_values
from crm.access import Role, may
from crm.exports import export_response
from crm.models import User
from crm.periods import month_start
from crm.web.formats import SYMBOLS
from crm.web.fragments import page, wants_fragment
from crm.web.pages import paginate, stable
from crm.web.rights import SignedIn, requires

LATEST = 5
DRAFTS = 12  # on the first page of invoices; the list of drafts has them all


@require_safe
@requires("invoice.see")
def invoice_list(request: SignedIn) -> HttpResponse:
    filtered = _filtered(request)
    context: dict[str, Any] = {
        "page": paginate(request, _rows(filtered)),
        "is_filtered": bool({*request.GET} - {"page", "ordering", "draft"}),
        "query": request.GET.urlencode(),
    }
    if not wants_fragment(request):
        context |= _around(request, filtered)
    documents = [*context["page"].rows, *(row.invoice for row in context.get("rows", ()))]
    show_values((document.client for document in documents), request.user)
    return page(request, "billing/invoice_list.html", context, fragment="rows")


@require_safe
@requires("invoice.see")
def invoice_export(request: SignedIn) -> FileResponse:
    """Exactly the rows that the page would show, as CSV or XLSX."""
    return export_response(request, stable(_rows(_filtered(request))), INVOICES, form=request.GET.get("format", ""))


@require_safe
@requires("invoice.see")
def client_money_panel(request: SignedIn, pk: int) -> HttpResponse:
    """What the client owes, and the latest documents, for the card."""
    client = get_object_or_404(_clients(request.user), pk=pk)
    today = timezone.localdate()
    seen = Invoice.objects.visible_to(request.user).filter(client__in=client.family)
    context = {
        "client": client,
        "owed": owed_by(seen, on=today),
        "latest": seen.with_state(on=today).order_by("-status", "-issued_on", "-pk")[:LATEST],
        "may_draft": may(request.user, "invoice.draft"),
    }
    return page(request, "billing/client_money_panel.html", context, fragment="panel")


def _clients(user: User) -> ClientQuery:
    """Clients whose money the person sees: all for partner and finance, own ones for an account manager."""
    rows = Client.objects.visible_to(user)
    return rows if user.is_in(Role.PARTNER, Role.FINANCE) else rows.owned_by(user)


def _filtered(request: SignedIn) -> InvoiceListFilter:
    """Issued documents, unless drafts are asked for by their status."""
    rows = Invoice.objects.visible_to(request.user).select_related("client", "seller")
    if "draft" not in request.GET.getlist("status"):
        rows = rows.issued()
    return InvoiceListFilter(request.GET, queryset=rows, request=request)


def _rows(filtered: InvoiceListFilter) -> InvoiceQuery:
    rows: InvoiceQuery = filtered.qs if filtered.is_valid() else filtered.queryset.none()
    return rows.with_state(on=timezone.localdate())


def _around(request: SignedIn, filtered: InvoiceListFilter) -> dict[str, Any]:
    """What stands above the documents, which stays when the rows are swapped."""
    today = timezone.localdate()
    rates, seen = DayRates(today), Invoice.objects.visible_to(request.user).drafts()
    drafts = all_drafts(seen, rates=rates)
    return {
        "filter": filtered,
        "pipeline": pipeline(request.user, drafts=drafts, on=today),
        "month_start": month_start(today).isoformat(),
        "drafts": drafts,
        "rows": draft_rows(seen, drafts.ids[:DRAFTS], rates=rates),
        "base_symbol": SYMBOLS.get(rates.target, rates.target),
        "may_issue": may(request.user, "invoice.issue"),
        "may_draft": may(request.user, "invoice.draft"),
    }
