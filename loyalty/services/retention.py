"""How long clients stay by the anchors they had: landmark curves and person-period hazards (loyalty.md 5.1).

Groups are formed by the services of the first year, never by those of today; the hazard counts every client in every
quarter by the anchors at its start. Both are association: healthy clients buy more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from billing.models import RevenueDay
from clients.models import Client
from clients.models.client import holder_of
from clients.services.status import losses_by
from crm.periods import DateRange, add_months, quarter_start
from loyalty.models import RetentionSnapshot
from loyalty.rules.anchors import Tenure, anchor_effect, exposures, hazards
from loyalty.rules.survival import Curve, Followed, Observation, kaplan_meier, landmark_groups, log_rank

LANDMARK, YEARS, MOST = 1.0, 5, 5
FEW = 15
"""Under so many clients a curve is indicative only [our choice]."""
YEAR = 365.25

type Days = Mapping[str, Sequence[date]]


@dataclass(frozen=True, slots=True)
class Stay:
    """A client's time with us and the days with revenue of each service line.

    `is_confirmed` is False for a loss that only silence speaks for.
    """

    client: int
    started_on: date
    lost_on: date | None
    days: Days
    is_confirmed: bool = True

    def years(self, *, on: date) -> float:
        return ((self.lost_on or on) - self.started_on).days / YEAR

    @property
    def first_year_anchors(self) -> int:
        end = add_months(self.started_on, 12)
        return sum(any(day < end for day in days) for days in self.days.values())


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
    revenue: dict[int, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    rows = RevenueDay.objects.filter(net_amount__gt=0, issued_on__lte=on).order_by()
    for client, line, day in rows.values_list(holder_of(), "service_line__code", "issued_on"):
        revenue[client][line or ""].append(day)
    lost = losses_by(on=on)
    clients = Client.objects.current().exclude(status=Client.Status.PROSPECT).order_by("pk")
    stays = []
    for client, since_on in clients.values_list("pk", "since_on"):
        days = revenue.get(client, {})
        started = since_on or min((day for line in days.values() for day in line), default=None)
        if started is not None and started <= on:
            lines = {line: sorted(found) for line, found in days.items() if line}
            since = lost.get(client)
            stays.append(Stay(client, started, since.on if since else None, lines, since is None or since.is_confirmed))
    return stays


def curves_of(stays: Sequence[Stay], *, on: date) -> dict[str, Any]:
    """Share still here after each year, by services used in the first; five and more count together."""
    followed = [
        Followed(Observation(stay.years(on=on), stay.lost_on is not None), min(stay.first_year_anchors, MOST) or None)
        for stay in stays
    ]
    groups = landmark_groups(followed, landmark=LANDMARK)
    test = log_rank(groups)
    rows = [_row(anchors, sample) for anchors, sample in groups.items()]
    return {"rows": rows, "trend_p": None if test is None else test.trend_p}


def hazards_of(stays: Sequence[Stay], *, on: date) -> dict[str, Any]:
    """The quarterly hazard by anchors at the start of the quarter, and the effect of one more."""
    tenures = [Tenure(stay.started_on, stay.lost_on, _spans(stay.days)) for stay in stays]
    rows = exposures(tenures, _quarters(stays, on)) if stays else ()
    effect = anchor_effect([row for row in rows if row.anchors])
    return {
        "rows": [row._asdict() for row in hazards(rows)],
        "effect": None if effect is None else asdict(effect),
    }


def _row(anchors: int, sample: Sequence[Observation]) -> dict[str, Any]:
    curve = kaplan_meier(sample)
    years = [_survival(curve, year) for year in range(1, YEARS + 1)]
    return {"anchors": anchors, "n": len(sample), "years": years, "few": len(sample) < FEW}


def _survival(curve: Curve | None, year: int) -> float | None:
    """None beyond what has been observed."""
    return None if curve is None or year > curve.observed_until else curve.at(float(year))


def _spans(days: Days) -> dict[str, tuple[DateRange, ...]]:
    """Revenue holds its service line active for twelve months."""
    return {line: _joined(found) for line, found in days.items()}


def _joined(days: Sequence[date]) -> tuple[DateRange, ...]:
    spans: list[DateRange] = []
    for day in days:
        end = add_months(day, 12)
        if spans and day <= spans[-1].end:
            spans[-1] = DateRange(spans[-1].start, end)
        else:
            spans.append(DateRange(day, end))
    return tuple(spans)


def _quarters(stays: Sequence[Stay], on: date) -> list[DateRange]:
    """Full quarters from the first client's start to the day."""
    start = quarter_start(min(stay.started_on for stay in stays) + timedelta(days=92))
    found = []
    while add_months(start, 3) <= on:
        found.append(DateRange(start, add_months(start, 3)))
        start = add_months(start, 3)
    return found
