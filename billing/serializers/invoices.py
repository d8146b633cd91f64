"""Invoices and credit notes as the API speaks of them: money as text, lines with their entries, VAT by group."""

from typing import Any

from rest_framework import serializers

from billing.models import Engagement, Invoice, InvoiceLine, InvoiceVat
from billing.models.invoices import State
from billing.rules.lines import Grouping
from billing.rules.vat import RateKind
from billing.serializers.agreements import AgreementSerializer
from billing.services.credits import CreditKind, CreditLine
from billing.services.drafting import Skipped
from billing.services.drafts import HAND_KINDS, HandLine
from clients.models import Client, ServiceLine
from crm.api.fields import ExactField, PriceField, VisibleRelation
from crm.api.serializers import RecordSerializer

UNITS = ["HUR", "C62", "DAY", "MON", "KMT"]
MOST_LINES = 1000


class LineSerializer(RecordSerializer[InvoiceLine]):
    """`amount` is in the document's price basis; `entries` is the work that stands on the line."""

    unit_price = PriceField(read_only=True)
    entries = serializers.SerializerMethodField()

    class Meta:
        model = InvoiceLine
        fields = [
            "id",
            "position",
            "kind",
            "service_line",
            "description",
            "quantity",
            "unit",
            "unit_price",
            "amount",
            "net_amount",
            "vat_amount",
            "vat_rate",
            "vat_category",
            "supplied_from",
            "supplied_to",
            "cost",
            "credits",
            "sets_off",
            "entries",
        ]
        read_only_fields = fields

    def get_entries(self, line: InvoiceLine) -> list[int]:
        billed = {row.entry_id for row in line.billed.all() if row.entry_id}
        return sorted(billed | {row.entry_id for row in line.shown.all()})


class VatSerializer(RecordSerializer[InvoiceVat]):
    class Meta:
        model = InvoiceVat
        fields = ["rate", "category", "net_amount", "vat_amount"]
        read_only_fields = fields


class DocumentSerializer(AgreementSerializer[Invoice]):
    """What invoices and credit notes have in common."""

    lines = LineSerializer(many=True, read_only=True)
    vat = VatSerializer(many=True, read_only=True)
    kept_until = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Invoice
        once = ["client", "seller", "engagement", "currency", "price_includes_tax"]
        prices = ["net_amount", "vat_amount", "gross_amount", "lines", "vat"]
        fields = [
            "id",
            "number",
            "series",
            "client",
            "seller",
            "engagement",
            "status",
            "issued_on",
            "supply_from",
            "supply_to",
            "currency",
            "price_includes_tax",
            "treatment",
            "language",
            "buyer_reference",
            "contract_reference",
            "order_reference",
            "notes",
            "cash_discount_percent",
            "cash_discount_days",
            "net_amount",
            "vat_amount",
            "gross_amount",
            "lines",
            "vat",
            "drafted_by",
            "drafted_on",
            "issued_by",
            "kept_until",
            "external_source",
            "external_id",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            "number",
            "series",
            "status",
            "issued_on",
            "supply_from",
            "supply_to",
            "treatment",
            "language",
            "net_amount",
            "vat_amount",
            "gross_amount",
            "drafted_by",
            "drafted_on",
            "issued_by",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "seller": {"required": False},
            "currency": {"required": False},
            "price_includes_tax": {"required": False},
            "engagement": {"required": False},
        }


class InvoiceSerializer(DocumentSerializer):
    """`status` is stored (`draft`, `issued`), `state` computed from payments, credits and write-offs."""

    state = serializers.ChoiceField(State.choices, read_only=True)
    paid_amount = ExactField(14, 2, read_only=True)
    credited_amount = ExactField(14, 2, read_only=True)
    written_off_amount = ExactField(14, 2, read_only=True)
    discounted_amount = ExactField(14, 2, read_only=True)
    discount_until_on = serializers.DateField(read_only=True, allow_null=True)
    balance_amount = ExactField(14, 2, read_only=True)

    class Meta(DocumentSerializer.Meta):
        balances = ["paid_amount", "discounted_amount", "credited_amount", "written_off_amount", "balance_amount"]
        prices = [*DocumentSerializer.Meta.prices, *balances]
        fields = [*DocumentSerializer.Meta.fields, "due_on", "discount_until_on", "state", *balances]
        read_only_fields = [*DocumentSerializer.Meta.read_only_fields, "due_on"]


class CreditNoteSerializer(DocumentSerializer):
    """Amounts are positive and lower the invoice that it `corrects`."""

    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "corrects", "correction_kind", "reason"]
        read_only_fields = fields


class DraftRequest(serializers.Serializer[Any]):
    """Whose work to draft, of which period; one line for each engagement unless `grouping` says otherwise."""

    client = VisibleRelation(queryset=Client.objects.all())
    through = serializers.DateField()
    since = serializers.DateField(required=False, allow_null=True, default=None)
    engagement = VisibleRelation(queryset=Engagement.objects.all(), required=False, allow_null=True, default=None)
    grouping = serializers.ChoiceField([kind.value for kind in Grouping], default=Grouping.ENGAGEMENT.value)
    complete_only = serializers.BooleanField(
        default=False, help_text="Leaves out work of weeks that finance has not completed; they are `week_open`."
    )

    def validate_grouping(self, value: str) -> Grouping:
        return Grouping(value)


class SkippedSerializer(serializers.Serializer[Skipped]):
    entry = serializers.IntegerField(source="entry.pk")
    reason = serializers.CharField()


class DraftedSerializer(serializers.Serializer[Any]):
    drafts = InvoiceSerializer(many=True)
    skipped = SkippedSerializer(many=True)


class HandLineSerializer(serializers.Serializer[Any]):
    """A line by hand; the price is in the document's own basis. A discount has a price below zero."""

    description = serializers.CharField(max_length=1000)
    kind = serializers.ChoiceField([kind.value for kind in HAND_KINDS], default=InvoiceLine.Kind.FIXED.value)
    quantity = ExactField(12, 4)
    unit = serializers.ChoiceField(UNITS, default="HUR")
    unit_price = PriceField()
    vat = serializers.ChoiceField([kind.value for kind in RateKind], default=RateKind.STANDARD.value)
    service_line = VisibleRelation(queryset=ServiceLine.objects.all(), required=False, allow_null=True, default=None)
    supplied_on = serializers.DateField(required=False, allow_null=True, default=None)
    cost = ExactField(14, 2, min_value=0, required=False, allow_null=True, default=None)

    def validate_vat(self, value: str) -> RateKind:
        return RateKind(value)

    @property
    def written(self) -> HandLine:
        return HandLine(**self.validated_data)


class LineWords(serializers.Serializer[Any]):
    """What may change on a line of a draft; hours and price of a line made of work follow from the work."""

    description = serializers.CharField(max_length=1000, required=False)
    quantity = ExactField(12, 4, required=False)
    unit_price = PriceField(required=False)
    service_line = VisibleRelation(queryset=ServiceLine.objects.all(), required=False, allow_null=True)


class AdvanceSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    amount = ExactField(14, 2, min_value=0)


class SetOffRequest(serializers.Serializer[Any]):
    """Lines of issued advance invoices and what to set off of each; without them all that are open."""

    advances: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=AdvanceSerializer(), required=False, max_length=MOST_LINES
    )

    def validate(self, attrs: Any) -> Any:
        rows = attrs.get("advances")
        return {"advances": {row["line"]: row["amount"] for row in rows} if rows is not None else None}


class Issuing(serializers.Serializer[Any]):
    """Today, unless a day is named."""

    issued_on = serializers.DateField(required=False)


class CreditLineSerializer(serializers.Serializer[Any]):
    """What to take back of a line: an amount in the document's basis, a quantity, or the entries named."""

    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    amount = ExactField(14, 2, required=False, allow_null=True, default=None)
    quantity = ExactField(12, 4, required=False, allow_null=True, default=None)
    entries = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, max_length=MOST_LINES
    )


class CreditRequest(Issuing):
    reason = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField([kind.value for kind in CreditKind])
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=CreditLineSerializer(), required=False, max_length=MOST_LINES
    )

    def validate_kind(self, value: str) -> CreditKind:
        return CreditKind(value)

    def validate_lines(self, rows: list[dict[str, Any]]) -> list[CreditLine]:
        return [
            CreditLine(
                line_id=row["line"],
                amount=row["amount"],
                quantity=row["quantity"],
                entries=tuple(row.get("entries", ())),
            )
            for row in rows
        ]


class ProblemSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class DraftCheckSerializer(serializers.Serializer[Any]):
    """`state` is `none` where the client takes no e-invoice, else `pending`, `passed` or `refused`."""

    state = serializers.ChoiceField(["none", "pending", "passed", "refused"])
    format = serializers.CharField()
    problems = ProblemSerializer(many=True)
