"""NPS reports: the newest answer of each person in a window, with interval, bounds and the three roll-ups."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, When
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import ClientAnchor, ClientFigure, KeyClientDesignation
from clients.models.client import holder_of
from clients.services.facts import write_figures, write_scores
from crm.models import User
from crm.money import round_half_up
from crm.periods import DateRange, trailing_months
from loyalty.models import NpsSnapshot, SurveyInvitation, SurveyResponse
from loyalty.rules.nps import Bounds, Counts, Interval, bounds, count, interval, response_rate
from loyalty.rules.nps_accounts import (
    AccountNps,
    Answer,
    Influence,
    WeightedNps,
    account_category,
    account_nps,
    clustered_error,
    decision_maker_first,
    revenue_weighted,
    role_weighted,
)

WINDOW_MONTHS = 12
ANSWER_DAYS = 30
"""A mail may be answered for so long, so whoever was asked shortly before a window could answer in it."""


class By(StrEnum):
    BUYING_ROLE = "buying_role"
    LEVEL = "level"
    TIER = "tier"
    INDUSTRY = "industry"
    EMPLOYEE = "employee"
    SURVEY = "survey"
    DESIGNATION = "designation"
    SERVICE_LINE = "service_line"


YARDSTICK = "quality_yardstick"
"""Beside the types of designation: the clients by whose word we measure our quality, whatever they are key for."""


class Given(NamedTuple):
    """One person's newest answer in the window; `person` is None for people who were erased.

    The answers of a merged client are those of the one that stayed.
    """

    person: int | None
    client: int
    score: int
    influence: Influence
    buying_role: str | None
    level: str | None
    tier: str
    industry: str
    employee: int | None
    survey: str


def _of_holder(name: str) -> Case:
    """A property of the client for which an answer counts: of the one that stayed, if two were merged."""
    return Case(When(client__merged_into=None, then=F(f"client__{name}")), default=F(f"client__merged_into__{name}"))


COLUMNS = (
    "contact",
    holder_of(),
    "score",
    "contact__influence",
    "contact__buying_role",
    "contact__level",
    _of_holder("tier"),
    _of_holder("industry"),
    _of_holder("account_manager"),
    "survey__name",
)


@dataclass(frozen=True, slots=True)
class Group:
    """A breakdown's row; `key` is empty where the property is unknown."""

    key: str
    counts: Counts
    interval: Interval | None


NOBODY, NO_ANSWERS = AccountNps(0, None, None), Counts(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Report:
    """Person level, account level and deciders first, side by side; every figure None without answers.

    `asked` are the people whom a mail reached in time to answer, `heard` those of them who did; bounds and response
    rate speak of mails only, so answers collected elsewhere have neither. `clustered_error` is that of the person level
    if people of one client answer alike; `account_counts` are clients by the mean of their scores.
    """

    window: DateRange
    given: Sequence[Given]
    counts: Counts
    interval: Interval | None
    bounds: Bounds | None
    asked: int
    heard: int
    response_rate: float | None
    accounts: AccountNps
    deciders: AccountNps
    note: str
    by_role: AccountNps = NOBODY
    by_money: WeightedNps | None = None
    clustered_error: float | None = None
    account_counts: Counts = NO_ANSWERS


def nps_report(window: DateRange, *, user: User | None = None) -> Report:
    """The report over answers given in the window; with `user` only over what this person sees."""
    given = newest_answers(window, user=user)
    counts, asked = count(each.score for each in given), _asked(window, user)
    heard = sum(each.person in asked for each in given)
    by_client = _by_client(given)
    return Report(
        window=window,
        given=given,
        counts=counts,
        interval=interval(counts),
        bounds=bounds(counts, delivered=counts.n + len(asked) - heard) if asked else None,
        asked=len(asked),
        heard=heard,
        response_rate=response_rate(heard, sent=len(asked)) if asked else None,
        accounts=account_nps(by_client),
        deciders=decision_maker_first(by_client),
        note=_note(counts.n, len(asked)),
        by_role=role_weighted(by_client),
        by_money=revenue_weighted(by_client, _yearly_revenue(by_client)),
        clustered_error=clustered_error(by_client),
        account_counts=_by_category(by_client),
    )


def newest_answers(window: DateRange, *, user: User | None = None) -> list[Given]:
    """One answer a person; answers of people who were erased count one by one. One statement."""
    rows = SurveyResponse.objects.answered(start_of(window.start), start_of(window.end))
    if user is not None:
        rows = rows.visible_to(user)
    newest: dict[tuple[str, int], Given] = {}
    for pk, person, client, score, influence, *known in rows.order_by("answered_at", "pk").values_list("pk", *COLUMNS):
        key = ("answer", pk) if person is None else ("person", person)
        newest[key] = Given(person, client, score, influence or "user", *known)
    return list(newest.values())


def counts_by_window(windows: Sequence[DateRange], *, user: User | None = None) -> list[Counts]:
    """Answers of each window, one a person in each; the windows follow each other. One statement."""
    rows = SurveyResponse.objects.answered(start_of(windows[0].start), start_of(windows[-1].end))
    if user is not None:
        rows = rows.visible_to(user)
    newest: list[dict[tuple[str, int], int]] = [{} for _window in windows]
    for pk, person, score, at in rows.order_by("answered_at", "pk").values_list(
        "pk", "contact", "score", "answered_at"
    ):
        day = timezone.localdate(at)
        place = next(place for place, window in enumerate(windows) if window.start <= day < window.end)
        newest[place][("answer", pk) if person is None else ("person", person)] = score
    return [count(scores.values()) for scores in newest]


def groups_by(given: Iterable[Given], by: By) -> tuple[Group, ...]:
    """The same answers by a property of the person, the client or the survey."""
    scores: dict[str, list[int]] = defaultdict(list)
    for each in given:
        scores[str(getattr(each, by) or "")].append(each.score)
    return _groups(scores)


def report_groups(report: Report, by: By) -> tuple[Group, ...]:
    """The report's answers by any property; designations are those held on the last day of its window."""
    if by == By.DESIGNATION:
        return designation_groups(report.given, on=report.window.last)
    if by == By.SERVICE_LINE:
        return _groups_held(report.given, _service_lines())
    return groups_by(report.given, by)


def designation_groups(given: Iterable[Given], *, on: date) -> tuple[Group, ...]:
    """By what their clients are key for: an answer counts in each designation of its client. One statement."""
    return _groups_held(given, _designations(on))


@transaction.atomic
def refresh_nps(*, on: date) -> NpsSnapshot:
    """Today's point of the history, each client's own NPS on its figures, and each person's last answer.

    All or nothing, safe to run twice.
    """
    report = nps_report(trailing_months(on, WINDOW_MONTHS))
    shown = report.interval
    snapshot, _made = NpsSnapshot.objects.update_or_create(
        as_of_on=on,
        defaults={
            "from_on": report.window.start,
            "asked_count": report.asked,
            **report.counts._asdict(),
            "nps": points(report.counts.nps),
            "low": points(shown.low if shown else None),
            "high": points(shown.high if shown else None),
            "account_nps": points(report.accounts.nps),
            "account_count": report.accounts.n,
        },
    )
    write_figures("nps", _client_figures(report.given), as_of=on)
    write_scores(_new_scores())
    return snapshot


def points(value: float | None) -> Decimal | None:
    """NPS points with six decimals; None stays None."""
    return None if value is None else round_half_up(Decimal(repr(float(value))), 6)


def start_of(on: date) -> datetime:
    """Midnight of the day in the firm's time zone."""
    return timezone.make_aware(datetime.combine(on, time.min))


def _groups(scores: Mapping[str, Sequence[int]]) -> tuple[Group, ...]:
    counted = {key: count(scores[key]) for key in sorted(scores)}
    return tuple(Group(key, counts, interval(counts)) for key, counts in counted.items())


def _groups_held(given: Iterable[Given], held: Mapping[int, set[str]]) -> tuple[Group, ...]:
    """An answer counts in each thing that its client holds, or under nothing."""
    scores: dict[str, list[int]] = defaultdict(list)
    for each in given:
        for key in held.get(each.client) or {""}:
            scores[key].append(each.score)
    return _groups(scores)


def _service_lines() -> Mapping[int, set[str]]:
    """The services that each client uses now, by code."""
    held: dict[int, set[str]] = defaultdict(set)
    rows = ClientAnchor.objects.filter(is_active=True)
    for client, code in rows.values_list("client", "service_line__code"):
        held[client].add(code)
    return held


def _designations(on: date) -> Mapping[int, set[str]]:
    held: dict[int, set[str]] = defaultdict(set)
    rows = KeyClientDesignation.objects.active(on=on).order_by()
    for client, kind, is_yardstick in rows.values_list(holder_of(), "type", "quality_yardstick"):
        held[client] |= {kind, YARDSTICK} if is_yardstick else {kind}
    return held


def _client_figures(given: Iterable[Given]) -> dict[int, dict[str, object]]:
    """Each client's own NPS; None for those whose answers have left the window."""
    silent = ClientFigure.objects.exclude(nps=None).values_list("client", flat=True)
    figures: dict[int, dict[str, object]] = {client: {"nps": None, "nps_answers": 0} for client in silent}
    for client, answers in _by_client(given).items():
        counts = count(answer.score for answer in answers)
        figures[client] = {"nps": points(counts.nps), "nps_answers": counts.n}
    return figures


def _new_scores() -> dict[int, tuple[int, date]]:
    """The last answer of each person, however old, where it is not written on the person yet."""
    answers = SurveyResponse.objects.exclude(contact=None).order_by("contact", "-answered_at", "-pk")
    columns = ("contact", "score", "answered_at", "contact__nps_score", "contact__nps_on")
    newest = answers.distinct("contact").values_list(*columns)
    found = {person: ((score, timezone.localdate(at)), known) for person, score, at, *known in newest}
    return {person: last for person, (last, known) in found.items() if [*last] != known}


def _yearly_revenue(clients: Iterable[int]) -> dict[int, float]:
    rows = ClientFigure.objects.filter(client__in=list(clients), revenue_12m__gt=0)
    return {client: float(amount) for client, amount in rows.values_list("client", "revenue_12m") if amount}


def _by_category(by_client: Mapping[int, Sequence[Answer]]) -> Counts:
    names = [account_category([answer.score for answer in given]) for given in by_client.values()]
    return Counts(names.count("promoter"), names.count("passive"), names.count("detractor"))


def _by_client(given: Iterable[Given]) -> Mapping[int, list[Answer]]:
    answers: dict[int, list[Answer]] = defaultdict(list)
    for each in given:
        answers[each.client].append(Answer(each.score, each.influence))
    return answers


def _asked(window: DateRange, user: User | None) -> set[int]:
    """People whom a mail reached so that they could answer in the window, and who had not answered it before."""
    rows = SurveyInvitation.objects.all() if user is None else SurveyInvitation.objects.visible_to(user)
    first = start_of(window.start - timedelta(days=ANSWER_DAYS))
    before = SurveyResponse.objects.filter(
        survey=OuterRef("survey"), contact=OuterRef("contact"), answered_at__lt=start_of(window.start)
    )
    sent = rows.filter(sent_at__gte=first, sent_at__lt=start_of(window.end)).exclude(Exists(before))
    return set(sent.values_list("contact", flat=True))


def _note(answers: int, asked: int) -> str:
    if not answers:
        return _("Nobody has answered in this window.")
    return "" if asked else _("No mail was sent in this window, so there is no response rate and no bounds.")
