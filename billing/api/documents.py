"""What invoices and credit notes share: how they are read, and the paper of each."""

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from billing.api.acts import ActingViewSet
from billing.api.files import ByView
from billing.documents.delivery import document_pdf
from billing.documents.e_invoices.keeping import e_invoice_content, xrechnung_in_cii
from billing.documents.invoices import file_name
from billing.filters import InvoiceFilter
from billing.models import DocumentFile, Invoice
from crm.api.filters import Narrowing

PARTS = ("lines__billed", "lines__shown", "vat")
PDF, XML = "application/pdf", "application/xml"


class SyntaxAsked(serializers.Serializer[Any]):
    syntax = serializers.ChoiceField(["ubl", "cii"], default="ubl")


class Documents(ActingViewSet[Invoice]):
    filterset_class = InvoiceFilter
    filter_backends = [Narrowing]  # the filter knows search and ordering itself, as the page does
    right = "invoice"
    priced = True

    @extend_schema(responses={(200, XML): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView, asks=SyntaxAsked)
    def xrechnung(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The XRechnung of an issued document, UBL unless `?syntax=cii`. 409 `wrong_status`, `e_invoice_refused`."""
        invoice = self.get_object()
        name = file_name(invoice).removesuffix(".pdf")
        if self.asked()["syntax"] == "cii":
            return _file(xrechnung_in_cii(invoice), f"{name}-cii.xml", XML)
        return _file(e_invoice_content(invoice, DocumentFile.Format.XRECHNUNG), f"{name}.xml", XML)

    @extend_schema(responses={(200, PDF): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def zugferd(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """ZUGFeRD (profile EN 16931) of an issued document. 409 `wrong_status`, `e_invoice_refused`."""
        invoice = self.get_object()
        return _file(e_invoice_content(invoice, DocumentFile.Format.ZUGFERD), file_name(invoice), PDF)

    @extend_schema(responses={(200, PDF): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def pdf(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The file that was made when it was issued; of a draft, how it would look."""
        invoice = self.get_object()
        return _file(document_pdf(invoice), file_name(invoice), PDF)


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
