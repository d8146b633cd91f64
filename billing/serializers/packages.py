"""Hour packages and their ledger as the API speaks of them."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from billing.models import BurnFactor, HourPackage, IssuedStatement, LedgerRow, TimeEntry
from billing.reports.packages import Statement, words_of
from billing.serializers.agreements import AgreementSerializer
from clients.models import Contact
from crm.api.fields import ExactField, VisibleRelation
from crm.api.serializers import RecordSerializer

MOST_MINUTES = 600_000


class BurnFactorSerializer(serializers.ModelSerializer[BurnFactor]):
    """A factor for one seniority or for work after hours; the largest that applies wins."""

    factor = ExactField(20, 10, min_value=Decimal("0.01"), max_value=100)

    class Meta:
        model = BurnFactor
        fields = ["seniority", "after_hours", "factor"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("seniority")) == bool(attrs.get("after_hours")):
            message = _("A burn factor is for a seniority or for work after hours.")
            raise serializers.ValidationError({"seniority": message}, "invalid")
        return attrs


class PackageSerializer(AgreementSerializer[HourPackage]):
    """`available_minutes` is the balance less what drafts and submitted entries will draw."""

    valid_from = serializers.DateField(required=False)
    burn_factors = BurnFactorSerializer(many=True, required=False)
    balance_minutes = serializers.IntegerField(source="account.balance_minutes", read_only=True)
    pending_minutes = serializers.IntegerField(read_only=True)
    available_minutes = serializers.IntegerField(read_only=True)

    class Meta:
        model = HourPackage
        prices = ["price", "overage_rate"]
        once = [
            "client",
            "seller",
            "kind",
            "purchased_minutes",
            "price",
            "currency",
            "price_includes_tax",
            "multi_purpose",
            "valid_from",
            "expires_on",
        ]
        fields = [
            "id",
            "client",
            "seller",
            "name",
            "kind",
            "grant_reason",
            "purchased_minutes",
            "price",
            "currency",
            "price_includes_tax",
            "multi_purpose",
            "valid_from",
            "expires_on",
            "priority",
            "service_lines",
            "pay_before_use",
            "draw_on_log",
            "burn_factor",
            "burn_factors",
            "factor_on_overage",
            "overage_policy",
            "overage_rate",
            "negative_limit_minutes",
            "balance_minutes",
            "pending_minutes",
            "available_minutes",
            "voided_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["voided_on", "created_at", "updated_at"]
        extra_kwargs = {
            "seller": {"required": False},
            "currency": {"required": False},
            "name": {"required": False, "allow_blank": True},
            "price": {"required": False},
            "purchased_minutes": {"min_value": 1, "max_value": MOST_MINUTES},
            "burn_factor": {"min_value": Decimal("0.01"), "max_value": 100},
            "negative_limit_minutes": {"min_value": 0, "max_value": MOST_MINUTES},
            "service_lines": {"required": False},
        }

    def with_terms(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A package begins today; one that is sold says its price, with VAT in it where that comes with the use."""
        if attrs.get("kind", HourPackage.Kind.PAID) == HourPackage.Kind.PAID and "price" not in attrs:
            raise serializers.ValidationError({"price": self.fields["price"].error_messages["required"]}, "required")
        if attrs.get("multi_purpose"):
            attrs = {"price_includes_tax": True} | attrs
        return {"valid_from": timezone.localdate(), "price": 0, **super().with_terms(attrs)}


class LedgerSerializer(RecordSerializer[LedgerRow]):
    """One movement; `minutes` are signed, `covered_minutes` what a draw paid for, `balance_minutes` what was left."""

    class Meta:
        model = LedgerRow
        fields = [
            "id",
            "kind",
            "minutes",
            "covered_minutes",
            "balance_minutes",
            "occurred_on",
            "entry",
            "reverses",
            "source",
            "made_by",
            "made_at",
        ]
        read_only_fields = fields


class StatementRow(LedgerSerializer):
    """A movement in the words that the client reads; `balance_minutes` is what was left by day, not by booking."""

    text = serializers.CharField(source="*", read_only=True)
    person = serializers.CharField(source="entry.employee", read_only=True, default=None, allow_null=True)

    class Meta(LedgerSerializer.Meta):
        fields = [*LedgerSerializer.Meta.fields, "text", "person"]
        read_only_fields = fields

    def to_representation(self, instance: LedgerRow) -> Any:
        shown = super().to_representation(instance)
        return shown | {"text": words_of(instance), "balance_minutes": instance.running_minutes}


class StatementSerializer(serializers.Serializer[Any]):
    """Opening, every movement of the period, closing; pending minutes stand apart, they are not booked."""

    opening_minutes = serializers.IntegerField()
    closing_minutes = serializers.IntegerField()
    pending_minutes = serializers.IntegerField()
    rows = StatementRow(many=True)

    def get_fields(self) -> dict[str, Any]:
        ends = {name: serializers.DateField(allow_null=True) for name in ("from", "to")}
        return {**ends, **super().get_fields()}


def statement_of(found: Statement) -> dict[str, Any]:
    return {
        "from": found.first,
        "to": found.last,
        "opening_minutes": found.opening,
        "closing_minutes": found.closing,
        "pending_minutes": found.pending,
        "rows": found.rows,
    }


class IssuedStatementSerializer(serializers.ModelSerializer[IssuedStatement]):
    """A statement that the client has: its days, and the balance at their end."""

    class Meta:
        model = IssuedStatement
        fields = ["id", "package", "first_on", "last_on", "closing_minutes", "issued_at", "issued_by"]
        read_only_fields = fields


class TopUp(serializers.Serializer[Any]):
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES)
    price = ExactField(14, 2, min_value=0)


class TopUpOffer(TopUp):
    """Without a contact it goes to the billing address; without a date it is valid for two weeks."""

    valid_until = serializers.DateField(required=False)
    contact = VisibleRelation(queryset=Contact.objects.here(), required=False, allow_null=True)


class Extension(serializers.Serializer[Any]):
    """`expires_on` of null lets the package never expire."""

    expires_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(max_length=200)


class RefundRequest(serializers.Serializer[Any]):
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, required=False)
    amount = ExactField(14, 2, min_value=0, required=False)
    reason = serializers.CharField(max_length=120, default=lambda: _("Refund of unused hours"))


class HoursCorrection(serializers.Serializer[Any]):
    """Minutes of locked work that come back today: to the package, or for thirty days where it has expired."""

    entry = serializers.PrimaryKeyRelatedField(queryset=TimeEntry.objects.all())
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES)
    reason = serializers.CharField(max_length=120)


class Voiding(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=120)
