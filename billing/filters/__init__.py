"""Filters of lists, shared by pages, API and exports."""

from billing.filters.invoices import InvoiceFilter, PaymentFilter
from billing.filters.offers import OfferFilter
from billing.filters.time import EntryFilter

__all__ = ["EntryFilter", "InvoiceFilter", "OfferFilter", "PaymentFilter"]
