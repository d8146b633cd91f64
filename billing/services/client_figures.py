"""Money as figures of clients: revenue and margin of twelve months, what they owe, their anchors.

Everything comes from rollups, open invoices and what was spent, in the base currency. The nightly job writes all
clients; issuing, paying and writing off refresh the one client they touch.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Q, Sum
from django.db.models.functions import TruncMonth

from billing.models import HourPackage, Invoice, Offer, Retainer, RevenueDay, WorkMonth
from billing.services.anchor_spans import refresh_anchors
from billing.services.currencies import DayRates, base_currency
from billing.services.open_items import open_documents
from billing.services.serving_costs import serving_costs
from clients.models import Client, Seller, ServiceLine
from clients.models.client import holder_of
from clients.services.facts import write_figures
from crm.money import round_half_up
from crm.periods import DateRange, add_months, month_start, months_between, trailing_months

MONTHS, QUARTERS = 12, 8
ZERO = Decimal(0)

type Amounts = Mapping[int, Decimal]


@dataclass(slots=True)
class Owed:
    """Open gross amounts of one client in the base currency."""

    total: Decimal = ZERO
    overdue: Decimal = ZERO
    oldest_due_on: date | None = None

    def add(self, amount: Decimal, due_on: date, on: date) -> None:
        self.total += amount
        if due_on < on:
            self.overdue += amount
            self.oldest_due_on = min(self.oldest_due_on or due_on, due_on)


def refresh_money(clients: Iterable[int] | None = None, *, on: date) -> int:
    """Writes revenue, receivables and anchors of these clients (by id) or of all; says of how many."""
    rows = Client.objects.all() if clients is None else Client.objects.counting(clients)
    wanted = list(rows.order_by().values_list("pk", flat=True))
    write_figures("revenue", _revenue_figures(wanted, on), as_of=on)
    write_figures("receivables", _receivables(wanted, on), as_of=on)
    held = anchors_of(on=on)
    refresh_anchors(wanted, held=held, on=on)
    codes = {pk: sorted(held.get(pk, ())) for pk in wanted}
    figures = {pk: {"anchors": len(found), "anchor_codes": found} for pk, found in codes.items()}
    return write_figures("anchors", figures, as_of=on)


def _revenue_figures(clients: Collection[int], on: date) -> dict[int, dict[str, Any]]:
    window, before = trailing_months(on, MONTHS), trailing_months(add_months(on, -MONTHS), MONTHS)
    now, earlier, costs = _revenue(window), _revenue(before), serving_costs(clients, window).by_client
    total = sum(now.values(), ZERO)
    last, agreed, trends = _last_revenue(on), _with_agreement(on), _trends(clients, on)
    thresholds = _channel_thresholds(clients, on)
    return {
        pk: {
            "revenue_12m": now.get(pk, ZERO),
            "revenue_before_12m": earlier.get(pk, ZERO),
            "revenue_share": round_half_up(now.get(pk, ZERO) / total, 6) if total > 0 else None,
            "revenue_trend": [str(amount) for amount in trends.get(pk, ())],
            "last_revenue_on": last.get(pk),
            "has_agreement": pk in agreed,
            "cost_to_serve_12m": costs.get(pk, ZERO),
            "margin_12m": _less(now.get(pk, ZERO), costs.get(pk, ZERO)),
            "channel_threshold": thresholds.get(pk),
        }
        for pk in clients
    }


def _less(revenue: Decimal, cost: Decimal | None) -> Decimal | None:
    """Nothing that lacks an exchange rate is guessed."""
    return None if cost is None else revenue - cost


def _channel_thresholds(clients: Collection[int], on: date) -> Mapping[int, Decimal | None]:
    """From which revenue a direct channel is open, by client: its seller's, at the rate of the day."""
    rates = DayRates(on)
    sellers = Seller.objects.exclude(direct_channel_threshold=None)
    found = {seller.pk: rates.to_base(seller.direct_channel_threshold or ZERO, seller.currency) for seller in sellers}
    rows = Client.objects.filter(pk__in=clients, default_seller__in=found).values_list("pk", "default_seller")
    return {pk: known.amount for pk, seller in rows if seller and (known := found[seller])}


def _revenue(window: DateRange) -> Amounts:
    return dict(RevenueDay.objects.within(window).order_by().values_list(holder_of()).annotate(Sum("net_amount")))


def _trends(clients: Collection[int], on: date) -> Mapping[int, list[Decimal]]:
    """Revenue of eight quarters of three calendar months, the oldest first; the last one ends with this month."""
    window = DateRange(add_months(month_start(on), 1 - 3 * QUARTERS), add_months(month_start(on), 1))
    wanted = Q(client__in=clients) | Q(client__merged_into__in=clients)
    months = RevenueDay.objects.within(window).filter(wanted).order_by().annotate(month=TruncMonth("issued_on"))
    trends: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO] * QUARTERS)
    for client, month, amount in months.values_list(holder_of(), "month").annotate(Sum("net_amount")):
        trends[client][QUARTERS - 1 - months_between(month, month_start(on)) // 3] += amount
    return trends


def _last_revenue(on: date) -> Mapping[int, date]:
    rows = RevenueDay.objects.standing().filter(issued_on__lte=on).order_by()
    return dict(rows.values_list(holder_of()).annotate(Max("issued_on")))


def _with_agreement(on: date) -> set[int]:
    """Clients with a running retainer, hours left in a valid package, or an accepted offer that is not closed."""
    retainers = Retainer.objects.running(on=on).values_list(holder_of(), flat=True)
    packages = HourPackage.objects.valid(on=on).filter(account__balance_minutes__gt=0)
    return {
        *retainers,
        *packages.values_list(holder_of(), flat=True),
        *Offer.objects.running().values_list(holder_of(), flat=True),
    }


def _receivables(clients: Collection[int], on: date) -> dict[int, dict[str, Any]]:
    """Gross amounts still owed, at the rate of each document."""
    owed: dict[int, Owed] = defaultdict(Owed)
    currency = base_currency()
    wanted = Q(client__in=clients) | Q(client__merged_into__in=clients)
    for document in open_documents(Invoice.objects.filter(wanted), on=on, today=on):
        owed[document.client].add(document.base_item(currency).amount, document.due_on, on)
    nothing = Owed()
    return {
        pk: {
            "receivables": owed.get(pk, nothing).total,
            "overdue_receivables": owed.get(pk, nothing).overdue,
            "oldest_due_on": owed.get(pk, nothing).oldest_due_on,
        }
        for pk in clients
    }


def anchors_of(*, on: date) -> Mapping[int, set[str]]:
    """Codes of the distinct service lines of each client that has any on a day.

    A line counts with revenue that stands or approved prepaid minutes in twelve months, or in a running retainer. What
    was credited since counts on no day any more, a past one neither.
    """
    window, codes = trailing_months(on, MONTHS), dict(ServiceLine.objects.values_list("pk", "code"))
    found: dict[int, set[str]] = defaultdict(set)
    revenue = RevenueDay.objects.within(window).standing().filter(service_line__isnull=False)
    prepaid = WorkMonth.objects.within(window).filter(prepaid_minutes__gt=0, service_line__isnull=False)
    retained = Retainer.objects.ran(on=on).filter(service_lines__isnull=False)
    for pairs in (
        revenue.values_list(holder_of(), "service_line").distinct(),
        prepaid.values_list(holder_of(), "service_line").distinct(),
        retained.values_list(holder_of(), "service_lines").distinct(),
    ):
        for client, line in pairs:
            found[client].add(codes[line])
    return found
