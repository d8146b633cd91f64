"""Filters of lists, shared by pages, API and exports."""

from billing.filters.invoices import InvoiceFilter, PaymentFilter, WriteOffFilter
from billing.filters.offers import OfferFilter
from billing.filters.retainers import RateChangeFilter, RetainerFilter
from billing.filters.terms import (
    EngagementFilter,
    ExchangeRateFilter,
    LedgerFilter,
    LockFilter,
    PackageFilter,
    RateFilter,
)
from billing.filters.time import EntryFilter

__all__ = [
    "EngagementFilter",
    "EntryFilter",
    "ExchangeRateFilter",
    "InvoiceFilter",
    "LedgerFilter",
    "LockFilter",
    "OfferFilter",
    "PackageFilter",
    "PaymentFilter",
    "RateChangeFilter",
    "RateFilter",
    "RetainerFilter",
    "WriteOffFilter",
]
