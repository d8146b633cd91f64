"""The plan after a first order: its steps, when each is due, and which touches with the client take one."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction


class Step(StrEnum):
    WELCOME = "welcome"
    PAYER = "payer"
    USER = "user"
    PROFILE = "profile"
    CHECKPOINT = "checkpoint"
    LOYALTY = "loyalty"
    NEED = "need"


SHARES = {
    Step.PAYER: Fraction(1, 3),
    Step.USER: Fraction(1, 3),
    Step.PROFILE: Fraction(1, 3),
    Step.CHECKPOINT: Fraction(1, 2),
    Step.LOYALTY: Fraction(2, 3),
    Step.NEED: Fraction(1),
}
"""Which part of the plan has passed when a step is due; the welcome call is due by working days [our choice]."""
EARLIEST_CHECKPOINT = Fraction(1, 3)
"""A meeting in the first third of the plan makes an acquaintance; later it looks back at what was done."""
PAYS, USES = {"customer", "both"}, {"consumer", "both"}
MET = {"meeting", "social", "hospitality"}


@dataclass(frozen=True, slots=True)
class Touch:
    """What was said with whom: `roles` are the buying roles of the people there."""

    kind: str
    direction: str
    on: date
    roles: Collection[str]
    is_missed: bool = False


def due_on(step: Step, *, ordered_on: date, days: int) -> date:
    """The day of a step other than the welcome call."""
    return ordered_on + timedelta(days=int(days * SHARES[step]))


def steps_taken(touch: Touch, *, ordered_on: date, days: int) -> Iterator[Step]:
    """The steps that one touch takes; one before the order, or without anybody there, takes none."""
    if touch.on < ordered_on or touch.is_missed or not touch.roles:
        return
    if touch.kind == "call" and touch.direction != "in":
        yield Step.WELCOME
    if touch.kind not in MET:
        return
    if not PAYS.isdisjoint(touch.roles):
        yield Step.PAYER
    if not USES.isdisjoint(touch.roles):
        yield Step.USER
    if touch.kind == "meeting" and touch.on >= ordered_on + timedelta(days=int(days * EARLIEST_CHECKPOINT)):
        yield Step.CHECKPOINT
