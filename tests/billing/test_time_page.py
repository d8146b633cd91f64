"""The time page over HTTP: the line, the grid, submitting, refusals that keep what was typed."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import TimeEntry, Timer
from clients.services.facts import add_member
from crm.models import User
from crm.periods import week_start
from tests.make import Cast, log, make_client, make_engagement, make_package, make_rate, make_time_lock

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_consultant(client: Client, cast: Cast) -> Client:
    client.force_login(cast.consultant, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_worked(user: User, name: str = "Brandl Maschinenbau", **kw: Any) -> Any:
    """A client for whom the person works, with the default rate behind it."""
    found = make_client(name=name, **kw)
    make_rate(client=found)
    add_member(found, user=user, on=timezone.localdate() - timedelta(days=30))
    return found


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_line_shows_the_package_before_and_after(as_consultant: Client, cast: Cast) -> None:
    make_package(make_worked(cast.consultant), hours=8.5, name="Support")
    shown = text_of(as_consultant.get("/time/parse/", {"line": "1:30 brandl second server"}, headers=HTMX))
    assert "8.5 → 7.0" in shown
    assert "Brandl Maschinenbau" in shown
    assert TimeEntry.objects.count() == 0


def test_the_line_says_why_more_is_drawn_than_was_worked(as_consultant: Client, cast: Cast) -> None:
    make_package(make_worked(cast.consultant), hours=8.5, burn_factor=Decimal("1.5"))
    shown = text_of(as_consultant.get("/time/parse/", {"line": "1:30 brandl second server"}, headers=HTMX))
    assert "1:30 × 1.5" in shown
    assert "8.5 → 6.25" in shown


def test_seven_hours_on_five_show_both_parts(as_consultant: Client, cast: Cast) -> None:
    make_package(make_worked(cast.consultant), hours=5)
    shown = text_of(as_consultant.get("/time/parse/", {"line": "7h brandl move"}, headers=HTMX))
    assert "5.0 → 0.0" in shown
    assert "2:00" in shown
    assert "More than the package holds" in shown


def test_adding_by_htmx_answers_an_empty_line_and_the_week(as_consultant: Client, cast: Cast) -> None:
    make_package(make_worked(cast.consultant), hours=8.5)
    response = as_consultant.post("/time/add/", {"line": "1:30 Brandl second server"}, headers=HTMX)
    shown = text_of(response)
    assert response.status_code == 200
    assert 'value="" autocomplete' in shown
    assert 'hx-swap-oob="true"' in shown
    assert "second server" in shown
    entry = TimeEntry.objects.get()
    assert (entry.minutes, entry.employee, entry.description) == (90, cast.consultant, "second server")


def test_adding_without_script_returns_to_the_day(as_consultant: Client, cast: Cast) -> None:
    make_worked(cast.consultant)
    response = as_consultant.post("/time/add/", {"line": "45m Brandl call yesterday"})
    day = timezone.localdate() - timedelta(days=1)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/time/?on={day.isoformat()}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("25h Brandl everything", "more than a day"),
        ("-1:00 Brandl less", "less than nothing"),
        ("1:30 Nobody at all", "No client of yours begins with"),
        ("Brandl without time", "Say how long"),
        ("1:30 Brandl #nothing", "There is no service"),
        ("", "required"),
    ],
)
def test_what_is_not_understood_is_said_and_the_text_kept(
    line: str, words: str, as_consultant: Client, cast: Cast
) -> None:
    make_worked(cast.consultant)
    response = as_consultant.post("/time/add/", {"line": line})
    shown = text_of(response)
    assert response.status_code == 422
    assert words in shown
    assert f'value="{line}"' in shown
    assert TimeEntry.objects.count() == 0


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-13-45"])
def test_a_day_without_a_week_around_it_is_taken_for_today(as_consultant: Client, day: str) -> None:
    assert as_consultant.get("/time/", {"on": day, "rows": "last"}).status_code == 200
    assert as_consultant.post("/time/add/", {"on": day, "line": "x"}).status_code == 422


def test_a_client_one_does_not_work_for_is_unknown(as_consultant: Client) -> None:
    make_client(name="Secret Holding")
    assert as_consultant.post("/time/add/", {"line": "1h Secret talk"}).status_code == 422


def test_two_clients_of_one_name_are_offered_and_the_choice_counts(as_consultant: Client, cast: Cast) -> None:
    one, _two = make_worked(cast.consultant, "Brandl Nord"), make_worked(cast.consultant, "Brandl Süd")
    response = as_consultant.post("/time/add/", {"line": "1h Brandl call"})
    assert "choose one" in text_of(response)
    assert f'name="client" value="{one.pk}"' in text_of(response)
    as_consultant.post("/time/add/", {"line": "1h Brandl call", "client": one.pk})
    assert TimeEntry.objects.get().client == one


def test_goodwill_asks_for_its_reason(as_consultant: Client, cast: Cast) -> None:
    make_worked(cast.consultant)
    response = as_consultant.post("/time/add/", {"line": "1h Brandl update !goodwill"})
    assert response.status_code == 422
    assert "Free work needs a reason" in text_of(response)
    as_consultant.post("/time/add/", {"line": "1h Brandl update !goodwill", "reason": "Our delay"})
    assert TimeEntry.objects.get().reason == "Our delay"


def test_the_only_engagement_is_taken(as_consultant: Client, cast: Cast) -> None:
    client = make_worked(cast.consultant)
    engagement = make_engagement(client, lead=cast.manager, members=[cast.consultant])
    as_consultant.post("/time/add/", {"line": "1h Brandl call"})
    assert TimeEntry.objects.get().engagement == engagement


def test_a_line_sent_twice_with_one_key_is_saved_once(as_consultant: Client, cast: Cast) -> None:
    make_worked(cast.consultant)
    for _round in range(2):
        headers = {**HTMX, "Idempotency-Key": "b4c1"}
        assert as_consultant.post("/time/add/", {"line": "1h Brandl call"}, headers=headers).status_code == 200
    assert TimeEntry.objects.count() == 1


@pytest.mark.parametrize(("line", "days_before"), [("45m Brandl call", 0), ("45m Brandl call yesterday", 1)])
@pytest.mark.parametrize("days_kept", [0, 1, 31])
def test_a_line_kept_without_a_connection_counts_for_its_day(
    as_consultant: Client, cast: Cast, line: str, days_before: int, days_kept: int
) -> None:
    make_worked(cast.consultant)
    today = timezone.localdate()
    typed_on = today - timedelta(days=days_kept)
    answer = as_consultant.post("/time/add/", {"line": line, "typed_on": typed_on.isoformat()}, headers=HTMX)
    assert answer.status_code == 200
    assert TimeEntry.objects.get().worked_on == typed_on - timedelta(days=days_before)
    assert 'name="typed_on" value=""' in answer.content.decode()


@pytest.mark.parametrize("days_kept", [-1, 32, 4000])
def test_a_line_kept_from_too_far_is_refused_until_its_day_is_written(
    as_consultant: Client, cast: Cast, days_kept: int
) -> None:
    make_worked(cast.consultant)
    today = timezone.localdate()
    typed_on = (today - timedelta(days=days_kept)).isoformat()
    answer = as_consultant.post("/time/add/", {"line": "45m Brandl call", "typed_on": typed_on}, headers=HTMX)
    assert answer.status_code == 422
    assert "write its day into it" in text_of(answer)
    assert 'name="typed_on" value=""' in answer.content.decode()
    assert not TimeEntry.objects.exists()
    nonsense = as_consultant.post("/time/add/", {"line": "45m Brandl call", "typed_on": "soon"}, headers=HTMX)
    assert nonsense.status_code == 422


def test_a_line_kept_from_a_day_that_is_closed_now_says_so(as_consultant: Client, cast: Cast) -> None:
    make_worked(cast.consultant)
    yesterday = timezone.localdate() - timedelta(days=1)
    make_time_lock(yesterday)
    answer = as_consultant.post(
        "/time/add/",
        {"line": "45m Brandl call", "typed_on": yesterday.isoformat()},
        headers={**HTMX, "Idempotency-Key": "k"},
    )
    assert answer.status_code == 422
    assert f'name="typed_on" value="{yesterday.isoformat()}"' in answer.content.decode()
    assert not TimeEntry.objects.exists()
    moved = as_consultant.post("/time/add/", {"line": "45m Brandl call", "typed_on": ""}, headers=HTMX)
    assert moved.status_code == 200


def test_a_closed_day_is_refused_in_words(as_consultant: Client, cast: Cast) -> None:
    make_worked(cast.consultant)
    make_time_lock(timezone.localdate())
    response = as_consultant.post("/time/add/", {"line": "1h Brandl call"})
    assert response.status_code == 422
    assert "closed for time" in text_of(response)


def cell_of(client: Any) -> str:
    return f"cell-{client.pk}-0-billable-{timezone.localdate().isoformat()}"


def test_a_cell_changes_adds_and_deletes(as_consultant: Client, cast: Cast) -> None:
    client = make_worked(cast.consultant)
    log(client, cast.consultant, 60, worked_on=week_start(timezone.localdate()) - timedelta(days=3))
    for typed, minutes in (("2:00", [120]), ("1.5", [90]), ("", [])):
        response = as_consultant.post("/time/cells/", {cell_of(client): typed}, headers=HTMX)
        assert response.status_code == 200
        today = TimeEntry.objects.filter(worked_on=timezone.localdate())
        assert list(today.values_list("minutes", flat=True)) == minutes


def test_nonsense_in_a_cell_changes_nothing(as_consultant: Client, cast: Cast) -> None:
    client = make_worked(cast.consultant)
    log(client, cast.consultant, 60, worked_on=timezone.localdate())
    response = as_consultant.post("/time/cells/", {cell_of(client): "soon"}, headers=HTMX)
    assert response.status_code == 422
    assert TimeEntry.objects.get().minutes == 60


def test_the_grid_saves_as_a_form(as_consultant: Client, cast: Cast) -> None:
    client = make_worked(cast.consultant)
    log(client, cast.consultant, 60, worked_on=timezone.localdate())
    assert as_consultant.post("/time/cells/", {cell_of(client): "3:00"}).status_code == 302
    assert TimeEntry.objects.get().minutes == 180


def test_an_entry_is_edited_deleted_and_brought_back(as_consultant: Client, cast: Cast) -> None:
    client = make_worked(cast.consultant)
    entry = log(client, cast.consultant, 60, worked_on=timezone.localdate())
    fields = {
        "client": client.pk, "worked_on": entry.worked_on.isoformat(), "minutes": "2:15", "description": "Longer",
        "billing_type": "billable",
    }  # fmt: skip
    as_consultant.post(f"/time/{entry.pk}/edit/", fields)
    entry.refresh_from_db()
    assert (entry.minutes, entry.description) == (135, "Longer")
    as_consultant.post("/time/undo/")
    entry.refresh_from_db()
    assert (entry.minutes, entry.description) == (60, "Second server")
    as_consultant.post(f"/time/{entry.pk}/delete/")
    assert TimeEntry.objects.count() == 0
    as_consultant.post("/time/undo/")
    assert TimeEntry.objects.get().minutes == 60


def test_a_wrong_duration_keeps_the_edit_form(as_consultant: Client, cast: Cast) -> None:
    entry = log(make_worked(cast.consultant), cast.consultant, 60, worked_on=timezone.localdate())
    fields = {"client": entry.client_id, "worked_on": entry.worked_on, "minutes": "25h", "billing_type": "billable"}
    response = as_consultant.post(f"/time/{entry.pk}/edit/", fields)
    assert response.status_code == 422
    assert 'value="25h"' in text_of(response)


def test_the_week_is_submitted_and_then_there_is_nothing_left(as_consultant: Client, cast: Cast) -> None:
    log(make_worked(cast.consultant), cast.consultant, worked_on=timezone.localdate())
    assert as_consultant.post("/time/submit/", {"on": timezone.localdate().isoformat()}).status_code == 302
    assert TimeEntry.objects.get().status == "submitted"
    assert as_consultant.post("/time/submit/", {"on": timezone.localdate().isoformat()}).status_code == 422


def test_the_timer_starts_by_the_line_and_stops_into_an_entry(as_consultant: Client, cast: Cast) -> None:
    make_worked(cast.consultant)
    as_consultant.post("/time/timer/start/", {"line": "Brandl licence file"})
    assert Timer.objects.get().description == "licence file"
    assert "timer-chip" in text_of(as_consultant.get("/time/timer/"))
    as_consultant.post("/time/timer/stop/", {"billing_type": "billable"})
    assert TimeEntry.objects.get().description == "licence file"


def test_last_week_s_rows_come_without_their_hours(as_consultant: Client, cast: Cast) -> None:
    client = make_worked(cast.consultant)
    log(client, cast.consultant, 60, worked_on=week_start(timezone.localdate()) - timedelta(days=3))
    assert client.name not in text_of(as_consultant.get("/time/"))
    assert client.name in text_of(as_consultant.get("/time/", {"rows": "last"}))
    assert TimeEntry.objects.count() == 1


def test_a_longer_week_asks_no_more_queries(
    as_consultant: Client, cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    clients = [make_worked(cast.consultant, f"Client {letter}") for letter in "ABCDEF"]
    for client in clients:
        make_package(client)
        for _round in range(4):
            log(client, cast.consultant, 30, worked_on=timezone.localdate())
    as_consultant.get("/time/")
    with django_assert_max_num_queries(12):
        as_consultant.get("/time/")


def test_finance_has_no_line(client: Client, cast: Cast) -> None:
    client.force_login(cast.finance, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/time/add/", {"line": "1h Brandl"}).status_code == 403
