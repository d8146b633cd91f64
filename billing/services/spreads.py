"""Fairness of prices: for each service what anyone pays, what the best placed pay, and how far that is apart.

The ordinary price is the rate without client scope; discounts by contract are not compared, they have their own terms.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from billing.models import Discount
from billing.models import Rate as RateRow
from billing.models.discounts import DiscountQuery
from billing.rules.rates import HourlyPrice, Rate, RateQuestion, choose_price, ordinary_price
from billing.rules.spread import WIDE, discounted, spread_of
from billing.services.rates import as_rate
from clients.models import Client, Seller, ServiceLine
from clients.models.firm import Tier

NOBODY = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What a client, or every client of a tier, pays for an hour."""

    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PriceSpread:
    """A service of an own company: its ordinary price and the best one that somebody has."""

    seller: Seller
    line: ServiceLine
    ordinary: HourlyPrice
    best: Step | None

    @property
    def spread(self) -> Decimal:
        return spread_of(self.best.amount, self.ordinary.amount) if self.best else Decimal(0)

    @property
    def is_too_wide(self) -> bool:
        """Over a quarter below the ordinary price, in a service whose prices are to stay close."""
        return self.line.spread_policy == ServiceLine.SpreadPolicy.RESTRICT and self.spread > WIDE


@dataclass(frozen=True)
class Terms:
    """Everything that says what an hour costs on a day; rates by seller and client, None for anyone."""

    on: date
    rates: Mapping[tuple[int, int | None], list[Rate]]
    discounts: Sequence[Discount]
    clients: Sequence[Client]

    def off(self, line: ServiceLine, *, client: Client | None, tier: str) -> Decimal:
        """Per cent off the hours of a service: the client's own before the tier's, that of the service first."""
        own = [row for row in self.discounts if client and row.client_id == client.pk]
        general = [row for row in self.discounts if row.tier == tier]
        for rows in (own, general):
            fitting = [row for row in rows if row.service_line_id in (None, line.pk)]
            if fitting:
                chosen = min(fitting, key=lambda row: row.service_line_id is None)
                return Decimal(chosen.percent)
        return Decimal(0)


def price_spreads(*, on: date) -> list[PriceSpread]:
    """Every service with an ordinary price, the widest spread first, in as many statements for many as for one."""
    terms = _load(on)
    lines = list(ServiceLine.objects.filter(is_active=True))
    rows = [_spread(terms, seller, line) for seller in Seller.objects.order_by("pk") for line in lines]
    return sorted((row for row in rows if row), key=lambda row: (-row.spread, row.line.name))


def tier_steps(line: ServiceLine | None, *, price: Decimal | None, currency: str, on: date) -> list[Step]:
    """The steps of a service whose prices are meant to motivate: per cent off for a tier, and the hour then."""
    if line is None or price is None or line.spread_policy != ServiceLine.SpreadPolicy.INCENTIVE:
        return []
    rows = _discounts(on).exclude(tier="").filter(Q(service_line=None) | Q(service_line=line))
    percents = sorted(set(rows.values_list("percent", flat=True)))
    return [Step(f"{percent.normalize():f}", discounted(price, percent, currency)) for percent in percents]


def _load(on: date) -> Terms:
    rates: dict[tuple[int, int | None], list[Rate]] = defaultdict(list)
    rows = RateRow.objects.valid(on=on).filter(employee=None)
    for row in rows.order_by():
        rates[row.seller_id, row.client_id].append(as_rate(row))
    discounts = list(_discounts(on))
    named = [*(client for _seller, client in rates), *(row.client_id for row in discounts)]
    clients = Client.objects.current().filter(pk__in={pk for pk in named if pk}).order_by("name", "pk")
    return Terms(on, rates, discounts, list(clients))


def _discounts(on: date) -> DiscountQuery:
    rows = Discount.objects.off_lines().filter(
        approved=True, engagement=None, offer=None, retainer=None, valid_from__lte=on
    )
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=on)).order_by("pk")


def _spread(terms: Terms, seller: Seller, line: ServiceLine) -> PriceSpread | None:
    rates = terms.rates.get((seller.pk, None), [])
    ordinary = ordinary_price(rates, RateQuestion(NOBODY, NOBODY, terms.on, line.pk))
    if ordinary is None or ordinary.amount <= 0:
        return None
    steps = [*_of_clients(terms, seller, line, ordinary), *_of_tiers(terms, line, ordinary)]
    lower = [step for step in steps if step.amount < ordinary.amount]
    return PriceSpread(seller, line, ordinary, min(lower, key=lambda step: step.amount, default=None))


def _of_clients(terms: Terms, seller: Seller, line: ServiceLine, ordinary: HourlyPrice) -> Iterable[Step]:
    """Prices in the same currency and tax basis; others are not compared."""
    general = terms.rates.get((seller.pk, None), [])
    for client in terms.clients:
        if client.default_seller_id != seller.pk:
            continue
        known = [*terms.rates.get((seller.pk, client.pk), ()), *general]
        price = choose_price(known, RateQuestion(client.pk, NOBODY, terms.on, line.pk))
        alike = price and (price.currency, price.price_includes_tax) == (ordinary.currency, ordinary.price_includes_tax)
        if price and alike:
            percent = terms.off(line, client=client, tier=client.tier)
            yield Step(client.name, discounted(price.amount, percent, price.currency))


def _of_tiers(terms: Terms, line: ServiceLine, ordinary: HourlyPrice) -> Iterable[Step]:
    for code, words in Tier.choices:
        percent = terms.off(line, client=None, tier=code)
        if percent:
            yield Step(str(words), discounted(ordinary.amount, percent, ordinary.currency))
