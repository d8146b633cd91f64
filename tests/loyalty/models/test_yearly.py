"""Clients who buy once a year: who is one, and draws whose means are those of the published model."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from loyalty.rules.models import choice
from loyalty.rules.models.bg_bb import Parameters, years
from loyalty.rules.models.yearly import Rhythm, draw_purchases, draw_rates, draw_yearly, histories, rhythm_of
from tests.loyalty.golden import golden_cases

ON = date(2026, 11, 26)


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def test_a_yearly_audit_has_a_rhythm_and_its_next_chance() -> None:
    bought = days("2022-03-10", "2023-04-02", "2025-03-01", "2026-03-20")
    assert rhythm_of(bought, on=ON) == Rhythm(bought=3, last=4, seen=4, to_next=3)


def test_until_it_buys_the_current_year_is_one_to_come() -> None:
    bought = days("2022-03-10", "2023-04-02", "2024-03-01")
    assert rhythm_of(bought, on=ON) == Rhythm(2, 2, 3, 0)
    assert rhythm_of(bought, on=date(2026, 1, 2)) == Rhythm(2, 2, 3, 1)
    assert rhythm_of([*bought, date(2027, 3, 1)], on=ON) == Rhythm(2, 2, 3, 0)


@pytest.mark.parametrize(
    "bought",
    [
        (),
        ("2024-03-01", "2025-03-01"),
        ("2023-03-01", "2024-03-01", "2024-09-01", "2025-03-01"),
        ("2022-03-01", "2023-09-01", "2024-03-01"),
        ("2026-01-01", "2026-02-01", "2026-03-01"),
    ],
)
def test_who_buys_at_other_times_has_no_yearly_rhythm(bought: tuple[str, ...]) -> None:
    assert rhythm_of(days(*bought), on=ON) is None


@pytest.mark.parametrize("case", golden_cases("bgbb.pred"))
def test_drawn_purchases_have_the_expected_number_of_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    fitted = Parameters(*inputs["params"])
    data, ahead = years([inputs["x"]], [inputs["t_x"]], [inputs["n"]]), inputs["n_star"]
    drawn = draw_purchases(np.tile(fitted, (100_000, 1)), data, ahead, np.random.default_rng(7))
    error = drawn.sum(axis=2).std() / np.sqrt(100_000)
    assert drawn.sum(axis=2).mean() == pytest.approx(case["expected"]["ce5"], abs=4 * error)
    assert set(np.unique(drawn)) <= {0.0, 1.0}


def test_purchases_count_at_their_month_within_the_horizon_and_until_a_client_is_lost() -> None:
    always = np.tile([1e9, 1e-3, 1e-6, 1e9], (4, 1))
    data = histories([Rhythm(4, 4, 4, 0), Rhythm(4, 4, 4, 11)])
    values = np.full((2, 4), 100.0)
    dice = np.random.default_rng(1)
    terms = {"horizon": 36, "annual_rate": 0.15}
    worth = draw_yearly(always, data, [0, 11], values, random=dice, **terms)  # type: ignore[arg-type]
    assert worth[0] == pytest.approx([100 * sum(1.15**-k for k in range(4))] * 4)
    assert worth[1] == pytest.approx([100 * sum(1.15 ** -(k + 11 / 12) for k in range(3))] * 4)
    until = np.array([[0.0, 11.0, 12.0, np.inf], [np.inf] * 4])
    cut = draw_yearly(always, data, [0, 11], values, random=dice, until=until, **terms)  # type: ignore[arg-type]
    assert cut[0] == pytest.approx([100, 100, 100 * (1 + 1 / 1.15), 100 * sum(1.15**-k for k in range(4))])


def test_a_pooled_rate_is_drawn_from_its_own_posterior() -> None:
    found = choice.fit_yearly(years([2, 1, 0, 2], [2, 2, 0, 3], [3, 3, 2, 3]))
    assert found is not None
    fit, chosen = found
    assert (chosen.method, fit.posterior) == ("pooled", (6, 7))
    rates = draw_rates(fit, 50_000, np.random.default_rng(3))
    share = rates[:, 0] / (rates[:, 0] + rates[:, 1])
    assert share.mean() == pytest.approx(6 / 13, abs=0.003)
    assert share.std() == pytest.approx(np.sqrt(6 * 7 / (13**2 * 14)), rel=0.03)
    assert (rates[:, 2] / rates[:, 3]).max() < 1e-9


def test_nobody_has_no_history() -> None:
    assert histories([]).x.size == 0
