"""billing.services.timer: one per person, ten hours at most, and nothing that was measured is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from billing.models import TimeEntry, Timer
from billing.services.timer import discard_timer, start_timer, stop_forgotten_timers, stop_timer
from tests.make import Cast, make_cast, make_client, make_rate

NINE = datetime(2026, 6, 10, 9, tzinfo=UTC)


def start(cast: Cast) -> Timer:
    client = make_client()
    make_rate(client=client)
    return start_timer(Timer(user=cast.consultant, client=client, description="Call"), at=NINE)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "minutes"), [(5, 1), (90 * 60 + 20, 90), (90 * 60 + 40, 91)])
def test_stopping_saves_whole_minutes(seconds: int, minutes: int, cast: Cast) -> None:
    start(cast)
    entry = stop_timer(cast.consultant, at=NINE + timedelta(seconds=seconds))
    assert (entry.minutes, entry.started_at, entry.description) == (minutes, NINE, "Call")
    assert not Timer.objects.exists()


@pytest.mark.django_db
def test_a_second_timer_is_already_done(cast: Cast) -> None:
    start(cast)
    with pytest.raises(ValidationError) as refused:
        start(cast)
    assert refused.value.error_list[0].code == "already_done"


@pytest.mark.django_db
def test_stopping_without_a_timer_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        stop_timer(cast.consultant, at=NINE)
    assert refused.value.error_list[0].code == "wrong_status"


@pytest.mark.django_db
def test_a_forgotten_timer_stops_after_ten_hours_and_asks(cast: Cast) -> None:
    start(cast)
    assert stop_forgotten_timers(at=NINE + timedelta(hours=9, minutes=59)) == 0
    assert stop_forgotten_timers(at=NINE + timedelta(hours=30)) == 1
    entry = TimeEntry.objects.get()
    assert (entry.minutes, entry.needs_decision) == (600, "timer_stopped")
    assert entry.ended_at == NINE + timedelta(hours=10)


@pytest.mark.django_db
def test_a_discarded_timer_leaves_no_entry(cast: Cast) -> None:
    start(cast)
    discard_timer(cast.consultant)
    assert not TimeEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_timer_stopped_on_two_devices_gives_one_entry() -> None:
    cast = make_cast()
    start(cast)

    def stop(_number: int) -> str:
        try:
            return stop_timer(cast.consultant, at=NINE + timedelta(hours=1)).status
        except ValidationError as refused:
            return refused.error_list[0].code or ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(stop, range(2))) == ["draft", "wrong_status"]
    assert TimeEntry.objects.count() == 1


@pytest.mark.django_db
def test_timer_new_starts_for_the_client_of_the_card(client: Browser, cast: Cast) -> None:
    brandl = make_client(account_manager=cast.manager, name="Brandl")
    client.force_login(cast.manager)
    card = client.get(reverse("clients:client", args=[brandl.pk])).content.decode()
    url = f"{reverse('billing:timer_new')}?client={brandl.pk}"
    assert f'hx-get="{url}"' in card
    assert "Brandl" in client.get(url).content.decode()
    made = client.post(reverse("billing:timer_new"), {"client": f"#{brandl.pk}", "description": "Licence file"})
    assert (made.status_code, "timer" in made.headers["HX-Trigger"]) == (302, True)
    timer = Timer.objects.get()
    assert (timer.client, timer.user, timer.description) == (brandl, cast.manager, "Licence file")
    again = client.post(reverse("billing:timer_new"), {"client": f"#{brandl.pk}"})
    assert (again.status_code, "running already" in again.content.decode()) == (422, True)


@pytest.mark.django_db
def test_timer_new_keeps_what_was_typed_for_an_unknown_client(client: Browser, cast: Cast) -> None:
    client.force_login(cast.consultant)
    wrong = client.post(reverse("billing:timer_new"), {"client": "Nobody", "description": "Licence file"})
    assert (wrong.status_code, "Licence file" in wrong.content.decode()) == (422, True)
    assert not Timer.objects.exists()
