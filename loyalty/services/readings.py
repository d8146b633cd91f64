"""What the scorecard reads of each client as of a day: one or two statements a feature for the whole firm.

Everything comes from books that know their dates, so a past month is read as it stood (loyalty.md 4.1, notes 6).
A client that a mapping leaves out has no reading: the card counts its neutral points.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from statistics import mean, median
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from billing.models import HourPackage, Invoice, Retainer, RevenueDay
from billing.services.client_figures import anchors_of
from billing.services.retainers import known_term
from clients.models import Contact, Interaction, Promise
from clients.models.client import holder_of
from clients.services.promise_rates import rates_by_client
from crm.money import round_half_up
from crm.periods import DateRange, add_months, trailing_months
from loyalty.models import SurveyResponse
from loyalty.rules.health import FeatureCode, Reading, silence, trend

RHYTHM = timedelta(days=730)
TOUCHED = timedelta(days=60)
PROMISED = timedelta(days=90)
ANSWERED_MONTHS, TREND_MONTHS, LAST_INVOICES = 12, 6, 3
ENDLESS = 3650
"""Days left of an agreement that has no end."""

type Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One reading and what it was read from, as plain values that can be kept and shown."""

    value: Reading | None
    facts: Facts = field(default_factory=dict)


type Readings = Mapping[int, Fact]


def read_all(*, on: date) -> Mapping[FeatureCode, Readings]:
    """Every feature of every client as of the end of a day."""
    return {
        "silence": read_silence(on=on),
        "anchors": {pk: Fact(len(codes), {"codes": sorted(codes)}) for pk, codes in anchors_of(on=on).items()},
        "nps": read_nps(on=on),
        "promises": read_promises(on=on),
        "payment_delay": read_payment_delay(on=on),
        "revenue_trend": read_trend(on=on),
        "people_touched": read_people(on=on),
        "contract_left": read_contracts(on=on),
    }


def read_silence(*, on: date) -> Readings:
    """Days since the last two-way touch as a multiple of the median gap between days of touch in two years."""
    touches = Interaction.objects.two_way().filter(occurred_at__lt=end_of(on), occurred_at__gte=end_of(on) - RHYTHM)
    days = touches.order_by().values_list(holder_of(), TruncDate("occurred_at")).distinct()
    found: dict[int, Fact] = {}
    for client, rows in groupby(sorted(days), key=lambda row: row[0]):
        dates = [day for _client, day in rows]
        gaps = [(later - earlier).days for earlier, later in pairwise(dates)]
        quiet = (on - dates[-1]).days
        usual = round_half_up(Decimal(str(median(gaps))), 1) if gaps else None
        facts = {"days": quiet, "last_on": dates[-1].isoformat(), "usual": None if usual is None else str(usual)}
        found[client] = Fact(silence(quiet, gaps), facts)
    return found


def read_nps(*, on: date) -> Readings:
    """Mean of the last answers of twelve months of those who decide or pay."""
    answers = SurveyResponse.objects.answered(start_of(add_months(on, -ANSWERED_MONTHS)), end_of(on))
    key = Q(contact__influence=Contact.Influence.DECISION_MAKER) | ~Q(contact__buying_role=Contact.BuyingRole.CONSUMER)
    here = Q(contact__left_on=None) | Q(contact__left_on__gt=on)
    rows = answers.filter(key, here).order_by("contact_id", "-answered_at").distinct("contact_id")
    scores: dict[int, list[int]] = defaultdict(list)
    for client, score in rows.values_list(holder_of(), "score"):
        scores[client].append(score)
    return {
        client: Fact(Fraction(sum(given), len(given)), {"mean": f"{mean(given):.1f}", "n": len(given)})
        for client, given in scores.items()
    }


def read_promises(*, on: date) -> Readings:
    """Honour rate of the promises first due in the last 90 days; open ones and withdrawn ones do not count."""
    due = Promise.objects.filter(due_at__lt=end_of(on), due_at__gte=end_of(on) - PROMISED)
    rates = rates_by_client(due, at=end_of(on))
    return {
        client: Fact(Fraction(kept := rate.kept + rate.renegotiated_kept, rate.n), {"kept": kept, "n": rate.n})
        for client, rate in rates.items()
        if rate.n
    }


def read_payment_delay(*, on: date) -> Readings:
    """Mean days from the due date to the last payment, over the three invoices that were settled last."""
    paid = Invoice.objects.paid().filter(due_on__isnull=False, allocations__amount__gt=0)
    settled = paid.order_by().annotate(settled_on=Max("allocations__payment__received_on")).filter(settled_on__lte=on)
    rows: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for client, settled_on, due_on in settled.values_list(holder_of(), "settled_on", "due_on"):
        rows[client].append((settled_on, (settled_on - due_on).days))
    return {client: _delay(sorted(delays)[-LAST_INVOICES:]) for client, delays in rows.items()}


def read_trend(*, on: date) -> Readings:
    """Revenue of six months against the six before, net in the base currency."""
    half = trailing_months(on, TREND_MONTHS)
    now, before = _revenue(half), _revenue(DateRange(add_months(half.start, -TREND_MONTHS), half.start))
    zero = Decimal(0)
    return {
        client: Fact(change, {"change": str(round_half_up(change, 4))})
        for client in before
        if (change := trend(now.get(client, zero), before[client])) is not None
    }


def read_people(*, on: date) -> Readings:
    """Different people met, heard or written with both ways in 60 days."""
    touches = Interaction.objects.two_way().filter(occurred_at__lt=end_of(on), occurred_at__gte=end_of(on) - TOUCHED)
    rows = touches.order_by().values_list(holder_of()).annotate(Count("contacts", distinct=True))
    return {client: Fact(count, {"n": count}) for client, count in rows if count}


def read_contracts(*, on: date) -> Readings:
    """Days until the last agreement ends: running retainers by their term, packages with hours left by expiry."""
    ends: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for retainer in Retainer.objects.ran(on=on).annotate(holder=holder_of()):
        last_on = known_term(retainer, on=on).last_on
        ends[vars(retainer)["holder"]].append(((last_on - on).days, last_on.isoformat()))
    packages = HourPackage.objects.held(on=on)
    for client, expires_on in packages.values_list(holder_of(), "expires_on"):
        left = (ENDLESS, "") if expires_on is None else ((expires_on - on).days, expires_on.isoformat())
        ends[client].append(left)
    return {client: Fact(max(left, 0), {"until": until}) for client, (left, until) in _furthest(ends)}


def start_of(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


def end_of(on: date) -> datetime:
    """The midnight with which the day ends in the firm's time zone."""
    return start_of(on + timedelta(days=1))


def _delay(last: list[tuple[date, int]]) -> Fact:
    days = Fraction(sum(delay for _day, delay in last), len(last))
    return Fact(days, {"days": str(round_half_up(days, 1)), "n": len(last)})


def _revenue(window: DateRange) -> dict[int, Decimal]:
    rows = RevenueDay.objects.within(window).order_by()
    return dict(rows.values_list(holder_of()).annotate(Sum("net_amount")))


def _furthest(ends: Mapping[int, Iterable[tuple[int, str]]]) -> Iterable[tuple[int, tuple[int, str]]]:
    return ((client, max(rows)) for client, rows in ends.items())
