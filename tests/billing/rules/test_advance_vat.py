"""Rules of VAT on money ahead: settlement rates, rows that add up, deductions that leave nothing over."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.advance_vat import AheadPart, advance_rows, paid_ahead, settlement_rate, vat_share


class TestRules:
    @pytest.mark.parametrize(
        ("rate", "written"),
        [("22", "22/122"), ("20.00", "20/120"), ("10", "10/110"), ("7", "7/107"), ("5.00", "5/105")],
    )
    def test_the_settlement_rate(self, rate: str, written: str) -> None:
        assert settlement_rate(Decimal(rate)) == written

    def test_rows_of_two_rates_share_what_came_in(self) -> None:
        parts = [AheadPart("a", Decimal(22), Decimal(1220)), AheadPart("b", Decimal(10), Decimal(1100))]
        rows = advance_rows(Decimal("1160.00"), parts, currency="RUB")
        assert [(str(row.gross), str(row.vat)) for row in rows] == [("610.00", "110.00"), ("550.00", "50.00")]

    def test_what_was_rendered_before_is_paid_first(self) -> None:
        assert paid_ahead(Decimal(150), earlier=Decimal(0), rendered=Decimal(100)) == 50
        assert paid_ahead(Decimal(150), earlier=Decimal(100), rendered=Decimal(100)) == 150
        assert paid_ahead(Decimal(50), earlier=Decimal(0), rendered=Decimal(100)) == 0

    @given(
        vat=st.integers(1, 100_000),
        parts=st.lists(st.integers(1, 5_000), min_size=1, max_size=9),
    )
    def test_parts_of_a_deduction_add_up(self, vat: int, parts: list[int]) -> None:
        gross = Decimal(sum(parts) * 100)
        whole, used, sums = Decimal(vat) / 100, Decimal(0), Decimal(0)
        for part in parts:
            share = vat_share(whole, gross, used=used, part=Decimal(part * 100), currency="RUB")
            assert share >= 0
            used, sums = used + part * 100, sums + share
        assert sums == whole
