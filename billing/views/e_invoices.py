"""The e-invoice of an issued document as a file, in the format that is asked for."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from billing.documents.e_invoices.keeping import e_invoice_content, xrechnung_in_cii
from billing.documents.invoices import file_name
from billing.models import DocumentFile, Invoice
from crm.web.fragments import warn
from crm.web.rights import SignedIn, requires

CII = "xrechnung-cii"


@require_safe
@requires("invoice.see")
def invoice_e_invoice(request: SignedIn, pk: int, form: str) -> HttpResponse:
    """The same bytes each time; a format that cannot carry the document says why on its page."""
    if form not in (*DocumentFile.Format.values[1:], CII):
        raise Http404
    rows = Invoice.objects.visible_to(request.user).issued().select_related("client", "seller", "corrects")
    invoice = get_object_or_404(rows, pk=pk)
    try:
        content = _content(invoice, form)
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
        return redirect("billing:invoice_detail", pk)
    is_pdf = form == DocumentFile.Format.ZUGFERD
    name = file_name(invoice) if is_pdf else f"{file_name(invoice).removesuffix('.pdf')}.xml"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
    return HttpResponse(content, content_type="application/pdf" if is_pdf else "application/xml", headers=headers)


def _content(invoice: Invoice, form: str) -> bytes:
    if form == CII:
        return xrechnung_in_cii(invoice)
    return e_invoice_content(invoice, DocumentFile.Format(form))
