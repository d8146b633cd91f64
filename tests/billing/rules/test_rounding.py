"""billing.rules.rounding: the examples of the domain, and what holds for any minutes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.rounding import (
    Part,
    RoundingRule,
    RoundingScope,
    bill_minutes,
    burn_factor,
    cover_part,
    draw_minutes,
    round_minutes,
)

QUARTER_HOURS = RoundingRule(minimum_minutes=15, step_minutes=15)
PER_DAY = RoundingRule(minimum_minutes=15, step_minutes=15, scope=RoundingScope.DAY)

rules = st.builds(RoundingRule, minimum_minutes=st.integers(0, 60), step_minutes=st.integers(1, 60))
raws = st.integers(1, 1440)
factors = st.decimals("0.25", "4", places=2)


def bill_day(raws: list[int], rule: RoundingRule) -> list[int]:
    """A day's entries, approved one after the other."""
    billed: list[int] = []
    for place, raw in enumerate(raws):
        billed.append(bill_minutes(raw, rule, day_raw=sum(raws[:place]), day_billed=sum(billed)))
    return billed


@pytest.mark.parametrize(("raw", "billed"), [(7, 15), (15, 15), (16, 30), (30, 30), (31, 45), (0, 0)])
def test_german_seller_rounds_up_to_quarter_hours(raw: int, billed: int) -> None:
    assert round_minutes(raw, QUARTER_HOURS) == billed


def test_without_a_rule_raw_minutes_bill_as_they_are() -> None:
    assert round_minutes(7, RoundingRule()) == 7


def test_the_minimum_stands_even_when_it_is_no_multiple_of_the_step() -> None:
    assert round_minutes(3, RoundingRule(minimum_minutes=10, step_minutes=6)) == 10


def test_negative_minutes_and_a_step_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        round_minutes(-1, QUARTER_HOURS)
    with pytest.raises(ValueError, match="step"):
        RoundingRule(step_minutes=0)


@given(raws, rules)
def test_billed_is_never_less_than_worked_and_less_than_a_step_or_the_minimum_more(
    raw: int, rule: RoundingRule
) -> None:
    billed = round_minutes(raw, rule)
    assert raw <= billed < max(raw + rule.step_minutes, rule.minimum_minutes + 1)
    assert billed == rule.minimum_minutes or billed % rule.step_minutes == 0


def test_a_day_is_rounded_once_and_the_last_entry_approved_carries_the_difference() -> None:
    assert bill_day([7, 7, 7], PER_DAY) == [15, 0, 15]
    assert bill_minutes(7, PER_DAY, day_raw=14, day_billed=15) == 15


def test_entries_round_apart_when_the_scope_is_the_entry() -> None:
    assert bill_day([7, 7, 7], QUARTER_HOURS) == [15, 15, 15]


def test_a_day_that_was_billed_too_high_is_not_made_good_by_a_negative_entry() -> None:
    assert bill_minutes(5, PER_DAY, day_raw=0, day_billed=60) == 0


@given(st.lists(raws, min_size=1, max_size=8))
def test_the_day_adds_up_to_its_rounded_total_after_every_approval(day: list[int]) -> None:
    billed = bill_day(day, PER_DAY)
    for count in range(1, len(day) + 1):
        assert sum(billed[:count]) == round_minutes(sum(day[:count]), PER_DAY)


def test_the_largest_burn_factor_wins_and_they_do_not_multiply() -> None:
    assert burn_factor([Decimal("1.5"), Decimal(2), Decimal("1.2")]) == 2
    assert burn_factor([]) == 1


def test_drawn_minutes_round_half_up() -> None:
    assert draw_minutes(15, Decimal("1.5")) == 23
    assert draw_minutes(10, Decimal("1.25")) == 13
    assert draw_minutes(0, Decimal("1.25")) == 0


def test_the_smallest_draw_is_one_minute() -> None:
    assert draw_minutes(1, Decimal("0.25")) == 1


def test_a_part_cover_takes_the_floor_of_balance_by_factor() -> None:
    assert cover_part(60, 50, Decimal("1.5")) == Part(covered=33, drawn=50)
    assert cover_part(60, 1, Decimal(2)) == Part(0, 0)
    assert cover_part(60, -5) == Part(0, 0)


def test_what_rounds_to_exactly_the_room_is_covered_in_full_and_no_further() -> None:
    assert cover_part(2, 1, Decimal("0.25")) == Part(covered=2, drawn=1)
    assert cover_part(6, 8, Decimal("1.4")) == Part(covered=6, drawn=8)


def test_a_factor_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="factor"):
        cover_part(60, 60, Decimal(0))


@given(st.integers(0, 600), st.integers(-60, 600), factors)
def test_a_part_stays_within_what_is_wanted_and_within_the_room(wanted: int, room: int, factor: Decimal) -> None:
    part = cover_part(wanted, room, factor)
    assert 0 <= part.covered <= wanted
    assert 0 <= part.drawn <= max(0, room)
    if part.covered < wanted:
        assert (part.covered + 1) * factor > max(0, room)
