"""billing.rules.top_ups: lots that were used up, those that were followed, and how fast hours burn."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import chi2

from billing.rules.top_ups import GRACE_DAYS, Judged, Lot, UsedUp, followed_share, judge, used_up, weekly_burn
from tests.loyalty.golden import golden

JAN = date(2026, 1, 5)


def days(count: int) -> date:
    return JAN + timedelta(days=count)


def test_lots_go_in_the_order_in_which_they_were_bought() -> None:
    lots = [Lot(days(20), 60), Lot(JAN, 100)]
    found = used_up(lots, [(days(3), 60), (days(9), 30), (days(30), 10), (days(40), 60)])
    assert found == [UsedUp(lots[1], days(30)), UsedUp(lots[0], days(40))]
    assert used_up(lots, [(days(3), 99)]) == []
    assert used_up(lots, [(days(3), 100), (days(4), -100), (days(5), 100)])[0].used_up_on == days(3)


def test_a_lot_is_not_gone_before_it_is_bought() -> None:
    """A package that may go below zero: the top-up is used up on its own day at the earliest."""
    assert used_up([Lot(JAN, 60), Lot(days(9), 30)], [(days(2), 90)])[1].used_up_on == days(9)


@pytest.mark.parametrize(
    ("purchases", "on", "judged"),
    [
        ([JAN], 30 + GRACE_DAYS, Judged(1, 0)),
        ([JAN], 29 + GRACE_DAYS, Judged(0, 0)),
        ([JAN, days(10)], 31, Judged(1, 1)),
        ([JAN, days(30 + GRACE_DAYS)], 200, Judged(1, 1)),
        ([JAN, days(31 + GRACE_DAYS)], 200, Judged(1, 0)),
        ([JAN, days(50)], 40, Judged(0, 0)),
        ([days(-9), JAN], 200, Judged(1, 0)),
        ([JAN, JAN], 200, Judged(1, 1)),
    ],
)
def test_a_further_purchase_follows_from_the_lot_s_own_until_its_grace_is_over(
    purchases: list[date], on: int, judged: Judged
) -> None:
    assert judge([UsedUp(Lot(JAN, 60), days(30))], purchases, on=days(on)) == judged


def test_a_share_needs_enough_lots_and_keeps_inside_its_bounds() -> None:
    assert followed_share(Judged(9, 5)) is None
    all_of_them = followed_share(Judged(12, 12))
    assert all_of_them is not None
    assert (all_of_them.share, all_of_them.high) == (1.0, 1.0)
    assert 0.7 < all_of_them.low < 0.8
    known = followed_share(Judged(10, 1))
    assert known is not None
    assert (known.low, known.high) == pytest.approx((0.017876, 0.404150), abs=1e-6)


def test_weekly_burn_needs_enough_lots() -> None:
    lots = [UsedUp(Lot(JAN, 600), days(6))] * 10
    assert weekly_burn(lots) == 600
    assert weekly_burn(lots[:9]) is None


def test_synthetic_clients_top_up_and_burn_as_in_the_reference() -> None:
    """Weekly gamma burn; at the end of the hours four of five buy as many again, the others stop."""
    case = golden("recovery.packages")
    inputs, expected = case["inputs"], case["expected"]
    squares, burns = [], []
    for seed in range(4):
        judged, gone = world(np.random.default_rng(seed), inputs, clients=expected["clients"])
        found, burn = followed_share(judged), weekly_burn(gone)
        assert found is not None
        assert burn is not None
        assert found.lots == pytest.approx(expected["decisions"], rel=0.15)
        assert found.error == pytest.approx(expected["se"], rel=0.1)
        squares.append(((found.share - expected["true"]) / found.error) ** 2)
        burns.append(burn / 60)
    assert max(squares) < chi2.ppf(0.999, 1)
    assert chi2.ppf(0.001, len(squares)) < sum(squares) < chi2.ppf(0.999, len(squares))
    assert expected["weekly_burn"] < expected["burn_true"]
    assert np.mean(burns) == pytest.approx(expected["burn_true"], rel=0.05)


def world(random: np.random.Generator, inputs: dict[str, float], *, clients: int) -> tuple[Judged, list[UsedUp]]:
    """The firm's lots of a year, judged long after; each client has one package."""
    lots, followed, gone = 0, 0, []
    mean, shape = inputs["burn_mean"], inputs["burn_shape"]
    for _ in range(clients):
        size = int(random.choice(inputs["size"])) * 60
        bought, draws, balance = [Lot(JAN, size)], [], size
        for week in range(int(inputs["weeks"])):
            used = min(balance, round(60 * random.gamma(shape, mean / shape)))
            draws.append((days(7 * week + 6), used))
            balance -= used
            if balance > 0:
                continue
            if random.random() >= inputs["topup"]:
                break
            bought.append(Lot(days(7 * week + 7), size))
            balance = size
        ended = used_up(bought, draws)
        one = judge(ended, [lot.bought_on for lot in bought], on=days(800))
        lots, followed = lots + one.lots, followed + one.followed
        gone += ended
    return Judged(lots, followed), gone
