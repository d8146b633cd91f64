"""The next best action: of all that could be done for a client now, what moves the health score most.

The effect is counted in points of the scorecard, so it is as true as the score is: an order, not a probability.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from loyalty.rules.health import CapCode, Feature, FeatureCode, Scorecard


class ActKind(StrEnum):
    """In the order that breaks ties: what was said to the client first."""

    DUE_PROMISE = "due_promise"
    DETRACTOR = "detractor"
    SILENCE = "silence"
    UNMET_PAYER = "unmet_payer"
    RENEWAL = "renewal"
    LOW_PACKAGE = "low_package"
    MISSING_ANCHOR = "missing_anchor"


FEATURES: Mapping[ActKind, FeatureCode] = {
    ActKind.DUE_PROMISE: "promises",
    ActKind.DETRACTOR: "nps",
    ActKind.SILENCE: "silence",
    ActKind.UNMET_PAYER: "people_touched",
    ActKind.RENEWAL: "contract_left",
    ActKind.LOW_PACKAGE: "contract_left",
    ActKind.MISSING_ANCHOR: "anchors",
}
CAPS: Mapping[ActKind, CapCode] = {ActKind.DETRACTOR: "open_detractor"}
PRESSING = frozenset({ActKind.DUE_PROMISE, ActKind.RENEWAL, ActKind.LOW_PACKAGE})
"""What falls further if nobody acts: a promise is broken, a contract or its hours end."""

ORDER = {kind: place for place, kind in enumerate(ActKind)}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client's score is made of now: points by feature, the sum of them, and the cap that holds it down."""

    points: Mapping[FeatureCode, int]
    score: int
    raw: int
    capped_by: str = ""


def expected_effect(kind: ActKind, standing: Standing, card: Scorecard) -> int:
    """Points that the act can win back, the cap that it lifts, and what would be lost without it."""
    feature = next(row for row in card.features if row.code == FEATURES[kind])
    points = min(standing.points.get(feature.code, feature.maximum), feature.maximum)
    won = feature.maximum - points
    if standing.capped_by and standing.capped_by == CAPS.get(kind):
        won += standing.raw - standing.score
    return won + (points - _step_below(feature, points) if kind in PRESSING else 0)


def ranked[T](acts: Iterable[tuple[ActKind, int, T]]) -> list[tuple[ActKind, int, T]]:
    """The largest effect first; of equal ones in the order of the kinds. What moves nothing is left out."""
    return sorted((act for act in acts if act[1] > 0), key=lambda act: (-act[1], ORDER[act[0]]))


def _step_below(feature: Feature, points: int) -> int:
    return max((step.points for step in feature.steps if step.points < points), default=points)
