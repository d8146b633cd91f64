"""Clients with their figures, designations, members, contacts."""

from typing import Any

from rest_framework import serializers

from clients.models import Client, ClientMember, Contact, KeyClientDesignation
from clients.reports.timeline import LIMIT
from clients.rules.designations import growth_ratio
from clients.serializers.written import CompactSerializer
from clients.services.clients import Duplicate
from crm.access import visible
from crm.api.fields import MomentField, VisibleRelation
from crm.api.serializers import RecordSerializer


def _amount(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True, default=None, **kwargs)


def _number(**kwargs: Any) -> serializers.IntegerField:
    return serializers.IntegerField(read_only=True, default=None, **kwargs)


class FiguresSerializer(serializers.Serializer[Client]):
    """Amounts are in `currency`, the firm's base currency; who may not see an amount gets null, or the band."""

    currency = serializers.CharField(source="base_currency", read_only=True, default=None)
    revenue_12m = _amount(source="shown_revenue_12m")
    revenue_before_12m = _amount(source="shown_revenue_before_12m")
    revenue_share = serializers.DecimalField(
        max_digits=9, decimal_places=6, source="shown_revenue_share", read_only=True, default=None
    )
    margin_12m = _amount(source="shown_margin_12m")
    receivables = _amount(source="shown_receivables")
    overdue_receivables = _amount(source="shown_overdue_receivables")
    simple_value = _amount(source="shown_simple_value")
    badge_value = _amount(source="shown_badge_value", help_text="The value that pages show: simple, or to come.")
    value_band = serializers.SerializerMethodField(
        help_text="`[low, high]` of the badge for consultants, null at an open end; null if settings hide it."
    )
    anchors = _number(source="shown_anchors")
    goodwill_minutes = _number(source="shown_goodwill_minutes")
    health_score = _number(source="shown_health_score")
    health_band = serializers.CharField(source="shown_health_band", read_only=True, default=None)
    nps = serializers.DecimalField(max_digits=9, decimal_places=6, source="shown_nps", read_only=True, default=None)
    nps_answers = _number(source="shown_nps_answers")
    last_two_way_at = MomentField(source="shown_last_two_way_at", read_only=True, default=None)
    as_of = serializers.SerializerMethodField(help_text="The day of each group of figures.")

    def get_value_band(self, client: Client) -> list[str | None] | None:
        ends = [getattr(client, f"shown_band_{end}", None) for end in ("low", "high")]
        return None if ends == [None, None] else [None if end is None else f"{end:.2f}" for end in ends]

    def get_as_of(self, client: Client) -> dict[str, str | None]:
        facts = client.facts if getattr(client, "is_open", False) else None
        groups = ("revenue", "receivables", "anchors", "hours", "value", "health", "nps", "promises")
        days = {group: getattr(facts, f"{group}_as_of_on", None) for group in groups}
        return {group: day.isoformat() if day else None for group, day in days.items()}


class ClientSerializer(CompactSerializer[Client]):
    figures = FiguresSerializer(source="*", read_only=True)
    reason = serializers.CharField(
        write_only=True, required=False, max_length=300, help_text="Why the tier or status changes; kept in history."
    )

    class Meta:
        model = Client
        compact = ("vat_id", "tax_number", "registration_reason")
        fields = [
            "id",
            "name",
            "legal_name",
            "status",
            "status_on",
            "tier",
            "account_manager",
            "deputy",
            "executive_owner",
            "street",
            "postcode",
            "city",
            "country",
            "currency",
            "language",
            "industry",
            "vat_id",
            "tax_number",
            "registration_reason",
            "billing_email",
            "e_invoice",
            "e_address",
            "buyer_reference",
            "payment_terms_days",
            "cash_discount_percent",
            "cash_discount_days",
            "default_seller",
            "debtor_account",
            "parent",
            "since_on",
            "website",
            "notes",
            "external_source",
            "external_id",
            "merged_into",
            "figures",
            "reason",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["status_on", "merged_into"]

    def to_representation(self, instance: Client) -> Any:
        """What the caller may not read is null; a row that was just made is the maker's own."""
        shown = super().to_representation(instance)
        if not hasattr(instance, "is_open"):
            return shown
        return {name: value if instance.shows(name) else None for name, value in shown.items()}


class AlikeAsked(serializers.Serializer[Any]):
    """What is known of a client that is about to be made."""

    name = serializers.CharField(max_length=200)
    tax_number = serializers.CharField(max_length=40, required=False, default="")
    vat_id = serializers.CharField(max_length=40, required=False, default="")


class AlikeSerializer(serializers.Serializer[Duplicate]):
    """A client that the new one may be; `same_tax_id` makes it all but certain."""

    id = serializers.IntegerField(source="client.pk")
    name = serializers.CharField(source="client.name")
    city = serializers.SerializerMethodField()
    same_tax_id = serializers.BooleanField()

    def get_city(self, found: Duplicate) -> str | None:
        return found.client.city if found.client.shows("city") else None


class AlikeFound(serializers.Serializer[Any]):
    duplicates = AlikeSerializer(many=True)


class MadeClientSerializer(ClientSerializer):
    duplicates = AlikeSerializer(many=True, read_only=True)

    class Meta(ClientSerializer.Meta):
        fields = [*ClientSerializer.Meta.fields, "duplicates"]


class MergeSerializer(serializers.Serializer[Client]):
    """The client that stays; only those that the caller sees exist."""

    into = serializers.PrimaryKeyRelatedField(queryset=Client.objects.none())

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            into: Any = fields["into"]
            into.queryset = visible(Client.objects.all(), request.user)
        return fields


class ContactSerializer(RecordSerializer[Contact]):
    class Meta:
        model = Contact
        # What belongs to the relationship is hidden where the client is not open; private notes are never sent.
        relationship = frozenset({"interests", "birthday", "nps_score", "nps_on"})
        fields = [
            "id",
            "client",
            "first_name",
            "last_name",
            "position",
            "email",
            "phone",
            "buying_role",
            "level",
            "influence",
            "interests",
            "birthday",
            "language",
            "left_on",
            "nps_score",
            "nps_on",
            "external_source",
            "external_id",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["nps_score", "nps_on"]

    def to_representation(self, instance: Contact) -> Any:
        shown = super().to_representation(instance)
        if not getattr(instance, "client_is_open", True):
            shown |= dict.fromkeys(self.Meta.relationship)
        return shown


class MoveSerializer(serializers.Serializer[Any]):
    """Where a person works now, and since when they have left."""

    client = VisibleRelation(queryset=Client.objects.all())
    on = serializers.DateField()


class DesignationSerializer(RecordSerializer[KeyClientDesignation]):
    ratio = serializers.SerializerMethodField(help_text="Potential over current value of a prospective client.")

    class Meta:
        model = KeyClientDesignation
        guarded = {"current_value": "value.amounts", "potential_value": "value.amounts", "ratio": "value.amounts"}
        fields = [
            "id",
            "client",
            "type",
            "reason",
            "evidence",
            "since_on",
            "until_on",
            "current_value",
            "potential_value",
            "ratio",
            "review_on",
            "quality_yardstick",
            "created_at",
            "updated_at",
        ]

    def get_ratio(self, row: KeyClientDesignation) -> str | None:
        if row.current_value is None or row.potential_value is None:
            return None
        ratio = growth_ratio(row.current_value, row.potential_value)
        return None if ratio is None else f"{ratio:.2f}"


class MemberSerializer(RecordSerializer[ClientMember]):
    class Meta:
        model = ClientMember
        fields = ["id", "client", "user", "role", "from_on", "to_on", "created_at", "updated_at"]


class EventSerializer(serializers.Serializer[Any]):
    at = MomentField()
    kind = serializers.CharField()
    key = serializers.CharField(help_text="Names the row, such as `interaction:17`.")
    title = serializers.CharField()
    text = serializers.CharField()
    who = serializers.CharField()
    aside = serializers.CharField()


class PageSizeField(serializers.IntegerField):
    """At most 500, as everywhere."""

    def to_internal_value(self, data: Any) -> int:
        return min(super().to_internal_value(data), 500)


class MomentInAddress(MomentField):
    """A moment in an address, where a plus that nobody quoted arrives as a space."""

    def to_internal_value(self, value: Any) -> Any:
        return super().to_internal_value(str(value).replace(" ", "+"))


class TimelineAsked(serializers.Serializer[Any]):
    before = MomentInAddress(required=False)
    page_size = PageSizeField(min_value=1, default=LIMIT)


class TimelineSerializer(serializers.Serializer[Any]):
    next = MomentField(allow_null=True, help_text="Ask with `?before=` for what is older.")
    results = EventSerializer(many=True)
