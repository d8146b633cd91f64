"""Segments of clients (service line x tier): what a typical new client of each is worth, and how long it stays."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from clients.models import Client
from crm.periods import DateRange, months_between, trailing_months
from loyalty.models import LoyaltyPolicy, SegmentValue, SegmentYears
from loyalty.rules.value import ShownValue, choose_value, own_factors, segment_average, simple_value
from loyalty.services.purchases import NOTHING, SEGMENT_MONTHS, WINDOW_MONTHS, purchases


class Segment(NamedTuple):
    """Where a client belongs; an empty part means all."""

    service_line: int | None
    tier: str

    @property
    def above(self) -> "list[Segment]":
        """The segment and those that contain it, the narrowest first, the whole firm last."""
        line, tier = self
        return list(dict.fromkeys([self, Segment(None, tier), Segment(line, ""), FIRM]))


FIRM = Segment(None, "")


@dataclass(frozen=True, slots=True)
class Average:
    """The average simple value of a segment, and of how many clients."""

    segment: Segment
    value: Decimal
    client_count: int


type Averages = Mapping[Segment, Average]


@dataclass(frozen=True, slots=True)
class Typical:
    """What a new client is worth, and the segment it is borrowed from; None where nobody has bought yet."""

    shown: ShownValue
    average: Average | None


def segment_of(client: Client, lines: Mapping[int, int], policy: LoyaltyPolicy) -> Segment:
    """As narrow as the policy wants segments."""
    line = lines.get(client.pk) if policy.by_service_line else None
    return Segment(line, client.tier if policy.by_tier else "")


def narrowest(averages: Averages, segment: Segment) -> Average | None:
    """The average of the narrowest segment that has one; the firm's is not among them."""
    return next((averages[each] for each in segment.above if each in averages and each != FIRM), None)


def typical_value(*, service_line: int | None, tier: str) -> Typical:
    """What a new client of this kind is worth: its segment's newest value, else the firm's average."""
    averages, policy = newest_averages(), LoyaltyPolicy.load()
    wanted = Segment(service_line if policy.by_service_line else None, tier if policy.by_tier else "")
    own, firm = narrowest(averages, wanted), averages.get(FIRM)
    shown = choose_value(
        None,
        purchases=0,
        months_as_client=None,
        segment=own.value if own else None,
        firm=firm.value if firm else None,
    )
    return Typical(shown, own or firm)


def newest_averages() -> Averages:
    newest = SegmentValue.objects.order_by("-as_of_on").values("as_of_on")[:1]
    rows = SegmentValue.objects.filter(as_of_on__in=newest)
    return {(key := Segment(r.service_line_id, r.tier)): Average(key, r.value, r.client_count) for r in rows}


@dataclass(frozen=True, slots=True)
class Years:
    """How long clients are expected to stay: the client's own years, else its segment's, else the firm's."""

    firm: Decimal
    segments: Mapping[Segment, Decimal]

    @classmethod
    def load(cls, policy: LoyaltyPolicy) -> "Years":
        rows = SegmentYears.objects.values_list("service_line", "tier", "years")
        return cls(policy.expected_years, {Segment(line, tier): years for line, tier, years in rows})

    def of(self, client: Client, segment: Segment) -> Decimal:
        """A zero that somebody entered is a zero, not a missing figure."""
        if client.expected_years is not None:
            return client.expected_years
        return next((self.segments[each] for each in segment.above if each in self.segments), self.firm)


def refresh_segments(
    clients: Sequence[Client], *, on: date, lines: Mapping[int, int], policy: LoyaltyPolicy, years: Years
) -> Averages:
    """Average simple values of 24 months by segment, and of the firm under the empty segment; kept as of the day.

    Whoever came later is measured on its own months, twelve at least: nobody could buy before.
    """
    bought = purchases(trailing_months(on, SEGMENT_MONTHS))
    ever = purchases(DateRange(date.min, on + timedelta(days=1)))
    values: dict[Segment, list[Decimal]] = defaultdict(list)
    for client in clients:
        own, segment = bought.get(client.pk, NOTHING), segment_of(client, lines, policy)
        months = _own_months(client, ever.get(client.pk, NOTHING).first_on, on)
        factors = own_factors(own.standing, max(own.count, 0), months=months)
        value = simple_value(years.of(client, segment), *factors)
        if value is not None:
            for each in segment.above:
                values[each].append(value)
    averages = {each: Average(each, segment_average(of) or Decimal(0), len(of)) for each, of in values.items()}
    _write(averages, on)
    return averages


def _own_months(client: Client, first_on: date | None, on: date) -> int:
    """Full or begun months since the client came, between twelve and the 24 of the window."""
    came = min(filter(None, (client.since_on, first_on)), default=None)
    known = months_between(came, on) + 1 if came else SEGMENT_MONTHS
    return min(max(known, WINDOW_MONTHS), SEGMENT_MONTHS)


@transaction.atomic
def _write(averages: Averages, on: date) -> None:
    SegmentValue.objects.filter(as_of_on=on).delete()
    SegmentValue.objects.bulk_create(
        SegmentValue(
            as_of_on=on,
            service_line_id=each.segment.service_line,
            tier=each.segment.tier,
            value=each.value,
            client_count=each.client_count,
        )
        for each in averages.values()
    )
