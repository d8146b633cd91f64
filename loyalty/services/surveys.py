"""A survey from its draft to its end: whom it asks is fixed when it starts, and its links die when it is closed."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.models import Contact
from crm.models import SignedLink, User
from loyalty.models import Survey, SurveyInvitation
from loyalty.services.audience import choose_audience


@transaction.atomic
def start_survey(survey: Survey, *, at: datetime, on: date) -> int:
    """Fixes the audience and queues one invitation a person; says how many.

    `already_done` if it was started before, `nobody_to_ask` if everybody is left out.
    """
    survey = Survey.objects.locked().get(pk=survey.pk)
    if survey.state != Survey.State.DRAFT:
        raise ValidationError(_("This survey was already sent."), code="already_done")
    audience = choose_audience(survey, on=on)
    if not audience.people:
        raise ValidationError(_("Nobody can be asked: the reasons stand beside the names."), code="nobody_to_ask")
    SurveyInvitation.objects.bulk_create(
        SurveyInvitation(survey=survey, contact=contact, made_at=at) for contact in audience.people
    )
    survey.excluded = [{"contact": contact.pk, "reasons": list(reasons)} for contact, reasons in audience.excluded]
    survey.state, survey.sent_at = Survey.State.SENDING, at
    survey.save(update_fields=["excluded", "state", "sent_at"])
    return len(audience.people)


def month_survey(field: str, words: str, *, kind: str, by: User, on: date, at: datetime) -> Survey:
    """The one survey that gathers a month, made when it is first needed, its row locked; named in the maker's words.

    `field` is the column that keeps its month; `words` name it, with a place for `%(month)s`.
    """
    month = on.replace(day=1)
    with translation.override(by.language):
        name = _(words) % {"month": date_format(month, "YEAR_MONTH_FORMAT")}
    fresh = {"name": name, "kind": kind, "state": Survey.State.SENT, "made_by": by, "sent_at": at}
    row, _made = Survey.objects.get_or_create(**{field: month}, defaults=fresh)
    return Survey.objects.locked().get(pk=row.pk)


def add_people(survey: Survey, people: Iterable[Contact], *, at: datetime) -> None:
    """Puts people into the outbox of a survey that runs already."""
    listed = [SurveyInvitation(survey=survey, contact=contact, made_at=at) for contact in people]
    SurveyInvitation.objects.bulk_create(listed)
    if listed:
        survey.state = Survey.State.SENDING
        survey.save(update_fields=["state"])


@transaction.atomic
def close_survey(survey: Survey, *, at: datetime) -> Survey:
    """Ends a survey: what has not left never leaves, and every link of it stops working. `wrong_status` for a draft."""
    row = Survey.objects.locked().get(pk=survey.pk)
    if row.state not in (Survey.State.SENDING, Survey.State.SENT):
        raise ValidationError(_("Only a survey that was sent can be closed."), code="wrong_status")
    row.invitations.unsent().delete()
    asked = row.invitations.values("pk")
    SignedLink.objects.filter(purpose=SignedLink.Purpose.SURVEY, subject_id__in=asked, revoked_at=None).update(
        revoked_at=at
    )
    row.state = Survey.State.CLOSED
    row.save(update_fields=["state"])
    return row
