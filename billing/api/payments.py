"""Money received and claims given up."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.filters import PaymentFilter, WriteOffFilter
from billing.models import Allocation, Invoice, Payment, WriteOffRequest
from billing.serializers.payments import (
    AllocateSerializer,
    LeavingSerializer,
    PaymentSerializer,
    RefundPaymentRequest,
    TakeBack,
)
from billing.serializers.write_offs import WriteOffDay, WriteOffRequestSerializer
from billing.services.payments import Receipt, allocate_payment, book_payment, take_back_allocation
from billing.services.repayments import refund_payment, return_payment
from billing.services.write_offs import approve_write_off, refuse_write_off
from crm.api.filters import Narrowing


class Payments(ActingViewSet[Payment]):
    """Money received. A payment is never changed; what it settles is added or taken back."""

    queryset = Payment.objects.with_unapplied().prefetch_related(
        Prefetch("allocations", Allocation.objects.order_by("id")), "refunds"
    )
    serializer_class = PaymentSerializer
    filterset_class = PaymentFilter
    filter_backends = [Narrowing]  # the filter knows search and ordering itself, as the page does
    http_method_names = ["get", "post", "head", "options"]
    right = "payment"

    def make(self, fields: dict[str, Any]) -> Payment:
        settles = _settled(fields.pop("allocations", ()))
        return book_payment(Receipt(**fields), settles=settles, by=self.user, at=self.now)

    @extend_schema(request=AllocateSerializer, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    def allocate(self, _request: Request, **_kwargs: Any) -> Response:
        """Settles invoices from what is left of the payment."""
        row = self.get_object()
        settles = _settled(self.checked(AllocateSerializer)["allocations"])
        allocate_payment(row, settles=settles, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=TakeBack, responses=PaymentSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, _request: Request, **_kwargs: Any) -> Response:
        """Undoes an allocation by a negative one; the money is the client's credit again."""
        row = self.get_object()
        found = row.allocations.filter(pk=self.checked(TakeBack)["allocation"]).first()
        if found is None:
            error = ValidationError(_("This payment has no such allocation."), code="does_not_exist")
            raise ValidationError({"allocation": error})
        take_back_allocation(found, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=RefundPaymentRequest, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    def refund(self, _request: Request, **_kwargs: Any) -> Response:
        """Pays back a part of the payment that settles nothing. 409 `period_locked`."""
        row = self.get_object()
        refund_payment(row, **{"paid_on": self.today, **self.checked(RefundPaymentRequest)}, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=LeavingSerializer, responses=PaymentSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def returned(self, _request: Request, **_kwargs: Any) -> Response:
        """The client's bank took the payment back: what it settled is owed again. 409 `already_done`."""
        row = self.get_object()
        return_payment(row, **{"paid_on": self.today, **self.checked(LeavingSerializer)}, by=self.user, at=self.now)
        return self.shown(row)


def _settled(rows: Iterable[Mapping[str, Any]]) -> dict[Invoice, Decimal]:
    return {row["invoice"]: row["amount"] for row in rows}


class WriteOffRequests(ActingViewSet[WriteOffRequest]):
    """Claims that somebody asked to give up; asked by `invoices/{id}/write-off/`, decided by another person."""

    queryset = WriteOffRequest.objects.all()
    serializer_class = WriteOffRequestSerializer
    filterset_class = WriteOffFilter
    search_fields = ["invoice__number", "invoice__client__name", "reason"]
    ordering_fields = ["requested_at", "decided_at", "amount"]
    http_method_names = ["get", "post", "head", "options"]
    right = "invoice"
    rights = {"approve": "write_off.approve", "refuse": "write_off.approve"}

    def get_queryset(self) -> models.QuerySet[WriteOffRequest]:
        return super().get_queryset().filter(invoice__in=Invoice.objects.visible_to(self.user))

    @extend_schema(exclude=True)
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Asked for at the invoice."""
        return self.http_method_not_allowed(request)

    @extend_schema(request=WriteOffDay, responses=WriteOffRequestSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, _request: Request, **_kwargs: Any) -> Response:
        """Books the write-off; who asked for it may not."""
        row = self.get_object()
        day = self.checked(WriteOffDay).get("written_off_on", self.today)
        approve_write_off(row, on=day, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=None, responses=WriteOffRequestSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, _request: Request, **_kwargs: Any) -> Response:
        """Keeps the claim."""
        row = self.get_object()
        refuse_write_off(row, by=self.user, at=self.now)
        return self.shown(row)
