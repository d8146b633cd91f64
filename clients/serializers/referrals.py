"""Referrals through the API."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.models import Referral
from clients.reports.referrals import money_open
from crm.api.serializers import RecordSerializer


class ReferralSerializer(RecordSerializer[Referral]):
    """`referrer` is the client of the contact at that time; `revenue_since` is null where amounts are not shown."""

    revenue_since = serializers.SerializerMethodField(help_text="Net revenue of the new client from that day on.")

    class Meta:
        model = Referral
        fields = [
            "id",
            "contact",
            "referrer",
            "client",
            "referred_on",
            "note",
            "revenue_since",
            "revenue_as_of_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["referrer", "revenue_as_of_on"]

    def validate(self, attrs: Any) -> Any:
        """The service checks the row as a whole, once it knows the referrer."""
        return attrs

    @extend_schema_field(serializers.DecimalField(14, 2, allow_null=True))
    def get_revenue_since(self, row: Referral) -> str | None:
        """Whose amounts are shown is asked once for all rows that are shown together."""
        known = cast("dict[str, Any]", self.context)
        if "money_open" not in known:
            shown: Any = self.parent.instance if self.parent else [row]
            known["money_open"] = money_open(known["request"].user, shown)
        hidden = row.revenue_since is None or row.client_id not in known["money_open"]
        return None if hidden else f"{row.revenue_since:.2f}"
