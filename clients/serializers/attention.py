"""Interactions, promises with their chain, tasks."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.models import Client, Contact, Interaction, Promise, PromiseDate, Task
from clients.rules.promises import Lateness, Outcome
from clients.serializers.moments import DueField, FactField, RateField
from clients.services.promise_rates import judge_promise, lateness_of
from crm.api.fields import VisibleRelation
from crm.api.serializers import RecordSerializer
from crm.models import User


class InteractionSerializer(RecordSerializer[Interaction]):
    occurred_at = FactField()
    not_secret = serializers.BooleanField(
        write_only=True, required=False, help_text="The summary holds no credential although it looks like one."
    )

    class Meta:
        model = Interaction
        fields = [
            "id",
            "client",
            "contacts",
            "employees",
            "kind",
            "direction",
            "minutes",
            "initiated_by",
            "reason",
            "via",
            "mode",
            "occurred_at",
            "summary",
            "sentiment",
            "cost",
            "is_missed",
            "is_incident",
            "call_back",
            "first_response",
            "logged_by",
            "not_secret",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["logged_by", "is_incident", "call_back", "first_response"]
        extra_kwargs = {"contacts": {"required": False}, "employees": {"required": False}}

    def validate(self, attrs: Any) -> Any:
        """The service checks the row as a whole."""
        return attrs

    def to_representation(self, instance: Interaction) -> Any:
        shown = super().to_representation(instance)
        if shown["cost"] is not None and instance.client_id not in self._told():
            shown["cost"] = None
        return shown

    def _told(self) -> set[int]:
        """Clients whose amounts the person sees; asked once for all rows that are shown together."""
        known = cast("dict[str, Any]", self.context)
        if "told" not in known:
            rows = Client.objects.money_open_to(known["request"].user)
            known["told"] = set(rows.values_list("pk", flat=True))
        told: set[int] = known["told"]
        return told


class PromiseDateSerializer(RecordSerializer[PromiseDate]):
    class Meta:
        model = PromiseDate
        fields = ["position", "due_at", "reason", "client_informed_at", "client_agreed_at", "made_by", "made_at"]


class PromiseSerializer(RecordSerializer[Promise]):
    due_at = DueField(help_text="The first date; a day alone means its end.")
    made_at = FactField(required=False)
    outcome = serializers.SerializerMethodField()
    days_late = serializers.SerializerMethodField(help_text="Whole days against the first date, null while open.")
    lateness = serializers.SerializerMethodField(
        help_text="Of a late promise: `systematic` where its maker is late as a habit (over a fifth of at least five "
        "promises of the last 90 days), else `random`; null for one that is not late."
    )
    dates = PromiseDateSerializer(many=True, read_only=True)

    class Meta:
        model = Promise
        fields = [
            "id",
            "client",
            "contact",
            "text",
            "due_at",
            "due_is_day",
            "current_due_at",
            "made_by",
            "made_at",
            "source",
            "outcome",
            "days_late",
            "lateness",
            "dates",
            "on_track_at",
            "early_warning",
            "early_warned_at",
            "early_warned_by",
            "kept_at",
            "withdrawn_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            *("on_track_at", "early_warning", "early_warned_at", "early_warned_by"),
            *("kept_at", "withdrawn_at", "current_due_at", "due_is_day"),
        ]
        extra_kwargs = {"made_by": {"required": False}}

    @extend_schema_field(serializers.ChoiceField([outcome.value for outcome in Outcome]))
    def get_outcome(self, row: Promise) -> str:
        return judge_promise(row, at=timezone.now()).outcome.value

    def get_days_late(self, row: Promise) -> int | None:
        return judge_promise(row, at=timezone.now()).days_late

    @extend_schema_field(serializers.ChoiceField([lateness.value for lateness in Lateness], allow_null=True))
    def get_lateness(self, row: Promise) -> str | None:
        """Reckoned once for all rows that are shown together."""
        known = cast("dict[str, Any]", self.context)
        if "lateness" not in known:
            shown: Any = self.parent.instance if self.parent else [row]
            known["lateness"] = lateness_of(shown, at=timezone.now())
        found: Lateness | None = known["lateness"].get(row.pk)
        return found.value if found else None


class KeepSerializer(serializers.Serializer[Any]):
    kept_at = FactField(required=False, help_text="Now, when it is left out.")


class EarlyWarningSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class RedateSerializer(serializers.Serializer[Any]):
    due_at = DueField()
    reason = serializers.CharField(max_length=300)
    client_informed_at = FactField(required=False, allow_null=True)
    client_agreed_at = FactField(required=False, allow_null=True)


class RatesQuery(serializers.Serializer[Any]):
    """`from` and `to` name the first due days, both inclusive; `as_of` a day or a moment, now by default."""

    client = VisibleRelation(queryset=Client.objects.all(), required=False)
    contact = VisibleRelation(queryset=Contact.objects.all(), required=False)
    employee = VisibleRelation(queryset=User.objects.all(), required=False)
    to = serializers.DateField(required=False)
    as_of = DueField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "from": serializers.DateField(required=False)}


class RatesSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    strict_rate = RateField()
    honour_rate = RateField()
    warned_rate = RateField()
    second_date_kept_rate = RateField()
    mean_days_late = serializers.FloatField(allow_null=True, help_text="Of all that were decided.")
    mean_days_late_if_late = serializers.FloatField(allow_null=True)
    median_days_late = serializers.FloatField(allow_null=True, help_text="Of the late ones.")
    max_days_late = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(required=False)


class TaskSerializer(RecordSerializer[Task]):
    due_at = DueField()

    class Meta:
        model = Task
        fields = [
            "id",
            "client",
            "contact",
            "assignee",
            "kind",
            "source",
            "title",
            "detail",
            "due_at",
            "value_at_stake",
            "state",
            "snoozed_until_at",
            "reason",
            "closed_at",
            "closed_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["state", "snoozed_until_at", "reason", "closed_at", "closed_by"]
        extra_kwargs = {"assignee": {"required": False}}
        guarded = {"value_at_stake": "value.amounts"}

    def validate(self, attrs: Any) -> Any:
        """Opening again gives the open task, so the constraint on open ones is no error here."""
        return attrs


class SnoozeSerializer(serializers.Serializer[Any]):
    until = FactField()
    reason = serializers.CharField(max_length=300)


class DelegateSerializer(serializers.Serializer[Any]):
    assignee = VisibleRelation(queryset=User.objects.all())


class DismissSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)
