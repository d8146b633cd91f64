"""loyalty.rules.surveys: whom we may ask, and whether detractors were heard in time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loyalty.rules.surveys import Candidate, Loop, loop_figures, refusals
from tests.loyalty.golden import golden_cases

SENT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize("case", golden_cases("survey.eligible"))
def test_who_may_be_asked_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    on = date.fromisoformat(inputs["today"])
    since = inputs.get("days_since_first_delivery")
    candidate = Candidate(
        last_any_on=day(inputs["last_any"]),
        last_relational_on=day(inputs["last_rel"]),
        account_asked=inputs["acct30"],
        open_loop=inputs.get("open_loop", False),
        opted_out=inputs.get("optout", False),
        first_delivery_on=None if since is None else on - timedelta(days=since),
    )
    found = refusals(candidate, kind=inputs["kind"], on=on)
    assert list(found) == case["expected"]["reasons"]
    assert (not found) is case["expected"]["eligible"]


def test_detractors_are_judged_by_the_first_contact_within_48_hours() -> None:
    hours = [5, 30, 49, None, 47]
    loops = [Loop(SENT, None if h is None else SENT + timedelta(hours=h)) for h in hours]
    found = loop_figures(loops, at=SENT + timedelta(days=9))
    assert (found.n, found.in_time, found.in_time_share) == (5, 3, 0.6)
    assert (found.open, found.recovered_share) == (5, None)


def test_a_loop_whose_time_still_runs_is_not_judged() -> None:
    found = loop_figures([Loop(SENT)], at=SENT + timedelta(hours=48))
    assert (found.in_time_share, found.open) == (None, 1)
    assert loop_figures([Loop(SENT)], at=SENT + timedelta(hours=49)).in_time_share == 0
    assert loop_figures([], at=SENT).in_time_share is None


def test_the_recovered_share_counts_closed_loops() -> None:
    contact = SENT + timedelta(hours=1)
    loops = [Loop(SENT, contact, recovered=True), Loop(SENT, contact, recovered=False), Loop(SENT, contact)]
    found = loop_figures(loops, at=SENT + timedelta(days=9))
    assert (found.recovered_share, found.open) == (0.5, 1)
