"""What is wrong with a planned absence."""

from datetime import date

import pytest

from clients.rules.absences import Gap, Span, gaps

WEEK = Span(date(2026, 7, 6), date(2026, 7, 10))


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (Span(date(2026, 7, 10), date(2026, 7, 12)), True),
        (Span(date(2026, 7, 1), date(2026, 7, 6)), True),
        (Span(date(2026, 7, 11), date(2026, 7, 12)), False),
        (Span(date(2026, 7, 1), date(2026, 7, 5)), False),
    ],
)
def test_both_ends_belong_to_a_span(other: Span, meets: bool) -> None:
    assert WEEK.meets(other) is meets
    assert other.meets(WEEK) is meets


def test_a_deputy_who_is_there_leaves_no_gap() -> None:
    later = Span(date(2026, 8, 1), date(2026, 8, 2))
    assert list(gaps(WEEK, has_deputy=True, deputy_away=[later], keeps_clients=True, promises_due=3)) == []


def test_a_deputy_who_is_away_as_well_is_the_only_gap() -> None:
    assert list(gaps(WEEK, has_deputy=True, deputy_away=[WEEK], keeps_clients=True, promises_due=3)) == [
        Gap.DEPUTY_AWAY
    ]


def test_without_a_deputy_clients_and_promises_count() -> None:
    assert list(gaps(WEEK, has_deputy=False, deputy_away=[], keeps_clients=True, promises_due=1)) == [
        Gap.NO_DEPUTY,
        Gap.PROMISES_DUE,
    ]
    assert list(gaps(WEEK, has_deputy=False, deputy_away=[], keeps_clients=False, promises_due=0)) == []
