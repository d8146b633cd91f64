"""Time entries as the API speaks of them: what was worked, and what pays for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from billing.models import Coverage, Engagement, HourPackage, Offer, TimeEntry
from billing.models.covered import part_of
from billing.models.time import MINUTES_A_DAY
from billing.serializers.agreements import PricedSerializer
from billing.services.approvals import CHOICES
from billing.services.time import Plan
from clients.models import Client, Contact
from crm.api.fields import VisibleRelation, load_relations
from crm.models import User

ROWS_AT_ONCE = 1000


class CoverageSerializer(serializers.Serializer[Any]):
    """`id` names the package, retainer or offer that pays; `amount` is null for who may not see prices."""

    source = serializers.ChoiceField(Coverage.Source.choices)  # type: ignore[assignment]  # a field of that name
    id = serializers.IntegerField(allow_null=True)
    minutes = serializers.IntegerField()
    amount = serializers.DecimalField(14, 2, allow_null=True)
    currency = serializers.CharField()


@extend_schema_field(CoverageSerializer(many=True))
class Parts(serializers.ReadOnlyField):
    """What pays: read with the entry, or known because it was just written."""

    def get_attribute(self, instance: TimeEntry) -> Any:
        known = getattr(instance, "covered", None)
        return [part_of(row) for row in instance.parts] if known is None else known


class Oneself(VisibleRelation):
    """A person; nobody needs to be looked up to be told who asks."""

    def to_internal_value(self, data: Any) -> Any:
        asking = self.context["request"].user
        return asking if data == asking.pk and data is not True else super().to_internal_value(data)


class ClientOfAgreement(VisibleRelation):
    """A client; that of a package or an engagement named beside it is known already."""

    def to_internal_value(self, data: Any) -> Any:
        known = getattr(self.parent, "clients", {})
        is_id = isinstance(data, int) and not isinstance(data, bool)
        return known[data] if is_id and data in known else super().to_internal_value(data)


def agreement(rows: Any) -> VisibleRelation:
    return VisibleRelation(queryset=rows, required=False, allow_null=True)


class EntrySerializer(PricedSerializer[TimeEntry]):
    """`minutes` is what was worked, `billed_minutes` what is charged after rounding; `coverage` says what pays.

    Work is said by `minutes` and `worked_on`, or by `started_at` and `ended_at`. `follow_up_minutes` of it are free
    after an invoice. `contact` is who asked for it. Once approved, `list_value` is what all of it is worth at its
    rate, `internal_cost` what it costs us (null for who may not know).
    """

    hour_package = agreement(HourPackage.objects.select_related("client__default_seller", "seller"))
    offer = agreement(Offer.objects.select_related("seller"))
    engagement = agreement(Engagement.objects.select_related("client__default_seller", "seller", "offer"))
    contact = agreement(Contact.objects.all())
    client = ClientOfAgreement(queryset=Client.objects.select_related("default_seller"))
    employee = Oneself(queryset=User.objects.all(), required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=MINUTES_A_DAY, required=False)
    worked_on = serializers.DateField(required=False)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    coverage = Parts()
    list_value = serializers.DecimalField(14, 2, read_only=True, allow_null=True)
    internal_cost = serializers.DecimalField(14, 2, read_only=True, allow_null=True)

    class Meta:
        model = TimeEntry
        prices = ["rate_amount", "list_value"]
        guarded = {"internal_cost": "cost.see"}
        writable = [
            "hour_package",
            "engagement",
            "offer",
            "client",
            "employee",
            "service_line",
            "contact",
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
            "decision",
            "follow_up_minutes",
            "list_value",
            "internal_cost",
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clients: dict[int, Client] = {}

    def validate_hour_package(self, package: HourPackage | None) -> HourPackage | None:
        return self._know(package)

    def validate_engagement(self, engagement: Engagement | None) -> Engagement | None:
        return self._know(engagement)

    def _know[A: HourPackage | Engagement](self, agreement: A | None) -> A | None:
        if agreement is not None:
            self.clients[agreement.client_id] = agreement.client
        return agreement

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
    parts = [part_of(row) for row in plan.entry.parts]
    return {
        "billed_minutes": plan.entry.billed_minutes,
        "coverage": parts if shows_price else unpriced(parts),
        "balances": list(_balances(plan)),
        "warnings": plan.warnings,
        "needs_decision": plan.entry.needs_decision or plan.covered.needs_decision,
    }


def _balances(plan: Plan) -> Iterator[dict[str, Any]]:
    for part, row in zip(plan.entry.parts, plan.covered.rows, strict=True):
        if row.account_id is not None:
            before = plan.balance_before(row.account_id)
            after = before - row.drawn_minutes
            yield {"source": part.source, "id": part.source_id, "before_minutes": before, "after_minutes": after}


class BalanceSerializer(serializers.Serializer[Any]):
    """What a package or allowance that pays holds before and after the work."""

    source = serializers.ChoiceField(Coverage.Source.choices)  # type: ignore[assignment]  # a field of that name
    id = serializers.IntegerField()
    before_minutes = serializers.IntegerField()
    after_minutes = serializers.IntegerField()


class PlanSerializer(serializers.Serializer[Any]):
    billed_minutes = serializers.IntegerField()
    coverage = CoverageSerializer(many=True)
    balances = BalanceSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())
    needs_decision = serializers.CharField()


class Rejection(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=300)


class Decision(serializers.Serializer[Any]):
    choice = serializers.ChoiceField(sorted(CHOICES))
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    review_on = serializers.DateField(required=False, help_text="Until when it stays free, for `complaint_then_free`.")
