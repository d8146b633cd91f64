"""What clients are bound to pay, by month, and whom a retainer should be offered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db.models import Count, Min, Sum

from billing.models import Engagement, InvoiceLine, Retainer
from billing.rules.retainers import should_offer_retainer
from billing.rules.vat import Treatment
from billing.services.backlog import ComingFee, Known, coming_fees
from billing.services.currencies import DayRates, base_currency
from billing.services.rate_gaps import RateGap
from billing.services.retainers import ONE_DAY, term_of
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
    """Fees of one contract still to come, without VAT in its currency; `base` is None without a rate."""

    retainer: Retainer
    committed_until_on: date
    fees: list[ComingFee]
    net: Decimal
    base: Decimal | None

    @property
    def count(self) -> int:
        return len(self.fees)


@dataclass(frozen=True, slots=True)
class Backlog:
    """All commitments without VAT; a month or a total that lacks a rate is None, and `gaps` name what it lacks."""

    currency: str
    rows: list[Commitment]
    months: list[tuple[date, Decimal | None]]
    total: Decimal | None
    gaps: list[RateGap]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client for a retainer: one-off engagements and average spending by time a month, net in base currency."""

    client: Client
    engagements: int
    average: Decimal


@dataclass(frozen=True, slots=True)
class Conversions:
    """The list with the smallest fee that it judges by, without VAT; None where `gaps` name a rate that it lacks."""

    currency: str
    rows: list[Candidate]
    smallest_fee: Decimal | None
    gaps: list[RateGap]


def backlog_on(user: User, *, on: date) -> Backlog:
    """Committed revenue of the contracts that a person sees with their price."""
    seen: Any = Retainer.objects.visible_to(user).priced_for(user)
    agreed = seen.to_come(on=on).filter(shows_price=True).select_related("client", "seller")
    rates = DayRates(on)
    contracts = list(agreed.prefetch_related("fees", "periods", "service_lines").order_by("client__name", "pk"))
    known = Known.of(contracts)
    rows = [row for contract in contracts if (row := _commitment(contract, rates, known)).fees]
    gaps = [RateGap(row.retainer.currency, on, row.retainer.name) for row in rows if row.base is None]
    total = None if gaps else sum((row.base or Decimal(0) for row in rows), Decimal(0))
    return Backlog(rates.target, rows, _months(rows, rates), total, gaps)


def conversion_list(user: User, *, on: date) -> Conversions:
    """Clients without a retainer whose last 12 months look like one, those with the most spending first.

    Without the rate of a fee, only who spends more than the others is known to belong here by time.
    """
    since = add_months(on, -MONTHS)
    engagements = _one_offs(since, on)
    spent = _by_time(since, on)
    fee, gaps = _smallest_fee(on)
    seen = Client.objects.all() if user.is_in(Role.PARTNER, Role.FINANCE) else Client.objects.owned_by(user)
    clients = seen.current().filter(pk__in={*engagements, *spent})
    clients = clients.exclude(pk__in=Retainer.objects.running(on=on).values(holder=holder_of()))
    found = []
    for client in clients.select_related("figures").order_by("name"):
        average = quantise(spent.get(client.pk, Decimal(0)) / MONTHS, base_currency())
        count = engagements.get(client.pk, 0)
        if should_offer_retainer(one_off_engagements=count, average_by_time=average, smallest_fee=fee):
            found.append(Candidate(client, count, average))
    found.sort(key=lambda row: (-row.average, -row.engagements))
    return Conversions(base_currency(), found, None if gaps else fee, gaps)


def _commitment(retainer: Retainer, rates: DayRates, known: Known) -> Commitment:
    fees = coming_fees(retainer, on=rates.on, known=known)
    base = [rates.to_base(fee.net, retainer.currency) for fee in fees]
    last_on = term_of(retainer, on=rates.on).last_on
    until = min(last_on, retainer.committed_until_on or last_on)
    amount = None if None in base else sum((each.amount for each in base if each), Decimal(0))
    return Commitment(retainer, until, fees, sum((fee.net for fee in fees), Decimal(0)), amount)


def _months(rows: Iterable[Commitment], rates: DayRates) -> list[tuple[date, Decimal | None]]:
    """By the month in which a fee is to be drafted; what is late comes this month."""
    months: dict[date, Decimal | None] = {}
    for row in rows:
        for fee in row.fees:
            month, base = month_start(max(fee.draft_on, rates.on)), rates.to_base(fee.net, row.retainer.currency)
            before = months.get(month, Decimal(0))
            months[month] = None if before is None or base is None else before + base.amount
    return sorted(months.items(), key=itemgetter(0))


def _one_offs(since: date, on: date) -> dict[int, int]:
    """Engagements without a retainer that began in the time, by client."""
    rows = Engagement.objects.filter(retainer=None, started_on__gt=since, started_on__lte=on)
    return dict(rows.order_by().values_list(holder_of()).annotate(n=Count("pk")))


def _by_time(since: date, on: date) -> dict[int, Decimal]:
    """Net revenue from time by client, less discounts and what credit notes took back, in the base currency."""
    lines = InvoiceLine.objects.by_time().revenue(first=since + ONE_DAY, last=on)
    rows = lines.order_by().values_list(holder_of("invoice__client")).annotate(total=Sum("revenue"))
    return {client: total or Decimal(0) for client, total in rows}


def _smallest_fee(on: date) -> tuple[Decimal | None, list[RateGap]]:
    """The smallest monthly fee of a running contract, without VAT and in the base currency, as revenue is counted.

    Of those that have a rate; the contracts of the others are told.
    """
    rates, running = DayRates(on), Retainer.objects.running(on=on).order_by()
    fees = list(running.values_list("seller", "currency", "price_includes_tax").annotate(least=Min("monthly_fee")))
    sellers = Seller.objects.in_bulk({seller for seller, *_rest in fees})
    found = []
    for seller, currency, gross, least in fees:
        base = rates.to_base(_net(least, sellers[seller], currency, on) if gross else least, currency)
        found.append((currency, base.amount if base else None))
    unknown = {currency for currency, amount in found if amount is None}
    rows = running.filter(currency__in=unknown).values_list("currency", "name")
    gaps = [RateGap(currency, on, name) for currency, name in rows]
    return min((amount for _currency, amount in found if amount is not None), default=None), gaps


def _net(fee: Decimal, seller: Seller, currency: str, on: date) -> Decimal:
    """A gross fee without the domestic VAT of the day; all of it where the company charges none."""
    percent = Taxes.of(seller, Treatment.STANDARD).agreed_percent(on)
    return vat_from_gross(fee, percent, currency=currency).net if percent else fee
