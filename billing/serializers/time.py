"""Time entries as the API speaks of them: what was worked, and what pays for it."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from billing.models import Coverage, TimeEntry
from billing.models.time import MINUTES_A_DAY
from billing.serializers.prices import PricedSerializer
from billing.services.approvals import CHOICES
from crm.models import User


class CoverageSerializer(serializers.ModelSerializer[Coverage]):
    """`id` names the package, retainer or offer that pays; it is null for time and materials."""

    id = serializers.SerializerMethodField()
    amount = serializers.DecimalField(14, 2, read_only=True, allow_null=True)

    class Meta:
        model = Coverage
        fields = ["source", "id", "minutes", "amount", "currency"]
        read_only_fields = fields

    def get_id(self, row: Coverage) -> int | None:
        if row.source == Coverage.Source.OFFER:
            return row.offer_id
        return agreement_of(row)


def agreement_of(row: Coverage) -> int | None:
    """The package or retainer behind the row's hour account."""
    account = row.account
    if account is None:
        return None
    if hasattr(account, "package"):
        return int(account.package.pk)
    return int(account.retainer_period.retainer_id)


class EntrySerializer(PricedSerializer[TimeEntry]):
    employee = serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=MINUTES_A_DAY, required=False)
    worked_on = serializers.DateField(required=False)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    coverage = CoverageSerializer(source="coverages", many=True, read_only=True)

    class Meta:
        model = TimeEntry
        prices = ["rate_amount"]
        writable = [
            "employee",
            "client",
            "engagement",
            "offer",
            "hour_package",
            "service_line",
            "worked_on",
            "started_at",
            "ended_at",
            "minutes",
            "billing_type",
            "reason",
            "description",
            "external_source",
            "external_id",
        ]
        read_only_fields = [
            "id",
            "seller",
            "billed_minutes",
            "status",
            "needs_decision",
            "warnings",
            "coverage",
            "review_comment",
            "submitted_at",
            "approved_at",
            "approved_by",
            "approved_on_log",
            "rate_amount",
            "rate_currency",
            "rate_includes_tax",
            "created_at",
            "updated_at",
        ]
        fields = [*writable, *read_only_fields]

    def validate(self, attrs: Any) -> Any:
        """The service asks the entry itself; here is only what needs the form of a request: which fields came."""
        if self.instance is None:
            _require(attrs)
        return attrs

    def to_representation(self, instance: TimeEntry) -> Any:
        shown = super().to_representation(instance)
        if not getattr(instance, "shows_price", False):
            shown["coverage"] = unpriced(shown["coverage"])
        return shown


def _require(attrs: dict[str, Any]) -> None:
    """Work has a duration and a day, or a start and an end that say both."""
    spans = "started_at" in attrs and "ended_at" in attrs
    missing = [name for name in ("minutes", "worked_on") if name not in attrs and not spans]
    if missing:
        required = ErrorDetail(str(serializers.Field.default_error_messages["required"]), "required")
        raise serializers.ValidationError({name: [required] for name in missing})


def unpriced(rows: Iterable[Any]) -> list[Any]:
    return [{**row, "amount": None} for row in rows]


class Rejection(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=300)


class Decision(serializers.Serializer[Any]):
    choice = serializers.ChoiceField(sorted(CHOICES))
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
