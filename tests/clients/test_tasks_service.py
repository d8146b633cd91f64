"""Tasks: one open per (kind, source), closed once, put away, passed on and put back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from clients.models import Task
from clients.services import tasks
from clients.services.tasks import TaskDraft
from tests.make import Cast, make_cast, make_client, make_user

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def draft(cast: Cast, **kw: Any) -> TaskDraft:
    return TaskDraft(
        **{
            "kind": "package_low",
            "source": "package:1",
            "assignee": cast.manager,
            "title": "Support 2026",
            "due_at": NOW,
            **kw,
        }
    )


def open_one(cast: Cast, **kw: Any) -> Task:
    task = tasks.open_task(draft(cast, **kw))
    assert task is not None
    return task


def test_opening_twice_gives_the_same_task_with_fresh_words(cast: Cast) -> None:
    first = open_one(cast)
    again = open_one(cast, title="Support 2026, empty in 3 days", value_at_stake=Decimal(900), assignee=cast.partner)
    assert again.pk == first.pk
    assert again.title == "Support 2026, empty in 3 days"
    assert again.value_at_stake == 900
    assert again.assignee == cast.manager


@pytest.mark.django_db(transaction=True)
def test_two_jobs_that_open_at_once_open_one() -> None:
    cast, start = make_cast(), Barrier(2)

    def run() -> None:
        start.wait()
        try:
            tasks.open_task(draft(cast))
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Task.objects.count() == 1


def test_the_words_are_written_in_the_language_of_the_assignee(cast: Cast) -> None:
    cast.manager.language = "de"
    task = open_one(cast, title=_("Monday"))
    assert task.title == "Montag"


def test_a_closed_task_stays_quiet_for_a_while_and_then_opens_anew(cast: Cast) -> None:
    tasks.dismiss_task(open_one(cast), reason="not now", by=cast.manager, at=NOW)
    assert tasks.open_task(draft(cast), quiet_since=NOW - timedelta(days=1)) is None
    assert tasks.open_task(draft(cast), quiet_since=NOW + timedelta(days=1)) is not None


def test_renewing_settles_what_has_no_cause_any_more(cast: Cast) -> None:
    gone = open_one(cast, source="package:1")
    stays = open_one(cast, source="package:2")
    other = open_one(cast, kind="renewal", source="retainer:1")
    new = tasks.renew_tasks("package_low", [draft(cast, source="package:2"), draft(cast, source="package:3")], at=NOW)
    assert new == 1
    states = {task.pk: task.state for task in Task.objects.all()}
    assert (states[gone.pk], states[stays.pk], states[other.pk]) == ("done", "open", "open")


def test_renewing_costs_the_same_for_one_and_for_fifty(
    cast: Cast, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(9):
        tasks.renew_tasks("package_low", [draft(cast, source=f"package:{n}") for n in range(50)], at=NOW)
    with django_assert_max_num_queries(9):
        tasks.renew_tasks("package_low", [draft(cast, source="package:1")], at=NOW)


def test_a_task_is_done_once(cast: Cast) -> None:
    task = tasks.finish_task(open_one(cast), by=cast.manager, at=NOW)
    assert (task.state, task.closed_at, task.closed_by) == ("done", NOW, cast.manager)
    with pytest.raises(ValidationError) as refused:
        tasks.finish_task(task, by=cast.manager, at=NOW)
    assert refused.value.code == "already_done"


def test_a_snoozed_task_comes_back_by_itself(cast: Cast) -> None:
    tasks.snooze_task(open_one(cast), until=NOW + timedelta(days=2), reason="on holiday", at=NOW)
    assert not Task.objects.due(at=NOW).exists()
    assert Task.objects.due(at=NOW + timedelta(days=2)).exists()


@pytest.mark.parametrize(("until", "reason", "field"), [(NOW, "why", "until"), (NOW + timedelta(1), " ", "reason")])
def test_snoozing_needs_a_later_moment_and_a_reason(cast: Cast, until: datetime, reason: str, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tasks.snooze_task(open_one(cast), until=until, reason=reason, at=NOW)
    assert set(refused.value.error_dict) == {field}


def test_a_task_is_passed_on_to_somebody_who_works_here(cast: Cast) -> None:
    task = tasks.delegate_task(open_one(cast), to=cast.partner, by=cast.manager)
    assert (task.assignee, task.reason) == (cast.partner, str(cast.manager))
    with pytest.raises(ValidationError):
        tasks.delegate_task(task, to=make_user(is_active=False), by=cast.manager)


def test_undo_puts_a_task_back_as_it_was(cast: Cast) -> None:
    task = open_one(cast)
    before = tasks.snapshot_task(task)
    done = tasks.finish_task(task, by=cast.manager, at=NOW)
    back = tasks.restore_task(done, snapshot=before)
    assert (back.state, back.closed_at, back.closed_by, back.assignee) == ("open", None, None, cast.manager)


def test_undo_is_refused_when_the_same_cause_has_opened_a_new_task(cast: Cast) -> None:
    task = open_one(cast)
    before = tasks.snapshot_task(task)
    done = tasks.finish_task(task, by=cast.manager, at=NOW)
    open_one(cast)
    with pytest.raises(ValidationError) as refused:
        tasks.restore_task(done, snapshot=before)
    assert refused.value.code == "already_done"


def test_a_person_sees_own_tasks_and_those_of_own_clients(cast: Cast) -> None:
    mine = make_client(account_manager=cast.manager)
    foreign = make_client()
    open_one(cast, source="1", client=mine, assignee=cast.consultant)
    open_one(cast, source="2", client=foreign, assignee=cast.partner)
    open_one(cast, source="3", client=foreign, assignee=cast.manager)
    seen = {person: set(Task.objects.visible_to(person).values_list("source", flat=True)) for person in cast}
    assert seen[cast.manager] == {"1", "3"}
    assert seen[cast.consultant] == {"1"}
    assert seen[cast.partner] == {"1", "2", "3"}
    assert seen[cast.outsider] == set()


def test_what_the_machine_settled_nobody_has_answered(cast: Cast) -> None:
    task = open_one(cast)
    tasks.settle_tasks(task.kind, task.source, at=NOW)
    since = NOW - timedelta(days=1)
    assert not Task.objects.answered(task.kind, since=since, at=NOW).exists()
    again = tasks.open_task(draft(cast), quiet_since=since)
    assert again
    tasks.settle_tasks(task.kind, task.source, at=NOW, by=cast.manager)
    assert Task.objects.answered(task.kind, since=since, at=NOW).get() == again
    assert tasks.open_task(draft(cast), quiet_since=since) is None


def test_a_task_is_passed_on_to_nobody_who_does_not_see_its_client(cast: Cast) -> None:
    task = open_one(cast, client=make_client(account_manager=cast.manager))
    for nobody, code in ((cast.outsider, "foreign"), (cast.integration, "inactive")):
        with pytest.raises(ValidationError) as refused:
            tasks.delegate_task(task, to=nobody, by=cast.manager)
        assert refused.value.error_dict["assignee"][0].code == code
    assert tasks.delegate_task(task, to=cast.partner, by=cast.manager).assignee == cast.partner
