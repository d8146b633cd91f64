"""What was agreed, what was done and what is owed; see each module for its nouns."""

from billing.models.advance_vat import (
    AdvanceDeduction,
    AdvanceVatFile,
    AdvanceVatInvoice,
    AdvanceVatWithdrawal,
)
from billing.models.attachments import Attachment
from billing.models.bank import BankColumns, BankEntry, BankStatement
from billing.models.bank_files import BankFile
from billing.models.burn import BurnFactor
from billing.models.contract_terms import Checkpoint, EarlyEnd, RetainerFee
from billing.models.coverage import Coverage
from billing.models.datev import DatevAccount, DatevSettings, DebtorAccount
from billing.models.discounts import Discount
from billing.models.documents import DocumentDelivery, DocumentFile, DocumentReport, DraftCheck
from billing.models.dunning import DunningItem, DunningLevel, DunningNotice, DunningStop, DunningText
from billing.models.engagements import Engagement, EngagementMember
from billing.models.expenses import Expense, Receipt
from billing.models.export_batches import ExportBatch, ExportedDocument, ExportedHours, ExportFile
from billing.models.goodwill import GoodwillBudget, GoodwillDecision
from billing.models.handovers import Handover, HandoverReturn, HandoverSignature, OfferFit, SignatureFile
from billing.models.hour_events import ExpiryNotice, IssuedStatement, PackageAlert, PackageExtension
from billing.models.hour_messages import HourMessage
from billing.models.hours import HourAccount, LedgerRow
from billing.models.inquiry_sales import InquirySale
from billing.models.invoices import Invoice
from billing.models.lines import BilledCoverage, InvoiceLine, InvoiceVat, ShownEntry, ShownExtra
from billing.models.locks import PeriodLock
from billing.models.monthly import MonthlyReport
from billing.models.offers import Offer, OfferItem, OfferSignature
from billing.models.overrun import OfferForecast, OverrunNotice, OverrunOverride
from billing.models.packages import HourPackage
from billing.models.payments import Allocation, Payment, Refund, WriteOff, WriteOffRequest
from billing.models.products import Product
from billing.models.questions import Question, QuestionList
from billing.models.rates import CostRate, ExchangeRate, Rate, RateChangeAnswer, VatRate
from billing.models.retainers import Retainer, RetainerPeriod
from billing.models.rollups import RevenueDay, WorkMonth
from billing.models.series import Series, SeriesYear
from billing.models.service_acts import ServiceAct, ServiceActFile, ServiceActSignature, ServiceActWithdrawal
from billing.models.succession import SuccessionNote
from billing.models.time import TimeEntry
from billing.models.timer import Timer
from billing.models.weeks import CompleteWeek

__all__ = [
    "AdvanceDeduction",
    "AdvanceVatFile",
    "AdvanceVatInvoice",
    "AdvanceVatWithdrawal",
    "Allocation",
    "Attachment",
    "BankColumns",
    "BankEntry",
    "BankFile",
    "BankStatement",
    "BilledCoverage",
    "BurnFactor",
    "Checkpoint",
    "CompleteWeek",
    "CostRate",
    "Coverage",
    "DatevAccount",
    "DatevSettings",
    "DebtorAccount",
    "Discount",
    "DocumentDelivery",
    "DocumentFile",
    "DocumentReport",
    "DraftCheck",
    "DunningItem",
    "DunningLevel",
    "DunningNotice",
    "DunningStop",
    "DunningText",
    "EarlyEnd",
    "Engagement",
    "EngagementMember",
    "ExchangeRate",
    "Expense",
    "ExpiryNotice",
    "ExportBatch",
    "ExportFile",
    "ExportedDocument",
    "ExportedHours",
    "GoodwillBudget",
    "GoodwillDecision",
    "Handover",
    "HandoverReturn",
    "HandoverSignature",
    "HourAccount",
    "HourMessage",
    "HourPackage",
    "InquirySale",
    "Invoice",
    "InvoiceLine",
    "InvoiceVat",
    "IssuedStatement",
    "LedgerRow",
    "MonthlyReport",
    "Offer",
    "OfferFit",
    "OfferForecast",
    "OfferItem",
    "OfferSignature",
    "OverrunNotice",
    "OverrunOverride",
    "PackageAlert",
    "PackageExtension",
    "Payment",
    "PeriodLock",
    "Product",
    "Question",
    "QuestionList",
    "Rate",
    "RateChangeAnswer",
    "Receipt",
    "Refund",
    "Retainer",
    "RetainerFee",
    "RetainerPeriod",
    "RevenueDay",
    "Series",
    "SeriesYear",
    "ServiceAct",
    "ServiceActFile",
    "ServiceActSignature",
    "ServiceActWithdrawal",
    "ShownEntry",
    "ShownExtra",
    "SignatureFile",
    "SuccessionNote",
    "TimeEntry",
    "Timer",
    "VatRate",
    "WorkMonth",
    "WriteOff",
    "WriteOffRequest",
]
