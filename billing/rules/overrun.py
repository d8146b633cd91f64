"""Offers by time spent: how far work may exceed what was signed, and which minutes bill.

Up to signed plus tolerance minutes bill without notice. Beyond it only those bill that were worked after the
client was told and said "go on": a later notice never reaches back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import NamedTuple

CONSULTANT_TOLD_PERCENT = 80
MANAGER_TOLD_PERCENT = 100


class Decision(StrEnum):
    """What the client said to a notice."""

    CONTINUE = "continue"
    STOP = "stop"
    REVISE = "revise"
    GOODWILL = "goodwill"
    NONE_YET = "none_yet"


class OverrunStep(StrEnum):
    """Who is to be told, in the order in which it becomes due."""

    TELL_CONSULTANT = "tell_consultant"
    TELL_MANAGER = "tell_manager"
    WARN_CLIENT = "warn_client"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The larger of a share of the signed minutes and a floor."""

    percent: Decimal = Decimal(15)
    minutes: int = 60


DEFAULT_TOLERANCE = Tolerance()


@dataclass(frozen=True, slots=True)
class Notice:
    """The client was told at `informed_at` (`informed_on` in the firm's time zone), `used_minutes` being used."""

    informed_at: datetime
    informed_on: date
    used_minutes: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class WorkedEntry:
    """Billed minutes of one entry; a start that nobody noted is None.

    `charged_minutes` were charged when the entry was approved and stay charged; None while nothing is settled.
    A partner may have `forgiven` what nobody announced: then all of it bills.
    """

    id: int
    worked_on: date
    minutes: int
    started_at: datetime | None = None
    charged_minutes: int | None = None
    forgiven: bool = False


class EntrySplit(NamedTuple):
    """How many of an entry's minutes bill, and how many are an unannounced overrun."""

    id: int
    billable: int
    unannounced: int


class _Segment(NamedTuple):
    start: int
    permitted: bool


def limit_minutes(signed: int, tolerance: Tolerance = DEFAULT_TOLERANCE) -> int:
    """Minutes that bill without notice: signed + max(share, floor); a part of a minute is not billed."""
    return signed + max(int(signed * tolerance.percent / 100), tolerance.minutes)


def split_entries(
    entries: Iterable[WorkedEntry], *, limit: int, notices: Iterable[Notice] = ()
) -> dict[int, EntrySplit]:
    """By entry: what bills. Minutes count in worked order, and an entry that crosses a line is split there.

    `limit` comes from the last accepted version, so an accepted revision raises it for all of its minutes. What was
    charged already stays so; work that is entered late for an earlier day gets what that left of the limit.
    """
    told = sorted(notices, key=lambda notice: notice.informed_at)
    ordered = sorted(entries, key=worked_order)
    billable: dict[int, int] = {}
    used = 0
    for entry in ordered:
        billable[entry.id] = entry.minutes if entry.forgiven else _billable(entry, used, limit, told)
        used += entry.minutes
    _keep_charged(ordered, billable)
    return {entry.id: EntrySplit(entry.id, billable[entry.id], entry.minutes - billable[entry.id]) for entry in ordered}


def worked_order(entry: WorkedEntry) -> tuple[date, bool, float, int]:
    """Sort key: by day, then by start, entries without a start last."""
    start = entry.started_at.timestamp() if entry.started_at else 0.0
    return entry.worked_on, entry.started_at is None, start, entry.id


def due_steps(
    *, used: int, forecast: int, signed: int, tolerance: Tolerance = DEFAULT_TOLERANCE
) -> tuple[OverrunStep, ...]:
    """Who is to be told by now; the client is warned as soon as the forecast passes the limit."""
    steps = (
        (signed > 0 and used * 100 >= signed * CONSULTANT_TOLD_PERCENT, OverrunStep.TELL_CONSULTANT),
        (signed > 0 and used * 100 >= signed * MANAGER_TOLD_PERCENT, OverrunStep.TELL_MANAGER),
        (max(used, forecast) > limit_minutes(signed, tolerance), OverrunStep.WARN_CLIENT),
    )
    return tuple(step for due, step in steps if due)


def forecast_minutes(*, used: int, remaining: int | None = None, done_percent: Decimal | None = None) -> int:
    """Minutes that the whole work will take: by the remaining estimate, else by the share that is done.

    Without either, what is used is all that can be said.
    """
    if remaining is not None:
        return used + max(0, remaining)
    if done_percent:
        return max(used, ceil(Fraction(used * 100) / Fraction(done_percent)))
    return used


def used_by(entries: Iterable[WorkedEntry], *, informed_at: datetime, informed_on: date) -> int:
    """Minutes worked by the moment of a notice; on its own day, work without a start counts as done."""
    return sum(_minutes_before(entry, informed_at, informed_on) for entry in entries)


def released_minutes(*, signed: int, used: int) -> int:
    """Signed minutes that the client gets back when he finishes the work himself."""
    return max(0, signed - used)


def _minutes_before(entry: WorkedEntry, informed_at: datetime, informed_on: date) -> int:
    if entry.started_at is None:
        return entry.minutes if entry.worked_on <= informed_on else 0
    return min(max(0, (informed_at - entry.started_at) // timedelta(minutes=1)), entry.minutes)


def _keep_charged(ordered: Sequence[WorkedEntry], billable: dict[int, int]) -> None:
    """Takes minutes that were charged beyond their place from the latest work that is not settled yet."""
    charged = [(entry, entry.charged_minutes) for entry in ordered if entry.charged_minutes is not None]
    beyond = sum(max(0, minutes - billable[entry.id]) for entry, minutes in charged)
    for entry, minutes in charged:
        billable[entry.id] = max(minutes, billable[entry.id])
    for entry in reversed(ordered):
        if entry.charged_minutes is None and not entry.forgiven:
            taken = min(beyond, billable[entry.id])
            billable[entry.id] -= taken
            beyond -= taken


def _billable(entry: WorkedEntry, used: int, limit: int, told: Sequence[Notice]) -> int:
    """Minutes within the limit, and those beyond it in stretches that the client had agreed to."""
    within = min(entry.minutes, max(0, limit - used))
    bounds = [*_segments(entry, used, told), _Segment(entry.minutes, permitted=False)]
    agreed = sum(
        max(0, following.start - max(segment.start, within))
        for segment, following in pairwise(bounds)
        if segment.permitted
    )
    return within + agreed


def _segments(entry: WorkedEntry, used: int, told: Sequence[Notice]) -> Iterator[_Segment]:
    """Stretches of the entry between the client's decisions, in order."""
    yield _Segment(0, permitted=False)
    reached = 0
    for notice in told:
        if notice.decision is not Decision.NONE_YET:
            reached = max(reached, _offset(entry, used, notice))
            yield _Segment(reached, permitted=notice.decision is Decision.CONTINUE)


def _offset(entry: WorkedEntry, used: int, notice: Notice) -> int:
    """How many minutes of the entry were worked before the notice.

    Where no start was noted, the day decides; on the notice's own day the minutes used by then do.
    """
    if entry.started_at is not None:
        before = (notice.informed_at - entry.started_at) // timedelta(minutes=1)
    elif entry.worked_on != notice.informed_on:
        before = 0 if entry.worked_on > notice.informed_on else entry.minutes
    else:
        before = notice.used_minutes - used
    return min(max(before, 0), entry.minutes)
