"""What was agreed, what was done and what is owed; see each module for its nouns."""

from billing.models.engagements import Engagement, EngagementMember
from billing.models.hours import HourAccount, HourPackage, LedgerRow
from billing.models.invoices import BilledCoverage, DocumentFile, Invoice, InvoiceLine, InvoiceVat
from billing.models.offers import Offer, OfferItem, OfferSignature
from billing.models.payments import Allocation, Payment, WriteOff
from billing.models.rates import CostRate, ExchangeRate, Rate, VatRate
from billing.models.retainers import Retainer, RetainerPeriod
from billing.models.rollups import RevenueDay, WorkMonth
from billing.models.series import Series, SeriesYear
from billing.models.time import Coverage, PeriodLock, TimeEntry, Timer

__all__ = [
    "Allocation",
    "BilledCoverage",
    "CostRate",
    "Coverage",
    "DocumentFile",
    "Engagement",
    "EngagementMember",
    "ExchangeRate",
    "HourAccount",
    "HourPackage",
    "Invoice",
    "InvoiceLine",
    "InvoiceVat",
    "LedgerRow",
    "Offer",
    "OfferItem",
    "OfferSignature",
    "Payment",
    "PeriodLock",
    "Rate",
    "Retainer",
    "RetainerPeriod",
    "RevenueDay",
    "Series",
    "SeriesYear",
    "TimeEntry",
    "Timer",
    "VatRate",
    "WorkMonth",
    "WriteOff",
]
