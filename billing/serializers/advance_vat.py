"""Advance VAT invoices as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from billing.models import AdvanceDeduction, AdvanceVatInvoice, Invoice, Payment
from crm.api.fields import MomentField, VisibleRelation
from crm.api.serializers import RecordSerializer


class AdvanceDeductionSerializer(serializers.ModelSerializer[AdvanceDeduction]):
    """What an act set off, or what was paid back; of an act that was taken back it does not stand."""

    stands = serializers.SerializerMethodField()

    class Meta:
        model = AdvanceDeduction
        fields = ["id", "act", "refund", "invoice", "gross_amount", "vat_amount", "deducted_on", "stands"]
        read_only_fields = fields

    def get_stands(self, row: AdvanceDeduction) -> bool:
        return row.act is None or not hasattr(row.act, "withdrawal")


class AdvanceVatSerializer(RecordSerializer[AdvanceVatInvoice]):
    """The VAT invoice over all that a payment brought ahead on an invoice; never changed.

    `rest_vat` is what is left to deduct. `due_on` is five days after the money.
    """

    invoice = VisibleRelation(queryset=Invoice.objects.issued())
    payment = VisibleRelation(queryset=Payment.objects.all())
    client = serializers.IntegerField(source="invoice.client_id", read_only=True)
    due_on = serializers.DateField(read_only=True)
    deducted_vat = serializers.DecimalField(14, 2, read_only=True)
    rest_gross = serializers.DecimalField(14, 2, read_only=True)
    rest_vat = serializers.DecimalField(14, 2, read_only=True)
    deductions = AdvanceDeductionSerializer(many=True, read_only=True)
    withdrawn_on = serializers.DateField(source="withdrawal.withdrawn_on", read_only=True, default=None)
    withdrawal_reason = serializers.CharField(source="withdrawal.reason", read_only=True, default="")
    updated_at = MomentField(source="created_at", read_only=True)

    class Meta:
        model = AdvanceVatInvoice
        fields = [
            "id",
            "payment",
            "invoice",
            "client",
            "seller",
            "number",
            "issued_on",
            "received_on",
            "due_on",
            "payment_number",
            "currency",
            "gross_amount",
            "vat_amount",
            "deducted_vat",
            "rest_gross",
            "rest_vat",
            "deductions",
            "withdrawn_on",
            "withdrawal_reason",
            "made_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            "seller",
            "number",
            "received_on",
            "currency",
            "gross_amount",
            "vat_amount",
            "made_by",
            "created_at",
        ]


class AwaitingSerializer(serializers.Serializer[Any]):
    """Money that came in ahead and has no VAT invoice yet."""

    payment = serializers.IntegerField(source="payment.pk")
    invoice = serializers.IntegerField(source="invoice.pk")
    received_on = serializers.DateField()
    due_on = serializers.DateField()
    payment_number = serializers.CharField()
    currency = serializers.CharField(source="invoice.currency")
    gross_amount = serializers.DecimalField(14, 2, source="gross")
    vat_amount = serializers.DecimalField(14, 2, source="vat")
