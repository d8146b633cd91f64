"""Billing's places in the shell: sidebar, phone tabs, New menu, top bar; and its panels on the client card."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing.models import (
    AdvanceVatInvoice,
    BankEntry,
    BankStatement,
    Expense,
    ExportBatch,
    HourPackage,
    Invoice,
    Offer,
    Payment,
    ServiceAct,
    TimeEntry,
)
from billing.reports.approvals import waiting_count
from billing.reports.booked import booked_time
from billing.reports.dunning import chase_list
from billing.services.advance_receipts import awaiting_receipts
from billing.services.engagements import leads_work
from billing.services.hour_acts import awaiting_hour_acts
from billing.services.service_acts import awaiting_acts
from billing.views.touches import time_of_touches
from clients.panels import Act, Panel, Place, register_act, register_panel, register_touch_acts
from clients.reports.day import register_day_source
from clients.services.early_warnings import register_leads
from crm.access import Role
from crm.history import register_history
from crm.models import User
from crm.periods import week_start
from crm.web.formats import write_clock, write_money
from crm.web.navigation import Badge, NavItem, NewItem, Section, register, register_new, register_slot
from crm.web.search import LIMIT, Hit, Provider, register_search

KEEPERS = frozenset({Role.PARTNER, Role.ACCOUNT_MANAGER})
CLOSERS = frozenset({Role.PARTNER, Role.FINANCE})
SELLERS = frozenset({Role.PARTNER, Role.ACCOUNT_MANAGER, Role.FINANCE})
SEE_MONEY = SELLERS
DRAFTERS = frozenset({Role.PARTNER, Role.FINANCE, Role.CONSULTANT})
LOGGERS = frozenset({Role.PARTNER, Role.ACCOUNT_MANAGER, Role.CONSULTANT})


def low_packages(user: User, on: date) -> Badge | None:
    """Packages with under a fifth of their hours left."""
    rows = HourPackage.objects.visible_to(user).valid(on=on).with_balance().exclude(account__balance_minutes=0)
    count = sum(package.is_low for package in rows)
    if not count:
        return None
    return Badge(str(count), words=ngettext("%(n)s package runs out", "%(n)s packages run out", count) % {"n": count})


def drafts_to_issue(user: User, _on: date) -> Badge | None:
    n = Invoice.objects.visible_to(user).drafts().count()
    words = ngettext("%(n)s draft", "%(n)s drafts", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def to_chase(user: User, on: date) -> Badge | None:
    """Clients who are due for a reminder."""
    n = len({chase.party.client.pk for chase in chase_list(user, on=on) if chase.level})
    words = ngettext("%(n)s client to remind", "%(n)s clients to remind", n) % {"n": n}
    return Badge(str(n), late=True, words=words) if n else None


def bank_to_decide(user: User, _on: date) -> Badge | None:
    """Bank entries that wait for a person."""
    n = BankEntry.objects.visible_to(user).to_do().count()
    words = ngettext("%(n)s bank entry to decide", "%(n)s bank entries to decide", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def acts_to_make(user: User, on: date) -> Badge | None:
    """Services of Russian companies, and prepaid hours, that no act confirms yet."""
    n = awaiting_acts(Invoice.objects.visible_to(user), on=on).count()
    n += awaiting_hour_acts(HourPackage.objects.visible_to(user), on=on).count()
    words = ngettext("%(n)s act to make", "%(n)s acts to make", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def advance_vat_to_issue(user: User, on: date) -> Badge | None:
    """Money of Russian companies that came in ahead and owes a VAT invoice; red when one is overdue."""
    rows = awaiting_receipts(Invoice.objects.visible_to(user), until=on)
    n, late = len(rows), any(row.is_late(on) for row in rows)
    words = ngettext("%(n)s advance VAT invoice to issue", "%(n)s advance VAT invoices to issue", n) % {"n": n}
    return Badge(str(n), late=late, words=words) if n else None


def find_invoices(user: User, query: str) -> Iterator[Hit]:
    """Documents by number or client, the newest first."""
    asked = Q(number__icontains=query) | Q(client__name__icontains=query)
    rows = Invoice.objects.visible_to(user).filter(asked).select_related("client").order_by("-pk")
    for invoice in rows[:LIMIT]:
        words = write_money(invoice.gross_amount, invoice.currency)
        url = reverse("billing:invoice_detail", args=[invoice.pk])
        yield Hit(str(invoice), url, meta=f"{invoice.client.name} · {words}", icon="receipt")


def week_hours(user: User, on: date) -> Badge | None:
    """Hours of this week so far."""
    monday = week_start(on)
    rows = TimeEntry.objects.filter(employee=user).of_week(monday, monday + timedelta(days=6))
    minutes = rows.aggregate(total=Sum("minutes"))["total"]
    return Badge(write_clock(minutes)) if minutes else None


def waiting_offers(user: User, on: date) -> Badge | None:
    """Offers that wait for the client's answer; red when one ends within two days."""
    waiting = Offer.objects.visible_to(user).waiting(on=on)
    count = waiting.count()
    if not count:
        return None
    late = waiting.filter(valid_until__lte=on + timedelta(days=2)).exists()
    words = ngettext("%(n)s offer waits for its answer", "%(n)s offers wait for their answers", count) % {"n": count}
    return Badge(str(count), late=late, words=words)


def find_offers(user: User, query: str) -> Iterator[Hit]:
    rows = Offer.objects.visible_to(user).newest_versions().matching(query).select_related("client")
    for offer in rows.order_by("-pk")[:LIMIT]:
        url = reverse("billing:offer_detail", args=[offer.pk])
        yield Hit(offer.title, url, meta=f"{offer.number or _('draft')} · {offer.client.name}", icon="file-text")


def waiting_time(user: User, _on: date) -> Badge | None:
    """Entries that wait for this person's approval."""
    n = waiting_count(user)
    words = ngettext("%(n)s entry to approve", "%(n)s entries to approve", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def waiting_expenses(user: User, _on: date) -> Badge | None:
    """Expenses that wait for this person's approval."""
    n = Expense.objects.reviewable_by(user).waiting().of_others(user).count()
    words = ngettext("%(n)s expense to approve", "%(n)s expenses to approve", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def register_places() -> None:
    register_time()
    register_menu()
    register_money_menu()
    register_acts()
    register_money()
    register_panel(
        Panel("hours", _("Hours"), "billing:client_hours_panel", "package.see", Place.ASIDE, "hourglass-low")
    )
    register_panel(Panel("sale", _("What was sold"), "billing:inquiry_sale", "inquiry.see", Place.INQUIRY, "coins"))
    register_slot("timer", "billing:timer_chip")
    register_day_source(booked_time)
    register_leads(leads_work)
    register_touch_acts(time_of_touches)
    register_act(Act("timer", _("Start timer"), "player-play", "billing:timer_new", "time.log", dialog=True))
    register_act(Act("monthly", _("Monthly report"), "report", "billing:monthly_latest", "monthly_report.see"))
    register_act(Act("offer", _("New offer"), "file-plus", "billing:offer_new", "offer.change"))
    register_search(Provider(_("Offers"), find_offers))


def register_time() -> None:
    register(
        NavItem("time", _("Time"), "clock-hour-4", "billing:time_week", Section.WORK, LOGGERS, week_hours, key="h"),
        NavItem(
            "approvals",
            _("Time approval"),
            "checklist",
            "billing:approval_list",
            Section.DELIVERY,
            LOGGERS,
            badge=waiting_time,
            short=_("Approval"),
        ),
        NavItem("weeks", _("Complete weeks"), "calendar-check", "billing:week_list", Section.DELIVERY, CLOSERS),
    )


def register_menu() -> None:
    register(
        NavItem(
            "packages",
            _("Hour packages"),
            "hourglass-low",
            "billing:package_list",
            Section.DELIVERY,
            badge=low_packages,
            key="p",
            short=_("Packages"),
        ),
        NavItem(
            "offers", _("Offers"), "file-text", "billing:offer_list", Section.DELIVERY, badge=waiting_offers, key="o"
        ),
        NavItem("retainers", _("Retainers"), "repeat", "billing:retainer_list", Section.DELIVERY),
        NavItem("engagements", _("Engagements"), "briefcase", "billing:engagement_list", Section.DELIVERY),
    )


def register_money_menu() -> None:
    register(
        NavItem("rates", _("Rates"), "currency-euro", "billing:rate_list", Section.MONEY, SELLERS),
        NavItem("discounts", _("Discounts"), "discount", "billing:discount_list", Section.MONEY, SELLERS),
        NavItem("locks", _("Period locks"), "lock", "billing:lock_list", Section.MONEY, CLOSERS),
        NavItem("finance", _("Finance"), "building-bank", "billing:finance_home", Section.MONEY, SEE_MONEY),
        NavItem(
            "invoices",
            _("Invoices"),
            "receipt",
            "billing:invoice_list",
            Section.MONEY,
            SEE_MONEY,
            badge=drafts_to_issue,
            key="i",
        ),
        NavItem(
            "dunning",
            _("Reminders"),
            "mail-exclamation",
            "billing:dunning_list",
            Section.MONEY,
            SEE_MONEY,
            badge=to_chase,
        ),
        NavItem("products", _("Catalogue"), "package", "billing:product_list", Section.MONEY, CLOSERS),
        NavItem("payments", _("Payments"), "cash", "billing:payment_list", Section.MONEY, SEE_MONEY),
        NavItem("bank", _("Bank"), "transfer-in", "billing:bank_list", Section.MONEY, CLOSERS, badge=bank_to_decide),
        NavItem("exports", _("Exports"), "file-export", "billing:export_list", Section.MONEY, CLOSERS),
    )
    register_acts_of_russia()
    register_lists()


def register_acts_of_russia() -> None:
    """What follows the documents and the money of Russian companies."""
    register(
        NavItem(
            "acts",
            _("Acts of services"),
            "signature",
            "billing:service_act_list",
            Section.MONEY,
            SEE_MONEY,
            badge=acts_to_make,
        ),
        NavItem(
            "advance_vat",
            _("Advance VAT invoices"),
            "receipt-tax",
            "billing:advance_vat_list",
            Section.MONEY,
            SEE_MONEY,
            badge=advance_vat_to_issue,
        ),
    )


def register_lists() -> None:
    """Lists beside the documents, and reports."""
    register(
        NavItem("questions", _("Question lists"), "list-check", "billing:question_list", Section.DELIVERY, LOGGERS),
        NavItem("monthly", _("Monthly reports"), "report", "billing:monthly_list", Section.DELIVERY, LOGGERS),
        NavItem("wip", _("Work to invoice"), "hourglass-empty", "billing:wip_list", Section.MONEY, SEE_MONEY),
        NavItem("expenses", _("Expenses"), "receipt-2", "billing:expense_list", Section.MONEY, badge=waiting_expenses),
        NavItem("goodwill", _("Goodwill"), "gift", "billing:goodwill_list", Section.MONEY, SEE_MONEY),
        NavItem("serving", _("Cost to serve"), "scale", "billing:serving_report", Section.INSIGHT, CLOSERS),
        NavItem("overruns", _("Overruns"), "clock-exclamation", "billing:overrun_report", Section.INSIGHT, SELLERS),
        NavItem("utilization", _("Utilization"), "chart-bar", "billing:utilization_report", Section.INSIGHT, SELLERS),
    )


def register_money() -> None:
    """New entries, search, history and the client's panel of invoices and payments."""
    register_new(
        NewItem("invoice", _("Invoice from work"), "file-plus", "billing:invoice_draft", DRAFTERS),
        NewItem("payment", _("Payment"), "cash", "billing:payment_new", CLOSERS),
    )
    register_search(Provider(_("Invoices"), find_invoices))
    register_history(Invoice, Payment, ServiceAct, AdvanceVatInvoice, ExportBatch, BankStatement, BankEntry)
    register_panel(
        Panel(
            "files",
            _("Files"),
            "billing:client_files",
            "attachment.see",
            Place.TAB,
            "paperclip",
            anywhere=frozenset({Role.FINANCE}),
        ),
        Panel(
            "money",
            _("Money"),
            "billing:client_money_panel",
            "invoice.see",
            Place.ASIDE,
            "receipt",
            anywhere=frozenset({Role.FINANCE}),
        ),
    )


def register_acts() -> None:
    register_new(
        NewItem("time", _("Time entry"), "clock-plus", "billing:time_week", LOGGERS, key="n", dialog=False),
        NewItem("package", _("Hour package"), "hourglass-low", "billing:package_new", SELLERS),
        NewItem("expense", _("Expense"), "receipt-2", "billing:expense_new"),
        NewItem("offer", _("Offer"), "file-text", "billing:offer_new", LOGGERS, dialog=False),
        NewItem("retainer", _("Retainer"), "repeat", "billing:retainer_new", KEEPERS, dialog=False),
    )
