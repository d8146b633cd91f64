"""Whom a survey may reach without tiring them, and whether detractors were heard in time.

The windows follow OCX Cognition and AskNicely as far as they agree; they are settings of the firm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

type SurveyKind = Literal["relational", "transactional"]
type Reason = Literal[
    "opt_out",
    "person_any_90",
    "person_relational_180",
    "account_cap_3_per_30d",
    "open_loop",
    "too_new",
    "has_left",
    "asked_here",
]


@dataclass(frozen=True, slots=True)
class Fatigue:
    """Shortest pauses in days, and how many people of one account may be asked within 30 days."""

    any_days: int = 90
    relational_days: int = 180
    per_account: int = 3
    new_client_days: int = 30


DEFAULT_FATIGUE = Fatigue()


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a person before asking; None where it never happened.

    `account_asked` counts people of the account who were asked in the last 30 days. `open_loop` is an open
    complaint or detractor task of the client. `first_delivery_on` is None while nothing was delivered.
    """

    last_any_on: date | None = None
    last_relational_on: date | None = None
    account_asked: int = 0
    open_loop: bool = False
    opted_out: bool = False
    first_delivery_on: date | None = None


def refusals(
    candidate: Candidate, *, kind: SurveyKind, on: date, limits: Fatigue = DEFAULT_FATIGUE
) -> tuple[Reason, ...]:
    """Every reason against asking this person on that day; empty if they may be asked.

    A pause of exactly the stated days is enough: after 90 days yes, after 89 no.
    """
    checks: list[tuple[Reason, bool]] = [
        ("opt_out", candidate.opted_out),
        ("person_any_90", _within(candidate.last_any_on, on, limits.any_days)),
        (
            "person_relational_180",
            kind == "relational" and _within(candidate.last_relational_on, on, limits.relational_days),
        ),
        ("account_cap_3_per_30d", candidate.account_asked >= limits.per_account),
        ("open_loop", candidate.open_loop),
        ("too_new", _within(candidate.first_delivery_on, on, limits.new_client_days)),
    ]
    return tuple(reason for reason, holds in checks if holds)


def next_eligible(
    candidate: Candidate, *, kind: SurveyKind, on: date, limits: Fatigue = DEFAULT_FATIGUE
) -> date | None:
    """The first day from `on` that the pauses of the person allow; None for whoever wants no surveys.

    Others of the account and open loops are left aside: what they will be by then, nobody knows yet.
    """
    if candidate.opted_out:
        return None
    pauses = [(candidate.last_any_on, limits.any_days), (candidate.first_delivery_on, limits.new_client_days)]
    if kind == "relational":
        pauses.append((candidate.last_relational_on, limits.relational_days))
    return max([on, *(last + timedelta(days=days) for last, days in pauses if last)])


@dataclass(frozen=True, slots=True)
class Loop:
    """One detractor's answer, when we first spoke to them about it, and how it ended (None while open)."""

    answered_at: datetime
    contacted_at: datetime | None = None
    recovered: bool | None = None


@dataclass(frozen=True, slots=True)
class LoopFigures:
    """`in_time_share` and `recovered_share` are fractions, None where nothing can be judged yet."""

    n: int
    judged: int
    in_time: int
    open: int
    in_time_share: float | None
    recovered_share: float | None


def loop_figures(loops: Iterable[Loop], *, at: datetime, within: timedelta) -> LoopFigures:
    """Share of detractors contacted in time, loops still open, share recovered of those closed.

    A loop whose time still runs and that waits for its first contact is not judged yet.
    """
    listed = list(loops)
    judged = [loop for loop in listed if loop.contacted_at or at - loop.answered_at > within]
    prompt = sum(_prompt(loop, within) for loop in judged)
    closed = [loop.recovered for loop in listed if loop.recovered is not None]
    return LoopFigures(
        n=len(listed),
        judged=len(judged),
        in_time=prompt,
        open=len(listed) - len(closed),
        in_time_share=prompt / len(judged) if judged else None,
        recovered_share=sum(closed) / len(closed) if closed else None,
    )


def _within(last: date | None, on: date, days: int) -> bool:
    return last is not None and (on - last).days < days


def _prompt(loop: Loop, within: timedelta) -> bool:
    return loop.contacted_at is not None and loop.contacted_at - loop.answered_at <= within
