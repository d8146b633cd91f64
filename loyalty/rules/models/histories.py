"""Order histories in the form that buy-till-you-die models read: repeats, last order, age.

The first order is not counted and orders of one day are one. Equal histories are grouped, because a likelihood
need not be reckoned twice for the same three numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Floats = NDArray[np.float64]

DAYS_PER_MONTH = 365.25 / 12


class History(NamedTuple):
    """One client: repeat orders, age at the last one, age now (both in months), mean value of a repeat order.

    `mean_value` is None without a repeat order.
    """

    repeats: int
    last: float
    age: float
    mean_value: Decimal | None


def history_of(orders: Iterable[tuple[date, Decimal]], *, as_of: date) -> History | None:
    """History in months as of a day; None without an order up to it. Later orders do not count."""
    days: dict[date, Decimal] = {}
    for on, amount in orders:
        if on <= as_of:
            days[on] = days.get(on, Decimal(0)) + amount
    if not days:
        return None
    first, *later = sorted(days)
    last = later[-1] if later else first
    mean = sum((days[on] for on in later), Decimal(0)) / len(later) if later else None
    age = (as_of - first).days / DAYS_PER_MONTH
    return History(len(later), (last - first).days / DAYS_PER_MONTH, age, mean)


@dataclass(frozen=True, slots=True)
class Histories:
    """Many clients as arrays of shape (n,): repeats x, last t_x and age T in one unit of time, weight each.

    Built by `histories`, which checks them. A weight is the number of clients with that history.
    """

    x: Floats
    last: Floats
    age: Floats
    weight: Floats

    @property
    def n(self) -> int:
        """Number of clients."""
        return round(float(self.weight.sum()))

    @property
    def repeaters(self) -> int:
        return round(float(self.weight[self.x > 0].sum()))

    def grouped(self) -> "Histories":
        """The same clients with equal histories put together, in no particular order."""
        columns = (self.x, self.last, self.age)
        key = np.zeros(self.x.size, dtype=np.uint64)
        for column in columns:
            key = _scrambled(key + np.ascontiguousarray(column).view(np.uint64))
        order = np.argsort(key)
        x, last, age = (column[order] for column in columns)
        # Equal histories stand together now; should two others share a key, they merely stay apart.
        new = np.ones(x.size, dtype=bool)
        new[1:] = (x[1:] != x[:-1]) | (last[1:] != last[:-1]) | (age[1:] != age[:-1])
        weight = np.add.reduceat(self.weight[order], np.flatnonzero(new)) if x.size else self.weight
        return Histories(x[new], last[new], age[new], weight)


def histories(repeats: ArrayLike, last: ArrayLike, age: ArrayLike, *, weight: ArrayLike | None = None) -> Histories:
    """Checked arrays of one length. ValueError for what no history can be.

    Repeats are whole numbers from 0 up; 0 <= last <= age; without a repeat the last order is the first, at 0,
    and with one it lies after it.
    """
    x, t, age_ = (np.asarray(values, dtype=np.float64) for values in (repeats, last, age))
    w = np.ones_like(x) if weight is None else np.asarray(weight, dtype=np.float64)
    if x.ndim != 1 or not x.shape == t.shape == age_.shape == w.shape:
        raise ValueError("histories are lists of one length")
    if not (np.isfinite(x).all() and np.isfinite(age_).all() and (x >= 0).all() and (x == np.rint(x)).all()):
        raise ValueError("repeats are whole numbers and ages are finite")
    if not (((t >= 0) & (t <= age_)).all() and ((x > 0) == (t > 0)).all() and (w > 0).all()):
        raise ValueError("the last order lies between the first one and now, at 0 only without a repeat")
    return Histories(x, t, age_, w)


def _scrambled(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea & Flood 2014): one to one, every bit depends on every bit."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
