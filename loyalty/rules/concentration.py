"""How much of the firm hangs on few clients: shares, Herfindahl-Hirschman index, Gini, entropy, Lorenz.

Amounts are Decimals of client groups under common control; they are summed and squared as exact integers,
and only the finished ratio becomes a float. Where nothing is shared there is no figure: None, never NaN.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from crm.money import exact_fraction, quantise

POINTS = 10_000
"""HHI points in a whole: a single client has 10 000."""


@dataclass(frozen=True, slots=True)
class Row[K]:
    """One holder in Pareto order: share and cumulative share are fractions of the positive total."""

    key: K
    amount: Decimal
    share: float
    cumulative: float


@dataclass(frozen=True, slots=True)
class Concentration[K]:
    """The figures of one distribution. Shares and indices are fractions of one unless they say points.

    `n` counts positive amounts and shares are parts of `positive_total`; zeros are left out, negative amounts
    stand apart in `negative`; `total` is the sum of all. With n = 0 every index is None; with n = 1 those
    that compare holders with each other are None as well.
    `lorenz` runs from the smallest: `n + 1` cumulative shares, from 0 to 1.
    """

    n: int
    total: Decimal
    positive_total: Decimal
    rows: tuple[Row[K], ...]
    negative: tuple[tuple[K, Decimal], ...]
    negative_total: Decimal
    top1: float | None
    top3: float | None
    top5: float | None
    top10: float | None
    hhi: float | None
    hhi_points: float | None
    hhi_normalised: float | None
    effective_number: float | None
    gini: float | None
    gini_corrected: float | None
    entropy: float | None
    entropy_normalised: float | None
    lorenz: tuple[float, ...]

    def at_least(self, share: Decimal) -> tuple[Row[K], ...]:
        """Holders of at least this share, e.g. Decimal("0.10") for ASC 280-10-50-42 and IFRS 8.34.

        Compared exactly: a holder of precisely 10 % is one of them.
        """
        limit = exact_fraction(share) * exact_fraction(self.positive_total)
        return tuple(row for row in self.rows if exact_fraction(row.amount) >= limit)

    @property
    def effective_number_leads(self) -> bool:
        """Below ten holders the HHI cannot be low: it is at least 10 000 / n points."""
        return self.n < 10


@dataclass(frozen=True, slots=True)
class GroupShare[G]:
    """A group's part of the HHI: contribution = share^2 x hhi_within; the contributions sum to the HHI."""

    group: G
    amount: Decimal
    share: float
    hhi_within: float
    contribution: Fraction


def concentration[K](amounts: Mapping[K, Decimal]) -> Concentration[K]:
    """Concentration of amounts by holder (in money of one currency).

    Raises TypeError for floats and ValueError for NaN or infinite amounts. Equal amounts keep their order.
    Source: notes section 4; Gini = sum (2i - n - 1) x_(i) / (n sum x), corrected by n / (n - 1).
    """
    positive, units = _positive(amounts)
    negative = tuple((key, amount) for key, amount in amounts.items() if amount < 0)
    whole, squares = sum(units), sum(unit * unit for unit in units)
    hhi = _ratio(squares, whole * whole)
    n = len(units)
    return Concentration(
        n=n,
        total=sum(amounts.values(), Decimal(0)),
        positive_total=sum(positive.values(), Decimal(0)),
        rows=_rows(positive, units),
        negative=negative,
        negative_total=sum((amount for _, amount in negative), Decimal(0)),
        top1=_ratio(sum(units[:1]), whole),
        top3=_ratio(sum(units[:3]), whole),
        top5=_ratio(sum(units[:5]), whole),
        top10=_ratio(sum(units[:10]), whole),
        hhi=hhi,
        hhi_points=_ratio(POINTS * squares, whole * whole),
        hhi_normalised=_ratio(n * squares - whole * whole, (n - 1) * whole * whole),
        effective_number=_ratio(whole * whole, squares),
        gini=_ratio(_spread(units), n * whole),
        gini_corrected=_ratio(_spread(units), (n - 1) * whole),
        entropy=_entropy(units),
        entropy_normalised=_normalised(_entropy(units), n),
        lorenz=_lorenz(units),
    )


def decompose[K, G](amounts: Mapping[K, Decimal], group_of: Mapping[K, G]) -> tuple[GroupShare[G], ...]:
    """The HHI as an exact sum over groups: HHI = sum over g of S_g^2 x HHI_g, largest group first.

    `contribution` is a Fraction so that the sum is exact. Only positive amounts take part; KeyError if a
    holder has no group. Nothing to share gives no rows.
    """
    positive, units = _positive(amounts)
    members: dict[G, list[int]] = {}
    for key, unit in zip(positive, units, strict=True):
        members.setdefault(group_of[key], []).append(unit)
    totals = group_totals(positive, group_of)
    ordered = sorted(members, key=lambda group: -sum(members[group]))
    return tuple(_group_share(group, totals[group], members[group], sum(units)) for group in ordered)


def group_totals[K, G](amounts: Mapping[K, Decimal], group_of: Mapping[K, G]) -> dict[G, Decimal]:
    """Amounts summed by group (service line, industry, employee, parent); KeyError without a group."""
    totals: dict[G, Decimal] = {}
    for key, amount in amounts.items():
        totals[group_of[key]] = totals.get(group_of[key], Decimal(0)) + amount
    return totals


def hhi_delta(share: Decimal, other: Decimal) -> Decimal:
    """Rise of the HHI, in points, if two holders became one: 2 s t x 10 000."""
    return 2 * share * other * POINTS


@dataclass(frozen=True, slots=True)
class Limits:
    """Where concentration starts to worry; settings of the firm, with the source of the defaults.

    HHI 1000 / 1800 points: US Merger Guidelines 2023, section 2.1, a concept for markets and borrowed as a
    yardstick. Top-1 at 10 / 20 / 30 % and top-3 at 50 %: buyers' and lenders' practice, our choice. `near` is
    the part of a limit from which a near-breach is told.
    """

    top1: tuple[Decimal, Decimal, Decimal] = (Decimal("0.10"), Decimal("0.20"), Decimal("0.30"))
    top3: Decimal = Decimal("0.50")
    hhi_points: tuple[Decimal, Decimal] = (Decimal(1000), Decimal(1800))
    near: Decimal = Decimal("0.90")


DEFAULT_LIMITS = Limits()

type Measure = Literal["top1", "top3", "hhi_points"]
type Band = Literal["low", "moderate", "high", "very_high"]
_BANDS: tuple[Band, ...] = ("low", "moderate", "high", "very_high")


@dataclass(frozen=True, slots=True)
class Finding:
    """A limit that is reached (`breach`) or nearly so (`near`)."""

    measure: Measure
    value: float
    limit: float
    state: Literal["breach", "near"]


def hhi_band(points: float | None, limits: Limits = DEFAULT_LIMITS) -> Band | None:
    """`low` below the first limit, `high` above the second, `moderate` between them inclusive."""
    if points is None:
        return None
    first, second = (float(limit) for limit in limits.hhi_points)
    return "low" if _below(points, first) else "high" if _below(second, points) else "moderate"


def top1_band(share: float | None, limits: Limits = DEFAULT_LIMITS) -> Band | None:
    """Band of the largest holder's share; a limit that is reached belongs to the band above it."""
    if share is None:
        return None
    return _BANDS[sum(not _below(share, float(limit)) for limit in limits.top1)]


def findings[K](figures: Concentration[K], limits: Limits = DEFAULT_LIMITS) -> tuple[Finding, ...]:
    """For each measure the highest limit that is breached and, if it is close, the one above it.

    The HHI is not reported where the effective number leads, since no distribution could pass it.
    """
    ladder: list[tuple[Measure, float | None, tuple[Decimal, ...]]] = [
        ("top1", figures.top1, limits.top1),
        ("top3", figures.top3, (limits.top3,)),
        ("hhi_points", None if figures.effective_number_leads else figures.hhi_points, limits.hhi_points),
    ]
    near = float(limits.near)
    return tuple(finding for measure, value, steps in ladder for finding in _climb(measure, value, steps, near))


def revenue_to_reach(largest: Decimal, total: Decimal, limit: Decimal) -> Decimal:
    """Further amount from others that brings the largest holder down to the limit; 0 if it is there already.

    The plan of diversification: largest / (total + x) = limit. ValueError unless 0 < limit <= 1.
    """
    if not 0 < limit <= 1:
        raise ValueError("a limit is a share above 0 and at most 1")
    return max(Decimal(0), quantise(exact_fraction(largest) / exact_fraction(limit) - exact_fraction(total)))


def _positive[K](amounts: Mapping[K, Decimal]) -> tuple[dict[K, Decimal], list[int]]:
    """Positive holders from the largest down, and their amounts as integers of one common unit."""
    exact = {key: exact_fraction(amount) for key, amount in amounts.items()}
    ordered = sorted((key for key, value in exact.items() if value > 0), key=lambda key: -exact[key])
    scale = math.lcm(*{exact[key].denominator for key in ordered})
    units = [exact[key].numerator * (scale // exact[key].denominator) for key in ordered]
    return {key: amounts[key] for key in ordered}, units


def _rows[K](positive: Mapping[K, Decimal], units: list[int]) -> tuple[Row[K], ...]:
    whole, rows, so_far = sum(units), [], 0
    for (key, amount), unit in zip(positive.items(), units, strict=True):
        so_far += unit
        rows.append(Row(key, amount, unit / whole, so_far / whole))
    return tuple(rows)


def _group_share[G](group: G, amount: Decimal, units: list[int], whole: int) -> GroupShare[G]:
    squares, own = sum(unit * unit for unit in units), sum(units)
    return GroupShare(group, amount, own / whole, squares / (own * own), Fraction(squares, whole * whole))


def _ratio(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator > 0 else None


def _spread(units: list[int]) -> int:
    n = len(units)
    return sum((n - 1 - 2 * i) * unit for i, unit in enumerate(units))


def _entropy(units: list[int]) -> float | None:
    whole = sum(units)
    if not units:
        return None
    return math.fsum(-(unit / whole) * math.log(unit / whole) for unit in units if unit < whole)


def _normalised(entropy: float | None, n: int) -> float | None:
    return entropy / math.log(n) if entropy is not None and n > 1 else None


def _lorenz(units: list[int]) -> tuple[float, ...]:
    whole, points, so_far = sum(units), [0.0], 0
    for unit in reversed(units):
        so_far += unit
        points.append(so_far / whole)
    return tuple(points) if units else ()


def _below(value: float, limit: float) -> bool:
    """Strictly below, where a difference in the last digits of a float is no difference."""
    return value < limit and not math.isclose(value, limit, rel_tol=1e-12)


def _climb(measure: Measure, value: float | None, steps: tuple[Decimal, ...], near: float) -> Iterator[Finding]:
    for limit in sorted((float(step) for step in steps), reverse=True):
        if value is None or _below(value, near * limit):
            continue
        breached = not _below(value, limit)
        yield Finding(measure, value, limit, "breach" if breached else "near")
        if breached:
            return
