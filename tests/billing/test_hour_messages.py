"""One click tells the client what was used and what is left: once, to the right person, in their language."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.utils import timezone

from billing.documents.hour_messages import mail_hour_messages, words_of
from billing.models import HourMessage, TimeEntry
from billing.services.hour_messages import HOLD, compose, take_back_message, tell_draw
from billing.services.time import log_entry
from clients.models import Client
from clients.services.facts import add_member
from tests.make import Cast, log, make_api, make_client, make_contact, make_package, make_rate, new_entry
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db
LATER = AT + HOLD


@pytest.fixture
def brandl(cast: Cast) -> Client:
    client = make_client(name="Brandl Maschinenbau", language="de", billing_email="rechnung@brandl.example")
    make_rate(client=client)
    make_package(client, hours=7.5, name="Support", draw_on_log=True)
    add_member(client, user=cast.consultant, on=DAY - timedelta(days=30))
    return client


def drawn(client: Client, cast: Cast, minutes: int = 30, **kw: Any) -> TimeEntry:
    entry = log(client, cast.consultant, minutes, description="Upgrade call", **kw)
    assert entry.status == "approved"
    return entry


def test_the_message_says_what_was_used_and_what_is_left(brandl: Client, cast: Cast) -> None:
    make_contact(brandl, language="en")
    subject, text = words_of(tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT))
    assert subject == "0:30 used, 7.0\N{NARROW NO-BREAK SPACE}h left"
    assert "Upgrade call" in text
    assert str(cast.consultant) in text


def test_it_is_written_in_the_language_of_the_person(brandl: Client, cast: Cast) -> None:
    make_contact(brandl, language="ru")
    subject, text = words_of(tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT))
    assert subject == "Использовано 0:30, осталось 7,0\N{NARROW NO-BREAK SPACE}ч"
    assert "Good day" not in text


def test_who_pays_is_told_first_and_later_who_was_told_last(brandl: Client, cast: Cast) -> None:
    user = make_contact(brandl, last_name="Abel", email="abel@brandl.example", buying_role="consumer")
    payer = make_contact(brandl, last_name="Zorn", email="zorn@brandl.example", buying_role="customer")
    make_contact(brandl, last_name="Aalto", email="", buying_role="customer")
    assert tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT).contact == payer
    assert tell_draw(drawn(brandl, cast), contact=user, by=cast.consultant, at=AT).contact == user
    assert compose(drawn(brandl, cast)).contact == user


def test_without_a_person_the_address_for_invoices_is_used(brandl: Client, cast: Cast) -> None:
    assert tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT).recipient == "rechnung@brandl.example"
    Client.objects.update(billing_email="")
    with pytest.raises(ValidationError) as refused:
        tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT)
    assert refused.value.code == "no_address"


def test_a_person_of_another_client_is_refused(brandl: Client, cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        tell_draw(drawn(brandl, cast), contact=make_contact(), by=cast.consultant, at=AT)
    assert list(refused.value.error_dict) == ["contact"]


def test_the_client_is_told_once(brandl: Client, cast: Cast) -> None:
    entry = drawn(brandl, cast)
    tell_draw(entry, by=cast.consultant, at=AT)
    with pytest.raises(ValidationError) as refused:
        tell_draw(entry, by=cast.consultant, at=AT)
    assert refused.value.code == "already_done"


def test_work_that_drew_nothing_is_not_told(brandl: Client, cast: Cast) -> None:
    waiting = log(brandl, cast.consultant, 180)
    with pytest.raises(ValidationError) as refused:
        tell_draw(waiting, by=cast.consultant, at=AT)
    assert refused.value.code == "wrong_status"


def test_a_stranger_to_the_work_tells_nobody(brandl: Client, cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        tell_draw(drawn(brandl, cast), by=cast.outsider, at=AT)


def test_it_leaves_after_half_a_minute_and_once(brandl: Client, cast: Cast, mailoutbox: list[Any]) -> None:
    tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT)
    assert mail_hour_messages(at=AT + timedelta(seconds=29)) == 0
    assert [mail_hour_messages(at=LATER), mail_hour_messages(at=LATER)] == [1, 0]
    assert mailoutbox[0].to == ["rechnung@brandl.example"]
    assert HourMessage.objects.get().mailed_at == LATER


def test_until_then_it_is_taken_back(brandl: Client, cast: Cast, mailoutbox: list[Any]) -> None:
    entry = drawn(brandl, cast)
    take_back_message(tell_draw(entry, by=cast.consultant, at=AT), by=cast.consultant)
    assert mail_hour_messages(at=LATER) == 0
    message = tell_draw(entry, by=cast.consultant, at=AT)
    mail_hour_messages(at=LATER)
    with pytest.raises(ValidationError) as refused:
        take_back_message(message, by=cast.consultant)
    assert refused.value.code == "already_done"
    assert len(mailoutbox) == 1


def test_an_address_that_fails_stays_in_the_outbox(brandl: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_mail: Any) -> None:
        raise OSError("the mail server is gone")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT)
    assert mail_hour_messages(at=LATER) == 0
    assert HourMessage.objects.get().mail_error == "the mail server is gone"


def test_the_time_page_says_that_a_mail_did_not_leave_and_lets_one_choose_whom(
    client: Browser, brandl: Client, cast: Cast
) -> None:
    client.force_login(cast.consultant)
    entry = drawn(brandl, cast)
    day = f"/time/?on={entry.worked_on.isoformat()}"
    assert "Choose whom to tell" in client.get(day).content.decode()
    tell_draw(entry, by=cast.consultant, at=AT)
    HourMessage.objects.update(mail_error="the mail server is gone")
    shown = client.get(day).content.decode()
    assert "Mail did not leave yet" in shown
    assert "the mail server is gone" in shown
    assert "Choose whom to tell" not in shown


def test_what_was_said_never_changes(brandl: Client, cast: Cast) -> None:
    message = tell_draw(drawn(brandl, cast), by=cast.consultant, at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        HourMessage.objects.update(left_minutes=1)
    mail_hour_messages(at=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        message.delete()


def test_the_time_page_offers_it_and_says_it_afterwards(client: Browser, brandl: Client, cast: Cast) -> None:
    client.force_login(cast.consultant)
    package = make_package(brandl, hours=3, valid_from=timezone.localdate(), draw_on_log=True)
    call = new_entry(brandl, cast.consultant, 30, worked_on=timezone.localdate(), hour_package=package)
    entry = log_entry(call, by=cast.consultant, at=timezone.now())
    assert f"/time/{entry.pk}/tell/" in client.get("/time/").content.decode()
    answered = client.post(f"/time/{entry.pk}/tell/", headers={"HX-Request": "true"})
    assert answered.status_code == 204
    shown = client.get("/time/").content.decode()
    assert "Client will be told" in shown
    client.post(f"/time/{entry.pk}/untell/")
    assert not HourMessage.objects.exists()


def test_the_dialog_shows_the_words_or_why_there_are_none(client: Browser, brandl: Client, cast: Cast) -> None:
    client.force_login(cast.consultant)
    shown = client.get(f"/time/{drawn(brandl, cast).pk}/tell/").content.decode()
    assert "rechnung@brandl.example" in shown
    assert "7,0" in shown
    assert "drew no prepaid hours" in client.get(f"/time/{log(brandl, cast.consultant, 180).pk}/tell/").content.decode()


def test_the_api_tells_too(brandl: Client, cast: Cast) -> None:
    api = make_api(cast.consultant)
    entry, person = drawn(brandl, cast), make_contact(brandl)
    answered = api.post(f"/api/v1/time-entries/{entry.pk}/tell/", {"contact": person.pk}, format="json")
    assert answered.status_code == 200
    assert (answered.data["used_minutes"], answered.data["left_minutes"]) == (30, 420)
    again = api.post(f"/api/v1/time-entries/{entry.pk}/tell/", {}, format="json")
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "already_done")
