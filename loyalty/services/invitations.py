"""Mails of surveys: the outbox is drained one mail at a time, and a worker that dies leaves nothing half done.

A mail is held in one transaction, which also keeps its link, sent outside of any, and marked in another. Should a
worker die in between, the hold runs out and the mail goes again with a new link, while the first one stays good.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from crm.links import make_link
from crm.models import SignedLink
from loyalty.models import Survey, SurveyInvitation
from loyalty.services.audience import upset_clients

LINK_DAYS = 30
REMINDER_DAYS = 7
GIVE_UP_AFTER = timedelta(days=2)
PERMANENT = 500


def send_invitations(
    *, at: datetime, survey: int | None = None, limit: int = 500, tell: Callable[[], None] = lambda: None
) -> int:
    """Drains the outbox, of one survey or of all; says how many mails left. `tell` is called after each."""
    waiting = SurveyInvitation.objects.free(at=at)
    if survey is not None:
        waiting = waiting.filter(survey=survey)
    sent = 0
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)[:limit]):
        sent += send_invitation(pk, at=at)
        tell()
    finish_surveys()
    return sent


def finish_surveys() -> None:
    """Surveys whose outbox is empty are sent."""
    sending = Survey.objects.filter(state=Survey.State.SENDING)
    for survey in sending.exclude(pk__in=SurveyInvitation.objects.unsent().values("survey")):
        survey.state = Survey.State.SENT
        survey.save(update_fields=["state"])


def send_invitation(invitation_id: int, *, at: datetime) -> bool:
    """Sends one mail; False if another worker holds it, or if it could not leave now (it stays) or ever (marked)."""
    secret = _hold(invitation_id, at=at)
    if not secret:
        return False
    row = _row(invitation_id)
    try:
        survey_mail(row, secret).send()
    except (OSError, ValueError) as error:
        _note_failure(row, error, at=at)
        return False
    SurveyInvitation.objects.filter(pk=row.pk).update(sent_at=at, failure="")
    return True


def send_reminders(*, at: datetime) -> int:
    """One reminder after seven days to those who have not answered, under a link that ends with the first one."""
    silent = SurveyInvitation.objects.filter(
        sent_at__lte=at - timedelta(days=REMINDER_DAYS),
        link__expires_at__gt=at,
        reminded_at=None,
        contact__surveys_refused_at=None,
        contact__left_on=None,
        survey__state__in=[Survey.State.SENDING, Survey.State.SENT],
    ).exclude(contact__survey_responses__survey=F("survey"))
    calm = silent.exclude(contact__client__in=upset_clients()).order_by("pk")
    return sum(send_reminder(pk, at=at) for pk in list(calm.values_list("pk", flat=True)))


def send_reminder(invitation_id: int, *, at: datetime) -> bool:
    """At most one reminder: it is marked before it is sent, and taken back if the mail could not leave."""
    if not SurveyInvitation.objects.filter(pk=invitation_id, reminded_at=None).update(reminded_at=at):
        return False
    row = _row(invitation_id)
    secret = _link(row, at=at, expires_at=row.link.expires_at if row.link else at + timedelta(days=LINK_DAYS))
    try:
        survey_mail(row, secret, reminder=True).send()
    except (OSError, ValueError):
        SurveyInvitation.objects.filter(pk=invitation_id).update(reminded_at=None)
        return False
    return True


@transaction.atomic
def _hold(invitation_id: int, *, at: datetime) -> str:
    """The secret of a new link, if nobody else holds the mail."""
    free = SurveyInvitation.objects.free(at=at).filter(pk=invitation_id)
    row = free.select_for_update(skip_locked=True, of=("self",)).select_related("contact").first()
    if row is None or _is_refused(row):
        return ""
    row.claimed_at = at
    row.save(update_fields=["claimed_at"])
    return _link(row, at=at, expires_at=at + timedelta(days=LINK_DAYS))


def _is_refused(row: SurveyInvitation) -> bool:
    """Whoever has opted out since leaves the outbox, and stands in the survey with the reason."""
    if row.contact.surveys_refused_at is None:
        return False
    survey = Survey.objects.locked().get(pk=row.survey_id)
    survey.excluded = [*survey.excluded, {"contact": row.contact_id, "reasons": ["opt_out"]}]
    survey.save(update_fields=["excluded"])
    row.delete()
    return True


@transaction.atomic
def _link(row: SurveyInvitation, *, at: datetime, expires_at: datetime) -> str:
    """Gives the invitation a link; returns its secret, which only the mail knows."""
    row.link, secret = make_link(
        SignedLink.Purpose.SURVEY,
        subject_id=row.pk,
        recipient=row.contact.email,
        by=row.survey.made_by,
        at=at,
        expires_at=expires_at,
    )
    row.save(update_fields=["link"])
    return secret


def _note_failure(row: SurveyInvitation, error: Exception, *, at: datetime) -> None:
    """A refusal is final; a server that does not answer is asked again for two days."""
    final = _is_final(error) or at - row.made_at > GIVE_UP_AFTER
    SurveyInvitation.objects.filter(pk=row.pk).update(failure=str(error)[:200], failed_at=at if final else None)


def _is_final(error: Exception) -> bool:
    if isinstance(error, SMTPResponseException):
        return error.smtp_code >= PERMANENT
    return isinstance(error, SMTPRecipientsRefused | ValueError)


def _row(invitation_id: int) -> SurveyInvitation:
    related = SurveyInvitation.objects.select_related(
        "link", "survey__made_by", "contact__client__account_manager", "contact__client__default_seller"
    )
    return related.get(pk=invitation_id)


def survey_mail(row: SurveyInvitation, secret: str, *, reminder: bool = False) -> EmailMultiAlternatives:
    """The mail in the person's language: eleven links, each opens the page with that score chosen."""
    client = row.contact.client
    manager = client.account_manager
    with translation.override(row.contact.language):
        context = {
            "contact": row.contact,
            "url": settings.BASE_URL + reverse("loyalty:survey_answer", args=[secret]),
            "scores": range(11),
            "reminder": reminder,
            "sender": manager,
            "firm": client.default_seller,
        }
        text = render_to_string("loyalty/mail/survey.txt", context)
        html = render_to_string("loyalty/mail/survey.html", context)
        subject = _("One question about our work")
    reply_to = [manager.email] if manager and manager.email else None
    mail = EmailMultiAlternatives(subject, text, to=[row.contact.email], reply_to=reply_to)
    mail.attach_alternative(html, "text/html")
    return mail
