"""Values shown as bands."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clients.rules.value_band import Band, value_band


@given(st.decimals(0, 10**12, places=2))
def test_the_band_of_a_value_holds_it(amount: Decimal) -> None:
    band = value_band(amount)
    assert band.low <= amount < band.high


def test_the_band_hides_the_amount() -> None:
    assert value_band(Decimal(12300)) == value_band(Decimal(49999)) == Band(Decimal(10000), Decimal(50000))
