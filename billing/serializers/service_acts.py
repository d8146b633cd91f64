"""Acts of services as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from billing.models import Invoice, ServiceAct
from crm.api.fields import MomentField, VisibleRelation
from crm.api.serializers import RecordSerializer


class ServiceActSerializer(RecordSerializer[ServiceAct]):
    """The act of an issued invoice, never changed; `signed_on` is null while the client has not signed."""

    invoice = VisibleRelation(queryset=Invoice.objects.issued())
    client = serializers.IntegerField(source="invoice.client_id", read_only=True)
    signed_on = serializers.DateField(source="signature.signed_on", read_only=True, default=None)
    signed_by = serializers.CharField(source="signature.signed_by", read_only=True, default="")
    withdrawn_on = serializers.DateField(source="withdrawal.withdrawn_on", read_only=True, default=None)
    withdrawal_reason = serializers.CharField(source="withdrawal.reason", read_only=True, default="")
    updated_at = MomentField(source="created_at", read_only=True)

    class Meta:
        model = ServiceAct
        fields = [
            "id",
            "invoice",
            "client",
            "seller",
            "number",
            "acted_on",
            "signed_on",
            "signed_by",
            "withdrawn_on",
            "withdrawal_reason",
            "made_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["seller", "number", "made_by", "created_at"]

    def validate(self, attrs: Any) -> Any:
        """The service asks the rest, which depends on the invoice."""
        return attrs


class WithdrawRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class SignRequest(serializers.Serializer[Any]):
    signed_on = serializers.DateField()
    signed_by = serializers.CharField(max_length=120)
