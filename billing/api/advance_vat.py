"""Advance VAT invoices of Russian companies: which money waits for one, made, downloaded, deducted, taken back."""

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.api.files import ByView
from billing.documents.advance_vat_files import advance_vat_content
from billing.filters.advance_vat import AdvanceVatFilter
from billing.models import AdvanceVatFile, AdvanceVatInvoice, Invoice
from billing.serializers.advance_vat import AdvanceVatSerializer, AwaitingSerializer
from billing.serializers.service_acts import WithdrawRequest
from billing.services.advance_receipts import awaiting_receipts
from billing.services.advance_vat import deduct_paid_back, issue_advance_vat, withdraw_advance_vat


class AdvanceVatInvoices(ActingViewSet[AdvanceVatInvoice]):
    """One for what each payment brought ahead on an invoice.

    409 `nothing_received`, `series_missing`, `number_order`.
    """

    queryset = AdvanceVatInvoice.objects.with_rest().select_related(
        "invoice__client", "payment", "seller", "withdrawal"
    )
    serializer_class = AdvanceVatSerializer
    filterset_class = AdvanceVatFilter
    http_method_names = ["get", "post", "head", "options"]
    right = "service_act"

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("deductions__act__withdrawal")

    def make(self, fields: dict[str, Any]) -> AdvanceVatInvoice:
        """Over all that the payment brought ahead on the invoice and that has none yet."""
        return issue_advance_vat(**fields, by=self.user, at=self.now)

    @extend_schema(responses=AwaitingSerializer(many=True))
    @action(detail=False, filter_backends=[], pagination_class=None)
    def awaiting(self, _request: Request, **_kwargs: Any) -> Response:
        """Money that came in ahead and has no VAT invoice yet, with the day on which it is due."""
        rows = awaiting_receipts(Invoice.objects.visible_to(self.user), until=self.today)
        return Response(AwaitingSerializer(rows, many=True).data)

    @extend_schema(request=WithdrawRequest, responses=AdvanceVatSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes a wrong one back, today. 409 `already_done`, and `wrong_status` once VAT of it is deducted."""
        row = self.get_object()
        withdraw_advance_vat(row, **self.checked(WithdrawRequest), on=self.today, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=None, responses=AdvanceVatSerializer)
    @action(detail=True, methods=["post"], url_path="deduct-paid-back")
    def deduct_paid_back(self, _request: Request, **_kwargs: Any) -> Response:
        """Deducts the VAT of money that was paid back. 409 `nothing_received`."""
        row = self.get_object()
        deduct_paid_back(row, on=self.today, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def pdf(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The paper, in Russian; the same bytes each time."""
        return self._file(AdvanceVatFile.Format.PDF, "application/pdf")

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def upd(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """UPD 5.03 as a VAT invoice (СЧФ), unsigned. 409 `not_ready` with what it lacks."""
        return self._file(AdvanceVatFile.Format.UPD, "application/xml")

    def _file(self, form: AdvanceVatFile.Format, kind: str) -> HttpResponse:
        name, content = advance_vat_content(self.get_object(), form)
        disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
        return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
