"""loyalty.rules.tails: Hill's index finds the truth of synthetic firms, and is not asked of too few clients."""

import math
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone
from scipy.stats import chi2

from loyalty.reports.tails import tail_words
from loyalty.rules.concentration import concentration
from loyalty.rules.tails import FEWEST, Tail, hill, tail_size
from tests.loyalty.golden import golden
from tests.make import Cast, browser_of, make_api, make_client, make_revenue

YESTERDAY = timezone.localdate() - timedelta(days=1)


def sizes(n: int, *, seed: int, index: float) -> list[Decimal]:
    """Pareto amounts from one thousand up, to the cent."""
    return [Decimal(f"{1000 * (1 + size):.2f}") for size in np.random.default_rng(seed).pareto(index, n)]


def test_the_index_of_synthetic_firms_is_found_over_all_seeds_together() -> None:
    expected, found = golden("recovery.hill")["expected"], []
    for seed in range(40):
        tail = hill(sizes(expected["n"], seed=seed, index=expected["true"]))
        assert tail is not None
        assert tail.k == expected["k"]
        assert tail.error == pytest.approx(tail.index / math.sqrt(tail.k))
        found.append((math.log(tail.index / expected["true"]) * math.sqrt(tail.k)) ** 2)
    assert max(found) < chi2.ppf(0.999, 1)
    assert chi2.ppf(0.001, len(found)) < sum(found) < chi2.ppf(0.999, len(found))
    assert expected["se"] == pytest.approx(expected["alpha"] / math.sqrt(expected["k"]))


def test_the_interval_holds_the_truth_as_often_as_it_says_even_in_the_smallest_firm() -> None:
    held = 0
    for seed in range(200):
        tail = hill(sizes(FEWEST, seed=seed, index=1.4))
        assert tail is not None
        low, high = tail.interval()
        held += low < 1.4 < high
    assert 180 <= held <= 199


def test_the_largest_client_and_the_hhi_of_the_reference_are_among_those_of_such_firms() -> None:
    expected, truth = golden("recovery.hill")["expected"], golden("recovery.hill")["expected"]["true"]
    seen = [concentration(dict(enumerate(sizes(100, seed=seed, index=truth)))) for seed in range(100)]
    for name, value in (("top1", expected["n100_top1"]), ("hhi_points", expected["n100_hhi"])):
        low, high = np.quantile([getattr(each, name) for each in seen], [0.01, 0.99])
        assert low < value < high


@pytest.mark.parametrize(("n", "k"), [(0, None), (99, None), (100, 25), (249, 25), (260, 26), (2000, 200)])
def test_the_tail_is_a_tenth_but_never_fewer_than_25_nor_more_than_a_quarter(n: int, k: int | None) -> None:
    assert tail_size(n) == k


def test_too_few_or_equal_clients_have_no_index() -> None:
    few = sizes(FEWEST - 1, seed=1, index=1.4)
    assert hill(few) is None
    assert hill([*few, Decimal(0), Decimal(-500)]) is None
    assert hill([Decimal(100)] * 400) is None
    assert hill([*few, Decimal("1000.00")]) is not None


def test_a_tail_of_index_one_halves_with_every_doubling() -> None:
    """The k-th largest is a k-th of the largest (Zipf): k / sum ln((k + 1) / i)."""
    tail = hill([Decimal(1_000_000) / rank for rank in range(1, 101)])
    assert tail is not None
    assert tail.index == pytest.approx(25 / sum(math.log(26 / rank) for rank in range(1, 26)))
    assert tail.twice == pytest.approx(2**-tail.index)
    assert tail.threshold == Decimal(1_000_000) / 26


@pytest.mark.django_db
def test_the_portfolio_says_how_heavy_the_tail_is_or_how_many_clients_it_takes(cast: Cast) -> None:
    browser, api = browser_of(cast.partner), make_api(cast.partner)
    for size in sizes(FEWEST - 1, seed=3, index=1.0):
        make_revenue(make_client(), str(size), on=YESTERDAY)
    page = browser.get(reverse("loyalty:portfolio")).content.decode()
    assert "Not enough clients to say how heavy the tail is: it takes 100 with revenue." in page
    assert reverse("loyalty:tail_figures") not in page
    assert api.get("/api/v1/reports/concentration/").json()["tail"] is None
    make_revenue(make_client(), "5000.00", on=YESTERDAY)
    page = browser.get(reverse("loyalty:portfolio")).content.decode()
    assert "by the 25 largest" in page
    told = api.get("/api/v1/reports/concentration/").json()["tail"]
    assert (told["k"], told["n"]) == (25, 100)
    assert told["low"] < told["index"] < told["high"]
    assert api.get("/api/v1/reports/concentration/?by=service_line").json()["tail"] is None
    assert "Tail index" not in browser.get(reverse("loyalty:portfolio") + "?by=service_line").content.decode()
    answer = browser.get(reverse("loyalty:tail_figures") + "?headers=names")
    heads, row = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert heads.startswith("index,error,low,high")
    assert row.startswith(f"{told['index']:.3f},")


@pytest.mark.parametrize(
    ("index", "words"), [(0.8, "So heavy a tail"), (9.0, "Sizes stay within bounds"), (2.0, "not proven either way")]
)
def test_the_sentence_claims_no_more_than_the_interval(index: float, words: str) -> None:
    tail = Tail(index, index / 5, 25, 100, Decimal(1000))
    assert words in tail_words(tail)
