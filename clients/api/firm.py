"""Service lines, own companies, their accounts and tier policies through the API."""

from typing import Any

from clients.models import BankAccount, Seller, ServiceLine, TierPolicy
from clients.serializers.firm import (
    BankAccountSerializer,
    SellerSerializer,
    ServiceLineSerializer,
    TierPolicySerializer,
)
from crm.api.told import SELLERS
from crm.api.viewsets import RecordViewSet


class ServiceLines(RecordViewSet[ServiceLine]):
    """What the firm sells; one that a client uses now is an anchor."""

    queryset = ServiceLine.objects.all()
    serializer_class = ServiceLineSerializer
    filterset_fields = ["code", "is_active"]
    search_fields = ["code", "name", "name_ru", "name_de"]
    ordering_fields = ["code", "name", "updated_at"]
    right = "service_line"


class Sellers(RecordViewSet[Seller]):
    """The firm's own companies: they sign, invoice and are paid."""

    queryset = Seller.objects.prefetch_related("bank_accounts")
    serializer_class = SellerSerializer
    filterset_fields = ["code", "country", "currency", "is_active"]
    search_fields = ["code", "name"]
    ordering_fields = ["code", "name", "updated_at"]
    right = "seller"

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related(*SELLERS.prefetched)


class BankAccounts(RecordViewSet[BankAccount]):
    """Accounts of own companies; the first of a currency stands on the invoices in it."""

    queryset = BankAccount.objects.all()
    serializer_class = BankAccountSerializer
    filterset_fields = ["seller", "currency"]
    search_fields = ["holder", "bank_name", "iban", "account_number"]
    ordering_fields = ["id"]
    right = "seller"


class TierPolicies(RecordViewSet[TierPolicy]):
    """How each tier is treated; a partner changes them, none is added or removed."""

    queryset = TierPolicy.objects.all()
    serializer_class = TierPolicySerializer
    filterset_fields = ["tier"]
    search_fields = ["tier"]
    ordering_fields = ["attention_days"]
    http_method_names = ["get", "put", "patch", "head", "options"]
    right = "tier"
