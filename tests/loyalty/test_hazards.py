"""loyalty.rules.anchors on synthetic firms: the base hazard and the ratios of the reference's truth are found again.

The product observes the number of anchors only; the simulation knows the retainer and the mood of each month as well,
so that the same fit can be judged on all that drives it, and on what becomes of anchors where the others are left out.
"""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import chi2

from loyalty.rules.anchors import Exposure, anchor_effect, fit_hazards
from loyalty.rules.models.fitting import Floats
from tests.loyalty.golden import golden

H0, PER_ANCHOR, OF_RETAINER, OF_MOOD = golden("recovery.hazard_recovery")["expected"]["true"]
ADDED, MOST = 0.03, 5
"""Chance of one more anchor in a month, and how many there are at most."""
CLIENTS, MONTHS, SEEDS = 3000, 36, range(8)
DRIFT = 0.9
"""How much of a client's mood lasts into the next month."""


class World(NamedTuple):
    """Client-months: anchors, retainer and mood at their start, and whether the client left in them."""

    anchors: Floats
    retainer: Floats
    mood: Floats
    lost: Floats

    @property
    def design(self) -> Floats:
        return np.column_stack((np.ones_like(self.mood), self.anchors - 1, self.retainer, self.mood))


def live(seed: int) -> World:
    """Clients with one to three anchors at first and up to five, some under a retainer, whose mood drifts."""
    random = np.random.default_rng(seed)
    anchors, here = random.integers(1, 4, CLIENTS).astype(float), np.ones(CLIENTS, dtype=bool)
    retainer = (random.random(CLIENTS) < 0.4).astype(float)
    mood = random.standard_normal(CLIENTS)
    months: list[Floats] = []
    for _ in range(MONTHS):
        ratios = PER_ANCHOR ** (anchors - 1) * OF_RETAINER**retainer * OF_MOOD**mood
        lost = here & (random.random(CLIENTS) < -np.expm1(-H0 * ratios))
        months.append(np.column_stack((anchors, retainer, mood, lost))[here])
        here &= ~lost
        anchors = anchors + (here & (anchors < MOST) & (random.random(CLIENTS) < ADDED))
        mood = DRIFT * mood + np.sqrt(1 - DRIFT**2) * random.standard_normal(CLIENTS)
    return World(*np.concatenate(months).T)


def test_base_hazard_and_ratios_of_the_truth_are_found_jointly() -> None:
    expected = golden("recovery.hazard_recovery")["expected"]
    truth = np.log([H0, PER_ANCHOR, OF_RETAINER, OF_MOOD])
    walds, errors = [], []
    for seed in SEEDS:
        world = live(seed)
        found = fit_hazards(world.design, np.ones_like(world.lost), world.lost)
        assert found is not None
        away = np.array(found.coefficients) - truth
        walds.append(float(away @ np.linalg.solve(np.array(found.covariance), away)))
        errors.append(np.array(found.errors) * np.sqrt(world.lost.sum() / expected["events"]))
    assert max(walds) < chi2.ppf(0.999, truth.size)
    degrees = truth.size * len(walds)
    assert chi2.ppf(0.001, degrees) < sum(walds) < chi2.ppf(0.999, degrees)
    assert np.mean(errors, axis=0) == pytest.approx(expected["se"], rel=0.35)


def test_anchors_alone_look_as_in_the_reference_where_mood_and_retainer_are_not_observed() -> None:
    """As the product sees the world: anchors keep most of their ratio, since mood does not choose them."""
    expected = golden("recovery.hazard_recovery")["expected"]
    slopes = []
    for seed in SEEDS:
        world = live(seed)
        rows = [(world.anchors == k, k) for k in range(1, MOST + 1)]
        found = anchor_effect([Exposure(k, int(at.sum()), int(world.lost[at].sum())) for at, k in rows])
        assert found is not None
        slopes.append(found.slope)
    assert np.exp(np.mean(slopes)) == pytest.approx(expected["omit_u_hr"][0], rel=0.05)


@pytest.mark.parametrize("lost", [[0, 0, 0], [4, 4, 4]])
def test_without_a_loss_or_with_nothing_else_there_is_no_fit(lost: list[int]) -> None:
    design = np.column_stack((np.ones(3), np.arange(3.0)))
    assert fit_hazards(design, np.full(3, 4.0), np.array(lost, dtype=float)) is None


def test_what_the_rows_cannot_tell_apart_has_no_fit() -> None:
    """A covariate that is the same everywhere, or one that foretells every loss."""
    periods, lost = np.full(4, 50.0), np.array([5.0, 4.0, 3.0, 2.0])
    assert fit_hazards(np.ones((4, 2)), periods, lost) is None
    ends = np.column_stack((np.ones(4), [0.0, 0.0, 0.0, 1.0]))
    assert fit_hazards(ends, periods, np.array([5.0, 4.0, 3.0, 0.0])) is None
