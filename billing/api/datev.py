"""DATEV: the settings of each German company, and the debtor accounts that its clients were given."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters.rest_framework import ModelChoiceFilter

from billing.api.acts import ActingViewSet
from billing.models import DatevSettings, DebtorAccount
from billing.serializers.datev import DatevSettingsSerializer, DebtorSerializer
from billing.services.datev_settings import accounts_of, keep_datev_settings
from clients.models import Seller
from crm.api.filters import RecordFilter
from crm.db import worded


class DatevSettingsRows(ActingViewSet[DatevSettings]):
    """One row for each German company; without it, its DATEV exports answer 409 `not_ready`.

    A wrong account or tax key is named by its case: `account_standard`, `key_standard`.
    """

    queryset = DatevSettings.objects.select_related("seller").prefetch_related("accounts").order_by("seller")
    serializer_class = DatevSettingsSerializer
    filterset_fields = ["seller"]
    search_fields = ["seller__name"]
    ordering_fields = ["seller"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "export"

    def make(self, fields: dict[str, Any]) -> DatevSettings:
        accounts = fields.pop("accounts", {})
        row = DatevSettings(**fields)
        return keep_datev_settings(row, accounts=accounts_of(row) | accounts)

    def alter(self, row: DatevSettings, fields: dict[str, Any]) -> None:
        if fields.pop("seller", row.seller) != row.seller:
            words = _("The settings belong to their company; make new ones for another.")
            raise ValidationError({"seller": ValidationError(words, code="fixed")})
        accounts = accounts_of(row) | fields.pop("accounts", {})
        for name, value in fields.items():
            setattr(row, name, value)
        keep_datev_settings(row, accounts=accounts)


class DebtorFilter(RecordFilter):
    updated_after = None
    seller = ModelChoiceFilter(queryset=Seller.objects.all(), field_name="settings__seller")

    class Meta:
        model = DebtorAccount
        fields = ("client",)


class DebtorAccounts(ActingViewSet[DebtorAccount]):
    """Given at the first export that needs them; the number may be changed, another client's may not be taken."""

    queryset = DebtorAccount.objects.select_related("client", "settings")
    serializer_class = DebtorSerializer
    filterset_class = DebtorFilter
    search_fields = ["client__name"]
    ordering_fields = ["number"]
    http_method_names = ["get", "put", "patch", "head", "options"]
    right = "export"

    def alter(self, row: DebtorAccount, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(row, name, value)
        with worded():
            row.full_clean()
            row.save()
