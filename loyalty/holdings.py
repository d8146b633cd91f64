"""What this floor holds about a person of a client: answers, whose scores stay without a name, and invitations."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from clients.services.holdings import Holding, Person, register_holding
from crm.models import SignedLink
from loyalty.models import DetractorLoop, Idea, SurveyInvitation, SurveyResponse


def end_invitations(person: Person, at: datetime) -> None:
    """Links that would still open end; mails that have not left do not leave."""
    rows = SurveyInvitation.objects.filter(contact__in=person.ids)
    links = SignedLink.objects.filter(invitation__in=rows)
    links.filter(revoked_at=None).update(revoked_at=at)
    links.update(recipient="")
    rows.unsent().delete()


register_holding(
    Holding(
        "survey_answers",
        _("Survey answers"),
        lambda person: SurveyResponse.objects.filter(contact__in=person.ids),
        ("survey__name", "score", "comment", "call_back", "answered_at"),
        blanked={"comment": "", "contact": None},
        right="survey.see",
    ),
    Holding(
        "survey_invitations",
        _("Survey invitations"),
        lambda person: SurveyInvitation.objects.filter(contact__in=person.ids),
        ("survey__name", "made_at", "sent_at", "reminded_at"),
        ends=end_invitations,
        right="survey.see",
    ),
    Holding(
        "detractor_loops",
        _("Loops of bad answers"),
        lambda person: DetractorLoop.objects.filter(response__contact__in=person.ids),
        ("response__score", "first_contact_at", "cause", "action", "recovered", "closed_at"),
        blanked={"action": "–", "reask_on": None},
        right="loop.see",
    ),
    Holding(
        "ideas",
        _("Ideas of the person"),
        lambda person: Idea.objects.filter(contact__in=person.ids),
        ("text", "noted_on", "state"),
        blanked={"contact": None},
        right="idea.see",
    ),
)
