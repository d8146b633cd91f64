"""clients.rules.dependence: who depends on one person, whom only formal mail reaches."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.dependence import (
    Dependence,
    is_formal_only,
    owner_dependence,
    sole_employee,
)


@pytest.mark.parametrize(
    ("touches", "mails", "with_keepers", "formal"),
    [(0, 0, 0, False), (2, 2, 1, True), (2, 1, 1, False), (2, 1, 0, True), (1, 0, 1, False)],
)
def test_only_engineers_or_only_formal_mail(touches: int, mails: int, with_keepers: int, formal: bool) -> None:
    assert is_formal_only(touches=touches, mails=mails, with_keepers=with_keepers) is formal


@pytest.mark.parametrize(
    ("people", "touches", "employee"),
    [({1}, 10, 1), ({1}, 3, 1), ({1}, 2, None), ({1, 2}, 10, None), (set(), 10, None)],
)
def test_the_last_ten_interactions_were_all_with_one(people: set[int], touches: int, employee: int | None) -> None:
    assert sole_employee(people, touches=touches) == employee


def test_revenue_that_hangs_on_one_employee() -> None:
    rows = [(1, Decimal(300)), (None, Decimal(500)), (2, Decimal(100)), (1, Decimal(100))]
    assert owner_dependence(rows) == [
        Dependence(1, 2, Decimal(400), Decimal("0.4")),
        Dependence(2, 1, Decimal(100), Decimal("0.1")),
    ]
    assert owner_dependence([(1, Decimal(0))])[0].revenue_share is None


@given(st.lists(st.tuples(st.sampled_from([None, 1, 2, 3]), st.integers(0, 10**6).map(Decimal)), max_size=20))
def test_every_dependent_client_is_counted_once(rows: list[tuple[int | None, Decimal]]) -> None:
    found = owner_dependence(rows)
    assert sum(row.clients for row in found) == sum(employee is not None for employee, _ in rows)
    assert sum(row.revenue_share or 0 for row in found) <= Decimal("1.0000000000001")
