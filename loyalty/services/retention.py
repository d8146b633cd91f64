"""How long clients stay by the anchors they had: landmark curves and person-period hazards (loyalty.md 5.1).

Groups are formed by the anchors of the first year, never by those of today; the hazard counts every client in every
quarter by the anchors at its start. Both are association: healthy clients buy more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from billing.models import Retainer, RevenueDay, WorkMonth
from clients.models import Client
from clients.models.client import holder_of
from clients.services.status import losses_by
from crm.periods import DateRange, add_months, quarter_start
from loyalty.models import RetentionSnapshot
from loyalty.rules.anchors import AnchorEffect, Exposure, Hazard, Tenure, anchor_effect, exposures, hazards
from loyalty.rules.cox import hazard_ratio
from loyalty.rules.effects import share_limits
from loyalty.rules.survival import Curve, Followed, Observation, kaplan_meier, landmark_groups, log_rank

LANDMARK, YEARS, MOST = 1.0, 5, 5
SILENT_MONTHS = 12
FEW = 15
"""Under so many clients a curve is indicative only [our choice]."""
YEAR, YEAR_RANGE, ONE_DAY = 365.25, range(1, YEARS + 1), timedelta(days=1)

type Spans = Mapping[str, tuple[DateRange, ...]]
type Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Stay:
    """A client's time with us and when each service line was an anchor.

    `is_confirmed` is False for a loss that only silence speaks for.
    """

    client: int
    started_on: date
    lost_on: date | None
    anchors: Spans
    is_confirmed: bool = True

    def years(self, *, on: date) -> float:
        return ((self.lost_on or on) - self.started_on).days / YEAR

    @property
    def first_year_anchors(self) -> int:
        end = add_months(self.started_on, 12)
        return sum(any(span.start < end for span in spans) for spans in self.anchors.values())


@transaction.atomic
def refresh_retention(*, on: date) -> RetentionSnapshot:
    """The day's table, curves and effect, written again when run twice."""
    stays = read_stays(on=on)
    snapshot, _made = RetentionSnapshot.objects.update_or_create(
        as_of_on=on,
        defaults={
            "client_count": len(stays),
            "loss_count": sum(stay.lost_on is not None for stay in stays),
            "suggested_count": sum(not stay.is_confirmed for stay in stays),
            "curves": curves_of(stays, on=on),
            "hazards": hazards_of(stays, on=on),
        },
    )
    return snapshot


def read_stays(*, on: date) -> list[Stay]:
    """Every client that was ever ours, from its first day to the day it was lost or today."""
    spans, first = _anchor_spans(on), _first_revenue(on)
    lost = losses_by(on=on)
    clients = Client.objects.current().exclude(status=Client.Status.PROSPECT).order_by("pk")
    stays = []
    for client, since_on in clients.values_list("pk", "since_on"):
        started = since_on or first.get(client)
        if started is not None and started <= on:
            since = lost.get(client)
            anchors = spans.get(client, {})
            stays.append(
                Stay(client, started, since.on if since else None, anchors, since is None or since.is_confirmed)
            )
    return stays


def curves_of(stays: Sequence[Stay], *, on: date) -> dict[str, Any]:
    """Share still here after each year, by services used in the first; five and more count together."""
    followed = [
        Followed(Observation(stay.years(on=on), stay.lost_on is not None), min(stay.first_year_anchors, MOST) or None)
        for stay in stays
    ]
    groups = landmark_groups(followed, landmark=LANDMARK)
    test, ratio = log_rank(groups), hazard_ratio(groups)
    rows = [_row(anchors, sample) for anchors, sample in groups.items()]
    return {
        "rows": rows,
        "trend_p": None if test is None else test.trend_p,
        "ratio": None if ratio is None else asdict(ratio),
    }


def hazards_of(stays: Sequence[Stay], *, on: date) -> dict[str, Any]:
    """The quarterly hazard by anchors at the start of the quarter, and the effect of one more.

    The effect rests on confirmed losses where they suffice: whoever is only silent is followed to the last revenue.
    """
    tenures = [Tenure(stay.started_on, stay.lost_on, stay.anchors) for stay in stays]
    rows = exposures(tenures, _quarters(stays, on)) if stays else ()
    silent = sum(not stay.is_confirmed for stay in stays)
    confirmed = [_confirmed(stay) for stay in stays]
    effect = _effect(exposures(confirmed, _quarters(stays, on))) if silent else None
    left_out = silent if effect else 0
    effect = effect or _effect(rows)
    return {
        "silent_left_out": left_out,
        "rows": [row._asdict() | _limits(row) for row in hazards(rows)],
        "effect": None if effect is None else asdict(effect),
    }


def _confirmed(stay: Stay) -> Tenure:
    if stay.is_confirmed or stay.lost_on is None:
        return Tenure(stay.started_on, stay.lost_on, stay.anchors)
    return Tenure(stay.started_on, add_months(stay.lost_on, -SILENT_MONTHS), stay.anchors, is_loss=False)


def _effect(rows: Iterable[Exposure]) -> AnchorEffect | None:
    return anchor_effect([row for row in rows if row.anchors])


def _row(anchors: int, sample: Sequence[Observation]) -> dict[str, Any]:
    curve = kaplan_meier(sample)
    years = [_survival(curve, year) for year in YEAR_RANGE]
    limits = [curve.interval_at(float(year)) if curve and year <= curve.observed_until else None for year in YEAR_RANGE]
    return {"anchors": anchors, "n": len(sample), "years": years, "limits": limits, "few": len(sample) < FEW}


def _survival(curve: Curve | None, year: int) -> float | None:
    """None beyond what has been observed."""
    return None if curve is None or year > curve.observed_until else curve.at(float(year))


def _limits(row: Hazard) -> dict[str, float | None]:
    low, high = share_limits(row.losses, row.periods) if row.periods else (None, None)
    return {"low": low, "high": high}


def _first_revenue(on: date) -> dict[int, date]:
    rows = RevenueDay.objects.standing().filter(issued_on__lte=on).order_by()
    return dict(rows.values_list(holder_of()).annotate(day=Min("issued_on")))


def _anchor_spans(on: date) -> dict[int, dict[str, tuple[DateRange, ...]]]:
    """Revenue and approved prepaid minutes hold a line for twelve months, a retainer as long as it runs.

    Work of which only the month is known holds it once the month is over, never before it was done.
    """
    spans: dict[Key, list[DateRange]] = defaultdict(list)
    revenue = RevenueDay.objects.standing().filter(issued_on__lte=on, service_line__isnull=False)
    prepaid = WorkMonth.objects.filter(prepaid_minutes__gt=0, month_on__lte=on, service_line__isnull=False)
    for rows, day_of, months in ((revenue, "issued_on", 0), (prepaid, "month_on", 1)):
        found = rows.order_by().values_list(holder_of(), "service_line__code", day_of).distinct()
        for client, line, day in found:
            spans[client, line].append(DateRange(add_months(day, months), add_months(day, months + 12)))
    retained = Retainer.objects.begun(on=on).filter(service_lines__isnull=False).order_by()
    for client, line, start, end in retained.values_list(holder_of(), "service_lines__code", "starts_on", "ended_on"):
        spans[client, line].append(DateRange(start, (end or on) + ONE_DAY))
    joined: dict[int, dict[str, tuple[DateRange, ...]]] = defaultdict(dict)
    for (client, line), parts in spans.items():
        joined[client][line] = _joined(parts)
    return joined


def _joined(parts: Sequence[DateRange]) -> tuple[DateRange, ...]:
    spans: list[DateRange] = []
    for part in sorted(parts, key=lambda each: (each.start, each.end)):
        if spans and part.start <= spans[-1].end:
            spans[-1] = DateRange(spans[-1].start, max(part.end, spans[-1].end))
        else:
            spans.append(part)
    return tuple(spans)


def _quarters(stays: Sequence[Stay], on: date) -> list[DateRange]:
    """Full quarters from the first client's start to the day."""
    start = quarter_start(min(stay.started_on for stay in stays) + timedelta(days=92))
    found = []
    while add_months(start, 3) <= on:
        found.append(DateRange(start, add_months(start, 3)))
        start = add_months(start, 3)
    return found
