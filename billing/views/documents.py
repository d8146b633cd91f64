"""One document: a draft that can be written, or an issued one with what became of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.documents.paper import paper_of
from billing.models import Invoice
from billing.reports.document import document_context
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("invoice.see")
def invoice_detail(request: SignedIn, pk: int) -> HttpResponse:
    rows = Invoice.objects.visible_to(request.user).with_state(on=timezone.localdate())
    rows = rows.select_related("client", "client__figures", "seller", "corrects", "issued_by", "drafted_by")
    invoice = get_object_or_404(rows, pk=pk)
    return page(request, "billing/invoice_detail.html", document_context(invoice, request.user), fragment="body")


@require_safe
@requires("invoice.see")
def invoice_preview(request: SignedIn, pk: int) -> HttpResponse:
    """The document as it is printed, always on light paper and in the client's language."""
    rows = Invoice.objects.visible_to(request.user).select_related("client", "seller", "corrects")
    invoice = get_object_or_404(rows, pk=pk)
    context = {"invoice": invoice, "paper": paper_of(invoice)}
    return page(request, "billing/invoice_preview.html", context, fragment="preview")
