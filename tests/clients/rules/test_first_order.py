"""Which touch takes which step of the plan after a first order, and when a step is due."""

from datetime import date
from typing import Any

import pytest

from clients.rules.first_order import Step, Touch, due_on, steps_taken

ORDERED = date(2026, 9, 1)


def taken(**kw: Any) -> set[Step]:
    touch = Touch(**{"kind": "meeting", "direction": "both", "on": date(2026, 9, 10), "roles": {"both"}, **kw})
    return set(steps_taken(touch, ordered_on=ORDERED, days=90))


@pytest.mark.parametrize(
    ("touch", "steps"),
    [
        ({"kind": "call"}, {Step.WELCOME}),
        ({"kind": "call", "direction": "out"}, {Step.WELCOME}),
        ({"kind": "call", "direction": "in"}, set()),
        ({"kind": "call", "is_missed": True}, set()),
        ({"roles": {"customer"}}, {Step.PAYER}),
        ({"roles": {"consumer"}}, {Step.USER}),
        ({"roles": {"both"}}, {Step.PAYER, Step.USER}),
        ({"kind": "hospitality", "roles": {"customer", "consumer"}}, {Step.PAYER, Step.USER}),
        ({"kind": "email"}, set()),
        ({"roles": set()}, set()),
        ({"on": date(2026, 8, 31)}, set()),
        ({"on": date(2026, 9, 30), "roles": {"consumer"}}, {Step.USER}),
        ({"on": date(2026, 10, 1), "roles": {"consumer"}}, {Step.USER, Step.CHECKPOINT}),
        ({"on": date(2026, 10, 1), "kind": "social", "roles": {"consumer"}}, {Step.USER}),
    ],
)
def test_a_touch_takes_the_steps_that_it_is(touch: dict[str, Any], steps: set[Step]) -> None:
    assert taken(**touch) == steps


def test_steps_are_due_by_their_share_of_the_plan() -> None:
    days = {step: (due_on(step, ordered_on=ORDERED, days=90) - ORDERED).days for step in Step if step != Step.WELCOME}
    assert set(days.values()) == {30, 45, 60, 90}
    assert days[Step.NEED] == 90
    assert (due_on(Step.CHECKPOINT, ordered_on=ORDERED, days=61) - ORDERED).days == 30
