"""NPS reports: the newest answer of each person in a window, with interval, bounds and the three roll-ups."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import ClientFigure
from clients.services.facts import write_figures
from crm.models import User
from crm.money import round_half_up
from crm.periods import DateRange, trailing_months
from loyalty.models import NpsSnapshot, SurveyInvitation, SurveyResponse
from loyalty.rules.nps import Bounds, Counts, Interval, bounds, count, interval, response_rate
from loyalty.rules.nps_accounts import AccountNps, Answer, Influence, account_nps, decision_maker_first

WINDOW_MONTHS = 12


class By(StrEnum):
    BUYING_ROLE = "buying_role"
    LEVEL = "level"
    TIER = "tier"
    INDUSTRY = "industry"
    EMPLOYEE = "employee"
    SURVEY = "survey"


_COLUMNS = {
    By.BUYING_ROLE: "contact__buying_role",
    By.LEVEL: "contact__level",
    By.TIER: "client__tier",
    By.INDUSTRY: "client__industry",
    By.EMPLOYEE: "client__account_manager",
    By.SURVEY: "survey__name",
}


class Given(NamedTuple):
    """One person's newest answer in the window."""

    client: int
    score: int
    influence: Influence
    group: str | int | None


@dataclass(frozen=True, slots=True)
class Group:
    """A breakdown's row; `key` is empty where the property is unknown."""

    key: str
    counts: Counts
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Report:
    """Person level, account level and deciders first, side by side; every figure None without answers."""

    window: DateRange
    counts: Counts
    interval: Interval | None
    bounds: Bounds | None
    asked: int
    response_rate: float | None
    accounts: AccountNps
    deciders: AccountNps
    groups: tuple[Group, ...]
    note: str


def nps_report(window: DateRange, *, by: By | None = None, user: User | None = None) -> Report:
    """The report over answers given in the window; with `user` only over answers that this person sees."""
    given = newest_answers(window, by=by, user=user)
    counts = count(each.score for each in given)
    asked = max(_asked(window), counts.n)
    by_client = _by_client(given)
    return Report(
        window=window,
        counts=counts,
        interval=interval(counts),
        bounds=bounds(counts, delivered=asked),
        asked=asked,
        response_rate=response_rate(counts.n, sent=asked) if asked else None,
        accounts=account_nps(by_client),
        deciders=decision_maker_first(by_client),
        groups=tuple(_groups(given)) if by else (),
        note="" if counts.n else _("Nobody has answered in this window."),
    )


def newest_answers(window: DateRange, *, by: By | None = None, user: User | None = None) -> list[Given]:
    """One answer a person; answers of people who were erased count one by one."""
    rows = SurveyResponse.objects.answered(start_of(window.start), start_of(window.end))
    if user is not None:
        rows = rows.visible_to(user)
    column = _COLUMNS[by] if by else "survey"
    values = rows.order_by("answered_at").values_list("id", "contact", "client", "score", "contact__influence", column)
    newest: dict[tuple[str, int], Given] = {}
    for pk, contact, client, score, influence, group in values:
        key = ("contact", contact) if contact else ("answer", pk)
        newest[key] = Given(client, score, influence or "user", group)
    return list(newest.values())


def refresh_nps(*, on: date) -> NpsSnapshot:
    """Today's point of the trend, and each client's own NPS on its figures; safe to run twice."""
    report = nps_report(trailing_months(on, WINDOW_MONTHS))
    shown = report.interval
    with transaction.atomic():
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
        write_figures("nps", _client_figures(report.window), as_of=on)
    return snapshot


def points(value: float | None) -> Decimal | None:
    """NPS points with six decimals; None stays None."""
    return None if value is None else round_half_up(Decimal(repr(float(value))), 6)


def start_of(on: date) -> datetime:
    """Midnight of the day in the firm's time zone."""
    return timezone.make_aware(datetime.combine(on, time.min))


def _client_figures(window: DateRange) -> dict[int, dict[str, object]]:
    """Each client's own NPS; None for those whose answers have left the window."""
    silent = ClientFigure.objects.exclude(nps=None).values_list("client", flat=True)
    figures: dict[int, dict[str, object]] = {client: {"nps": None, "nps_answers": 0} for client in silent}
    for client, answers in _by_client(newest_answers(window)).items():
        counts = count(answer.score for answer in answers)
        figures[client] = {"nps": points(counts.nps), "nps_answers": counts.n}
    return figures


def _by_client(given: Iterable[Given]) -> Mapping[int, list[Answer]]:
    answers: dict[int, list[Answer]] = defaultdict(list)
    for each in given:
        answers[each.client].append(Answer(each.score, each.influence))
    return answers


def _groups(given: Iterable[Given]) -> Iterable[Group]:
    scores: dict[str, list[int]] = defaultdict(list)
    for each in given:
        scores[str(each.group or "")].append(each.score)
    for key in sorted(scores):
        counts = count(scores[key])
        yield Group(key, counts, interval(counts))


def _asked(window: DateRange) -> int:
    """People asked so that they could answer in the window: mails that left from 30 days before it on."""
    sent = SurveyInvitation.objects.filter(
        sent_at__gte=start_of(window.start - timedelta(days=30)), sent_at__lt=start_of(window.end)
    )
    return sent.values("contact").distinct().count()
