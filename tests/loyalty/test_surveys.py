"""loyalty.rules.surveys: whom we may ask, and whether detractors were heard in time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loyalty.rules.surveys import Candidate, Loop, loop_figures, next_eligible, refusals
from tests.loyalty.golden import golden_cases

SENT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
TWO_DAYS = timedelta(hours=48)


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
    found = loop_figures(loops, at=SENT + timedelta(days=9), within=TWO_DAYS)
    assert (found.n, found.in_time, found.in_time_share) == (5, 3, 0.6)
    assert (found.open, found.recovered_share) == (5, None)


def test_a_loop_whose_time_still_runs_is_not_judged() -> None:
    found = loop_figures([Loop(SENT)], at=SENT + timedelta(hours=48), within=TWO_DAYS)
    assert (found.in_time_share, found.open) == (None, 1)
    assert loop_figures([Loop(SENT)], at=SENT + timedelta(hours=49), within=TWO_DAYS).in_time_share == 0
    assert loop_figures([], at=SENT, within=TWO_DAYS).in_time_share is None


def test_the_recovered_share_counts_closed_loops() -> None:
    contact = SENT + timedelta(hours=1)
    loops = [Loop(SENT, contact, recovered=True), Loop(SENT, contact, recovered=False), Loop(SENT, contact)]
    found = loop_figures(loops, at=SENT + timedelta(days=9), within=TWO_DAYS)
    assert (found.recovered_share, found.open) == (0.5, 1)


def test_the_firm_sets_how_soon_a_detractor_is_to_be_called() -> None:
    loops = [Loop(SENT, SENT + timedelta(hours=30))]
    late, at = timedelta(hours=24), SENT + timedelta(days=9)
    assert (loop_figures(loops, at=at, within=late).in_time, loop_figures(loops, at=at, within=TWO_DAYS).in_time) == (
        0,
        1,
    )


def test_a_person_is_asked_again_on_the_first_day_that_every_pause_allows() -> None:
    on = date(2026, 11, 26)
    asked = Candidate(last_any_on=date(2026, 11, 1), last_relational_on=date(2026, 9, 1))
    assert next_eligible(asked, kind="relational", on=on) == date(2027, 2, 28)
    assert next_eligible(asked, kind="transactional", on=on) == date(2027, 1, 30)
    assert next_eligible(Candidate(), kind="relational", on=on) == on
    assert next_eligible(Candidate(first_delivery_on=on), kind="relational", on=on) == on + timedelta(days=30)
    assert next_eligible(Candidate(opted_out=True), kind="relational", on=on) is None
    for kind in ("relational", "transactional"):
        found = next_eligible(asked, kind=kind, on=on)
        assert found is not None
        assert refusals(asked, kind=kind, on=found) == ()
        assert refusals(asked, kind=kind, on=found - timedelta(days=1)) != ()
