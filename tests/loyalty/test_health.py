"""loyalty.rules.health: the scorecard, its bounds, caps and bands."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.health import (
    DEFAULT_SCORECARD,
    CapCode,
    FeatureCode,
    Reading,
    score_health,
    silence,
    trend,
)
from tests.loyalty.golden import golden, golden_cases

CODES: dict[str, FeatureCode] = {
    "recency_ratio": "silence",
    "anchors": "anchors",
    "nps": "nps",
    "promise": "promises",
    "pay_days": "payment_delay",
    "trend": "revenue_trend",
    "contacts": "people_touched",
    "contract": "contract_left",
}
CAPS: dict[str, CapCode] = {
    "dm_detractor_open": "open_detractor",
    "overdue_90": "overdue_90",
    "notice_given": "notice_given",
}
BEST: dict[FeatureCode, Reading | None] = {
    "silence": Fraction(1, 2),
    "anchors": 5,
    "nps": 10,
    "promises": Decimal(1),
    "payment_delay": 0,
    "revenue_trend": Decimal("0.2"),
    "people_touched": 3,
    "contract_left": 365,
}


@pytest.mark.parametrize("case", golden_cases("health.example"))
def test_a_client_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    flags = [CAPS[name] for name, held in inputs.items() if name in CAPS and held]
    found = score_health({CODES[name]: inputs[name] for name in CODES}, flags=flags)
    points = {factor.code: factor.points for factor in found.factors}
    assert points == {CODES[name]: value for name, value in expected["points"].items()}
    assert (found.raw, found.score, found.band) == (expected["raw"], expected["score"], expected["band"])
    assert found.capped_by == (flags[0] if expected["raw"] != expected["score"] else None)


def test_the_card_is_the_stated_table() -> None:
    expected = golden("health.table")["expected"]
    stated = expected["upper_inclusive"] | expected["lower_inclusive"]
    for name, code in CODES.items():
        feature = next(f for f in DEFAULT_SCORECARD.features if f.code == code)
        steps = [[None if s.bound is None else float(s.bound), s.points] for s in feature.steps]
        assert steps == [[bound, points] for bound, points in stated[name]]
        assert feature.rising is (name in expected["lower_inclusive"])
        assert feature.missing == expected["missing"].get(name)
    assert {CAPS[name]: limit for name, limit in expected["caps"].items()} == dict(DEFAULT_SCORECARD.caps)
    assert (DEFAULT_SCORECARD.green_from, DEFAULT_SCORECARD.amber_from) == (75, 50)
    assert DEFAULT_SCORECARD.maximum == expected["max_points"]
    assert set(CODES.values()) == set(get_args(FeatureCode.__value__))


@pytest.mark.parametrize(
    ("code", "reading", "points"),
    [
        ("revenue_trend", 0.05, 10),
        ("revenue_trend", -0.1, 7),
        ("revenue_trend", -0.3, 3),
        ("revenue_trend", trend(Decimal("105.00"), Decimal(100)), 10),
        ("revenue_trend", trend(Decimal("90.00"), Decimal(100)), 7),
        ("revenue_trend", trend(Decimal("70.00"), Decimal(100)), 3),
        ("revenue_trend", trend(Decimal("69.99"), Decimal(100)), 0),
        ("promises", 0.95, 15),
        ("promises", Fraction(19, 20), 15),
        ("promises", 0.9499, 11),
        ("silence", silence(15, [10, 10, 4, 30]), 14),
        ("silence", Fraction(1), 20),
        ("nps", 6, 0),
        ("nps", 7, 9),
        ("contract_left", 0, 1),
        ("contract_left", 91, 5),
    ],
)
def test_a_bound_belongs_to_the_better_step(code: FeatureCode, reading: Any, points: int) -> None:
    feature = next(f for f in DEFAULT_SCORECARD.features if f.code == code)
    assert feature.points(reading) == points


def test_a_cap_holds_only_what_is_above_it() -> None:
    best = score_health(BEST, flags=["open_detractor", "notice_given", "overdue_90"])
    assert (best.raw, best.score, best.capped_by, best.band) == (100, 10, "notice_given", "red")
    low = score_health(BEST | {"anchors": 0, "nps": 0, "promises": 0, "silence": 9}, flags=["open_detractor"])
    assert (low.score, low.raw, low.capped_by) == (35, 35, None)


def test_the_costliest_factor_comes_first() -> None:
    found = score_health(BEST | {"nps": 3, "payment_delay": 99, "people_touched": 0})
    assert [factor.code for factor in found.largest_first()] == ["nps", "payment_delay", "people_touched"]


def test_unknown_readings_count_neutral_points_and_are_marked() -> None:
    found = score_health({"anchors": 1, "people_touched": 0, "contract_left": 0})
    assert [factor.points for factor in found.factors if not factor.known] == [10, 6, 9, 5, 5]


def test_what_must_be_known_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="always known"):
        score_health({"people_touched": 0, "contract_left": 0})
    with pytest.raises(ValueError, match="cannot be 11"):
        score_health(BEST | {"nps": 11})


def test_without_a_rhythm_or_a_past_there_is_no_ratio() -> None:
    assert silence(5, []) is None
    assert silence(5, [0, 0]) is None
    assert trend(Decimal(5), Decimal(0)) is None


@given(st.floats(0, 10), st.integers(0, 9), st.integers(0, 10), st.floats(0, 1), st.floats(0, 90), st.floats(-1, 1))
def test_better_readings_never_cost_points(
    quiet: float, anchors: int, nps: int, kept: float, delay: float, change: float
) -> None:
    readings: dict[FeatureCode, Reading | None] = {
        "silence": quiet,
        "anchors": anchors,
        "nps": nps,
        "promises": kept,
        "payment_delay": delay,
        "revenue_trend": change,
        "people_touched": 1,
        "contract_left": 10,
    }
    better: dict[FeatureCode, Reading | None] = readings | {
        "silence": quiet / 2,
        "anchors": anchors + 1,
        "nps": min(10, nps + 1),
        "promises": (kept + 1) / 2,
        "payment_delay": delay / 2,
        "revenue_trend": change + 0.1,
    }
    old, new = score_health(readings), score_health(better)
    assert 0 <= old.score <= new.score <= 100
    assert all(a.points <= b.points for a, b in zip(old.factors, new.factors, strict=True))
