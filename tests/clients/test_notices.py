"""Facts are taken from the trail and told once; the digest goes at the hour, in the language, once a day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from clients.documents.digests import send_digests
from clients.models import Absence, Client, Notice, NoticeChoice, Task
from clients.services import notices
from clients.services.notices import collect_notices, mail_notices, notice_kinds
from clients.services.tasks import TaskDraft, open_task
from crm.access import Role
from crm.acting import acting
from crm.models import User
from tests.clients.pages import text_of, url
from tests.make import Cast, make_api, make_client, make_promised, make_tiers, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def soon() -> datetime:
    """A moment after what this test has just written."""
    return timezone.now() + timedelta(seconds=1)


def titles(person: User) -> list[str]:
    return list(Notice.objects.filter(recipient=person).values_list("title", flat=True))


def given(cast: Cast, **kw: Any) -> Client:
    """A client that a partner has just given to the manager."""
    client = make_client(name="Alfa", **kw)
    with acting(cast.partner.pk, origin="test"):
        client.account_manager = cast.manager
        client.save()
    return client


def test_a_fact_is_told_once_however_often_one_looks(cast: Cast) -> None:
    given(cast)
    assert collect_notices(at=soon()) == 1
    assert collect_notices(at=soon()) == 0
    assert titles(cast.manager) == ["You are now the account manager"]


def test_two_workers_that_look_at_once_tell_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has read the trail before the first has written."""
    given(cast)
    collect_notices(at=soon())
    monkeypatch.setattr(Notice.objects, "filter", lambda **_kw: Notice.objects.none())
    collect_notices(at=soon())
    assert Notice._base_manager.count() == 1


def test_nobody_is_told_of_what_they_did_themselves(cast: Cast) -> None:
    client = make_client()
    with acting(cast.manager.pk, origin="test"):
        client.account_manager = cast.manager
        client.save()
    assert collect_notices(at=soon()) == 0


def test_it_is_told_in_the_language_of_the_person(cast: Cast) -> None:
    User.objects.filter(pk=cast.manager.pk).update(language="de")
    given(cast)
    collect_notices(at=soon())
    assert titles(cast.manager) == ["Sie betreuen jetzt diesen Kunden"]


def test_a_deputy_learns_from_when_to_when(cast: Cast) -> None:
    deputy = make_user(Role.ACCOUNT_MANAGER, language="de")
    Absence.objects.create(user=cast.manager, deputy=deputy, from_on=date(2026, 7, 6), to_on=date(2026, 7, 17))
    collect_notices(at=soon())
    assert titles(deputy) == ["Sie vertreten Anna Orlova"]
    assert Notice.objects.get().detail == "6. Juli 2026 – 17. Juli 2026"


def test_a_task_is_no_notice(cast: Cast) -> None:
    open_task(TaskDraft(kind="other", source="x:1", assignee=cast.manager, title="Call", due_at=timezone.now()))
    assert Task.objects.count() == 1
    assert collect_notices(at=soon()) == 0


def test_every_app_has_kinds_of_its_own(db: None) -> None:
    codes = {kind.code for kind in notice_kinds()}
    assert {"client_given", "deputy_named", "offer_accepted", "payment_received", "survey_answered"} <= codes


def test_a_chosen_kind_is_mailed_at_once_and_once(cast: Cast) -> None:
    NoticeChoice.objects.create(user=cast.manager, at_once=["client_given"])
    given(cast)
    collect_notices(at=soon())
    assert mail_notices(at=soon()) == 1
    assert mail_notices(at=soon()) == 0
    assert [message.to for message in mail.outbox] == [[cast.manager.email]]
    assert "Alfa" in mail.outbox[0].body


def test_what_was_not_chosen_is_not_mailed(cast: Cast) -> None:
    NoticeChoice.objects.create(user=cast.manager, at_once=["deputy_named"])
    given(cast)
    collect_notices(at=soon())
    assert mail_notices(at=soon()) == 0


def test_a_worker_that_dies_while_it_mails_leaves_the_notice_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    NoticeChoice.objects.create(user=cast.manager, at_once=["client_given"])
    given(cast)
    collect_notices(at=soon())
    with monkeypatch.context() as patch:
        patch.setattr(notices, "send_mail", dies)
        with pytest.raises(KeyboardInterrupt):
            mail_notices(at=soon())
    assert mail_notices(at=soon()) == 1


def dies(*_args: object) -> None:
    raise KeyboardInterrupt


SEVEN = datetime(2026, 7, 8, 5, 5, tzinfo=UTC)
"""Five past seven in the firm's summer."""


@pytest.fixture
def waiting(cast: Cast) -> Client:
    client = make_client(name="Alfa", account_manager=cast.manager, since_on=date(2026, 7, 1))
    make_promised(client, by=cast.manager, due="2026-07-08", text="Draft of the charter")
    return client


def test_the_digest_goes_at_the_hour_once_a_day(cast: Cast, waiting: Client) -> None:
    assert send_digests(at=SEVEN - timedelta(hours=1)) == 0
    assert send_digests(at=SEVEN) == 1
    assert send_digests(at=SEVEN + timedelta(hours=1)) == 0
    assert send_digests(at=SEVEN + timedelta(days=1)) == 1
    assert {tuple(message.to) for message in mail.outbox} == {(cast.manager.email,)}
    assert "Draft of the charter" in mail.outbox[0].body


def test_the_digest_speaks_the_persons_language(cast: Cast, waiting: Client) -> None:
    User.objects.filter(pk=cast.manager.pk).update(language="ru")
    send_digests(at=SEVEN)
    assert "Доброе утро" in mail.outbox[0].body


def test_another_hour_or_none_is_kept(cast: Cast, waiting: Client) -> None:
    choice = NoticeChoice.objects.create(user=cast.manager, digest_hour=9)
    assert send_digests(at=SEVEN) == 0
    assert send_digests(at=SEVEN + timedelta(hours=2)) == 1
    choice.wants_digest = False
    choice.save()
    assert send_digests(at=SEVEN + timedelta(days=1, hours=3)) == 0


def test_a_quiet_day_sends_nothing(cast: Cast) -> None:
    assert send_digests(at=SEVEN) == 0
    assert not mail.outbox


def test_a_worker_that_dies_leaves_the_digest_for_the_next(
    cast: Cast, waiting: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("clients.documents.digests.send_mail", dies)
        with pytest.raises(KeyboardInterrupt):
            send_digests(at=SEVEN)
    assert send_digests(at=SEVEN) == 1


def told(cast: Cast) -> Notice:
    given(cast)
    collect_notices(at=soon())
    return Notice.objects.get()


def test_the_bell_the_list_and_today_show_what_is_unread(client: Browser, cast: Cast) -> None:
    notice = told(cast)
    client.force_login(cast.manager)
    assert "1 unread notice" in client.get("/badges/").content.decode()
    for page in (url("notice_list"), url("today")):
        assert "You are now the account manager" in text_of(client.get(page))
    opened = client.post(f"/notices/{notice.pk}/open/")
    assert opened["Location"] == f"/clients/{notice.client_id}/"
    assert "Everything is read" in text_of(client.get("/notices/?unread=1"))
    client.post(f"/notices/{notice.pk}/unread/")
    assert Notice.objects.unread().exists()
    client.post("/notices/read/")
    assert not Notice.objects.unread().exists()


def test_other_peoples_notices_are_not_there(client: Browser, cast: Cast) -> None:
    notice = told(cast)
    client.force_login(cast.partner)
    assert client.post(f"/notices/{notice.pk}/open/").status_code == 404
    assert make_api(cast.partner).get(f"/api/v1/notices/{notice.pk}/").status_code == 404


def test_of_a_client_that_one_sees_no_longer_nothing_is_told(cast: Cast) -> None:
    client = make_client()
    for person, seen in ((cast.consultant, False), (cast.manager, True)):
        Notice.objects.create(recipient=person, kind="x", source="x:1", client=client, title="X", happened_at=soon())
        assert Notice.objects.visible_to(person).exists() is seen


def test_the_api_reads_and_marks_ones_own(cast: Cast) -> None:
    notice, api = told(cast), make_api(cast.manager)
    row = api.get("/api/v1/notices/?unread=true").json()["results"][0]
    assert (row["kind"], row["title"]) == ("client_given", "You are now the account manager")
    assert api.post(f"/api/v1/notices/{notice.pk}/read/").json()["read_at"]
    assert api.post(f"/api/v1/notices/{notice.pk}/unread/").json()["read_at"] is None
    assert api.post("/api/v1/notices/read-all/").json() == {"read": 1}
    assert api.post("/api/v1/notices/", {"title": "Mine"}).status_code == 405


def test_how_one_is_told_is_chosen_in_the_profile(client: Browser, cast: Cast) -> None:
    client.force_login(cast.manager)
    assert "/notices/settings/" in client.get("/account/profile/").content.decode()
    body = {"wants_digest": "on", "digest_hour": "9", "at_once": ["client_given"]}
    assert client.post("/notices/settings/", body).status_code == 302
    choice = NoticeChoice.objects.get()
    assert (choice.digest_hour, choice.at_once) == (9, ["client_given"])
    assert client.post("/notices/settings/", {**body, "digest_hour": "99"}).status_code == 422
