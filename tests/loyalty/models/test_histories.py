"""loyalty.rules.models.histories: from orders to what a model reads."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.models.histories import DAYS_PER_MONTH, History, histories, history_of

TODAY = date(2026, 11, 22)


def test_the_first_order_is_not_counted_and_a_day_is_one_order() -> None:
    orders = [
        (date(2026, 10, 1), Decimal(70)),
        (date(2026, 1, 1), Decimal(500)),
        (date(2026, 4, 1), Decimal(10)),
        (date(2026, 4, 1), Decimal(20)),
        (date(2026, 12, 1), Decimal(999)),
    ]
    found = history_of(orders, as_of=TODAY)
    assert found == History(2, 273 / DAYS_PER_MONTH, 325 / DAYS_PER_MONTH, Decimal(50))


def test_a_single_order_has_no_repeat_and_none_has_no_history() -> None:
    found = history_of([(TODAY, Decimal(5))], as_of=TODAY)
    assert found == History(0, 0.0, 0.0, None)
    assert history_of([], as_of=TODAY) is None
    assert history_of([(date(2026, 11, 23), Decimal(5))], as_of=TODAY) is None


@pytest.mark.parametrize(
    "columns",
    [
        ([1], [5], [4]),
        ([1.5], [1], [4]),
        ([-1], [0], [4]),
        ([0], [1], [4]),
        ([1], [0], [4]),
        ([1], [1], [np.inf]),
        ([1], [np.nan], [4]),
        ([1, 2], [1], [4]),
    ],
)
def test_what_no_history_can_be_is_refused(columns: Any) -> None:
    with pytest.raises(ValueError, match=r"histories|repeats|last order"):
        histories(*columns)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_grouping_keeps_every_client(rows: list[tuple[int, int, int]]) -> None:
    x = [n for n, _, _ in rows]
    data = histories(x, [t if n else 0 for n, t, _ in rows], [t + more for _, t, more in rows])
    grouped = data.grouped()
    distinct = set(zip(data.x, data.last, data.age, strict=True))
    assert set(zip(grouped.x, grouped.last, grouped.age, strict=True)) == distinct
    assert grouped.x.size == len(distinct)
    assert (grouped.n, grouped.repeaters) == (len(rows), sum(n > 0 for n in x))
