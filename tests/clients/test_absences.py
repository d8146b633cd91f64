"""A deputy acts for an absent owner while the absence lasts: clients, promises, tasks; gaps are shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Absence, Client, Promise, Task
from clients.reports.absences import covered, planned
from clients.reports.worklist import worklist
from clients.services.absences import save_absence
from clients.services.promises import redate_promise
from clients.services.tasks import TaskDraft, open_task
from crm.access import Role
from crm.models import AuditEntry, User
from tests.clients.pages import text_of, url
from tests.make import Cast, make_api, make_client, make_promised, make_tiers, make_user

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 7, 6), date(2026, 7, 17)


@pytest.fixture
def deputy(cast: Cast) -> User:
    return make_user(Role.ACCOUNT_MANAGER, username="petra", first_name="Petra", last_name="Winter")


@pytest.fixture
def alfa(cast: Cast) -> Client:
    make_tiers()
    return make_client(name="Alfa", account_manager=cast.manager, tier="b", since_on=date(2026, 1, 1))


def away(person: User, deputy: User | None, first: date = FIRST, last: date = LAST, **kw: Any) -> Absence:
    return save_absence(Absence(user=person, deputy=deputy, from_on=first, to_on=last, **kw))


def away_now(person: User, deputy: User) -> Absence:
    today = timezone.localdate()
    return away(person, deputy, today - timedelta(days=1), today + timedelta(days=1))


def fresh(user: User) -> User:
    """As the next request loads the person."""
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(
    ("day", "owns"),
    [(FIRST - timedelta(days=1), False), (FIRST, True), (LAST, True), (LAST + timedelta(days=1), False)],
)
def test_the_deputy_owns_the_clients_from_the_first_day_to_the_last(
    cast: Cast, alfa: Client, deputy: User, day: date, owns: bool
) -> None:
    away(cast.manager, deputy)
    assert Client.objects.owned_by(fresh(deputy), on=day).exists() is owns
    assert alfa.is_owned_by(fresh(deputy), on=day) is owns


@pytest.mark.parametrize("keeper", ["account_manager", "deputy", "executive_owner"])
def test_whichever_way_the_absent_person_keeps_the_client(cast: Cast, deputy: User, keeper: str) -> None:
    make_client(**{keeper: cast.manager})
    away(cast.manager, deputy)
    assert Client.objects.owned_by(fresh(deputy), on=FIRST).exists()


def test_nobody_stands_in_for_the_one_whom_the_deputy_stands_in_for(cast: Cast, alfa: Client, deputy: User) -> None:
    third = make_user(Role.ACCOUNT_MANAGER)
    away(cast.manager, deputy)
    away(deputy, third)
    assert not Client.objects.owned_by(fresh(third), on=FIRST).exists()


def test_an_absence_without_a_deputy_opens_nothing(cast: Cast, alfa: Client, deputy: User) -> None:
    away(cast.manager, None)
    assert not Client.objects.owned_by(fresh(deputy), on=FIRST).exists()


def test_the_deputy_changes_the_client_and_the_audit_says_who_did_it(
    client: Browser, cast: Cast, alfa: Client, deputy: User
) -> None:
    address = f"/api/v1/clients/{alfa.pk}/"
    assert make_api(deputy).patch(address, {"city": "Bonn"}, format="json").status_code == 403
    away_now(cast.manager, deputy)
    assert make_api(fresh(deputy)).patch(address, {"city": "Bonn"}, format="json").status_code == 200
    assert AuditEntry.objects.filter(table_name="clients_client", object_id=alfa.pk).latest("pk").actor == deputy


def test_access_ends_with_the_absence(cast: Cast, alfa: Client, deputy: User) -> None:
    row = away_now(cast.manager, deputy)
    Absence.objects.filter(pk=row.pk).update(to_on=timezone.localdate() - timedelta(days=1))
    answer = make_api(fresh(deputy)).patch(f"/api/v1/clients/{alfa.pk}/", {"city": "Bonn"}, format="json")
    assert answer.status_code == 403


def test_promises_and_tasks_of_the_absent_stand_in_the_deputys_today_with_their_name(
    client: Browser, cast: Cast, alfa: Client, deputy: User
) -> None:
    other = make_client(name="Beta", account_manager=cast.partner)
    today = timezone.localdate()
    make_promised(other, by=cast.manager, due=today.isoformat(), text="Draft of the charter")
    draft = TaskDraft(
        kind="other", source="x:1", assignee=cast.manager, title="Ask for the minutes", due_at=timezone.now()
    )
    open_task(draft)
    away_now(cast.manager, deputy)
    client.force_login(deputy)
    text = text_of(client.get(url("today")))
    assert "Draft of the charter" in text
    assert "Ask for the minutes" in text
    assert text.count("for Anna Orlova") >= 2
    assert client.post(f"/promises/{Promise.objects.get().pk}/keep/").status_code == 302
    assert client.post(f"/tasks/{Task.objects.get().pk}/done/").status_code == 302
    assert Task.objects.get().closed_by == deputy


def test_a_row_of_ones_own_names_nobody(cast: Cast, alfa: Client, deputy: User) -> None:
    now = timezone.now()
    make_promised(alfa, by=deputy, due=timezone.localdate().isoformat())
    away_now(cast.manager, deputy)
    assert [row.for_whom for row in worklist(fresh(deputy), at=now).promises] == [None]


def test_who_may_not_act_for_clients_does_not_stand_in_for_their_keeper(cast: Cast, alfa: Client) -> None:
    with pytest.raises(ValidationError) as refused:
        away(cast.manager, cast.consultant)
    assert refused.value.error_dict["deputy"][0].code == "deputy_may_not"
    assert away(cast.consultant, cast.outsider).pk


def test_the_page_keeps_what_was_typed_when_the_deputy_is_refused(client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.manager)
    body = {"user": cast.manager.pk, "reason": "holiday", "from_on": FIRST, "to_on": LAST, "note": "by the sea"}
    answer = client.post("/absences/new/", {**body, "deputy": cast.consultant.pk})
    assert answer.status_code == 422
    assert "only a partner or an account manager can stand in" in answer.content.decode()
    assert "by the sea" in answer.content.decode()


def words_of(*rows: Absence) -> list[list[str]]:
    return [list(plan.words) for plan in planned(rows)]


def test_an_absence_says_what_is_wrong_with_it(cast: Cast, alfa: Client, deputy: User) -> None:
    make_promised(alfa, by=cast.manager, due=LAST.isoformat())
    make_promised(alfa, by=cast.manager, due=(LAST + timedelta(days=1)).isoformat())
    alone = away(cast.manager, None)
    assert words_of(alone) == [["1 client has no deputy", "1 promise is due"]]
    alone.deputy = deputy
    assert words_of(save_absence(alone)) == [[]]
    away(deputy, None, LAST, LAST + timedelta(days=5))
    assert words_of(alone) == [["the deputy is away as well"]]


def test_the_profile_shows_ones_absences_and_for_whom_one_stands_in(
    client: Browser, cast: Cast, alfa: Client, deputy: User
) -> None:
    row = away_now(cast.manager, deputy)
    assert covered(deputy, on=row.from_on) == [row]
    for user, words in ((deputy, "You stand in for Anna Orlova"), (cast.manager, "Petra Winter stands in")):
        client.force_login(user)
        assert "/absences/mine/" in client.get("/account/profile/").content.decode()
        assert words in client.get("/absences/mine/").content.decode()


def test_handing_over_moves_only_ones_own_clients(cast: Cast, alfa: Client, deputy: User) -> None:
    from clients.services.handover import hand_over_clients

    away_now(cast.manager, deputy)
    assert hand_over_clients(fresh(deputy), cast.partner, FIRST) == 0
    alfa.refresh_from_db()
    assert alfa.account_manager == cast.manager


def test_it_costs_no_question_to_know_for_whom(
    cast: Cast, alfa: Client, deputy: User, django_assert_num_queries: Any
) -> None:
    away(cast.manager, deputy)
    person = fresh(deputy)
    with django_assert_num_queries(0):
        assert alfa.is_owned_by(person, on=FIRST)


def test_a_moved_or_deleted_absence_moves_the_access(cast: Cast, alfa: Client, deputy: User) -> None:
    row, other = away(cast.manager, deputy), make_user(Role.ACCOUNT_MANAGER)
    Absence.objects.filter(pk=row.pk).update(deputy=other)
    assert [alfa.is_owned_by(fresh(person), on=FIRST) for person in (deputy, other)] == [False, True]
    row.delete()
    assert not alfa.is_owned_by(fresh(other), on=FIRST)


def test_saving_a_stale_person_keeps_for_whom_they_stand_in(cast: Cast, alfa: Client, deputy: User) -> None:
    stale = fresh(deputy)
    away(cast.manager, deputy)
    stale.position = "Head of tax"
    stale.save()
    assert fresh(deputy).position == "Head of tax"
    assert alfa.is_owned_by(fresh(deputy), on=FIRST)


def moved_into(promise: Promise, by: User) -> None:
    redate_promise(
        promise, due_at=datetime(2026, 7, 10, 15, tzinfo=UTC), reason="Bank is late", by=by, at=AT - timedelta(days=3)
    )


def test_a_second_date_on_a_day_of_absence_needs_a_deputy(cast: Cast, alfa: Client, deputy: User) -> None:
    promise = make_promised(alfa, by=cast.manager, due="2026-07-08")
    row = away(cast.manager, None)
    with pytest.raises(ValidationError) as refused:
        moved_into(promise, cast.manager)
    assert refused.value.error_dict["due_at"][0].code == "absence_needs_deputy"
    row.deputy = deputy
    save_absence(row)
    moved_into(promise, cast.manager)
    assert promise.dates.count() == 1


def test_the_form_of_a_second_date_says_who_is_away_and_who_stands_in(
    client: Browser, cast: Cast, alfa: Client, deputy: User
) -> None:
    promise = make_promised(alfa, by=cast.manager, due="2026-07-08")
    row = away(cast.manager, None)
    client.force_login(cast.manager)
    address = f"/promises/{promise.pk}/day/?due_on=2026-07-10"
    assert "Anna Orlova is away on that day and nobody stands in" in text_of(client.get(address))
    row.deputy = deputy
    save_absence(row)
    assert "Petra Winter stands in" in text_of(client.get(address))


AT = datetime(2026, 7, 8, 8, tzinfo=UTC)


def test_overdue_contacts_of_the_absent_are_the_deputys(cast: Cast, alfa: Client, deputy: User) -> None:
    away(cast.manager, deputy)
    rows = worklist(fresh(deputy), at=AT).contacts
    assert [(row.client.name, row.for_whom) for row in rows] == [("Alfa", cast.manager)]
