"""What the API reads and writes of loyalty: surveys, answers, the firm's figures, and the questions to reports."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from crm.api.errors import detail_of
from crm.api.fields import MomentField
from crm.api.serializers import RecordSerializer
from crm.periods import DateRange, trailing_months
from loyalty.models import (
    ConcentrationSnapshot,
    DetractorLoop,
    FirmFigure,
    Idea,
    LossReview,
    LoyaltyAnswer,
    LoyaltyTest,
    RetentionMeasure,
    Survey,
    SurveyResponse,
)
from loyalty.rules.nps import checked_score
from loyalty.services import nps
from loyalty.services.audience import check_audience
from loyalty.services.effects import Effect, measure_effects
from loyalty.services.holders import By
from loyalty.services.loops import check_contact

WINDOW_MONTHS = 12


class ScoreField(serializers.Field[int, Any, int, Any]):
    """An integer from 0 to 10; 7.5, 11 and "9" are refused alike."""

    def to_internal_value(self, data: Any) -> int:
        try:
            return checked_score(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="invalid") from error

    def to_representation(self, value: int) -> int:
        return value


class SurveySerializer(RecordSerializer[Survey]):
    """`audience` maps tier, status, industry, account_manager, client, buying_role, level, influence to lists."""

    class Meta:
        model = Survey
        fields = ["id", "name", "kind", "audience", "state", "made_by", "sent_at", "created_at", "updated_at"]
        read_only_fields = ["state", "made_by", "sent_at"]

    def validate_audience(self, value: Any) -> Any:
        try:
            return check_audience(value)
        except DjangoValidationError as exc:
            raise serializers.ValidationError(next(iter(detail_of(exc).values()))) from exc


class ResponseSerializer(RecordSerializer[SurveyResponse]):
    """`client` is where the person worked when answering."""

    score = ScoreField()
    answered_at = MomentField(required=False)

    class Meta:
        model = SurveyResponse
        fields = [
            "id",
            "survey",
            "contact",
            "client",
            "score",
            "comment",
            "language",
            "answered_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["client", "language"]
        extra_kwargs = {"contact": {"required": True, "allow_null": False}, "comment": {"max_length": 4000}}

    def validate_answered_at(self, value: datetime) -> datetime:
        if value > timezone.now():
            raise serializers.ValidationError(_("It lies in the future."), code="future")
        return value


class FirmFigureSerializer(RecordSerializer[FirmFigure]):
    class Meta:
        model = FirmFigure
        fields = [
            "id",
            "valid_on",
            "currency",
            "cash",
            "fixed_cost_monthly",
            "avoidable_percent",
            "made_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["currency", "made_by"]


class WindowQuestion(serializers.Serializer[Any]):
    """`from` and `to` are both inside the window; without them the last 12 months."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own, so the two dates are declared here."""
        dates = {name: serializers.DateField(required=False) for name in ("from", "to")}
        return {**super().get_fields(), **dates}

    def validate(self, attrs: Any) -> Any:
        today = timezone.localdate()
        last: date = attrs.get("to") or today
        first: date = attrs.get("from") or trailing_months(last, WINDOW_MONTHS).start
        if first > last:
            raise serializers.ValidationError({"from": [_("It ends before it begins.")]}, code="invalid")
        return {**attrs, "window": DateRange(first, last + timedelta(days=1))}


class ConcentrationQuestion(WindowQuestion):
    basis = serializers.ChoiceField(ConcentrationSnapshot.Basis.choices, default="revenue")
    by = serializers.ChoiceField([each.value for each in By], default=By.GROUP.value)

    def validate(self, attrs: Any) -> Any:
        if attrs["by"] == By.SERVICE_LINE and attrs["basis"] != ConcentrationSnapshot.Basis.REVENUE:
            raise serializers.ValidationError({"by": ["By service line only revenue is known."]}, code="invalid")
        return super().validate(attrs)


class NpsQuestion(WindowQuestion):
    by = serializers.ChoiceField([each.value for each in nps.By], required=False)


class IdField(serializers.IntegerField):
    """A whole number, not a text or a truth that looks like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class StressQuestion(serializers.Serializer[Any]):
    lost = serializers.ListField(child=IdField(min_value=1, max_value=2**63 - 1), default=list, max_length=10_000)
    late = serializers.ListField(child=IdField(min_value=1, max_value=2**63 - 1), default=list, max_length=10_000)
    days = serializers.IntegerField(default=0, min_value=0, max_value=365)


class LossReviewSerializer(RecordSerializer[LossReview]):
    class Meta:
        model = LossReview
        fields = [
            "id",
            "client",
            "kind",
            "happened_on",
            "value_lost",
            "revenue_lost",
            "currency",
            "health_before",
            "cause",
            "outcome",
            "preventable",
            "sign_missed",
            "could_have_done",
            "lessons",
            "win_back_on",
            "win_back_owner",
            "win_back_act",
            "win_back_percent",
            "won_back_on",
            "concluded_on",
            "concluded_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            "client",
            "kind",
            "happened_on",
            "value_lost",
            "revenue_lost",
            "currency",
            "health_before",
            "concluded_on",
            "concluded_by",
        ]


class LoopSerializer(RecordSerializer[DetractorLoop]):
    """`close/` sets what is read-only; `answered_at`, `score` and `client` are the answer's."""

    client = serializers.IntegerField(source="response.client_id", read_only=True)
    score = serializers.IntegerField(source="response.score", read_only=True)
    answered_at = MomentField(source="response.answered_at", read_only=True)
    first_contact_at = MomentField(required=False, allow_null=True)
    closed_at = MomentField(read_only=True)
    reasked_at = MomentField(read_only=True)

    class Meta:
        model = DetractorLoop
        fields = [
            "id",
            "response",
            "client",
            "score",
            "answered_at",
            "first_contact_at",
            "cause",
            "action",
            "recovered",
            "asks_again",
            "reask_on",
            "reasked_at",
            "closed_at",
            "closed_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["response", "reask_on", "closed_by"]

    def validate(self, attrs: Any) -> Any:
        if isinstance(self.instance, DetractorLoop):
            check_contact(self.instance, attrs.get("first_contact_at"), at=timezone.now())
        return super().validate(attrs)


class LoyaltyAnswerSerializer(serializers.ModelSerializer[LoyaltyAnswer]):
    answer = serializers.CharField(max_length=2000, allow_blank=True)
    evidence = serializers.CharField(max_length=500, allow_blank=True)

    class Meta:
        model = LoyaltyAnswer
        fields = ["question", "answer", "evidence", "answered_on"]
        read_only_fields = ["answered_on"]


class LoyaltyTestSerializer(RecordSerializer[LoyaltyTest]):
    """An answer and its evidence both empty take it back; `blanks` are the questions without one."""

    score = serializers.IntegerField(read_only=True)
    blanks = serializers.ListField(child=serializers.CharField(), read_only=True)
    answers = LoyaltyAnswerSerializer(many=True, required=False)

    class Meta:
        model = LoyaltyTest
        fields = ["id", "client", "quarter_on", "score", "blanks", "answers", "held_by", "created_at", "updated_at"]
        read_only_fields = ["quarter_on", "held_by"]


class IdeaSerializer(RecordSerializer[Idea]):
    """What is set to `done` without `done_on` was done today; `client` follows from the source where there is one."""

    score = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Idea
        fields = [
            "id",
            "text",
            "proposal",
            "touch_point",
            "finding",
            "source",
            "noted_on",
            "client",
            "contact",
            "interaction",
            "test",
            "complaint",
            "review",
            "usefulness",
            "cost",
            "difficulty",
            "score",
            "state",
            "owner",
            "due_on",
            "done_on",
            "outcome",
            "made_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["score", "made_by"]
        extra_kwargs = {"noted_on": {"required": False}}

    def validate(self, attrs: Any) -> Any:
        today = timezone.localdate()
        if self.instance is None:
            attrs.setdefault("noted_on", today)
        state = attrs.get("state", getattr(self.instance, "state", Idea.State.NEW))
        if state != Idea.State.DONE:
            attrs["done_on"] = None
        elif not getattr(self.instance, "done_on", None):
            attrs.setdefault("done_on", today)
        return super().validate(attrs)


class RetentionMeasureSerializer(RecordSerializer[RetentionMeasure]):
    """`effect` on single measures: rates per 100 clients and year; null with a note while it is too early."""

    effect = serializers.SerializerMethodField()

    class Meta:
        model = RetentionMeasure
        fields = [
            "id",
            "kind",
            "name",
            "description",
            "tier",
            "service_line",
            "started_on",
            "ended_on",
            "owner",
            "effect",
            "created_at",
            "updated_at",
        ]

    def get_effect(self, row: RetentionMeasure) -> dict[str, Any] | None:
        if isinstance(self.parent, serializers.ListSerializer):
            return None
        found = measure_effects([row], on=timezone.localdate())[row.pk]
        told = {"losses": _told(found.losses), "complaints": _told(found.complaints)}
        return {"clients": found.clients, "silent": found.silent, **told}


def _told(effect: Effect) -> dict[str, Any]:
    if effect.change is None:
        early = effect.windows is None
        return {"verdict": None, "note": "Too early: 90 days." if early else "Nothing to compare."}
    return {"verdict": effect.change.verdict, "before": effect.change.before, "after": effect.change.after} | {
        name: None if value is None else str(value) for name, value in effect.figures.items()
    }
