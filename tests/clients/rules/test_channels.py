"""On what ground a client may hold a direct channel: tier, designation, revenue; below that only by a partner."""

from decimal import Decimal

import pytest

from clients.rules.channels import Ground, Standing, ground_of

THRESHOLD = Decimal(100_000)


@pytest.mark.parametrize(
    ("standing", "ground"),
    [
        (Standing(tier_allows=True), Ground.TIER),
        (Standing(designations={"image"}), Ground.DESIGNATION),
        (Standing(designations={"special", "tester"}), Ground.DESIGNATION),
        (Standing(designations={"tester", "prospective", "large_regular"}), None),
        (Standing(revenue=THRESHOLD, threshold=THRESHOLD), Ground.REVENUE),
        (Standing(revenue=THRESHOLD - Decimal("0.01"), threshold=THRESHOLD), None),
        (Standing(revenue=Decimal(10_000_000), threshold=None), None),
        (Standing(revenue=None, threshold=THRESHOLD), None),
        (Standing(), None),
    ],
)
def test_a_channel_stands_on_tier_designation_or_revenue(standing: Standing, ground: Ground | None) -> None:
    assert ground_of(standing) is ground
