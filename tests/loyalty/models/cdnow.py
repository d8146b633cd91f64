"""The CDNOW customers and the donors, read once for all tests of models."""

from functools import cache
from typing import NamedTuple

import numpy as np

from loyalty.rules.models.bg_bb import Years, years
from loyalty.rules.models.fitting import Floats
from loyalty.rules.models.histories import Histories, histories
from tests.reference import FOLDER


class Cdnow(NamedTuple):
    data: Histories
    mean_value: Floats


@cache
def cdnow() -> Cdnow:
    """2357 customers in weeks, with the mean value of a repeat order."""
    table = np.genfromtxt(FOLDER / "cdnow_summary.csv", delimiter=",", names=True)
    return Cdnow(histories(table["frequency"], table["recency"], table["T"]), table["monetary"])


@cache
def cdnow_78_weeks() -> Histories:
    """The same customers over 78 weeks, counted from days."""
    table = np.genfromtxt(FOLDER / "cdnow_78_weeks.csv", delimiter=",", names=True)
    weeks = table["recency_days"] / 7, table["age_days"] / 7
    return histories(table["frequency"], *weeks, weight=table["customers"])


@cache
def donors() -> Years:
    """11 104 donors over six years."""
    table = np.genfromtxt(FOLDER / "donations_rf.csv", delimiter=",", names=True)
    return years(table["frequency"], table["recency"], table["periods"], weight=table["weights"])
