"""Holding a loyalty test, and the tasks of the quarter: a test to hold, then each question that stayed blank."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.models.client import ClientQuery
from clients.rules.first_order import Step
from clients.services.first_orders import settle_steps
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, open_tasks, renew_tasks, settle_tasks
from crm.models import User
from crm.periods import add_months, quarter_start
from loyalty.models import LoyaltyAnswer, LoyaltyTest
from loyalty.rules.loyalty_test import TESTED_TIERS, Question, blanks
from loyalty.services.readings import start_of

HOLD, BLANK = "loyalty_test", "loyalty_blank"
BLANK_DUE_IN = timedelta(days=14)
HELD_WITHIN_MONTHS = 2  # of three: a month is left for the blanks


@dataclass(frozen=True, slots=True)
class Said:
    """An answer with its evidence; both empty takes it back."""

    answer: str
    evidence: str


@transaction.atomic
def hold_test(client: Client, *, answers: Mapping[str, Said], by: User, on: date, at: datetime) -> LoyaltyTest:
    """Keeps answers of this quarter, those that are named; what did not change keeps its date. Blanks become tasks.

    ValidationError on `evidence_<question>` or `answer_<question>` for half an answer.
    """
    for question, said in answers.items():
        _check_whole(question, said)
    test, _made = LoyaltyTest.objects.get_or_create(
        client=client, quarter_on=quarter_start(on), defaults={"held_by": by}
    )
    LoyaltyTest.objects.locked().get(pk=test.pk)
    known = {row.question: row for row in test.answers.all()}
    for question, said in answers.items():
        _keep(test, question, said, known.get(question), on=on)
    renew_client(test, at=at)
    if test.answers.exists():
        settle_steps(client, [Step.LOYALTY], at=at, by=by)
    return test


def tested_clients() -> ClientQuery:
    """Clients in our care that are asked about in each quarter."""
    return Client.objects.in_care().filter(tier__in=TESTED_TIERS)


def check_quarter(test: LoyaltyTest, *, on: date) -> None:
    """ValidationError `wrong_status` once the quarter of the test is over: what was known then stays."""
    if test.quarter_on != quarter_start(on):
        raise ValidationError(_("The quarter of this test is over."), code="wrong_status")


def renew_tests(*, on: date, at: datetime) -> int:
    """The night's upkeep for all clients: says how many tasks are new. What a person dismissed stays away."""
    quarter, partner = quarter_start(on), first_partner()
    rows = LoyaltyTest.objects.of_quarter(quarter).prefetch_related(Prefetch("answers", to_attr="given"))
    given = {row.client_id: {answer.question for answer in vars(row)["given"]} for row in rows}
    hold, fill = [], []
    for client in tested_clients().select_related("account_manager", "executive_owner"):
        if client.pk in given:
            fill += _blanks(client, quarter, blanks(given[client.pk]), at=at, partner=partner)
        else:
            hold += _to_hold(client, quarter, partner=partner)
    since = start_of(quarter)
    return renew_tasks(HOLD, hold, at=at, quiet_since=since) + renew_tasks(BLANK, fill, at=at, quiet_since=since)


def renew_client(test: LoyaltyTest, *, at: datetime) -> None:
    """The same for one client at once."""
    left = blanks(set(test.answers.values_list("question", flat=True)))
    settle_tasks(HOLD, _source(test.client, test.quarter_on), at=at)
    answered = [_source(test.client, test.quarter_on, question) for question in Question if question not in left]
    settle_tasks(BLANK, *answered, at=at)
    if test.client.tier in TESTED_TIERS:
        drafts = _blanks(test.client, test.quarter_on, left, at=at, partner=first_partner())
        open_tasks(drafts, quiet_since=start_of(test.quarter_on))


def _check_whole(question: str, said: Said) -> None:
    if bool(said.answer.strip()) == bool(said.evidence.strip()):
        return
    missing = "evidence" if said.answer.strip() else "answer"
    words = {
        "evidence": _("An answer needs its evidence: who said it, where one sees it."),
        "answer": _("Say what this is evidence of."),
    }
    raise ValidationError({f"{missing}_{question}": ValidationError(words[missing], code="required")})


def _keep(test: LoyaltyTest, question: str, said: Said, known: LoyaltyAnswer | None, *, on: date) -> None:
    answer, evidence = said.answer.strip(), said.evidence.strip()
    if known and (known.answer, known.evidence) == (answer, evidence):
        return
    if not answer:
        test.answers.filter(question=question).delete()
        return
    test.answers.update_or_create(
        question=question, defaults={"answer": answer, "evidence": evidence, "answered_on": on}
    )


def _to_hold(client: Client, quarter: date, *, partner: User | None) -> list[TaskDraft]:
    owner = keeper_of(client, fallback=partner)
    if owner is None:
        return []
    due = start_of(add_months(quarter, HELD_WITHIN_MONTHS))
    return [
        TaskDraft(
            kind=HOLD,
            source=_source(client, quarter),
            assignee=owner,
            client=client,
            title=_("Loyalty test of the quarter: six questions"),
            due_at=due,
            url=_url(client),
        )
    ]


def _blanks(
    client: Client, quarter: date, left: Iterable[Question], *, at: datetime, partner: User | None
) -> list[TaskDraft]:
    owner = keeper_of(client, fallback=partner)
    if owner is None:
        return []
    return [
        TaskDraft(
            kind=BLANK,
            source=_source(client, quarter, question),
            assignee=owner,
            client=client,
            title=LoyaltyAnswer.Ask(question).label,
            due_at=at + BLANK_DUE_IN,
            url=_url(client),
        )
        for question in left
    ]


def _source(client: Client, quarter: date, question: Question | None = None) -> str:
    parts = [str(client.pk), quarter.isoformat(), *([question.value] if question else [])]
    return ":".join(parts)


def _url(client: Client) -> str:
    return reverse("loyalty:test_edit", args=[client.pk])


def earlier_answers(client: Client, *, quarter: date) -> dict[str, LoyaltyAnswer]:
    """The newest answer to each question from a quarter before."""
    rows = LoyaltyAnswer.objects.filter(test__client=client, test__quarter_on__lt=quarter)
    return {row.question: row for row in rows.order_by("test__quarter_on")}
