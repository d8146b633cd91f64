"""Bank statements and their entries as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from billing.models import BankEntry, BankFile, BankStatement
from billing.rules.bank.statement import MOST_BYTES
from billing.serializers.payments import allocations
from clients.models import BankAccount, Client
from crm.api.fields import Base64Field, VisibleRelation
from crm.api.serializers import RecordSerializer


class BankStatementSerializer(RecordSerializer[BankStatement]):
    """`problem` is why a statement is held; accepting it then needs a reason.

    `opening`, `closing` and `balances` say what is missing, `sums` that it does not add up, `gap` and `overlap` that it
    does not go on from the statements beside it. A CSV has no balances and is never held.
    """

    pending_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = BankStatement
        fields = [
            "id",
            "account",
            "format",
            "file_name",
            "sha256",
            "currency",
            "from_on",
            "to_on",
            "opening_amount",
            "closing_amount",
            "credit_amount",
            "debit_amount",
            "line_count",
            "known_count",
            "state",
            "problem",
            "accept_reason",
            "made_by",
            "accepted_by",
            "accepted_at",
            "pending_count",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class BankEntrySerializer(RecordSerializer[BankEntry]):
    """`suggestion` holds `settles` (`[[invoice, amount], ...]`) or `payment`; `match/` does it."""

    class Meta:
        model = BankEntry
        fields = [
            "id",
            "statement",
            "account",
            "line",
            "booked_on",
            "amount",
            "is_credit",
            "is_reversal",
            "currency",
            "bank_reference",
            "payer_name",
            "payer_account",
            "payer_tax_number",
            "reference",
            "purpose",
            "state",
            "hold",
            "step",
            "suggestion",
            "client",
            "payment",
            "refund",
            "fee_amount",
            "ignore_reason",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class BankFileRequest(serializers.Serializer[Any]):
    """A file of the bank as base64; `account` is needed for CSV alone."""

    file_name = serializers.CharField(max_length=200)
    content = Base64Field(max_bytes=MOST_BYTES)
    account = VisibleRelation(queryset=BankAccount.objects.all(), required=False, allow_null=True, default=None)


class BankFileSerializer(RecordSerializer[BankFile]):
    """A long file: `waiting` until a worker has read it, `refused` with the reasons, in which nothing was kept."""

    refusal = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = BankFile
        fields = ["id", "file_name", "sha256", "account", "state", "refusal", "made_by", "created_at", "updated_at"]
        read_only_fields = fields


class BankFileAnswer(serializers.Serializer[Any]):
    """The statements of a short file; a long one is read by a worker and answers its `file` first."""

    results = BankStatementSerializer(many=True)
    file = BankFileSerializer(allow_null=True)


class AcceptRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class SplitRequest(serializers.Serializer[Any]):
    """Whose money it is; what the allocations leave is the client's credit."""

    client = VisibleRelation(queryset=Client.objects.all())
    allocations = allocations(required=False, default=list)


class IgnoreRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)
