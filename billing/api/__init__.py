"""The REST resources of billing; each module has its own viewsets, the one router names them."""

from typing import Any

from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import GenericViewSet

from billing.api.invoices import CreditNotes, Invoices
from billing.api.packages import HourPackages
from billing.api.payments import Payments, WriteOffRequests
from billing.api.terms import Engagements, ExchangeRates, PeriodLocks, Rates
from billing.api.time import TimeEntries

RESOURCES: dict[str, type[GenericViewSet[Any]]] = {
    "time-entries": TimeEntries,
    "hour-packages": HourPackages,
    "invoices": Invoices,
    "credit-notes": CreditNotes,
    "payments": Payments,
    "write-off-requests": WriteOffRequests,
    "rates": Rates,
    "engagements": Engagements,
    "period-locks": PeriodLocks,
    "exchange-rates": ExchangeRates,
}

router = SimpleRouter()
for name, viewset in RESOURCES.items():
    router.register(name, viewset, name)

__all__ = ["router"]
