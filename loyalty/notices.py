"""What people are told of answers. A detractor is no notice: that answer is a task."""

from collections.abc import Iterator, Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.services.notices import NoticeDraft, NoticeKind, register_notices
from crm.models import AuditEntry
from crm.webhooks.events import INSERT, UPDATE, Event
from loyalty.models import SurveyResponse

PLEASED = 7
"""Passives and promoters; below stands the task of closing the loop."""


def survey_answered(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Who keeps the client."""
    related = ("client__account_manager", "contact")
    answers = SurveyResponse.objects.select_related(*related).in_bulk({entry.object_id for entry in entries})
    for entry in entries:
        row = answers.get(entry.object_id)
        keeper = row.client.account_manager if row else None
        if row and keeper:
            yield NoticeDraft(
                recipient=keeper,
                entry=entry,
                title=format_lazy(_("{person} answered {score}"), person=row.contact or "–", score=row.score),
                detail=row.comment,
                client=row.client,
                url=reverse("clients:client", args=[row.client_id]),
            )


register_notices(
    NoticeKind(
        "survey_answered",
        _("A client of mine has answered a survey with 7 or more"),
        Event(
            "survey_answered",
            _("Survey answered"),
            SurveyResponse,
            "survey-responses",
            (INSERT, UPDATE),
            only=Q(score__gte=PLEASED),
        ),
        survey_answered,
    ),
)
