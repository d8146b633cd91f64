"""Value of each client: the simple value with its segments, and the past; snapshots for all in a few statements."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Min, Sum
from django.db.models.functions import TruncMonth

from billing.models import RevenueDay, WorkMonth
from clients.models import Client
from clients.services.facts import write_figures
from crm.models import Firm
from crm.money import round_half_up
from crm.periods import DateRange, months_between, trailing_months
from loyalty.models import LoyaltyPolicy, SegmentValue, ValueSnapshot
from loyalty.rules.value import (
    Factors,
    Flow,
    HistoricalValue,
    ShownValue,
    choose_value,
    historical_value,
    own_factors,
    segment_average,
    simple_value,
)

WINDOW_MONTHS = 12
SEGMENT_MONTHS = 24


class Segment(NamedTuple):
    """Where a client belongs; an empty part means all."""

    service_line: int | None
    tier: str


@dataclass(frozen=True, slots=True)
class Purchases:
    """Net revenue and number of issued, not fully credited invoices of a window."""

    revenue: Decimal
    count: int


NOTHING = Purchases(Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class Valuation:
    """Everything that is known of one client's value on a day."""

    client: Client
    years: Decimal
    factors: Factors
    shown: ShownValue
    history: HistoricalValue


def refresh_values(*, on: date) -> int:
    """Snapshots and figures for every client; the same day run twice leaves the same rows. Returns their number."""
    policy, currency = LoyaltyPolicy.load(), Firm.load().base_currency
    valuations = value_clients(on=on, policy=policy)
    with transaction.atomic():
        ValueSnapshot.objects.bulk_create(
            [_snapshot(each, on=on, policy=policy, currency=currency) for each in valuations],
            update_conflicts=True,
            unique_fields=["client", "as_of_on"],
            update_fields=SNAPSHOT_FIELDS,
            batch_size=1000,
        )
        write_figures("value", {each.client.pk: _figures(each) for each in valuations}, as_of=on)
    return len(valuations)


def value_clients(*, on: date, policy: LoyaltyPolicy) -> list[Valuation]:
    """The valuation of every client that was not merged away."""
    clients = list(Client.objects.current().defer("notes"))
    segments = refresh_segments(clients, on=on, policy=policy)
    recent = purchases(trailing_months(on, WINDOW_MONTHS))
    lines, flows, first = main_service_lines(on), _flows(on), _first_revenue()
    rate = policy.discount_rate_percent / 100
    return [
        _valuation(
            client,
            recent=recent.get(client.pk, NOTHING),
            segment=_segment_of(client, lines, policy),
            segments=segments,
            months=_months_as_client(client, first.get(client.pk), on),
            years=client.expected_years or policy.expected_years,
            history=historical_value(flows.get(client.pk, ()), as_of=on, annual_rate=rate),
        )
        for client in clients
    ]


def typical_value(*, service_line: int | None, tier: str) -> ShownValue:
    """What a new client of this kind is worth: its segment's newest value, else the firm's average."""
    newest = SegmentValue.objects.order_by("-as_of_on").values("as_of_on")[:1]
    rows = {(row.service_line_id, row.tier): row.value for row in SegmentValue.objects.filter(as_of_on__in=newest)}
    segment = rows.get((service_line, tier)) or rows.get((None, tier)) or rows.get((service_line, ""))
    return choose_value(None, purchases=0, months_as_client=None, segment=segment, firm=rows.get((None, "")))


def purchases(window: DateRange) -> dict[int, Purchases]:
    rows = RevenueDay.objects.within(window)
    sums = rows.values_list("client").annotate(Sum("net_amount"), Sum("invoice_count")).order_by("client")
    return {client: Purchases(revenue, count) for client, revenue, count in sums}


def main_service_lines(on: date) -> dict[int, int]:
    """The service line that brought each client's largest revenue in 24 months."""
    window = trailing_months(on, SEGMENT_MONTHS)
    rows = RevenueDay.objects.within(window).exclude(service_line=None)
    sums = rows.values_list("client", "service_line").annotate(total=Sum("net_amount")).order_by("total")
    return {client: line for client, line, _total in sums}


def refresh_segments(clients: list[Client], *, on: date, policy: LoyaltyPolicy) -> Mapping[Segment, Decimal]:
    """Average simple values of 24 months by segment, and of the firm under the empty segment."""
    bought, lines = purchases(trailing_months(on, SEGMENT_MONTHS)), main_service_lines(on)
    values: dict[Segment, list[Decimal | None]] = defaultdict(list)
    for client in clients:
        factors = own_factors(*_pair(bought.get(client.pk, NOTHING)), months=SEGMENT_MONTHS)
        value = simple_value(client.expected_years or policy.expected_years, *factors)
        if value:
            for segment in _segments_above(_segment_of(client, lines, policy)):
                values[segment].append(value)
    averages = {segment: average for segment, of in values.items() if (average := segment_average(of)) is not None}
    _write_segments(averages, {segment: len(of) for segment, of in values.items()}, on)
    return averages


def _write_segments(averages: Mapping[Segment, Decimal], counts: Mapping[Segment, int], on: date) -> None:
    with transaction.atomic():
        SegmentValue.objects.filter(as_of_on=on).delete()
        SegmentValue.objects.bulk_create(
            SegmentValue(
                as_of_on=on,
                service_line_id=segment.service_line,
                tier=segment.tier,
                value=value,
                client_count=counts[segment],
            )
            for segment, value in averages.items()
        )


def _valuation(
    client: Client,
    *,
    recent: Purchases,
    segment: Segment,
    segments: Mapping[Segment, Decimal],
    months: int | None,
    years: Decimal,
    history: HistoricalValue,
) -> Valuation:
    factors = own_factors(*_pair(recent), months=WINDOW_MONTHS)
    shown = choose_value(
        simple_value(years, *factors),
        purchases=recent.count,
        months_as_client=months,
        segment=next((segments[each] for each in _segments_above(segment)[:-1] if each in segments), None),
        firm=segments.get(Segment(None, "")),
    )
    return Valuation(client, years, factors, shown, history)


def _segments_above(segment: Segment) -> list[Segment]:
    """The segment and those that contain it, the narrowest first, the whole firm last."""
    line, tier = segment
    return list(dict.fromkeys([segment, Segment(None, tier), Segment(line, ""), Segment(None, "")]))


def _segment_of(client: Client, lines: Mapping[int, int], policy: LoyaltyPolicy) -> Segment:
    line = lines.get(client.pk) if policy.by_service_line else None
    return Segment(line, client.tier if policy.by_tier else "")


def _months_as_client(client: Client, first_revenue_on: date | None, on: date) -> int | None:
    since = client.since_on or first_revenue_on
    if since is None or since > on or client.status == Client.Status.PROSPECT:
        return None
    return months_between(since, on)


def _first_revenue() -> dict[int, date]:
    return dict(RevenueDay.objects.values_list("client").annotate(Min("issued_on")).order_by("client"))


def _flows(on: date) -> dict[int, list[Flow]]:
    """Revenue and cost by month, dated at the month's first day."""
    zero = Decimal(0)
    cells: dict[tuple[int, date], list[Decimal]] = defaultdict(lambda: [zero, zero])
    revenue = RevenueDay.objects.filter(issued_on__lte=on).annotate(month_on=TruncMonth("issued_on"))
    for client, month, amount in revenue.values_list("client", "month_on").annotate(Sum("net_amount")).order_by():
        cells[client, month][0] = amount
    costs = WorkMonth.objects.filter(month_on__lte=on)
    for client, month, amount in costs.values_list("client", "month_on").annotate(Sum("cost_amount")).order_by():
        cells[client, month][1] = amount
    flows: dict[int, list[Flow]] = defaultdict(list)
    for (client, month), (earned, spent) in cells.items():
        flows[client].append(Flow(month, earned, spent))
    return flows


def _pair(bought: Purchases) -> tuple[Decimal, int]:
    return bought.revenue, max(bought.count, 0)


def _snapshot(each: Valuation, *, on: date, policy: LoyaltyPolicy, currency: str) -> ValueSnapshot:
    return ValueSnapshot(
        client=each.client,
        as_of_on=on,
        currency=currency,
        simple_value=each.shown.value,
        source=each.shown.source or "",
        years=each.years,
        purchases_per_year=round_half_up(each.factors.purchases_per_year, 2),
        average_check=_rounded(each.factors.average_check),
        historical_plain=each.history.plain,
        historical_discounted=_rounded(each.history.discounted),
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
    "discount_rate_percent",
    "window_months",
]


def _figures(each: Valuation) -> dict[str, object]:
    return {
        "simple_value": each.shown.value,
        "simple_value_source": each.shown.source or "",
        "simple_value_inputs": {
            "years": str(each.years),
            "purchases_per_year": str(round_half_up(each.factors.purchases_per_year, 2)),
            "average_check": None if each.factors.average_check is None else str(_rounded(each.factors.average_check)),
        },
        "historical_value": each.history.plain,
    }


def _rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else round_half_up(amount, 2)
