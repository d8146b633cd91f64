"""Surveys: who is asked, the mail with its link, the one answer of each link, the task that a detractor opens."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client, Contact, Task
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.links import make_link, revoke_link
from crm.models import SignedLink
from loyalty.models import LoyaltyPolicy, Survey, SurveyInvitation, SurveyResponse
from loyalty.rules.nps import category
from loyalty.services.audience import choose_audience

LINK_DAYS = 30
REMINDER_DAYS = 7
CHANGE_HOURS = 24
DETRACTOR = "detractor"


@transaction.atomic
def start_survey(survey: Survey, *, at: datetime, on: date) -> int:
    """Fixes the audience and queues one invitation a person; says how many. `already_done` if it was started."""
    survey = Survey.objects.locked().get(pk=survey.pk)
    if survey.state != Survey.State.DRAFT:
        raise ValidationError(_("This survey was already sent."), code="already_done")
    audience = choose_audience(survey, on=on)
    if not audience.people:
        raise ValidationError(_("Nobody can be asked: see the reasons below."), code="nobody_to_ask")
    SurveyInvitation.objects.bulk_create(
        SurveyInvitation(survey=survey, contact=contact, made_at=at) for contact in audience.people
    )
    survey.excluded = [{"contact": contact.pk, "reasons": list(reasons)} for contact, reasons in audience.excluded]
    survey.state, survey.sent_at = Survey.State.SENDING, at
    survey.save(update_fields=["excluded", "state", "sent_at"])
    return len(audience.people)


def send_invitations(*, at: datetime, limit: int = 500) -> int:
    """Drains the outbox: each mail is claimed, sent and marked in a transaction of its own, so none leaves twice."""
    waiting = list(SurveyInvitation.objects.unsent().order_by("pk").values_list("pk", flat=True)[:limit])
    sent = sum(send_invitation(pk, at=at) for pk in waiting)
    open_surveys = Survey.objects.filter(state=Survey.State.SENDING)
    open_surveys.exclude(invitations__in=SurveyInvitation.objects.unsent()).update(state=Survey.State.SENT)
    return sent


@transaction.atomic
def send_invitation(invitation_id: int, *, at: datetime) -> bool:
    """Sends one mail; False if another worker has it or had it. A mail that cannot leave is marked with the reason."""
    row = SurveyInvitation.objects.unsent().select_for_update(skip_locked=True).filter(pk=invitation_id).first()
    if row is None:
        return False
    secret = _new_link(row, at)
    try:
        _mail(row, secret).send()
        row.sent_at = at
    except OSError as error:
        row.failed_at, row.failure = at, str(error)[:200]
    row.save()
    return row.sent_at is not None


def send_reminders(*, at: datetime) -> int:
    """One reminder after seven days to those who have not answered, under a fresh link; the old one ends."""
    silent = SurveyInvitation.objects.filter(
        sent_at__lte=at - timedelta(days=REMINDER_DAYS),
        sent_at__gt=at - timedelta(days=LINK_DAYS),
        reminded_at=None,
        contact__surveys_refused_at=None,
        survey__state=Survey.State.SENT,
    ).exclude(contact__survey_responses__survey=F("survey"))
    return sum(_remind(pk, at=at) for pk in silent.values_list("pk", flat=True))


@transaction.atomic
def _remind(invitation_id: int, *, at: datetime) -> bool:
    row = (
        SurveyInvitation.objects.select_for_update(skip_locked=True).filter(pk=invitation_id, reminded_at=None).first()
    )
    if row is None:
        return False
    if row.link is not None:
        revoke_link(row.link, at=at)
    row.reminded_at = at
    _mail(row, _new_link(row, at), reminder=True).send()
    row.save(update_fields=["link", "reminded_at"])
    return True


@transaction.atomic
def record_answer(
    survey: Survey, contact: Contact, *, score: int, comment: str, at: datetime, language: str = ""
) -> SurveyResponse:
    """The one answer of a person to a survey; it may be changed for 24 hours, later `already_done`.

    ValueError for anything but an integer from 0 to 10 (loyalty.rules.nps). A detractor opens a task for the
    account manager; an answer that rises settles it.
    """
    kind = category(score)
    answer = SurveyResponse.objects.select_for_update().filter(survey=survey, contact=contact).first()
    if answer is None:
        answer = SurveyResponse(survey=survey, contact=contact, client=contact.client, answered_at=at)
    elif at - answer.answered_at > timedelta(hours=CHANGE_HOURS):
        raise ValidationError(_("Your answer can no longer be changed."), code="already_done")
    answer.score, answer.comment, answer.language = score, comment, language
    answer.save()
    if kind == "detractor":
        open_loop(answer, at=at)
    else:
        settle_tasks(DETRACTOR, _source(answer), at=at)
    return answer


def open_loop(answer: SurveyResponse, *, at: datetime) -> Task | None:
    """A task for the account manager (else the executive owner): first contact within the policy's hours."""
    owner = answer.client.account_manager or answer.client.executive_owner
    if owner is None:
        return None
    words: Mapping[str, Any] = {"name": str(answer.contact or answer.client), "score": answer.score}
    return open_task(
        TaskDraft(
            kind=DETRACTOR,
            source=_source(answer),
            assignee=owner,
            title=_lazy_title(words),
            detail=answer.comment[:300],
            due_at=at + timedelta(hours=LoyaltyPolicy.load().first_contact_hours),
            client=answer.client,
            contact=answer.contact,
            url=reverse("clients:client", args=[answer.client_id]),
            value_at_stake=_value_of(answer.client),
        )
    )


@transaction.atomic
def refuse_surveys(contact: Contact, *, at: datetime) -> None:
    """Opting out is final: nobody sends this person a survey again."""
    Contact.objects.filter(pk=contact.pk, surveys_refused_at=None).update(surveys_refused_at=at)


def _lazy_title(words: Mapping[str, Any]) -> Any:
    return gettext_lazy("Call %(name)s, who gave %(score)s") % words


def _value_of(client: Client) -> Any:
    figures = getattr(client, "figures", None)
    return figures.simple_value if figures else None


def _new_link(row: SurveyInvitation, at: datetime) -> str:
    """Gives the invitation a link; returns its secret, which only the mail knows."""
    row.link, secret = make_link(
        SignedLink.Purpose.SURVEY,
        subject_id=row.pk,
        recipient=row.contact.email,
        by=row.survey.made_by,
        at=at,
        expires_at=at + timedelta(days=LINK_DAYS),
    )
    return secret


def _source(answer: SurveyResponse) -> str:
    return f"survey-response:{answer.pk}"


def _mail(row: SurveyInvitation, secret: str, *, reminder: bool = False) -> EmailMultiAlternatives:
    """The mail in the person's language: eleven links, each opens the page with that score chosen."""
    url = settings.BASE_URL + reverse("loyalty:survey_answer", args=[secret])
    with translation.override(row.contact.language):
        context = {
            "contact": row.contact,
            "url": url,
            "scores": range(11),
            "reminder": reminder,
            "sender": row.contact.client.account_manager,
        }
        text = render_to_string("loyalty/mail/survey.txt", context)
        html = render_to_string("loyalty/mail/survey.html", context)
        subject = _("One question about our work")
    mail = EmailMultiAlternatives(subject, text, to=[row.contact.email])
    mail.attach_alternative(html, "text/html")
    return mail
