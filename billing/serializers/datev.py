"""DATEV settings as the API speaks of them: the company's numbers and the account of every case."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import DatevSettings, DebtorAccount
from billing.models.datev import CASES
from billing.rules.datev import Case
from billing.services.datev_settings import accounts_of
from clients.models import Seller
from crm.api.fields import VisibleRelation
from crm.api.serializers import RecordSerializer


class AccountSerializer(serializers.Serializer[Any]):
    """A `tax_key` belongs to accounts that reckon no VAT by themselves."""

    case = serializers.ChoiceField([case.value for case in CASES])
    account = serializers.RegexField(r"^[0-9]{4,8}$")
    tax_key = serializers.RegexField(r"^[0-9]{0,4}$", required=False, allow_blank=True, default="")


class DatevSettingsSerializer(RecordSerializer[DatevSettings]):
    """Cases that are left out of `accounts` keep their account, at first that of the chart."""

    seller = VisibleRelation(queryset=Seller.objects.filter(country="DE"))
    accounts = serializers.SerializerMethodField()

    class Meta:
        model = DatevSettings
        fields = [
            "id",
            "seller",
            "adviser_number",
            "client_number",
            "initials",
            "year_starts_in",
            "chart",
            "account_length",
            "first_debtor",
            "advances_since_on",
            "accounts",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(AccountSerializer(many=True))
    def get_accounts(self, row: DatevSettings) -> list[Mapping[str, str]]:
        found = accounts_of(row)
        return [{"case": case.value, "account": found[case][0], "tax_key": found[case][1]} for case in Case]

    def to_internal_value(self, data: Any) -> Any:
        """The accounts are written as they are read."""
        body = super().to_internal_value(data)
        if isinstance(data, Mapping) and "accounts" in data:
            given = AccountSerializer(data=data["accounts"], many=True)
            if not given.is_valid():
                raise serializers.ValidationError({"accounts": given.errors})
            body["accounts"] = {Case(row["case"]): (row["account"], row["tax_key"]) for row in given.validated_data}
        return body

    def validate(self, attrs: Any) -> Any:
        """The service asks the model, with the accounts beside it."""
        return attrs


class DebtorSerializer(RecordSerializer[DebtorAccount]):
    """The personal account of a client in the books of an own company."""

    seller = serializers.IntegerField(source="settings.seller_id", read_only=True)

    class Meta:
        model = DebtorAccount
        fields = ["id", "seller", "client", "number", "created_at", "updated_at"]
        read_only_fields = ["client"]
