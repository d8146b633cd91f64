"""Attention: what counts as two-way, when it is overdue, and the tasks that follow."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clients.models import Client, ClientFigure, Interaction, Task, TierPolicy
from clients.services.attention import (
    QUIET,
    by_urgency,
    refresh_attention,
    renew_attention_tasks,
    snooze_attention,
)
from clients.services.interactions import change_interaction, log_interaction
from clients.services.tasks import dismiss_task
from tests.make import Cast, make_call, make_client, make_contact, make_tiers, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def log(client: Client, **kw: Any) -> Interaction:
    fields = {"by": make_user(), "occurred_at": NOW, "at": NOW, "kind": "call", "direction": "both", **kw}
    return log_interaction(client, **fields)


@pytest.mark.parametrize(
    ("fields", "with_contact", "counts"),
    [
        ({"kind": "call"}, True, True),
        ({"kind": "call"}, False, False),
        ({"kind": "meeting"}, True, True),
        ({"kind": "social", "initiated_by": "client"}, True, True),
        ({"kind": "email", "direction": "out"}, True, False),
        ({"kind": "email", "direction": "in"}, False, True),
        ({"kind": "message", "direction": "both"}, False, True),
    ],
)
def test_what_counts_as_two_way(fields: dict[str, Any], with_contact: bool, counts: bool) -> None:
    client = make_client()
    log(client, contacts=[make_contact(client)] if with_contact else [], **fields)
    assert Interaction.objects.two_way().exists() is counts
    assert (ClientFigure.objects.get(client=client).last_two_way_at is not None) is counts


def test_an_older_touch_does_not_move_the_last_one_back() -> None:
    client = make_client()
    make_call(client, occurred_at=NOW)
    make_call(client, occurred_at=NOW - timedelta(days=30))
    assert ClientFigure.objects.get(client=client).last_two_way_at == NOW


def test_correcting_a_touch_counts_the_last_one_anew() -> None:
    client = make_client()
    row = make_call(client, occurred_at=NOW)
    row.occurred_at = NOW - timedelta(days=10)
    change_interaction(row, at=NOW)
    assert ClientFigure.objects.get(client=client).last_two_way_at == NOW - timedelta(days=10)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"occurred_at": NOW + timedelta(minutes=1)}, "occurred_at"),
        ({"kind": "hospitality", "initiated_by": "client"}, "__all__"),
        ({"kind": "social", "initiated_by": "us"}, "__all__"),
        ({"sentiment": 3}, "__all__"),
    ],
)
def test_a_wrong_touch_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        log(make_client(), **fields)
    assert set(refused.value.error_dict) == {field}
    assert not Interaction.objects.exists()


def test_what_looks_secret_is_masked_unless_the_writer_knows_better() -> None:
    client = make_client()
    assert "hunter2" not in log(client, summary="Password: hunter2").summary
    assert log(client, summary="Password: hunter2", not_secret=True).summary == "Password: hunter2"


def touched(days: int, **kw: Any) -> Client:
    client = make_client(since_on=date(2020, 1, 1), **kw)
    make_call(client, occurred_at=NOW - timedelta(days=days))
    return client


def test_attention_is_overdue_from_the_day_after_the_cadence() -> None:
    cadences = TierPolicy.objects.cadences()
    late, _fresh = touched(31, tier="b"), touched(30, tier="b")
    touched(400, tier="b", status="lost")
    touched(400, tier="b", status="prospect")
    found = Client.objects.attention_overdue(on=NOW.date(), cadences=cadences)
    assert list(found) == [late]


def test_a_client_nobody_ever_spoke_with_is_counted_from_its_first_day() -> None:
    old = make_client(tier="c", since_on=date(2026, 1, 1))
    make_client(tier="c", since_on=date(2026, 11, 1))
    assert list(Client.objects.attention_overdue(on=NOW.date(), cadences=TierPolicy.objects.cadences())) == [old]


def test_the_list_is_ordered_by_days_against_the_cadence() -> None:
    vip, quarterly = touched(21, tier="vip"), touched(130, tier="c")
    ranked = by_urgency([quarterly, vip], cadences=TierPolicy.objects.cadences(), at=NOW)
    assert [client for client, _late in ranked] == [vip, quarterly]
    assert [late.overdue_days for _client, late in ranked] == [14, 40]


def test_the_nightly_task_opens_once_and_goes_when_somebody_talks(cast: Cast) -> None:
    client = touched(40, tier="b", account_manager=cast.manager)
    touched(40, tier="b")  # nobody keeps it, so nobody is asked
    assert renew_attention_tasks(at=NOW) == 1
    assert renew_attention_tasks(at=NOW) == 0
    task = Task.objects.get()
    assert (task.assignee, task.source) == (cast.manager, f"client:{client.pk}")
    make_call(client, by=cast.manager, occurred_at=NOW)
    task.refresh_from_db()
    assert task.state == "done"
    assert renew_attention_tasks(at=NOW) == 0


def test_a_dismissed_reminder_stays_away_for_a_week(cast: Cast) -> None:
    touched(40, tier="b", account_manager=cast.manager)
    renew_attention_tasks(at=NOW)
    dismiss_task(Task.objects.get(), reason="on holiday", by=cast.manager, at=NOW)
    assert renew_attention_tasks(at=NOW + QUIET - timedelta(hours=1)) == 0
    assert renew_attention_tasks(at=NOW + QUIET + timedelta(hours=1)) == 1


def test_a_reminder_is_snoozed_before_the_night_has_opened_it(cast: Cast) -> None:
    client = touched(40, tier="b", account_manager=cast.manager)
    task = snooze_attention(client, until=NOW + timedelta(days=3), reason="travels", by=cast.manager, at=NOW)
    assert task.state == "snoozed"
    assert renew_attention_tasks(at=NOW) == 0


def test_refreshing_costs_the_same_for_one_and_for_thirty(django_assert_max_num_queries: Any) -> None:
    clients = [touched(40) for _ in range(30)]
    with django_assert_max_num_queries(6):
        refresh_attention([client.pk for client in clients], at=NOW)
