"""Same quality whoever comes: a change of people asks for a note, read before the first entry, or the lead is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from billing.models import Engagement, SuccessionNote
from billing.services.engagements import change_engagement, set_members
from billing.services.successions import alert_unread, ask_note, read_note, replace_member, write_note
from billing.services.time import log_entry
from clients.models import BusinessProfile, Task
from crm.access import Role
from crm.models import User
from crm.people import hand_over
from tests.make import Cast, browser_of, make_api, make_client, make_engagement, make_promised, make_user, new_entry

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def work(cast: Cast, *, lead: User | None = None, members: tuple[User, ...] = ()) -> Engagement:
    """Led by the manager, with the consultant on it."""
    client = make_client(account_manager=cast.manager)
    engagement = make_engagement(client, lead=lead or cast.manager)
    set_members(engagement, members=members or (cast.consultant,), on=TODAY - timedelta(days=30))
    return engagement


def written(note: SuccessionNote, by: User, **kw: Any) -> SuccessionNote:
    for name, value in {"state": "Half done", "values": "Calls before mails", **kw}.items():
        setattr(note, name, value)
    return write_note(note, by=by, at=NOW)


def tasks(kind: str) -> list[User]:
    return [task.assignee for task in Task.objects.unfinished().filter(kind=kind)]


def test_who_comes_as_somebody_leaves_asks_for_a_note(cast: Cast) -> None:
    engagement = work(cast)
    change_engagement(engagement, members=[cast.outsider], on=TODAY)
    note = SuccessionNote.objects.get()
    assert (note.predecessor, note.successor, note.since_on) == (cast.consultant, cast.outsider, TODAY)
    assert tasks("succession_write") == [cast.consultant]
    set_members(engagement, members=[cast.outsider, cast.partner], on=TODAY)
    assert SuccessionNote.objects.count() == 1  # nobody left


def test_the_note_begins_with_what_the_records_know(cast: Cast) -> None:
    engagement = work(cast)
    make_promised(engagement.client, by=cast.consultant, text="Send the report")
    BusinessProfile.objects.create(
        client=engagement.client,
        priorities="Calls first",
        why_us="A friend",
        reviewed_on=TODAY,
        stale_on=TODAY + timedelta(days=9),
        written_by=cast.manager,
    )
    note = ask_note(engagement, predecessor=cast.consultant, successor=cast.outsider, on=TODAY)
    assert "Send the report" in note.promises
    assert note.values == "Calls first\nA friend"
    assert ask_note(engagement, predecessor=cast.consultant, successor=cast.outsider, on=TODAY) == note


def test_who_is_let_go_leaves_the_note_to_the_lead(cast: Cast) -> None:
    engagement = work(cast)
    cast.consultant.is_active = False
    hand_over(cast.consultant, to=cast.outsider, on=TODAY)
    note = SuccessionNote.objects.get()
    assert (note.engagement, note.successor, tasks("succession_write")) == (engagement, cast.outsider, [cast.manager])


def test_a_lead_who_takes_over_has_it_written_by_who_keeps_the_client(cast: Cast) -> None:
    work(cast, lead=cast.consultant)
    cast.consultant.is_active = False
    hand_over(cast.consultant, to=cast.outsider, on=TODAY)
    assert set(tasks("succession_write")) == {cast.manager}


def test_a_written_note_asks_the_successor_and_a_changed_one_again(cast: Cast) -> None:
    note = ask_note(work(cast), predecessor=cast.consultant, successor=cast.outsider, on=TODAY)
    with pytest.raises(ValidationError) as early:
        read_note(note, by=cast.outsider, at=NOW)
    assert early.value.code == "wrong_status"
    with pytest.raises(ValidationError):
        written(note, cast.consultant, state="")
    written(note, cast.consultant)
    assert (tasks("succession_write"), tasks("succession_read")) == ([], [cast.outsider])
    with pytest.raises(PermissionDenied):
        read_note(note, by=cast.partner, at=NOW)
    assert read_note(note, by=cast.outsider, at=NOW).read_at == NOW
    assert tasks("succession_read") == []
    assert written(note, cast.consultant, state="Nearly done").read_at is None
    assert tasks("succession_read") == [cast.outsider]


def test_time_without_having_read_is_logged_and_the_lead_is_told_once(cast: Cast) -> None:
    engagement = work(cast)
    note = written(
        ask_note(engagement, predecessor=cast.consultant, successor=cast.outsider, on=TODAY), cast.consultant
    )
    for employee, on in ((cast.outsider, TODAY - timedelta(days=1)), (cast.consultant, TODAY)):
        log(engagement, employee, worked_on=on)
    alert_unread(at=NOW)
    assert tasks("succession_unread") == []
    for _twice in range(2):
        log(engagement, cast.outsider, worked_on=TODAY)
        alert_unread(at=NOW)
    note.refresh_from_db()
    assert (tasks("succession_unread"), note.lead_alerted_at is not None) == ([cast.manager], True)
    read_note(note, by=cast.outsider, at=NOW)
    assert tasks("succession_unread") == []


def test_who_has_read_the_note_logs_in_peace(cast: Cast) -> None:
    engagement = work(cast)
    note = written(
        ask_note(engagement, predecessor=cast.consultant, successor=cast.outsider, on=TODAY), cast.consultant
    )
    read_note(note, by=cast.outsider, at=NOW)
    log(engagement, cast.outsider, worked_on=TODAY)
    alert_unread(at=NOW)
    assert Task.objects.filter(kind="succession_unread").count() == 0


def log(engagement: Engagement, employee: User, **kw: Any) -> None:
    entry = new_entry(engagement.client, employee=employee, engagement=engagement, **kw)
    log_entry(entry, by=employee, at=NOW)


def test_a_person_is_replaced_with_the_note_in_one_act(cast: Cast) -> None:
    engagement = work(cast)
    given = {"engagement": engagement, "since_on": TODAY, "state": "Half done", "values": "Calls"}
    with pytest.raises(ValidationError) as stranger:
        replace_member(
            SuccessionNote(predecessor=cast.partner, successor=cast.outsider, **given), by=cast.manager, at=NOW
        )
    assert set(stranger.value.error_dict) == {"predecessor"}
    replace_member(
        SuccessionNote(predecessor=cast.consultant, successor=cast.outsider, **given), by=cast.manager, at=NOW
    )
    here = set(engagement.members.filter(to_on=None).values_list("user", flat=True))
    assert here == {cast.manager.pk, cast.outsider.pk}
    assert tasks("succession_read") == [cast.outsider]


def test_the_pages_write_read_and_list(cast: Cast) -> None:
    engagement = work(cast)
    manager, successor = browser_of(cast.manager), browser_of(cast.outsider)
    where = reverse("billing:succession_new", args=[engagement.pk])
    given = {
        "predecessor": cast.consultant.pk,
        "successor": cast.outsider.pk,
        "since_on": TODAY.isoformat(),
        "state": "Half done",
        "values": "Calls before mails",
    }
    assert manager.post(where, given | {"state": ""}).status_code == 422
    assert manager.post(where, given).status_code == 302
    note = SuccessionNote.objects.get()
    one, read = (reverse(f"billing:{name}", args=[note.pk]) for name in ("succession", "succession_read"))
    assert "I have read it" in successor.get(one).content.decode()
    assert "I have read it" not in manager.get(one).content.decode()
    assert manager.post(read).status_code == 403
    assert successor.post(read).status_code == 302
    assert "read " in manager.get(reverse("billing:succession_list")).content.decode()
    file = manager.get(reverse("billing:succession_list"), {"format": "csv"})
    assert engagement.name in b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    write = reverse("billing:succession_write", args=[note.pk])
    assert manager.post(write, {"state": "Done", "values": "Calls"}).status_code == 302
    assert browser_of(make_user(Role.CONSULTANT)).get(one).status_code == 404
    assert browser_of(cast.finance).get(one).status_code == 404


def test_the_api_replaces_writes_and_reads(cast: Cast) -> None:
    engagement = work(cast)
    api, where = make_api(cast.manager), "/api/v1/succession-notes/"
    body = {
        "engagement": engagement.pk,
        "predecessor": cast.consultant.pk,
        "successor": cast.outsider.pk,
        "since_on": TODAY.isoformat(),
        "state": "Half done",
        "values": "Calls",
    }
    assert api.post(where, body | {"state": ""}).status_code == 400
    assert make_api(cast.consultant).post(where, body).status_code == 403
    made = api.post(where, body)
    assert made.status_code == 201
    one = f"{where}{made.json()['id']}/"
    assert api.post(f"{one}read/").status_code == 403
    assert make_api(cast.outsider).post(f"{one}read/").json()["read_at"] is not None
    assert api.post(f"{one}write/", {"state": "Done", "values": "Calls"}).json()["read_at"] is None
    assert api.post(f"{one}write/", {"state": "", "values": ""}).status_code == 400
