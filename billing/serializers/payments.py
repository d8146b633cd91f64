"""Payments and what they settle."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from billing.models import Allocation, Invoice, Payment, Refund
from billing.serializers.agreements import AgreementSerializer
from crm.api.fields import ExactField, VisibleRelation
from crm.api.serializers import RecordSerializer

MOST_ALLOCATIONS = 500


class AllocationSerializer(RecordSerializer[Allocation]):
    """A part of a payment that settles an invoice; a negative one takes an earlier one back.

    `discount_amount` is the cash discount that was earned: what is owed less exactly it, received within its days.
    """

    invoice = VisibleRelation(queryset=Invoice.objects.all())

    class Meta:
        model = Allocation
        fields = ["id", "invoice", "amount", "discount_amount", "made_by", "made_at"]
        read_only_fields = ["discount_amount", "made_by", "made_at"]

    def validate(self, attrs: Any) -> Any:
        """The service asks about the amount, because it depends on payment and invoice."""
        return attrs


class AllocationRows(serializers.ListSerializer[Allocation]):
    def validate(self, attrs: Any) -> Any:
        if len({row["invoice"] for row in attrs}) < len(attrs):
            raise serializers.ValidationError(_("Name each invoice once."), "invoice_twice")
        return attrs


def allocations(**kwargs: Any) -> AllocationRows:
    return AllocationRows(child=AllocationSerializer(), max_length=MOST_ALLOCATIONS, **kwargs)


class RefundSerializer(RecordSerializer[Refund]):
    """Money of a payment that left again: `paid_back` by us or `returned` by the client's bank."""

    class Meta:
        model = Refund
        fields = ["id", "kind", "amount", "paid_on", "reference", "made_by", "made_at"]
        read_only_fields = fields


class PaymentSerializer(AgreementSerializer[Payment]):
    """Money received, never changed; `unapplied_amount` is the client's credit."""

    allocations = allocations(required=False)
    refunds = RefundSerializer(many=True, read_only=True)
    refunded_amount = ExactField(14, 2, read_only=True)
    unapplied_amount = ExactField(14, 2, read_only=True)

    class Meta:
        model = Payment
        fields = [
            "id",
            "client",
            "seller",
            "amount",
            "currency",
            "received_on",
            "reference",
            "payer_name",
            "allocations",
            "refunds",
            "refunded_amount",
            "unapplied_amount",
            "made_by",
            "external_source",
            "external_id",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["made_by", "created_at", "updated_at"]
        extra_kwargs = {"seller": {"required": False}, "currency": {"required": False}}


class AllocateSerializer(serializers.Serializer[Any]):
    allocations = allocations(allow_empty=False)


class TakeBack(serializers.Serializer[Any]):
    """The `id` of the allocation to undo."""

    allocation = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class LeavingSerializer(serializers.Serializer[Any]):
    """Today, unless a day is named."""

    paid_on = serializers.DateField(required=False)
    reference = serializers.CharField(max_length=140, required=False, allow_blank=True, default="")


class RefundPaymentRequest(LeavingSerializer):
    amount = ExactField(14, 2)
