"""The guide of a new firm, this floor's kinds of import and the models whose History may be asked for."""

from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from billing.imports import BALANCES, TIME
from billing.models import (
    Attachment,
    CompleteWeek,
    Discount,
    DunningNotice,
    Engagement,
    Expense,
    HourPackage,
    InquirySale,
    Invoice,
    MonthlyReport,
    Offer,
    Product,
    QuestionList,
    Rate,
    Retainer,
    Series,
    SuccessionNote,
    VatRate,
)
from billing.views.setup import first_step
from clients.imports.kinds import register_kind
from clients.models import BankAccount, Seller
from crm.access import may
from crm.api.told import PEOPLE, SELLERS
from crm.history import register_history, register_trail
from crm.models import User
from crm.web.navigation import register_start
from crm.web.settings_index import Setting, register_setting


def cost_rows(person: User, reader: User) -> list[dict[str, Any]] | None:
    """What an hour of the person costs, by period; null for those who may not know."""
    if not may(reader, "rate.change"):
        return None
    return [
        {
            "amount": str(row.cost_per_hour),
            "currency": row.currency,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }
        for row in person.cost_rates.all()
    ]


def series_rows(seller: Seller, _reader: User) -> list[dict[str, Any]]:
    """The number series of an own company, each for its kind of document."""
    return [{"kind": row.kind, "code": row.code, "pattern": row.pattern} for row in seller.series.all()]


register_kind(BALANCES)
register_kind(TIME)
PEOPLE.register("cost_per_hour", cost_rows, prefetch=["cost_rates"])
SELLERS.register("series", series_rows, prefetch=["series"])
register_start(first_step)
register_setting(
    Setting(
        "vat_rates",
        _("VAT rates"),
        _("Statutory rates by country and date."),
        "receipt-tax",
        "billing:vat_rate_list",
        "vat_rate.change",
    ),
    Setting(
        "series",
        _("Number series"),
        _("How invoices, credit notes and offers of each company are numbered."),
        "list-numbers",
        "billing:series_list",
        "series.change",
    ),
    Setting(
        "setup",
        _("First steps"),
        _("The guide that sets up a new firm, step by step."),
        "list-check",
        "billing:setup",
        "firm.change",
    ),
)
register_setting(
    Setting(
        "dunning",
        _("Reminders"),
        _("When overdue invoices are reminded of, and what the letters say."),
        "mail-exclamation",
        "billing:dunning_settings",
        "dunning.policy",
    )
)
register_setting(
    Setting(
        "exchange_rates",
        _("Exchange rates"),
        _("What currencies were worth, by day and source."),
        "currency-euro",
        "billing:exchange_rate_list",
        "exchange_rate.see",
    )
)
register_setting(
    Setting(
        "datev",
        "DATEV",
        _("Adviser's numbers, accounts and debtors of each German company."),
        "book",
        "billing:datev_list",
        "export.change",
    )
)
register_history(Engagement, right="engagement.see")
register_history(Attachment, right="attachment.see")
register_history(SuccessionNote, right="succession.see")
register_history(Offer, right="offer.see", hidden=dict.fromkeys(["hourly_rate", "fixed_price"], "rate.see"))
register_history(
    Retainer,
    right="retainer.see",
    hidden=dict.fromkeys(["monthly_fee", "overage_rate", "one_off_price"], "rate.see"),
)
register_history(HourPackage, right="package.see", hidden=dict.fromkeys(["price", "overage_rate"], "rate.see"))
register_history(Invoice, right="invoice.see")
register_history(Rate, right="rate.see")
register_history(VatRate, right="vat_rate.change")
register_history(Series, right="series.change")
register_history(DunningNotice, right="dunning.see")
register_history(InquirySale, right="inquiry.see")
register_history(MonthlyReport, right="monthly_report.see")
register_history(Product, right="product.see", hidden={"cost": "rate.change"})
register_history(CompleteWeek, right="week.see")
register_history(Discount, right="discount.see", hidden={"margin_after": "cost.see"})
register_history(Expense, right="expense.see", hidden={"base_amount": "cost.see"})
register_history(QuestionList, right="question.see")
register_trail(*apps.get_app_config("billing").get_models(), Seller, BankAccount)
