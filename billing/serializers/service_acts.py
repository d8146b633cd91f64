"""Acts of services as the API speaks of them."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from billing.models import HourPackage, Invoice, ServiceAct
from crm.api.fields import MomentField, VisibleRelation
from crm.api.serializers import RecordSerializer


class ServiceActSerializer(RecordSerializer[ServiceAct]):
    """The act of an issued invoice, or of hours drawn from a package until `acted_on`; never changed.

    Name one of the two; the invoice of hours is the one that sold them. `signed_on` is null until the client signs.
    """

    invoice = VisibleRelation(queryset=Invoice.objects.issued(), required=False)
    package = VisibleRelation(queryset=HourPackage.objects.all(), required=False, allow_null=True)
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
            "package",
            "minutes",
            "rendered_from_on",
            "rendered_to_on",
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
        read_only_fields = [
            "minutes",
            "rendered_from_on",
            "rendered_to_on",
            "seller",
            "number",
            "made_by",
            "created_at",
        ]

    def validate(self, attrs: Any) -> Any:
        """The services ask the rest, which depends on what is confirmed."""
        if bool(attrs.get("invoice")) == bool(attrs.get("package")):
            raise serializers.ValidationError({"invoice": _("Name an invoice or a package.")}, code="required")
        return attrs


class WithdrawRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class SignRequest(serializers.Serializer[Any]):
    signed_on = serializers.DateField()
    signed_by = serializers.CharField(max_length=120)
