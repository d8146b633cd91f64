"""The REST resources of billing; each module has its own viewsets, the one router names them."""

from typing import Any

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import GenericViewSet

from billing.api.advance_vat import AdvanceVatInvoices
from billing.api.agreement_reports import AvoidedReport, BacklogReport, ConversionReport, OfferReport, OverrunReport
from billing.api.attachments import Attachments
from billing.api.bank import BankEntries, BankFiles, BankStatements
from billing.api.checkpoints import Checkpoints
from billing.api.datev import DatevSettingsRows, DebtorAccounts
from billing.api.discounts import Discounts
from billing.api.dunning import DunningNotices
from billing.api.expenses import Expenses
from billing.api.exports import ExportBatches
from billing.api.goodwill import GoodwillBudgets, GoodwillDecisions, QuestionLists
from billing.api.inquiry_sales import InquirySales
from billing.api.invoices import CreditNotes, Invoices
from billing.api.monthly import MonthlyReports
from billing.api.offers import Offers
from billing.api.packages import HourPackages
from billing.api.payments import Payments, WriteOffRequests
from billing.api.products import Products
from billing.api.reports import AgeingReport, LiabilityReport, WipReport
from billing.api.retainers import RateChangeAnswers, Retainers
from billing.api.service_acts import ServiceActs
from billing.api.service_reports import CostToServeReport, RealizationReport, UtilizationReport
from billing.api.successions import SuccessionNotes
from billing.api.terms import Engagements, ExchangeRates, PeriodLocks, Rates
from billing.api.time import TimeEntries
from billing.api.weeks import CompleteWeeks

RESOURCES: dict[str, type[GenericViewSet[Any]]] = {
    "time-entries": TimeEntries,
    "hour-packages": HourPackages,
    "offers": Offers,
    "inquiry-sales": InquirySales,
    "monthly-reports": MonthlyReports,
    "retainers": Retainers,
    "checkpoints": Checkpoints,
    "engagements": Engagements,
    "invoices": Invoices,
    "credit-notes": CreditNotes,
    "payments": Payments,
    "write-off-requests": WriteOffRequests,
    "discounts": Discounts,
    "dunning-notices": DunningNotices,
    "products": Products,
    "documents": Attachments,
    "expenses": Expenses,
    "question-lists": QuestionLists,
    "goodwill-budgets": GoodwillBudgets,
    "goodwill-decisions": GoodwillDecisions,
    "rates": Rates,
    "rate-change-answers": RateChangeAnswers,
    "exchange-rates": ExchangeRates,
    "bank-statements": BankStatements,
    "bank-files": BankFiles,
    "bank-entries": BankEntries,
    "service-acts": ServiceActs,
    "advance-vat-invoices": AdvanceVatInvoices,
    "export-batches": ExportBatches,
    "datev-settings": DatevSettingsRows,
    "debtor-accounts": DebtorAccounts,
    "succession-notes": SuccessionNotes,
    "period-locks": PeriodLocks,
    "complete-weeks": CompleteWeeks,
}


class Addresses(SimpleRouter):
    """Resources as the router makes them, and the reports, which are no resources."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("reports/ageing/", AgeingReport.as_view(), name="report-ageing"),
            path("reports/contract-liability/", LiabilityReport.as_view(), name="report-contract-liability"),
            path("reports/offers/", OfferReport.as_view(), name="report-offers"),
            path("reports/unannounced-overruns/", OverrunReport.as_view(), name="report-unannounced-overruns"),
            path("reports/backlog/", BacklogReport.as_view(), name="report-backlog"),
            path("reports/conversion/", ConversionReport.as_view(), name="report-conversion"),
            path("reports/avoided/", AvoidedReport.as_view(), name="report-avoided"),
            path("reports/wip/", WipReport.as_view(), name="report-wip"),
            path("reports/utilization/", UtilizationReport.as_view(), name="report-utilization"),
            path("reports/realization/", RealizationReport.as_view(), name="report-realization"),
            path("reports/cost-to-serve/", CostToServeReport.as_view(), name="report-cost-to-serve"),
            *super().get_urls(),
        ]


router = Addresses()
for name, viewset in RESOURCES.items():
    router.register(name, viewset, name)

__all__ = ["RESOURCES", "router"]
