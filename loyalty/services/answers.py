"""Answers to surveys: one of each person, the task that a detractor opens, and the wish not to be asked again."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Contact
from clients.services.keepers import first_partner
from clients.services.tasks import open_task, settle_tasks
from crm.db import worded
from loyalty.models import DetractorLoop, LoyaltyPolicy, Survey, SurveyResponse
from loyalty.rules.nps import category
from loyalty.services.loops import DETRACTOR, source_of, task_of

CHANGEABLE_FOR = timedelta(hours=24)
FRESH_FOR = timedelta(days=30)
"""An older answer that is imported opens no loop: the call would come too late to mean anything."""


@transaction.atomic
def record_answer(
    survey: Survey,
    contact: Contact,
    *,
    score: int,
    comment: str,
    at: datetime,
    language: str = "",
    call_back: bool = False,
) -> SurveyResponse:
    """The one answer of a person to a survey; it may be changed for 24 hours, later `already_done`.

    ValueError for anything but an integer from 0 to 10. A detractor, or the wish to be called, opens a task for
    the account manager, else a partner; an answer that rises settles it.
    """
    category(score)
    Contact.objects.locked().get(pk=contact.pk)  # two clicks at once become one answer
    answer = SurveyResponse.objects.filter(survey=survey, contact=contact).first()
    if answer is None:
        answer = SurveyResponse(survey=survey, contact=contact, client=contact.client, answered_at=at)
    elif not is_changeable(answer, at=at):
        raise ValidationError(_("Your answer can no longer be changed."), code="already_done")
    answer.score, answer.comment, answer.language, answer.call_back = score, comment, language, call_back
    answer.save()
    _keep_loop(answer, at=at)
    return answer


@transaction.atomic
def import_answer(answer: SurveyResponse, *, at: datetime) -> SurveyResponse:
    """An answer that was collected elsewhere; a second one of the same person is refused as `already_done`."""
    category(answer.score)
    if answer.answered_at > at:
        raise ValidationError({"answered_at": ValidationError(_("It lies in the future."), code="future")})
    if answer.contact is not None:
        answer.client = answer.contact.client
    with worded():
        answer.save()
    if at - answer.answered_at <= FRESH_FOR:
        _keep_loop(answer, at=at)
    return answer


def is_changeable(answer: SurveyResponse, *, at: datetime) -> bool:
    return at - answer.answered_at <= CHANGEABLE_FOR


@transaction.atomic
def refuse_surveys(contact: Contact, *, at: datetime) -> None:
    """Opting out is final: nobody sends this person a survey again."""
    Contact.objects.filter(pk=contact.pk, surveys_refused_at=None).update(surveys_refused_at=at)


def _keep_loop(answer: SurveyResponse, *, at: datetime) -> None:
    """A detractor's loop with its task, or a call that was asked for; a better answer settles the task."""
    detracts = category(answer.score) == "detractor"
    if detracts:
        DetractorLoop.objects.get_or_create(response=answer)
    if not detracts and not answer.call_back:
        settle_tasks(DETRACTOR, source_of(answer), at=at)
    elif draft := task_of(answer, partner=first_partner(), within=LoyaltyPolicy.load().first_contact_within):
        open_task(draft)
