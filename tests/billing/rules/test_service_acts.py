"""billing.rules.service_acts: an act has the total of its invoice, and no row of its own for a discount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.service_acts import ActRefusedError, ActRow, act_rows
from crm.money import from_minor, vat_from_gross

TWENTY_TWO = Decimal(22)


def row(gross: str, *, rate: Decimal | None = TWENTY_TWO, quantity: str = "1", text: str = "Аудит") -> ActRow:
    split = vat_from_gross(Decimal(gross), rate or 0, currency="RUB")
    return ActRow(text, Decimal(quantity), "C62", split.net, split.vat, rate)


def test_each_row_has_the_vat_of_its_own_line() -> None:
    rows = act_rows([row("26666.67"), row("26666.67"), row("26666.66")])
    assert sum(each.vat for each in rows) == Decimal("14426.22")
    assert [str(each.net) for each in rows] == ["21857.93", "21857.93", "21857.92"]


def test_a_discount_lowers_the_rows_of_its_rate_and_stands_on_none() -> None:
    rows = act_rows([row("60000.00"), row("20000.00"), row("10000.00", rate=None), row("-8000.00", text="Скидка")])
    assert [str(each.gross) for each in rows] == ["54000.00", "18000.00", "10000.00"]
    assert sum(each.gross for each in rows) == Decimal("82000.00")


def test_what_costs_nothing_is_not_stated() -> None:
    free = ActRow("Бесплатно", Decimal(1), "HUR", Decimal(0), Decimal(0), TWENTY_TWO)
    assert act_rows([free, row("100.00")]) == [row("100.00")]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "nothing_rendered"),
        ([row("-100.00")], "nothing_rendered"),
        ([row("100.00"), row("-101.00")], "negative_total"),
        ([row("100.00"), row("-10.00", rate=None)], "negative_total"),
    ],
)
def test_without_a_service_there_is_no_act(rows: list[ActRow], code: str) -> None:
    with pytest.raises(ActRefusedError) as refused:
        act_rows(rows)
    assert refused.value.code == code


def test_a_price_is_of_one_unit_without_vat() -> None:
    assert row("80000.00", quantity="10").price == Decimal("6557.38")


@given(
    st.lists(st.integers(1, 10**8), min_size=1, max_size=12),
    st.lists(st.integers(1, 10**6), max_size=3),
    st.sampled_from([TWENTY_TWO, Decimal(20), None]),
)
def test_an_act_and_its_invoice_have_one_total(grosses: list[int], cuts: list[int], rate: Decimal | None) -> None:
    rows = [row(str(from_minor(units, "RUB")), rate=rate) for units in grosses]
    rows += [row(str(-from_minor(units, "RUB")), rate=rate) for units in cuts]
    if sum(cuts) > sum(grosses):
        return
    try:
        found = act_rows(rows)
    except ActRefusedError:
        assert sum(each.gross for each in rows) <= 0
        return
    assert sum(each.net for each in found) == sum(each.net for each in rows)
    assert sum(each.vat for each in found) == sum(each.vat for each in rows)
    assert all(each.gross > 0 for each in found)
