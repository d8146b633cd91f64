"""Client health: a transparent scorecard of 100 points, each of which has its evidence.

The default weights are priors, not science: until the firm has seen enough losses the score is an order of
whom to look after, not a probability. What is not known counts a stated neutral number of points, never zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Literal

type Reading = Decimal | Fraction | int | float
type Band = Literal["green", "amber", "red"]
type FeatureCode = Literal[
    "silence", "anchors", "nps", "promises", "payment_delay", "revenue_trend", "people_touched", "contract_left"
]
type CapCode = Literal["open_detractor", "overdue_90", "notice_given"]


@dataclass(frozen=True, slots=True)
class Step:
    """Points up to (or from) a bound, the bound included; None is the open end."""

    bound: Decimal | None
    points: int


@dataclass(frozen=True, slots=True)
class Feature:
    """One line of the card. `rising`: bounds are lower ones, from the best down; else upper ones, from the least.

    `missing` are the points of an unknown reading; None where a reading is always known (a count of zero).
    """

    code: FeatureCode
    steps: tuple[Step, ...]
    missing: int | None
    rising: bool = False

    @property
    def maximum(self) -> int:
        return max(step.points for step in self.steps)

    def points(self, reading: Reading | None) -> int:
        """Points of a reading; ValueError if it is unknown where it must be known, or beyond every bound."""
        if reading is None:
            if self.missing is None:
                raise ValueError(f"{self.code} is always known")
            return self.missing
        value = _exact(reading)
        for step in self.steps:
            if step.bound is None or (value >= step.bound if self.rising else value <= step.bound):
                return step.points
        raise ValueError(f"{self.code} cannot be {reading}")


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The weights of one version: features, lowest scores of the bands, and what caps a score."""

    features: tuple[Feature, ...]
    green_from: int = 75
    amber_from: int = 50
    caps: tuple[tuple[CapCode, int], ...] = (("open_detractor", 49), ("overdue_90", 49), ("notice_given", 10))

    @property
    def maximum(self) -> int:
        return sum(feature.maximum for feature in self.features)

    def band(self, score: int) -> Band:
        return "green" if score >= self.green_from else "amber" if score >= self.amber_from else "red"


@dataclass(frozen=True, slots=True)
class Factor:
    """Points of one feature; `known` is False where the neutral number stands."""

    code: FeatureCode
    points: int
    maximum: int
    known: bool

    @property
    def lost(self) -> int:
        return self.maximum - self.points


@dataclass(frozen=True, slots=True)
class Health:
    """Score 0..100, its band, the cap that holds it down (None if none does) and the factors behind it."""

    score: int
    band: Band
    raw: int
    capped_by: CapCode | None
    factors: tuple[Factor, ...]

    def largest_first(self) -> tuple[Factor, ...]:
        """Factors that cost points, the costliest first; the order of the card breaks ties."""
        return tuple(sorted((f for f in self.factors if f.lost), key=lambda factor: -factor.lost))


def _upper(*pairs: tuple[str | None, int]) -> tuple[Step, ...]:
    return tuple(Step(None if bound is None else Decimal(bound), points) for bound, points in pairs)


DEFAULT_SCORECARD = Scorecard(
    (
        Feature("silence", _upper(("1", 20), ("1.5", 14), ("2.5", 6), (None, 0)), missing=10),
        Feature("anchors", _upper(("0", 0), ("1", 4), ("2", 9), ("3", 12), (None, 15)), missing=None),
        Feature("nps", _upper(("6", 0), ("8", 9), ("10", 15)), missing=6),
        Feature(
            "promises",
            _upper(("0.95", 15), ("0.85", 11), ("0.70", 6), (None, 0)),
            missing=9,
            rising=True,
        ),
        Feature("payment_delay", _upper(("5", 10), ("15", 7), ("30", 3), (None, 0)), missing=5),
        Feature(
            "revenue_trend",
            _upper(("0.05", 10), ("-0.10", 7), ("-0.30", 3), (None, 0)),
            missing=5,
            rising=True,
        ),
        Feature("people_touched", _upper(("0", 0), ("1", 3), ("2", 6), (None, 10)), missing=None),
        Feature("contract_left", _upper(("0", 1), ("90", 2), (None, 5)), missing=None),
    )
)
"""Notes, section 6: silence as a multiple of the client's own median gap, promises as honour rate, payment delay
in days, trend as a fraction, contract left in days."""


def score_health(
    readings: Mapping[FeatureCode, Reading | None],
    *,
    flags: Iterable[CapCode] = (),
    card: Scorecard = DEFAULT_SCORECARD,
) -> Health:
    """Score a client. A feature absent from `readings` is unknown; `flags` are the caps that apply.

    Bounds are compared exactly: a trend of precisely -10 % still counts 7 points.
    """
    factors = tuple(
        Factor(
            feature.code,
            feature.points(readings.get(feature.code)),
            feature.maximum,
            readings.get(feature.code) is not None,
        )
        for feature in card.features
    )
    raw = sum(factor.points for factor in factors)
    raised = set(flags)
    caps = sorted(((limit, code) for code, limit in card.caps if code in raised and limit < raw))
    score, capped_by = caps[0] if caps else (raw, None)
    return Health(score, card.band(score), raw, capped_by, factors)


def weighted_card(
    weights: Mapping[FeatureCode, int],
    *,
    green_from: int,
    amber_from: int,
    caps: Mapping[CapCode, int],
) -> Scorecard:
    """The default card with other maxima: steps and neutral points shrink or grow in proportion, rounded half up."""
    features = tuple(_scaled(feature, weights[feature.code]) for feature in DEFAULT_SCORECARD.features)
    return Scorecard(features, green_from, amber_from, tuple(caps.items()))


def _scaled(feature: Feature, maximum: int) -> Feature:
    def part(points: int) -> int:
        return (2 * points * maximum + feature.maximum) // (2 * feature.maximum)

    steps = tuple(replace(step, points=part(step.points)) for step in feature.steps)
    return replace(feature, steps=steps, missing=None if feature.missing is None else part(feature.missing))


def silence(days: int, gaps: Sequence[int]) -> Fraction | None:
    """Days without contact as a multiple of the client's own median gap; None without a gap to compare."""
    usual = median(gaps) if gaps else 0
    return Fraction(days) / Fraction(usual) if usual > 0 else None


def trend(current: Decimal, previous: Decimal) -> Fraction | None:
    """Change of revenue as an exact fraction of the previous; None without previous revenue."""
    return Fraction(current) / Fraction(previous) - 1 if previous > 0 else None


def _exact(reading: Reading) -> Fraction:
    """A float means what it prints: -0.1 is minus ten percent, not the nearest binary number."""
    return Fraction(str(reading)) if isinstance(reading, float) else Fraction(reading)
