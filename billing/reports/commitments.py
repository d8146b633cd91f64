"""What clients are bound to pay, by month, and whom a retainer should be offered."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Sum

from billing.models import Engagement, InvoiceLine, Retainer
from billing.rules.retainers import should_offer_retainer
from billing.rules.vat import Treatment
from billing.services.currencies import DayRates, base_currency, convert_to_base
from billing.services.fee_rows import period_fee
from billing.services.retainers import ONE_DAY, coming_periods, term_of
from billing.services.taxes import Taxes
from clients.models import Client, Seller
from clients.models.client import holder_of
from crm.access import Role
from crm.models import User
from crm.money import quantise, vat_from_gross
from crm.periods import add_months, month_start

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Commitment:
    """Fees of one contract still to come, in its currency and tax basis; `base` is None without a rate."""

    retainer: Retainer
    committed_until_on: date
    fees: int
    amount: Decimal
    base: Decimal | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """All commitments; the total leaves nothing out, or is None with the currencies whose rate is missing."""

    currency: str
    rows: list[Commitment]
    months: list[tuple[date, Decimal]]
    total: Decimal | None
    missing: list[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client for a retainer: one-off engagements and average spending by time a month, net in base currency."""

    client: Client
    engagements: int
    average: Decimal


def backlog_on(user: User, *, on: date) -> Backlog:
    """Committed revenue of the contracts that a person sees with their price."""
    seen: Any = Retainer.objects.visible_to(user).priced_for(user)
    running = seen.running(on=on).filter(shows_price=True)
    rates = DayRates(on)
    rows: list[Commitment] = []
    months: dict[date, Decimal] = defaultdict(Decimal)
    for retainer in running.select_related("client").prefetch_related("fees").order_by("client__name", "pk"):
        row = _commitment(retainer, rates)
        if row.fees:
            rows.append(row)
            _by_month(retainer, rates, months)
    missing = sorted({row.retainer.currency for row in rows if row.base is None})
    total = None if missing else sum((row.base or Decimal(0) for row in rows), Decimal(0))
    return Backlog(rates.target, rows, sorted(months.items()), total, missing)


def conversion_list(user: User, *, on: date) -> list[Candidate]:
    """Clients without a retainer whose last 12 months look like one, those with the most spending first."""
    since = add_months(on, -MONTHS)
    engagements = _one_offs(since, on)
    spent = _by_time(since, on)
    fee = _smallest_fee(on)
    seen = Client.objects.all() if user.is_in(Role.PARTNER, Role.FINANCE) else Client.objects.owned_by(user)
    clients = seen.current().filter(pk__in={*engagements, *spent})
    clients = clients.exclude(retainers__in=Retainer.objects.running(on=on))
    found = []
    for client in clients.select_related("figures").order_by("name"):
        average = quantise(spent.get(client.pk, Decimal(0)) / MONTHS, base_currency())
        count = engagements.get(client.pk, 0)
        if should_offer_retainer(one_off_engagements=count, average_by_time=average, smallest_fee=fee):
            found.append(Candidate(client, count, average))
    return sorted(found, key=lambda row: (-row.average, -row.engagements))


def _commitment(retainer: Retainer, rates: DayRates) -> Commitment:
    periods = coming_periods(retainer, on=rates.on)
    amount = sum((period_fee(retainer, period) for period in periods), Decimal(0))
    base = rates.to_base(amount, retainer.currency)
    until = retainer.committed_until_on or term_of(retainer, on=rates.on).last_on
    return Commitment(retainer, until, len(periods), amount, base.amount if base else None)


def _by_month(retainer: Retainer, rates: DayRates, months: dict[date, Decimal]) -> None:
    for period in coming_periods(retainer, on=rates.on):
        found = rates.to_base(period_fee(retainer, period), retainer.currency)
        if found:
            months[month_start(period.days.start)] += found.amount


def _one_offs(since: date, on: date) -> dict[int, int]:
    """Engagements without a retainer that began in the time, by client."""
    rows = Engagement.objects.filter(retainer=None, started_on__gt=since, started_on__lte=on)
    return dict(rows.order_by().values_list(holder_of()).annotate(n=Count("pk")))


def _by_time(since: date, on: date) -> dict[int, Decimal]:
    """Net revenue from time by client, less what credit notes took back, in the base currency."""
    lines = InvoiceLine.objects.filter(kind=InvoiceLine.Kind.TIME).revenue(first=since + ONE_DAY, last=on)
    rows = lines.order_by().values_list(holder_of("invoice__client")).annotate(total=Sum("revenue"))
    return {client: total or Decimal(0) for client, total in rows}


def _smallest_fee(on: date) -> Decimal | None:
    """The smallest monthly fee of a running contract, without VAT and in the base currency, as revenue is counted."""
    running = Retainer.objects.running(on=on).order_by().values_list("seller", "currency", "price_includes_tax")
    fees = list(running.annotate(least=Min("monthly_fee")))
    sellers = Seller.objects.in_bulk({seller for seller, *_rest in fees})
    found = [
        convert_to_base(_net(least, sellers[seller], currency, on) if gross else least, currency, on=on)
        for seller, currency, gross, least in fees
    ]
    return min((each.amount for each in found if each), default=None)


def _net(fee: Decimal, seller: Seller, currency: str, on: date) -> Decimal:
    """A gross fee without the domestic VAT of the day; all of it where the company charges none."""
    percent = Taxes.of(seller, Treatment.STANDARD).agreed_percent(on)
    return vat_from_gross(fee, percent, currency=currency).net if percent else fee
