"""People: moved, not deleted; greeted in words of their own; private notes with readers and an end."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.models import Contact, Interaction, PersonalRelationship, Task
from clients.services.birthdays import remind_birthdays
from clients.services.distance import is_close
from clients.services.greetings import remind_holidays, send_greeting
from clients.services.people import blank_old_notes, move_contact
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_promised

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def test_who_changes_employer_is_moved_and_the_history_stays(cast: Cast) -> None:
    old, new = make_client(account_manager=cast.manager), make_client(account_manager=cast.manager)
    person = make_contact(old, birthday=date(1970, 3, 1), interests="sailing", private_notes="")
    call = Interaction.objects.create(client=old, kind="call", occurred_at=NOW, logged_by=cast.manager)
    call.contacts.set([person])
    moved = move_contact(person, to=new, on=TODAY, by=cast.manager, at=NOW)
    person.refresh_from_db()
    assert (person.left_on, person.client, list(person.interactions.all())) == (TODAY, old, [call])
    assert (moved.client, moved.known_from, moved.birthday, moved.interests) == (
        new,
        person,
        person.birthday,
        "sailing",
    )
    assert (moved.email, moved.interactions.count()) == ("", 0)
    with pytest.raises(ValidationError) as refused:
        move_contact(person, to=new, on=TODAY, by=cast.manager, at=NOW)
    assert refused.value.code == "already_done"


def test_who_is_close_to_a_person_stays_close_where_they_work_now(cast: Cast) -> None:
    old, new = make_client(account_manager=cast.manager), make_client(account_manager=cast.manager)
    person, day = make_contact(old), TODAY - timedelta(days=9)
    given = {"employee": cast.consultant, "kind": "family", "note": "cousin", "declared_on": day}
    PersonalRelationship.objects.create(client=old, contact=person, **given)
    PersonalRelationship.objects.create(client=old, contact=person, ended_on=day, **given)
    moved = move_contact(person, to=new, on=TODAY, by=cast.manager, at=NOW)
    assert (is_close(old), is_close(new)) == (False, True)
    now, before = PersonalRelationship.objects.get(contact=moved), PersonalRelationship.objects.filter(client=old)
    assert (now.client, now.employee, now.kind, now.note) == (new, cast.consultant, "family", "cousin")
    assert (now.declared_on, {*before.values_list("ended_on", flat=True)}) == (TODAY, {TODAY, day})


def test_a_move_goes_to_another_client_that_one_keeps_and_not_into_the_future(cast: Cast) -> None:
    mine = make_client(account_manager=cast.manager)
    person, other, foreign = make_contact(mine), make_client(account_manager=cast.manager), make_client()
    for to, on, field in (
        (mine, TODAY, "client"),
        (foreign, TODAY, "client"),
        (other, TODAY + timedelta(days=1), "on"),
    ):
        with pytest.raises(ValidationError) as refused:
            move_contact(person, to=to, on=on, by=cast.manager, at=NOW)
        assert set(refused.value.error_dict) == {field}


def test_a_move_on_the_page_and_over_the_api(cast: Cast) -> None:
    old, new = make_client(account_manager=cast.manager, name="Old Ltd"), make_client(name="New Ltd")
    person, browser = make_contact(old), signed_in(cast.manager)
    typed = {"client": "New Ltd", "on": TODAY.isoformat()}
    assert browser.post(url("contact_move", person.pk), typed).status_code == 422
    new.account_manager = cast.manager
    new.save()
    assert browser.post(url("contact_move", person.pk), typed).status_code == 302
    moved = Contact.objects.get(client=new)
    assert "Old Ltd" in text_of(browser.get(url("contact", moved.pk)))
    assert "New Ltd" in text_of(browser.get(url("contact", person.pk)))
    api, body = make_api(cast.manager), {"client": old.pk, "on": TODAY.isoformat()}
    answered = api.post(f"/api/v1/contacts/{moved.pk}/move/", body)
    assert (answered.status_code, answered.json()["client"]) == (201, old.pk)
    assert api.post(f"/api/v1/contacts/{moved.pk}/move/", body).status_code == 409


def test_private_notes_end_and_some_are_for_partners_only(cast: Cast) -> None:
    person, browser = make_contact(make_client(account_manager=cast.manager)), signed_in(cast.manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=person.pk).update(private_notes="ill")
    assert browser.post(url("contact_notes", person.pk), {"private_notes": "likes tea"}).status_code == 302
    person.refresh_from_db()
    assert (person.notes_until_on, person.notes_class) == (TODAY + timedelta(days=365), "keeper")
    until = TODAY + timedelta(days=10)
    given = {"private_notes": "ill", "notes_class": "partner", "notes_until_on": until.isoformat()}
    assert signed_in(cast.partner).post(url("contact_notes", person.pk), given).status_code == 302
    assert browser.get(url("contact_notes", person.pk)).status_code == 403
    assert blank_old_notes(at=NOW + timedelta(days=10)) == 0
    assert blank_old_notes(at=NOW + timedelta(days=11)) == 1
    person.refresh_from_db()
    assert (person.private_notes, person.notes_until_on) == ("", None)


def test_holidays_of_the_country_remind_of_those_who_decide_at_the_best_clients(cast: Cast) -> None:
    at = datetime(2026, 12, 20, 9, tzinfo=UTC)
    german = make_client(account_manager=cast.manager, tier="a")
    make_contact(german, influence="decision_maker", last_name="Boss")
    make_contact(german, last_name="User")
    make_contact(make_client(account_manager=cast.manager, tier="c"), influence="decision_maker")
    make_contact(make_client(account_manager=cast.manager, tier="a", country="ZZ"), influence="decision_maker")
    assert remind_holidays(at=at) == 2
    assert remind_holidays(at=at) == 0
    tasks = Task.objects.filter(kind="holiday").order_by("due_at")
    assert {(task.title, task.assignee) for task in tasks} == {("Jonas Boss", cast.manager)}
    assert [timezone.localdate(task.due_at) for task in tasks] == [date(2026, 12, 25), date(2026, 12, 26)]


def test_who_answers_above_is_reminded_where_nobody_is_account_manager(cast: Cast) -> None:
    client = make_client(account_manager=None, executive_owner=cast.partner, tier="vip")
    make_contact(client, influence="decision_maker", birthday=date(1980, 12, 21))
    make_contact(make_client(account_manager=None, tier="vip"), influence="decision_maker", birthday=date(1980, 12, 21))
    at = datetime(2026, 12, 20, 9, tzinfo=UTC)
    assert (remind_holidays(at=at), remind_birthdays(at=at)) == (2, 1)
    assert {task.assignee for task in Task.objects.all()} == {cast.partner}


def test_a_greeting_has_words_of_its_own_and_settles_its_reminder(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    person = make_contact(client, birthday=TODAY.replace(year=1970))
    assert remind_birthdays(at=NOW) == 1
    send_greeting(make_contact(client), text="All the best to you", by=cast.manager, at=NOW)
    for text, code in (("  ", "greeting_empty"), ("all the  BEST to you", "greeting_copied")):
        with pytest.raises(ValidationError) as refused:
            send_greeting(person, text=text, by=cast.manager, at=NOW)
        assert refused.value.error_dict["text"][0].code == code
    browser = signed_in(cast.manager)
    assert browser.post(url("greeting_new", person.pk), {"text": "All the best to you"}).status_code == 422
    assert browser.post(url("greeting_new", person.pk), {"text": "Happy birthday, Jonas"}).status_code == 302
    row = Interaction.objects.get(contacts=person)
    assert (row.kind, row.direction, row.summary) == ("message", "out", "Happy birthday, Jonas")
    assert Task.objects.get(kind="birthday").state == "done"
    assert signed_in(cast.outsider).get(url("greeting_new", person.pk)).status_code == 404


def test_the_page_of_a_person_says_how_we_kept_our_word_to_them(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    person, other = make_contact(client), make_contact(client)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    late = make_promised(client, by=cast.manager, due=yesterday)
    late.contact = person
    late.save()
    browser = signed_in(cast.manager)
    shown = browser.get(url("contact", person.pk))
    assert (shown.context["rates"].n, shown.context["rates"].honour_rate) == (1, 0)
    assert "Promises to this person" in text_of(shown)
    assert "Promises to this person" not in text_of(browser.get(url("contact", other.pk)))
    foreign = make_contact(make_client())
    assert browser.get(url("contact", foreign.pk)).context["rates"] is None
