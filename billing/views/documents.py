"""One document: a draft that can be written, or an issued one with what became of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.documents.delivery import document_pdf, retry_delivery
from billing.documents.invoices import file_name
from billing.documents.paper import paper_of
from billing.models import DocumentDelivery, Invoice
from billing.reports.document import document_context
from clients.views.acting import settled
from crm.jobs import enqueue
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("invoice.see")
def invoice_detail(request: SignedIn, pk: int) -> HttpResponse:
    rows = Invoice.objects.visible_to(request.user).with_state(on=timezone.localdate())
    rows = rows.select_related("client", "seller", "corrects", "issued_by", "drafted_by")
    invoice = get_object_or_404(rows, pk=pk)
    context = document_context(invoice, request.user, at=timezone.now())
    return page(request, "billing/invoice_detail.html", context, fragment="body")


@require_safe
@requires("invoice.see")
def invoice_preview(request: SignedIn, pk: int) -> HttpResponse:
    """The document as it is printed, always on light paper and in the client's language."""
    rows = Invoice.objects.visible_to(request.user).select_related("client", "seller", "corrects")
    invoice = get_object_or_404(rows, pk=pk)
    context = {"invoice": invoice, "paper": paper_of(invoice)}
    return page(request, "billing/invoice_preview.html", context, fragment="preview")


@require_safe
@requires("invoice.see")
def invoice_pdf(request: SignedIn, pk: int) -> HttpResponse:
    """The kept file of an issued document, or a draft as it would look; shown, or saved with `?save`."""
    rows = Invoice.objects.visible_to(request.user).select_related("client", "seller", "corrects")
    invoice = get_object_or_404(rows, pk=pk)
    how = "attachment" if "save" in request.GET else "inline"
    headers = {"Content-Disposition": content_disposition_header(how == "attachment", file_name(invoice)) or how}
    return HttpResponse(document_pdf(invoice), content_type="application/pdf", headers=headers)


@require_POST
@requires("invoice.change")
def invoice_resend(request: SignedIn, pk: int) -> HttpResponse:
    """Tries the file and the mail of an issued document again now, after a failure."""
    seen = Invoice.objects.visible_to(request.user)
    delivery = get_object_or_404(DocumentDelivery, invoice__in=seen, invoice=pk)
    retry_delivery(delivery, at=timezone.now())
    enqueue("billing.tasks.deliver_document", pk)
    return settled(request, _("It is tried again."), fallback=reverse("billing:invoice_detail", args=[pk]))
