"""Time entries as the API speaks of them: what was worked, and what pays for it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from billing.models import Coverage, TimeEntry
from billing.models.time import MINUTES_A_DAY
from billing.rules.coverage import NOTHING, CoverageRow, Source
from billing.serializers.prices import PricedSerializer
from billing.services.approvals import CHOICES
from billing.services.time import Plan
from crm.api.fields import VisibleRelation, load_relations
from crm.models import User

ROWS_AT_ONCE = 1000


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
    employee = VisibleRelation(queryset=User.objects.all(), required=False)
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
        """The service asks the entry itself; here is what needs the request: which fields came, which key is taken."""
        if not isinstance(self.instance, TimeEntry):
            _require(attrs)
        if attrs.get("external_id") and not isinstance(self.parent, serializers.ListSerializer):
            self._check_key(attrs)
        return attrs

    def _check_key(self, attrs: dict[str, Any]) -> None:
        own = self.instance if isinstance(self.instance, TimeEntry) else TimeEntry()
        source = attrs.get("external_source", own.external_source)
        taken = TimeEntry.objects.filter(external_source=source, external_id=attrs["external_id"])
        if taken.exclude(pk=own.pk).exists():
            raise serializers.ValidationError({"external_id": [key_taken()]})

    def to_representation(self, instance: TimeEntry) -> Any:
        shown = super().to_representation(instance)
        if not getattr(instance, "shows_price", False):
            shown["coverage"] = unpriced(shown["coverage"])
        return shown


class EntryRows(serializers.ListSerializer[TimeEntry]):
    """Up to a thousand new entries; what they refer to and their external keys are looked up once for all."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) <= ROWS_AT_ONCE:
            load_relations(cast("serializers.Serializer[Any]", self.child), data)
        rows: list[Any] = super().to_internal_value(data)
        _check_keys(rows)
        return rows


def _check_keys(rows: Sequence[Mapping[str, Any]]) -> None:
    """Names every row whose external key is taken, by an older entry or by a row before it."""
    keys = [(row.get("external_source", ""), row["external_id"]) if row.get("external_id") else None for row in rows]
    known = TimeEntry.objects.filter(external_id__in=[key[1] for key in keys if key])
    seen: set[Any] = set(known.values_list("external_source", "external_id"))
    errors: list[dict[str, Any]] = []
    for key in keys:
        errors.append({"external_id": [key_taken()]} if key in seen else {})
        seen.update([key] if key else [])
    if any(errors):
        raise serializers.ValidationError(errors)


def key_taken() -> ErrorDetail:
    error = next(row for row in TimeEntry._meta.constraints if row.name == "time_entry_external_key")
    return ErrorDetail(str(error.violation_error_message), str(error.violation_error_code))


def _require(attrs: dict[str, Any]) -> None:
    """Work has a duration and a day, or a start and an end that say both."""
    spans = "started_at" in attrs and "ended_at" in attrs
    missing = [name for name in ("minutes", "worked_on") if name not in attrs and not spans]
    if missing:
        required = ErrorDetail(str(serializers.Field.default_error_messages["required"]), "required")
        raise serializers.ValidationError({name: [required] for name in missing})


def unpriced(rows: Iterable[Any]) -> list[Any]:
    return [{**row, "amount": None} for row in rows]


def planned(plan: Plan, *, shows_price: bool) -> dict[str, Any]:
    """How an entry would be covered, in the words of a saved one."""
    rows = [_planned_row(row, plan) for row in plan.covered.rows]
    return {
        "billed_minutes": plan.entry.billed_minutes,
        "coverage": rows if shows_price else unpriced(rows),
        "warnings": plan.warnings,
        "needs_decision": plan.entry.needs_decision or plan.covered.needs_decision,
    }


def _planned_row(row: CoverageRow, plan: Plan) -> dict[str, Any]:
    package = plan.terms.packages.get(row.account_id or 0)
    period = plan.terms.allowances.get(row.account_id or 0)
    offer_id = row.offer_id if row.source is Source.OFFER else None
    return {
        "source": row.source.value,
        "id": package.pk if package else period.retainer_id if period else offer_id,
        "minutes": row.covered_minutes,
        "amount": str(row.amount or NOTHING),
        "currency": row.currency,
    }


class PlannedCoverage(serializers.Serializer[Any]):
    source = serializers.ChoiceField(Coverage.Source.choices)  # type: ignore[assignment]  # a field of that name
    id = serializers.IntegerField(allow_null=True)
    minutes = serializers.IntegerField()
    amount = serializers.DecimalField(14, 2, allow_null=True)
    currency = serializers.CharField()


class PlanSerializer(serializers.Serializer[Any]):
    billed_minutes = serializers.IntegerField()
    coverage = PlannedCoverage(many=True)
    warnings = serializers.ListField(child=serializers.CharField())
    needs_decision = serializers.CharField()


class Rejection(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=300)


class Decision(serializers.Serializer[Any]):
    choice = serializers.ChoiceField(sorted(CHOICES))
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
