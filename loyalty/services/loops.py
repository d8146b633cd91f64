"""Loops of detractors: opened by their answer, closed in words, and the person asked again when the pauses allow."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clients.models import Interaction
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, open_tasks, settle_tasks
from crm.models import User
from crm.periods import DateRange
from loyalty.models import DetractorLoop, LoyaltyPolicy, Survey, SurveyResponse
from loyalty.models.loops import LoopQuery
from loyalty.rules.surveys import Loop, LoopFigures, loop_figures, next_eligible
from loyalty.services.audience import Known, sort_out
from loyalty.services.readings import start_of
from loyalty.services.surveys import add_people, month_survey

DETRACTOR = "detractor"
QUIET = timedelta(days=7)
"""Whoever ticks the task off without closing the loop is reminded after so long."""
ASKED_AGAIN = gettext_noop("Asked again, %(month)s")


def task_of(answer: SurveyResponse, *, partner: User | None, within: timedelta) -> TaskDraft | None:
    """Call this person: for the account manager, else the executive owner, else a partner."""
    client, loop = answer.client, getattr(answer, "loop", None)
    owner = keeper_of(client, fallback=partner)
    if owner is None:
        return None
    return TaskDraft(
        kind=DETRACTOR,
        source=source_of(answer),
        assignee=owner,
        title=lazy(_title, str)(answer),
        detail=answer.comment[:300],
        due_at=answer.answered_at + within,
        client=client,
        contact=answer.contact,
        url=reverse("loyalty:loop_edit", args=[loop.pk]) if loop else reverse("clients:client", args=[client.pk]),
        value_at_stake=client.facts.simple_value if client.facts else None,
    )


def source_of(answer: SurveyResponse) -> str:
    return f"survey-response:{answer.pk}"


@transaction.atomic
def renew_loops(*, at: datetime) -> int:
    """The night's upkeep: notes contacts that were logged elsewhere and reminds of what is still open."""
    note_contacts()
    partner, within = first_partner(), LoyaltyPolicy.load().first_contact_within
    rows = SurveyResponse.objects.filter(loop__in=DetractorLoop.objects.open())
    listed = rows.select_related("loop", "contact", "client__account_manager", "client__executive_owner")
    drafts = (task_of(answer, partner=partner, within=within) for answer in listed)
    return open_tasks((draft for draft in drafts if draft), quiet_since=at - QUIET)


def note_contacts() -> None:
    """The first two-way contact with the person since the answer is the first contact, wherever it was logged."""
    touches = Interaction.objects.two_way().filter(
        contacts=OuterRef("response__contact"), occurred_at__gte=OuterRef("response__answered_at")
    )
    earliest = Subquery(touches.order_by("occurred_at").values("occurred_at")[:1])
    rows = DetractorLoop.objects.filter(pk=OuterRef("pk")).annotate(spoken=earliest).values("spoken")
    DetractorLoop.objects.open().filter(first_contact_at=None).update(first_contact_at=Subquery(rows))


def first_contact(loop: DetractorLoop) -> datetime | None:
    """When somebody of us first spoke with the person after the answer, by what was logged."""
    if loop.first_contact_at or loop.response.contact_id is None:
        return loop.first_contact_at
    touches = Interaction.objects.two_way().filter(
        contacts=loop.response.contact_id, occurred_at__gte=loop.response.answered_at
    )
    found: datetime | None = touches.aggregate(first=Min("occurred_at"))["first"]
    return found


def check_contact(loop: DetractorLoop, spoken: datetime | None, *, at: datetime) -> None:
    """ValidationError for a first contact before the answer or in the future."""
    if spoken and spoken < loop.response.answered_at.replace(second=0, microsecond=0):
        raise ValidationError(
            {"first_contact_at": ValidationError(_("That is before the answer was given."), code="past")}
        )
    if spoken and spoken > at:
        raise ValidationError({"first_contact_at": ValidationError(_("It lies in the future."), code="future")})


@transaction.atomic
def close_loop(loop: DetractorLoop, *, by: User, at: datetime) -> DetractorLoop:
    """Closes a loop whose answers are all given, settles its task and says from when the person is asked again."""
    loop.first_contact_at = first_contact(loop)
    check_contact(loop, loop.first_contact_at, at=at)
    loop.closed_at, loop.closed_by = loop.closed_at or at, loop.closed_by or by
    if loop.reasked_at is None:
        loop.reask_on = _reask_on(loop, on=timezone.localdate(at))
    loop.full_clean()
    loop.save()
    settle_tasks(DETRACTOR, source_of(loop.response), at=at, by=by)
    return loop


def _reask_on(loop: DetractorLoop, *, on: date) -> date | None:
    """The first day that the pauses of this person allow; None for whoever left, is gone or wants no surveys."""
    contact = loop.response.contact
    if not loop.asks_again or contact is None or contact.left_on:
        return None
    candidate = Known.load(on).candidate(contact)
    return next_eligible(candidate, kind="relational", on=on, limits=LoyaltyPolicy.load().fatigue)


@transaction.atomic
def ask_again(*, on: date, at: datetime) -> int:
    """Queues the question anew to people of closed loops whose day has come; says how many. Safe to repeat.

    Whom the pauses of that day still hold back waits for the next; who has left or opted out is not asked.
    """
    partner = first_partner()
    due = DetractorLoop.objects.filter(reask_on__lte=on, reasked_at=None, response__contact__left_on=None)
    people = [row.response.contact for row in due.select_related("response__contact__client") if row.response.contact]
    people = [person for person in people if person.email and person.surveys_refused_at is None]
    if not people or partner is None:
        return 0
    survey = month_survey("reasks_of_on", ASKED_AGAIN, kind=Survey.Kind.RELATIONAL, by=partner, on=on, at=at)
    if survey.state == Survey.State.CLOSED:
        return 0
    invited = set(survey.invitations.filter(contact__in=people).values_list("contact", flat=True))
    fresh = [person for person in people if person.pk not in invited]
    found = sort_out(fresh, kind="relational", on=on)
    add_people(survey, found.people, at=at)
    due.filter(response__contact__in=found.people).update(reasked_at=at)
    return len(found.people)


def loops_within(window: DateRange, *, user: User) -> LoopQuery:
    """The loops of answers given in the window, as far as the person sees them."""
    days = (start_of(window.start), start_of(window.end))
    rows = DetractorLoop.objects.visible_to(user).standing()
    return rows.filter(response__answered_at__gte=days[0], response__answered_at__lt=days[1])


def loops_of(rows: QuerySet[DetractorLoop], *, at: datetime) -> LoopFigures:
    """The figures of loops, by the firm's own time for a first contact."""
    columns = rows.values_list("response__answered_at", "first_contact_at", "recovered", "closed_at")
    return loop_figures(
        (Loop(answered, spoken, recovered if closed else None) for answered, spoken, recovered, closed in columns),
        at=at,
        within=LoyaltyPolicy.load().first_contact_within,
    )


def _title(answer: SurveyResponse) -> str:
    """Written when the task is, in the language of whoever gets it."""
    words = {"name": str(answer.contact or answer.client), "score": answer.score}
    if answer.call_back:
        return _("Call %(name)s, who asked for it and gave %(score)s") % words
    return _("Call %(name)s, who gave %(score)s") % words
