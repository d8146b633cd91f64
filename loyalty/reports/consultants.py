"""The quality of work by person over twelve months; its spread within each service line, which partners read.

Answers to surveys after a delivery belong to those who logged time on what was delivered.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import F, Q, Sum
from django.utils import timezone

from billing.models import TimeEntry, WorkMonth
from clients.models import Complaint, Promise, ServiceLine
from clients.rules.promises import Judged, rate_judged
from clients.services.promise_rates import judge_promise
from crm.access import Role
from crm.models import User
from crm.periods import DateRange, month_start, trailing_months
from loyalty.models import DeliveryAsk, Survey, SurveyResponse
from loyalty.rules.consultants import (
    LEAST_PROMISES,
    Figure,
    Measure,
    Spread,
    Worked,
    complaint_rate,
    people_of,
    points,
    share_of,
    spreads,
    warranty,
)
from loyalty.rules.nps import DETRACTS_TO, PROMOTES_FROM

MONTHS = 12
FREE = ("goodwill_minutes", "follow_up_minutes", "warranty_minutes", "dispute_minutes", "internal_minutes")
type Figures = Mapping[Measure, Figure]


@dataclass(frozen=True, slots=True)
class PersonQuality:
    """`ramp_complaints` fell into the person's first month and count for nothing else."""

    person: User
    billed_minutes: int
    figures: Figures
    ramp_complaints: int

    @property
    def by_name(self) -> dict[str, Figure]:
        return {measure.value: figure for measure, figure in self.figures.items()}


@dataclass(frozen=True, slots=True)
class LineSpread:
    line: ServiceLine | None
    people: int
    spreads: Sequence[Spread]


@dataclass(frozen=True, slots=True)
class QualityReport:
    window: DateRange
    people: Sequence[PersonQuality]
    lines: Sequence[LineSpread]


def quality_report(
    user: User, *, at: datetime, shown: Collection[int] | None = None, line: ServiceLine | None = None
) -> QualityReport:
    """Everybody for a partner, with the spreads; oneself for others. Whole months, the running one included.

    `shown` narrows the rows to these people, `line` to those who worked in it; a spread stays that of all who did.
    """
    window = trailing_months(timezone.localdate(at), MONTHS)
    people = list(_people(user))
    ids = [person.pk for person in people]
    work = _work(ids, window)
    shared = _shared(ids, window, at)
    rows = [_quality(person, [each for each in work if each.employee == person.pk], shared) for person in people]
    lines = list(_lines(work, {row.person.pk: row.figures for row in rows})) if user.is_in(Role.PARTNER) else []
    if line:
        lines = [each for each in lines if each.line == line]
        there = {each.employee for each in work if each.line == line.pk}
        rows = [row for row in rows if row.person.pk in there]
    rows = [row for row in rows if shown is None or row.person.pk in shown]
    return QualityReport(window, [row for row in rows if _has_anything(row)], lines)


@dataclass(frozen=True, slots=True)
class Shared:
    """What does not lie in a service line."""

    complaints: Counter[int]
    ramp: Counter[int]
    nps: Mapping[int, Figure]
    honour: Mapping[int, Figure]


def _people(user: User) -> Any:
    rows = User.objects.working().in_role(Role.PARTNER, Role.ACCOUNT_MANAGER, Role.CONSULTANT)
    return rows if user.is_in(Role.PARTNER) else rows.filter(pk=user.pk)


def _work(ids: Iterable[int], window: DateRange) -> list[Worked]:
    """Approved work by person and service line, from the rollup."""
    rows = WorkMonth.objects.filter(employee__in=ids, month_on__gte=month_start(window.start), month_on__lt=window.end)
    billed: Any = F("minutes")
    for name in FREE:
        billed = billed - F(name)
    summed = rows.order_by().values("employee", "service_line").annotate(b=Sum(billed), w=Sum("warranty_minutes"))
    return [Worked(row["employee"], row["service_line"], row["b"], row["w"]) for row in summed]


def _shared(ids: Sequence[int], window: DateRange, at: datetime) -> Shared:
    complaints, ramp = _complaints(ids, window)
    return Shared(complaints, ramp, _nps(ids, window), _honour(ids, window, at))


def _complaints(ids: Iterable[int], window: DateRange) -> tuple[Counter[int], Counter[int]]:
    """By person: those of the first month stand apart."""
    rows = Complaint.objects.filter(about__in=ids, received_on__gte=window.start, received_on__lt=window.end)
    ours, learning = Counter[int](), Counter[int]()
    for about, on, until in rows.values_list("about", "received_on", "about__ramp_until_on"):
        (learning if until and on <= until else ours)[about] += 1
    return ours, learning


def _nps(ids: Iterable[int], window: DateRange) -> dict[int, Figure]:
    """Answers after deliveries, by who had worked on what was delivered."""
    wanted, scores = set(ids), defaultdict[int, list[int]](list)
    asks = DeliveryAsk.objects.filter(survey__kind=Survey.Kind.TRANSACTIONAL)
    delivered: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for survey, client, event, thing in asks.values_list("survey", "client", "event", "object_id"):
        delivered[survey, client].append((event, thing))
    workers = _workers({each for things in delivered.values() for each in things})
    rows = SurveyResponse.objects.answered(_moment(window.start), _moment(window.end))
    for survey, client, score in rows.filter(survey__in=asks.values("survey")).values_list("survey", "client", "score"):
        people = {person for thing in delivered[survey, client] for person in workers[thing]}
        for person in people & wanted:
            scores[person].append(score)
    return {person: _points(found) for person, found in scores.items()}


def _points(scores: Sequence[int]) -> Figure:
    promoters, detractors = sum(s >= PROMOTES_FROM for s in scores), sum(s <= DETRACTS_TO for s in scores)
    return points(promoters, detractors, len(scores))


def _workers(things: Iterable[tuple[str, int]]) -> defaultdict[tuple[str, int], set[int]]:
    """Who logged time on an offer or an engagement; two statements."""
    by_event: dict[str, set[int]] = defaultdict(set)
    for event, thing in things:
        by_event[event].add(thing)
    found: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for event, column in ((DeliveryAsk.Event.OFFER, "offer"), (DeliveryAsk.Event.ENGAGEMENT, "engagement")):
        rows = TimeEntry.objects.filter(Q((f"{column}__in", by_event[event]))).order_by()
        for thing, person in rows.values_list(column, "employee").distinct():
            found[str(event), thing].add(person)
    return found


def _honour(ids: Iterable[int], window: DateRange, at: datetime) -> dict[int, Figure]:
    due = Promise.objects.filter(due_at__gte=_moment(window.start), due_at__lt=_moment(window.end))
    judged: dict[int, list[Judged]] = defaultdict(list)
    for row in due.filter(made_by__in=ids).prefetch_related("dates"):
        judged[row.made_by_id].append(judge_promise(row, at=at))
    rates = {person: rate_judged(found) for person, found in judged.items()}
    return {
        person: share_of(each.kept + each.renegotiated_kept, each.n, least=LEAST_PROMISES)
        for person, each in rates.items()
    }


def _quality(person: User, work: Sequence[Worked], shared: Shared) -> PersonQuality:
    billed, again, nothing = sum(each.billed for each in work), sum(each.warranty for each in work), Figure(None, 0)
    figures = {
        Measure.WARRANTY: warranty(billed, again),
        Measure.COMPLAINTS: complaint_rate(shared.complaints[person.pk], billed),
        Measure.NPS: shared.nps.get(person.pk, nothing),
        Measure.HONOUR: shared.honour.get(person.pk, nothing),
    }
    return PersonQuality(person, billed, figures, shared.ramp[person.pk])


def _lines(work: Sequence[Worked], figures: Mapping[int, Figures]) -> Iterable[LineSpread]:
    """Warranty as it fell in the line; the rest belongs to the person wherever they work."""
    named = ServiceLine.objects.in_bulk([each.line for each in work if each.line])
    for line in dict.fromkeys(each.line for each in work):
        people = people_of(work, line)
        found = spreads(
            {**figures[pk], Measure.WARRANTY: warranty(each.billed, each.warranty)} for pk, each in people.items()
        )
        if found:
            yield LineSpread(named.get(line) if line else None, len(people), found)


def _has_anything(row: PersonQuality) -> bool:
    return bool(row.billed_minutes or row.ramp_complaints or any(figure.n for figure in row.figures.values()))


def _moment(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))
