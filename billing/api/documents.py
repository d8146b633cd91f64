"""What invoices and credit notes share: how they are read, and the paper of each."""

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from billing.api.acts import ActingViewSet
from billing.api.files import ByView
from billing.documents.delivery import document_pdf
from billing.documents.invoices import file_name
from billing.filters import InvoiceFilter
from billing.models import Invoice

PARTS = ("lines__billed", "lines__shown", "vat")
PDF = "application/pdf"


class Documents(ActingViewSet[Invoice]):
    filterset_class = InvoiceFilter
    filter_backends = [DjangoFilterBackend]  # the filter knows search and ordering itself, as the page does
    right = "invoice"
    priced = True

    @extend_schema(responses={(200, PDF): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def pdf(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The file that was made when it was issued; of a draft, how it would look."""
        invoice = self.get_object()
        disposition = content_disposition_header(as_attachment=True, filename=file_name(invoice))
        return HttpResponse(
            document_pdf(invoice), content_type=PDF, headers={"Content-Disposition": disposition or "attachment"}
        )
