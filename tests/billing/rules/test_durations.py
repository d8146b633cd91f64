"""billing.rules.durations: every way in which people write a duration, and what is refused."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.durations import DurationProblem, find_duration


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1:30", 90),
        ("01:30", 90),
        ("0:05", 5),
        ("1:30 h", 90),
        ("45m", 45),
        ("45 min", 45),
        ("45 мин", 45),
        ("45 Minuten", 45),
        ("1h", 60),
        ("1.5h", 90),
        ("1,5 h", 90),
        ("1,5 ч", 90),
        ("2 часа", 120),
        ("0.25 Std.", 15),
        ("0.333h", 20),
        ("1h30", 90),
        ("1h 30m", 90),
        ("1 ч 30 мин", 90),
        ("90", 90),
        ("1.5", 90),
        ("24h", 1440),
        ("24:00", 1440),
    ],
)
def test_a_duration_is_read(text: str, minutes: int) -> None:
    found = find_duration(text)
    assert found is not None
    assert (found.minutes, found.problem) == (minutes, None)
    assert (found.start, found.end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "minutes", "starts", "ends"),
    [
        ("09:00-10:30", 90, time(9), time(10, 30)),
        ("9:00 – 10:30", 90, time(9), time(10, 30)),
        ("9.00-10.30", 90, time(9), time(10, 30)),
        ("23:00-01:00", 120, time(23), time(1)),
        ("22:00-24:00", 120, time(22), time(0)),
        ("00:00-24:00", 1440, time(0), time(0)),
    ],
)
def test_a_span_keeps_its_times_and_may_cross_midnight(text: str, minutes: int, starts: time, ends: time) -> None:
    found = find_duration(text)
    assert found is not None
    assert (found.minutes, found.starts, found.ends) == (minutes, starts, ends)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-30m", DurationProblem.NEGATIVE),
        ("-1:30", DurationProblem.NEGATIVE),
        ("−45", DurationProblem.NEGATIVE),
        ("0", DurationProblem.ZERO),
        ("0:00", DurationProblem.ZERO),
        ("0h", DurationProblem.ZERO),
        ("09:00-09:00", DurationProblem.ZERO),
        ("25 h", DurationProblem.TOO_LONG),
        ("24:01", DurationProblem.TOO_LONG),
        ("1441", DurationProblem.TOO_LONG),
        ("1:75", DurationProblem.UNCLEAR),
        ("1:60", DurationProblem.UNCLEAR),
        ("24:00-01:00", DurationProblem.UNCLEAR),
        ("09:00-09:60", DurationProblem.UNCLEAR),
        ("25:00-26:00", DurationProblem.UNCLEAR),
        ("09:70-10:00", DurationProblem.UNCLEAR),
    ],
)
def test_what_cannot_be_a_day_of_work_is_refused_with_its_code(text: str, problem: DurationProblem) -> None:
    found = find_duration(text)
    assert found is not None
    assert found.problem is problem


@pytest.mark.parametrize("text", ["", "call", "upgrade 2024", "v1.5h-beta", "Alfa 90", "10min-call"])
def test_other_text_is_no_duration(text: str) -> None:
    assert find_duration(text) is None


def test_the_first_sign_of_a_duration_wins_over_a_bare_number_in_front() -> None:
    found = find_duration("3 calls, 45m")
    assert found is not None
    assert (found.minutes, found.start) == (45, 9)


@given(st.integers(1, 1440))
def test_every_length_of_a_day_can_be_written_in_three_ways(minutes: int) -> None:
    for text in (f"{minutes // 60}:{minutes % 60:02}", f"{minutes}m", f"{minutes}"):
        found = find_duration(f"{text} Alfa")
        assert found is not None
        assert found.minutes == minutes


@given(st.text(alphabet="0123456789:.,-hmчмин ", max_size=20))
def test_no_text_breaks_it_and_no_minutes_are_out_of_range(text: str) -> None:
    found = find_duration(text)
    if found:
        assert 0 < found.minutes <= 1440 if found.problem is None else found.minutes == 0
        assert 0 <= found.start < found.end <= len(text)
