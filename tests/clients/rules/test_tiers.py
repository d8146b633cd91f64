"""Tiers suggested from shares of revenue."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clients.rules.tiers import suggest_tiers


def test_tiers_follow_the_share_before_the_client() -> None:
    amounts = [40, 20, 12, 10, 6, 4, 3, 2, 2, 1]
    revenue = {name: Decimal(amount) for name, amount in zip("ABCDEFGHIJ", amounts, strict=True)}
    assert "".join(suggest_tiers(revenue)[name] for name in revenue) == "aaaabbbccc"


def test_tiers_need_five_clients_with_revenue() -> None:
    assert suggest_tiers({name: Decimal(10) for name in "ABCD"}) == {}
    assert suggest_tiers({name: Decimal(0) for name in "ABCDE"}) == {}
    assert set(suggest_tiers({name: Decimal(10) for name in "ABCDE"}).values()) == {"a"}


@given(st.dictionaries(st.integers(), st.decimals(-100, 1000, places=2), min_size=5, max_size=30))
def test_a_larger_client_never_gets_the_lower_tier(revenue: dict[int, Decimal]) -> None:
    tiers = suggest_tiers(revenue)
    ranked = sorted(tiers, key=lambda key: -revenue[key])
    assert [tiers[key] for key in ranked] == sorted(tiers.values())
