"""Retainers, their periods and the comparison with a one-off order, as the API speaks of them."""

from dataclasses import asdict, fields
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from billing.models import Checkpoint, EarlyEnd, RateChangeAnswer, Retainer, RetainerFee, RetainerPeriod
from billing.rules.comparison import Comparison
from billing.serializers.agreements import AgreementSerializer
from billing.serializers.invoices import InvoiceSerializer
from crm.api.fields import ExactField
from crm.api.serializers import RecordSerializer

MOST_MINUTES = 600_000
MOST_MONTHS = 120
HOURS = {"min_value": 0, "max_value": MOST_MINUTES}


class RetainerSerializer(AgreementSerializer[Retainer]):
    """A fee for each period with included minutes; `status` is `draft` or `active`, and `ended` by its last day."""

    fee_months = serializers.ChoiceField([1, 3], required=False)

    class Meta:
        model = Retainer
        prices = ["monthly_fee", "overage_rate", "one_off_price"]
        once = ["client", "seller", "currency", "price_includes_tax", "starts_on"]
        fields = [
            "id",
            "client",
            "seller",
            "name",
            "service_lines",
            "lead",
            "monthly_fee",
            "fee_months",
            "currency",
            "price_includes_tax",
            "term_months",
            "starts_on",
            "committed_until_on",
            "ended_on",
            "notice_given_on",
            "included_minutes",
            "allowance_period",
            "prorates_allowance",
            "checkpoint_months",
            "rollover",
            "rollover_cap_minutes",
            "carries_deficit",
            "refunds_unused",
            "overage_policy",
            "overage_rate",
            "negative_limit_minutes",
            "bill_in",
            "cash_discount_percent",
            "cash_discount_days",
            "auto_issue",
            "notice_days",
            "renewal_mode",
            "one_off_price",
            "one_off_minutes",
            "one_off_months",
            "status",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["ended_on", "notice_given_on", "created_at", "updated_at"]
        extra_kwargs = {
            "seller": {"required": False},
            "currency": {"required": False},
            "price_includes_tax": {"required": False},
            "service_lines": {"required": False},
            "term_months": {"min_value": 1, "max_value": MOST_MONTHS},
            "included_minutes": HOURS,
            "rollover_cap_minutes": HOURS,
            "negative_limit_minutes": HOURS,
            "one_off_minutes": HOURS,
            "one_off_months": {"min_value": 1, "max_value": 600},
            "one_off_price": {"min_value": 0},
            "overage_rate": {"min_value": 0},
        }

    def validate_status(self, value: str) -> str:
        """A contract ends by its last day, not by a word."""
        now = self.instance.status if isinstance(self.instance, Retainer) else None
        if value != now and (value == Retainer.Status.ENDED or now not in (None, Retainer.Status.DRAFT)):
            raise serializers.ValidationError(_("A contract ends by its last day."), "invalid_choice")
        return value

    def with_terms(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"status": Retainer.Status.ACTIVE, **super().with_terms(attrs)}


class RetainerPeriodSerializer(RecordSerializer[RetainerPeriod]):
    """One period of a contract; `invoice` is its fee, the balance what is left of its hours."""

    balance_minutes = serializers.IntegerField(source="account.balance_minutes", read_only=True, default=None)
    invoice = serializers.IntegerField(source="invoice_line.invoice_id", read_only=True, default=None)

    class Meta:
        model = RetainerPeriod
        fields = ["id", "starts_on", "ends_on", "draft_on", "fee", "balance_minutes", "invoice"]
        read_only_fields = fields


class CashMonthSerializer(serializers.Serializer[Any]):
    month = serializers.DateField()
    retainer = ExactField(14, 2)
    one_off = ExactField(14, 2)
    difference_so_far = ExactField(14, 2)


class ComparisonSerializer(serializers.Serializer[Any]):
    """What the client pays either way. `saving` below zero means that the retainer is dearer."""

    currency = serializers.CharField(allow_null=True)
    retainer_total = ExactField(14, 2, allow_null=True)
    one_off_price = ExactField(14, 2, allow_null=True)
    saving = ExactField(14, 2, allow_null=True)
    saving_percent = ExactField(8, 1, allow_null=True)
    included_minutes = serializers.IntegerField(allow_null=True)
    one_off_minutes = serializers.IntegerField(allow_null=True)
    retainer_hourly = ExactField(14, 2, allow_null=True)
    one_off_hourly = ExactField(14, 2, allow_null=True)
    cash = CashMonthSerializer(many=True, allow_null=True)
    annual_rate = ExactField(8, 6, allow_null=True)
    present_value = ExactField(14, 2, allow_null=True)
    indifference_fee = ExactField(14, 2, allow_null=True)
    break_even_renewal = ExactField(8, 4, allow_null=True)
    note = serializers.CharField(allow_null=True)


def comparison_shape(found: Comparison | None, *, note: str) -> dict[str, Any]:
    """The comparison, or nulls with what is missing."""
    if found is None:
        return {**dict.fromkeys(field.name for field in fields(Comparison)), "note": note}
    return {**asdict(found), "note": None}


class Renewal(serializers.Serializer[Any]):
    months = serializers.IntegerField(min_value=1, max_value=MOST_MONTHS)


class ComparisonAsked(serializers.Serializer[Any]):
    """The effective yearly rate at which the fees are discounted, as a fraction."""

    annual_rate = serializers.DecimalField(6, 4, min_value=0, max_value=10, required=False)


class Ending(serializers.Serializer[Any]):
    """The last day, or the day of the notice from which it follows."""

    ended_on = serializers.DateField(required=False)
    given_on = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"ended_on": serializers.Field.default_error_messages["required"]})
        return attrs


class FeeSerializer(serializers.ModelSerializer[RetainerFee]):
    """Another monthly fee from a day on."""

    class Meta:
        model = RetainerFee
        fields = ["id", "monthly_fee", "valid_from", "reason", "made_by", "made_at"]
        read_only_fields = ["made_by", "made_at"]


class SettlementSerializer(serializers.ModelSerializer[EarlyEnd]):
    """What is proposed when a contract ends early; below zero it is given back to the client."""

    class Meta:
        model = EarlyEnd
        fields = [
            "given_on",
            "ends_on",
            "fees_due",
            "fees_billed",
            "delivered_minutes",
            "delivered_value",
            "unused_minutes",
            "unused_value",
            "amount",
            "decision",
            "reason",
            "decided_by",
            "decided_at",
        ]
        read_only_fields = fields


class SettlementDecision(serializers.Serializer[Any]):
    """Settling drafts an invoice; waiving needs a reason."""

    settled = serializers.BooleanField()
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class CheckpointSerializer(RecordSerializer[Checkpoint]):
    """A look at the process while the contract runs; `promise` is what the client was promised."""

    class Meta:
        model = Checkpoint
        fields = [
            "id",
            "retainer",
            "due_on",
            "deliverable",
            "findings",
            "corrections",
            "done_at",
            "done_by",
            "promise",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["findings", "corrections", "done_at", "done_by", "promise", "created_at", "updated_at"]


class CheckpointFindings(serializers.Serializer[Any]):
    findings = serializers.CharField(max_length=5000)
    corrections = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)
    done_at = serializers.DateTimeField(required=False)


class FeeChoice(serializers.Serializer[Any]):
    """One fee to draft again after its invoice was credited, by the first day of its period; without it what is due."""

    again_from = serializers.DateField(required=False)


class FeeRunSerializer(serializers.Serializer[Any]):
    """The fees that were drafted, and by code what keeps others waiting."""

    drafts = InvoiceSerializer(many=True)
    waiting = serializers.ListField(child=serializers.CharField())


class RateChangeSerializer(RecordSerializer[RateChangeAnswer]):
    """Whether a gross price stays when its VAT changed; asked once per agreement (`retainer:7`, `offer:12`)."""

    class Meta:
        model = RateChangeAnswer
        fields = [
            "id",
            "client",
            "agreement",
            "agreed_percent",
            "new_percent",
            "choice",
            "made_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["made_by", "created_at", "updated_at"]
        extra_kwargs = {"agreed_percent": {"min_value": 0}, "new_percent": {"min_value": 0}}
