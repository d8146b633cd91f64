"""Value of each client: the simple value or its segment's, and the past; snapshots for all in a few statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from clients.models import Client
from clients.services.facts import write_figures
from crm.models import Firm
from crm.money import round_half_up
from crm.periods import months_between, trailing_months
from loyalty.models import LoyaltyPolicy, SegmentValue, ValueSnapshot
from loyalty.rules.credibility import credible
from loyalty.rules.value import Factors, HistoricalValue, ShownValue, choose_value, historical_value, simple_value
from loyalty.services.badges import refresh_badges
from loyalty.services.concentration import client_costs, client_revenue, fraction, margins
from loyalty.services.purchases import NOTHING, WINDOW_MONTHS, ZERO, Books, factors_of
from loyalty.services.referrals import NOBODY, Referred, referred_by_image, refresh_referrals
from loyalty.services.segments import (
    FIRM,
    Average,
    Averages,
    Segment,
    Years,
    narrowest,
    newest_averages,
    refresh_segments,
    segment_of,
)


@dataclass(frozen=True, slots=True)
class Valuation:
    """All that is known of one client's value on a day; `average` is the one that a borrowed value comes from."""

    client: Client
    as_of_on: date
    years: Decimal
    factors: Factors
    shown: ShownValue
    average: Average | None
    history: HistoricalValue
    margin_share: Decimal | None
    referred: Referred = NOBODY


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is the same for all clients of one reckoning."""

    on: date
    policy: LoyaltyPolicy
    years: Years
    books: Books
    averages: Averages
    firm_margin: Decimal | None
    referred: Mapping[int, Referred]

    def value(self, client: Client) -> Valuation:
        books, segment = self.books, segment_of(client, self.books.lines, self.policy)
        recent, ever = books.recent.get(client.pk, NOTHING), books.ever.get(client.pk, NOTHING)
        years, factors = self.years.of(client, segment), factors_of(recent, ever)
        own, firm = narrowest(self.averages, segment), self.averages.get(FIRM)
        shown = choose_value(
            simple_value(years, *factors),
            purchases=ever.count,
            months_as_client=_months_as_client(client, ever.first_on, self.on),
            segment=own.value if own else None,
            firm=firm.value if firm else None,
        )
        return Valuation(
            client=client,
            as_of_on=self.on,
            years=years,
            factors=factors,
            shown=shown,
            average={"segment": own, "firm": firm}.get(shown.source or ""),
            history=historical_value(
                books.flows.get(client.pk, ()), as_of=self.on, annual_rate=self.policy.discount_rate_percent / 100
            ),
            margin_share=self._margin(recent.revenue, books.costs.get(client.pk, ZERO), recent.count),
            referred=self.referred.get(client.pk, NOBODY),
        )

    def _margin(self, revenue: Decimal, cost: Decimal | None, invoices: int) -> Decimal | None:
        """The client's margin after cost to serve, shrunk to the firm's by the number of its invoices."""
        own, firm = _share(revenue, cost), self.firm_margin
        found = credible(
            None if own is None else float(own),
            observations=max(invoices, 0),
            firm=None if firm is None else float(firm),
        )
        return None if found is None else fraction(max(-999.0, min(found, 999.0)))


def refresh_values(*, on: date) -> int:
    """Snapshots and figures for every client, all or nothing; the same day run twice leaves the same rows."""
    with transaction.atomic():
        refresh_referrals(on=on)
        valuations = value_clients(on=on)
        policy = LoyaltyPolicy.load()
        _keep(valuations, policy=policy, currency=Firm.load().base_currency)
        write_figures("value", {each.client.pk: _figures(each) for each in valuations}, as_of=on)
        refresh_badges(policy, on=on)
    return len(valuations)


def value_clients(*, on: date) -> list[Valuation]:
    """The valuation of every client that was not merged away; renews the segments of the day."""
    policy, books = LoyaltyPolicy.load(), Books.read(on=on)
    clients, years = list(Client.objects.current().defer("notes")), Years.load(policy)
    averages = refresh_segments(clients, on=on, lines=books.lines, policy=policy, years=years)
    margin = _firm_margin({pk: each.revenue for pk, each in books.recent.items()}, books.costs)
    desk = _Desk(on, policy, years, books, averages, margin, referred_by_image(on=on))
    return [desk.value(client) for client in clients]


@transaction.atomic
def value_newcomer(client: Client) -> Valuation | None:
    """Gives a client that came just now the value of its segment, as of the night that knew it; None before one."""
    averages, on = newest_averages(), SegmentValue.objects.aggregate(newest=Max("as_of_on"))["newest"]
    if on is None:
        return None
    policy = LoyaltyPolicy.load()
    found = _Desk(on, policy, Years.load(policy), Books.empty(), averages, None, {}).value(client)
    write_figures("value", {client.pk: _figures(found)}, as_of=on)
    refresh_badges(policy, on=on, clients=[client.pk])
    return found


@transaction.atomic
def revalue_clients(clients: Iterable[Client], *, on: date) -> None:
    """Writes the values of these clients anew; one that was merged away has none of its own."""
    found = {client.pk: _figures(value_client(client, on=on)) for client in clients if client.merged_into_id is None}
    write_figures("value", found, as_of=on)
    refresh_badges(LoyaltyPolicy.load(), on=on, clients=found)


def value_client(client: Client, *, on: date) -> Valuation:
    """One client as of now, from the same rollups; segments are those of the last night. Writes nothing."""
    policy, window = LoyaltyPolicy.load(), trailing_months(on, WINDOW_MONTHS)
    firm = _firm_margin(client_revenue(window), client_costs(window))
    books = Books.read(on=on, client=client)
    referred = referred_by_image(on=on)
    return _Desk(on, policy, Years.load(policy), books, newest_averages(), firm, referred).value(client)


def _months_as_client(client: Client, first_revenue_on: date | None, on: date) -> int | None:
    since = client.since_on or first_revenue_on
    if since is None or since > on or client.status == Client.Status.PROSPECT:
        return None
    return months_between(since, on)


def _firm_margin(revenue: Mapping[int, Decimal], costs: Mapping[int, Decimal | None]) -> Decimal | None:
    """Margin after cost to serve of all clients whose cost is known."""
    kept = margins(revenue, costs)
    paid = sum((revenue.get(pk, ZERO) for pk in kept), ZERO)
    return _share(paid, paid - sum(kept.values(), ZERO))


def _share(revenue: Decimal, cost: Decimal | None) -> Decimal | None:
    return (revenue - cost) / revenue if revenue > 0 and cost is not None else None


def _keep(valuations: list[Valuation], *, policy: LoyaltyPolicy, currency: str) -> None:
    ValueSnapshot.objects.bulk_create(
        [_snapshot(each, policy=policy, currency=currency) for each in valuations],
        update_conflicts=True,
        unique_fields=["client", "as_of_on"],
        update_fields=SNAPSHOT_FIELDS,
        batch_size=1000,
    )


def _snapshot(each: Valuation, *, policy: LoyaltyPolicy, currency: str) -> ValueSnapshot:
    return ValueSnapshot(
        client=each.client,
        as_of_on=each.as_of_on,
        currency=currency,
        simple_value=each.shown.value,
        source=each.shown.source or "",
        years=each.years,
        purchases_per_year=round_half_up(each.factors.purchases_per_year, 2),
        average_check=rounded(each.factors.average_check),
        historical_plain=each.history.plain,
        historical_discounted=rounded(each.history.discounted),
        margin_share=each.margin_share,
        discount_rate_percent=policy.discount_rate_percent,
        window_months=WINDOW_MONTHS,
    )


SNAPSHOT_FIELDS = [
    "currency",
    "simple_value",
    "source",
    "years",
    "purchases_per_year",
    "average_check",
    "historical_plain",
    "historical_discounted",
    "margin_share",
    "discount_rate_percent",
    "window_months",
]


def _figures(each: Valuation) -> Mapping[str, object]:
    check = rounded(each.factors.average_check)
    return {
        "simple_value": each.shown.value,
        "simple_value_source": each.shown.source or "",
        "simple_value_inputs": {
            "years": str(each.years),
            "purchases_per_year": str(round_half_up(each.factors.purchases_per_year, 2)),
            "average_check": None if check is None else str(check),
            "segment": _segment(each.average),
        },
        "historical_value": each.history.plain,
    }


def _segment(average: Average | None) -> Mapping[str, object] | None:
    """Where a borrowed value comes from."""
    if average is None:
        return None
    segment: Segment = average.segment
    return {"service_line": segment.service_line, "tier": segment.tier, "clients": average.client_count}


def rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else round_half_up(amount, 2)
