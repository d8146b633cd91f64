"""Expenses, question lists and goodwill decisions as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from billing.models import Expense, GoodwillBudget, GoodwillDecision, Question, QuestionList, Receipt
from billing.rules.receipts import MOST_BYTES
from billing.services.expenses import Upload
from crm.api.fields import Base64Field, LineField
from crm.api.serializers import RecordSerializer


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    class Meta:
        model = Receipt
        fields = ["id", "name", "content_type", "size", "sha256", "uploaded_at"]


class ReceiptFile(serializers.Serializer[Any]):
    """The receipt as base64, a PDF or a picture of up to 25 MB."""

    name = LineField(max_length=160)
    content = Base64Field(max_bytes=MOST_BYTES)

    def validate(self, attrs: Any) -> Any:
        return Upload(attrs["name"], attrs["content"])


class ExpenseSerializer(RecordSerializer[Expense]):
    """`amount` is what was paid with VAT; `net_amount` follows from it and is what the client is charged."""

    receipts = ReceiptSerializer(many=True, read_only=True)
    receipt = ReceiptFile(write_only=True, required=False)

    class Meta:
        model = Expense
        read_only_fields = [
            "id",
            "seller",
            "net_amount",
            "base_amount",
            "status",
            "handed_in_by",
            "approved_by",
            "approved_at",
            "review_comment",
            "line",
            "receipts",
            "created_at",
            "updated_at",
        ]
        fields = [
            "employee",
            "client",
            "engagement",
            "category",
            "description",
            "spent_on",
            "amount",
            "vat_percent",
            "currency",
            "is_billable",
            "receipt",
            *read_only_fields,
        ]
        extra_kwargs = {"employee": {"required": False}, "currency": {"required": False}}

    def validate(self, attrs: Any) -> Any:
        """The service settles what follows and asks the model then."""
        return attrs


class QuestionSerializer(RecordSerializer[Question]):
    class Meta:
        model = Question
        fields = ["id", "text", "estimated_minutes", "asked_on", "created_at"]
        extra_kwargs = {"asked_on": {"required": False}}


class QuestionListSerializer(RecordSerializer[QuestionList]):
    questions = QuestionSerializer(many=True, read_only=True)
    estimated_minutes = serializers.SerializerMethodField()

    class Meta:
        model = QuestionList
        read_only_fields = ["status", "offer", "session_at", "made_by", "created_at", "updated_at"]
        fields = ["id", "client", "contact", "engagement", "title", "questions", "estimated_minutes", *read_only_fields]

    def get_estimated_minutes(self, row: QuestionList) -> int:
        return sum(question.estimated_minutes for question in row.questions.all())


class Session(serializers.Serializer[Any]):
    session_at = serializers.DateTimeField()


class BudgetSerializer(RecordSerializer[GoodwillBudget]):
    class Meta:
        model = GoodwillBudget
        fields = ["id", "client", "year", "minutes", "reason", "created_at", "updated_at"]


class GoodwillDecisionSerializer(RecordSerializer[GoodwillDecision]):
    """A decision about free work with the figures of its moment; `cost_amount` is null for who may not know."""

    class Meta:
        model = GoodwillDecision
        fields = [
            "id",
            "client",
            "entry",
            "occasion",
            "outcome",
            "choice",
            "minutes",
            "value_amount",
            "currency",
            "price_includes_tax",
            "cost_amount",
            "budget_minutes",
            "used_minutes",
            "reason",
            "review_on",
            "decided_by",
            "decided_at",
        ]
        guarded = {"cost_amount": "cost.see"}
