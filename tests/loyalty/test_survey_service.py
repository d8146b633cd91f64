"""Surveys from draft to end: invitations, mails, reminders, answers, loops."""

from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPConnectError, SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives

from clients.models import Task
from crm.models import SignedLink
from loyalty.models import Survey, SurveyInvitation, SurveyResponse
from loyalty.services.answers import record_answer, refuse_surveys
from loyalty.services.invitations import send_invitations, send_reminders
from loyalty.services.surveys import close_survey, start_survey
from tests.make import Cast, make_client, make_contact, make_survey

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def survey(cast: Cast) -> Survey:
    """A started survey of two people at a client of Anna's."""
    client = make_client(account_manager=cast.manager)
    make_contact(client, first_name="Marina", email="m@client.example", language="ru")
    make_contact(client, first_name="Jonas", email="j@client.example")
    survey = make_survey(by=cast.partner)
    start_survey(survey, at=NOON, on=ON)
    survey.refresh_from_db()
    return survey


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(EmailMultiAlternatives, "send", send)


def test_starting_fixes_the_audience_once(survey: Survey) -> None:
    assert (survey.state, survey.invitations.count()) == ("sending", 2)
    with pytest.raises(ValidationError) as refused:
        start_survey(survey, at=NOON, on=ON)
    assert refused.value.code == "already_done"


def test_a_survey_that_reaches_nobody_stays_a_draft(cast: Cast) -> None:
    survey = make_survey(by=cast.partner)
    with pytest.raises(ValidationError) as refused:
        start_survey(survey, at=NOON, on=ON)
    assert refused.value.code == "nobody_to_ask"
    survey.refresh_from_db()
    assert survey.state == "draft"


def test_each_mail_leaves_once_in_the_person_s_language(survey: Survey) -> None:
    assert send_invitations(at=NOON) == 2
    assert send_invitations(at=NOON) == 0
    survey.refresh_from_db()
    assert survey.state == "sent"
    assert sorted(message.to[0] for message in mail.outbox) == ["j@client.example", "m@client.example"]
    html = str(mail.outbox[0].alternatives[0][0])  # type: ignore[union-attr]
    assert all(f"?score={score}" in html for score in range(11))
    link = SignedLink.objects.first()
    assert link is not None
    assert link.expires_at == NOON + timedelta(days=30)
    assert link.digest not in html


def test_names_stay_text_in_a_mail(cast: Cast) -> None:
    name = "<img src=x onerror=alert(1)> & Söhne"
    client = make_client(name=name, account_manager=cast.manager)
    make_contact(client, first_name=name, last_name=name, email="m@client.example")
    survey = make_survey(by=cast.partner)
    start_survey(survey, at=NOON, on=ON)
    assert send_invitations(at=NOON) == 1
    message = mail.outbox[0]
    html = str(message.alternatives[0][0])  # type: ignore[union-attr]
    assert "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; Söhne" in html


def test_a_worker_that_dies_in_the_middle_loses_and_doubles_nothing(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first mail has left; the worker dies over the second; another takes over once its hold has run out."""
    sent: list[str] = []
    send = EmailMultiAlternatives.send

    def die_over_the_second(self: EmailMultiAlternatives, *args: Any, **kwargs: Any) -> Any:
        if sent:
            raise KeyboardInterrupt
        sent.append(self.to[0])
        return send(self, *args, **kwargs)

    monkeypatch.setattr(EmailMultiAlternatives, "send", die_over_the_second)
    with pytest.raises(KeyboardInterrupt):
        send_invitations(at=NOON)
    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    assert send_invitations(at=NOON + timedelta(minutes=1)) == 0  # still held
    assert send_invitations(at=NOON + timedelta(minutes=16)) == 1
    assert len({message.to[0] for message in mail.outbox}) == len(mail.outbox) == 2


def test_a_server_that_is_away_is_asked_again(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        fail_with(broken, SMTPConnectError(421, "busy"))
        assert send_invitations(at=NOON) == 0
    assert SurveyInvitation.objects.unsent().count() == 2
    assert send_invitations(at=NOON + timedelta(hours=1)) == 2


def test_a_refused_address_is_marked_with_the_reason(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, SMTPRecipientsRefused({"m@client.example": (550, b"unknown")}))
    send_invitations(at=NOON)
    assert SurveyInvitation.objects.failed().count() == 2
    survey.refresh_from_db()
    assert survey.state == "sent"


def test_one_reminder_after_seven_days_to_the_silent(survey: Survey) -> None:
    send_invitations(at=NOON)
    heard = survey.invitations.get(contact__first_name="Jonas").contact
    record_answer(survey, heard, score=9, comment="", at=NOON)
    mail.outbox.clear()
    assert send_reminders(at=NOON + timedelta(days=6)) == 0
    assert send_reminders(at=NOON + timedelta(days=7)) == 1
    assert send_reminders(at=NOON + timedelta(days=8)) == 0
    assert [message.to for message in mail.outbox] == [["m@client.example"]]
    links = SignedLink.objects.filter(recipient="m@client.example", revoked_at=None)
    assert {link.expires_at for link in links} == {NOON + timedelta(days=30)}


def test_who_refuses_is_neither_reminded_nor_asked_again(survey: Survey) -> None:
    send_invitations(at=NOON)
    for invitation in survey.invitations.all():
        refuse_surveys(invitation.contact, at=NOON)
        refuse_surveys(invitation.contact, at=NOON + timedelta(days=1))
    assert send_reminders(at=NOON + timedelta(days=7)) == 0
    assert {row.contact.surveys_refused_at for row in survey.invitations.select_related("contact")} == {NOON}


def test_who_refuses_while_a_mail_waits_gets_none_and_is_named(survey: Survey) -> None:
    refused = survey.invitations.select_related("contact").order_by("pk")[0].contact
    refuse_surveys(refused, at=NOON)
    assert send_invitations(at=NOON) == 1
    assert [message.to for message in mail.outbox] == [["j@client.example"]]
    survey.refresh_from_db()
    assert (survey.state, survey.excluded) == ("sent", [{"contact": refused.pk, "reasons": ["opt_out"]}])


def test_closing_ends_links_and_the_outbox(survey: Survey) -> None:
    send_invitations(at=NOON, limit=1)
    close_survey(survey, at=NOON)
    assert not SignedLink.objects.usable(at=NOON).exists()
    assert send_invitations(at=NOON) == 0
    with pytest.raises(ValidationError) as refused:
        close_survey(survey, at=NOON)
    assert refused.value.code == "wrong_status"


def test_an_answer_may_be_changed_for_a_day(survey: Survey) -> None:
    contact = survey.invitations.select_related("contact").all()[0].contact
    record_answer(survey, contact, score=3, comment="Late", at=NOON)
    record_answer(survey, contact, score=10, comment="Mended", at=NOON + timedelta(hours=24))
    with pytest.raises(ValidationError) as refused:
        record_answer(survey, contact, score=0, comment="", at=NOON + timedelta(hours=24, seconds=1))
    assert refused.value.code == "already_done"
    answer = SurveyResponse.objects.get()
    assert (answer.score, answer.comment, answer.answered_at) == (10, "Mended", NOON)


@pytest.mark.parametrize("score", [11, -1])
def test_a_score_outside_of_the_scale_is_refused(survey: Survey, score: int) -> None:
    contact = survey.invitations.select_related("contact").all()[0].contact
    with pytest.raises(ValueError, match="0 to 10"):
        record_answer(survey, contact, score=score, comment="", at=NOON)
    assert not SurveyResponse.objects.exists()


def test_a_detractor_opens_one_task_within_48_hours_and_a_better_answer_settles_it(survey: Survey, cast: Cast) -> None:
    contact = survey.invitations.get(contact__first_name="Marina").contact
    cast.manager.language = "de"
    record_answer(survey, contact, score=6, comment="Nobody is responsible.", at=NOON)
    record_answer(survey, contact, score=4, comment="Nobody is responsible.", at=NOON)
    task = Task.objects.unfinished().get(kind="detractor")
    assert (task.assignee, task.due_at) == (cast.manager, NOON + timedelta(hours=48))
    assert "4" in task.title
    record_answer(survey, contact, score=8, comment="", at=NOON + timedelta(hours=1))
    assert not Task.objects.unfinished().exists()


def test_who_asks_to_be_called_is_called_whatever_the_score(survey: Survey) -> None:
    contact = survey.invitations.get(contact__first_name="Marina").contact
    record_answer(survey, contact, score=10, comment="", call_back=True, at=NOON)
    assert "who asked for it" in Task.objects.unfinished().get().title


def test_without_an_owner_a_partner_calls(cast: Cast) -> None:
    contact = make_contact(make_client())
    record_answer(make_survey(by=cast.partner), contact, score=0, comment="", at=NOON)
    assert Task.objects.get(kind="detractor").assignee == cast.partner
