"""The client's page of an issued invoice, and its link: a GET only shows, because mail scanners follow links."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.documents.delivery import document_pdf
from billing.documents.invoices import file_name
from billing.documents.paper import paper_of
from billing.models import Invoice
from billing.services.invoice_links import end_links_to, link_to_invoice
from clients.views.acting import settled
from crm.links import find_link, log_opening
from crm.models import SignedLink
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_POST
@requires("invoice.change")
def invoice_share(request: SignedIn, pk: int) -> HttpResponse:
    """Makes a link for the client, shown once; a draft has none."""
    invoice = _issued(request, pk)
    secret = link_to_invoice(invoice, by=request.user, at=timezone.now())
    return page(request, "billing/invoice_share.html", {"invoice": invoice, "secret": secret}, fragment="dialog")


@require_POST
@requires("invoice.change")
def invoice_unshare(request: SignedIn, pk: int) -> HttpResponse:
    """Ends every link to this document that is still open."""
    end_links_to(_issued(request, pk), at=timezone.now())
    said = _("The client's links no longer open.")
    return settled(request, said, fallback=reverse("billing:invoice_detail", args=[pk]))


@login_not_required
@require_safe
def invoice_public(request: HttpRequest, secret: str) -> HttpResponse:
    """The document as it was issued, in the client's language; `?format=pdf` saves its file."""
    at = timezone.now()
    link = find_link(secret, SignedLink.Purpose.INVOICE, at=at)
    if link is None:
        return page(request, "billing/link_ended.html", status=HTTPStatus.GONE)
    log_opening(link, request, at=at)
    invoice = Invoice.objects.issued().select_related("client", "seller", "corrects").get(pk=link.subject_id)
    if request.GET.get("format") == "pdf":
        return _pdf(invoice)
    with translation.override(invoice.language):
        return page(request, "billing/invoice_public.html", {"invoice": invoice, "paper": paper_of(invoice)})


def _issued(request: SignedIn, pk: int) -> Invoice:
    seen = Invoice.objects.visible_to(request.user).issued().select_related("client")
    return get_object_or_404(seen, pk=pk)


def _pdf(invoice: Invoice) -> HttpResponse:
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=file_name(invoice))
        or "attachment"
    }
    return HttpResponse(document_pdf(invoice), content_type="application/pdf", headers=headers)
