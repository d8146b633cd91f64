"""Promises: made, kept, moved once, moved again only by a partner, and never by two people at once."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from clients.models import ClientFigure, Interaction, Promise, PromiseDate, Task
from clients.rules.promises import Outcome
from clients.services.escalations import escalate_promises
from clients.services.promise_rates import judge_promise, late_makers, lateness_of
from clients.services.promises import (
    end_of_day,
    keep_promise,
    make_promise,
    mark_on_track,
    redate_promise,
    reopen_promise,
    withdraw_promise,
)
from clients.services.warnings import warn_client
from tests.make import Cast, make_cast, make_client, make_contact, make_promised, make_user

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def moved(promise: Promise, cast: Cast, due: str, **kw: Any) -> PromiseDate:
    fields: dict[str, Any] = {"reason": "bank is late", "by": cast.manager, "at": NOW, "client_informed_at": NOW, **kw}
    return redate_promise(promise, due_at=end_of_day(date.fromisoformat(due)), **fields)


def test_a_promise_needs_words_and_a_person_of_the_same_client(cast: Cast) -> None:
    for wrong in ({"text": " "}, {"contact": make_contact()}):
        with pytest.raises(ValidationError):
            make_promised(by=cast.manager, **wrong)


def test_kept_on_its_day_is_kept_and_counts_for_the_client(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-11-24")
    kept = keep_promise(promise, kept_at=NOW, at=NOW)
    assert judge_promise(kept, at=NOW).outcome == Outcome.KEPT
    figures = ClientFigure.objects.get(client=promise.client)
    assert (figures.promises_n, figures.promises_honoured, figures.promises_as_of_on) == (1, 1, date(2026, 11, 24))


def test_what_has_not_happened_yet_is_refused_at_its_field(cast: Cast) -> None:
    promise = make_promised(by=cast.manager)
    later = NOW + timedelta(hours=1)
    with pytest.raises(ValidationError) as refused:
        keep_promise(promise, kept_at=later, at=NOW)
    assert set(refused.value.error_dict) == {"kept_at"}
    with pytest.raises(ValidationError) as refused:
        moved(promise, cast, "2026-12-01", client_informed_at=later)
    assert set(refused.value.error_dict) == {"client_informed_at"}


def test_moved_in_time_and_held_is_honoured(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-11-27")
    moved(promise, cast, "2026-12-01")
    promise.refresh_from_db()
    assert judge_promise(promise, at=NOW).outcome == Outcome.OPEN_RENEGOTIATED
    at = NOW + timedelta(days=7)
    assert judge_promise(keep_promise(promise, kept_at=at, at=at), at=at).outcome == Outcome.RENEGOTIATED_KEPT


@pytest.mark.parametrize("due", ["2026-11-27", "2026-11-20"])
def test_a_new_date_comes_after_the_old_one(cast: Cast, due: str) -> None:
    with pytest.raises(ValidationError) as refused:
        moved(make_promised(by=cast.manager, due="2026-11-27"), cast, due)
    assert set(refused.value.error_dict) == {"due_at"}


def test_a_third_date_needs_a_partner_and_breaks_the_promise_all_the_same(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-11-27")
    moved(promise, cast, "2026-12-01")
    promise.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        moved(promise, cast, "2026-12-05")
    assert refused.value.code == "needs_decision"
    assert moved(promise, cast, "2026-12-05", by=cast.partner).position == 3
    promise.refresh_from_db()
    assert judge_promise(promise, at=NOW).outcome == Outcome.BROKEN_TWICE


def test_who_saw_an_older_date_is_told_that_somebody_moved_it(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-11-27")
    seen = Promise.objects.get(pk=promise.pk)
    moved(promise, cast, "2026-12-01")
    with pytest.raises(ValidationError) as refused:
        moved(seen, cast, "2026-12-02", by=cast.partner)
    assert refused.value.code == "already_done"
    assert PromiseDate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_move_a_promise_at_once_move_it_once() -> None:
    cast, start = make_cast(), Barrier(4)
    answers: list[str] = []
    promise = make_promised(by=cast.manager, due="2026-11-27")

    def run(day: int) -> None:
        seen = Promise.objects.get(pk=promise.pk)
        start.wait()
        try:
            moved(seen, cast, f"2026-12-0{day}", by=cast.partner)
            answers.append("moved")
        except ValidationError as refused:
            answers.append(str(refused.code))
        finally:
            connection.close()

    threads = [Thread(target=run, args=[day]) for day in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["already_done", "already_done", "already_done", "moved"]
    promise.refresh_from_db()
    step = PromiseDate.objects.get()
    assert (step.position, step.due_at) == (2, promise.current_due_at)


def test_an_ended_promise_takes_no_other_end(cast: Cast) -> None:
    kept, taken = make_promised(by=cast.manager), make_promised(by=cast.manager)
    keep_promise(kept, kept_at=NOW, at=NOW)
    withdraw_promise(taken, at=NOW)
    for promise, code in ((kept, "already_done"), (taken, "wrong_status")):
        with pytest.raises(ValidationError) as refused:
            keep_promise(promise, kept_at=NOW, at=NOW)
        assert refused.value.code == code
    assert ClientFigure.objects.get(client=taken.client).promises_n == 0
    moment = timezone.now()
    with pytest.raises(ValidationError) as refused:
        reopen_promise(kept, at=moment + timedelta(minutes=11))
    assert refused.value.code == "wrong_status"
    assert reopen_promise(kept, at=moment).kept_at is None
    with pytest.raises(ValidationError) as refused:
        reopen_promise(kept, at=moment)
    assert refused.value.code == "already_done"


def test_a_missed_second_date_goes_to_the_executive_owner_once(cast: Cast) -> None:
    owner = make_user()
    client = make_client(account_manager=cast.manager, executive_owner=owner)
    promise = make_promised(client, by=cast.manager, due="2026-11-25")
    moved(promise, cast, "2026-11-26")
    assert escalate_promises(at=NOW) == 0
    late = NOW + timedelta(days=5)
    assert escalate_promises(at=late) == 1
    assert escalate_promises(at=late) == 0
    task = Task.objects.get(kind="promise_broken")
    assert (task.assignee, task.client) == (owner, client)


def test_without_an_executive_owner_the_first_partner_hears_of_it(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-11-25")
    moved(promise, cast, "2026-11-26")
    promise.refresh_from_db()
    late = NOW + timedelta(days=5)
    keep_promise(promise, kept_at=late, at=late)
    assert Task.objects.get().assignee == cast.partner


def test_a_warning_writes_the_chain_and_what_was_said_together(cast: Cast) -> None:
    client = make_client()
    promise = make_promised(client, by=cast.manager, contact=make_contact(client), due="2026-11-27")
    dates: dict[str, Any] = {"due_at": end_of_day(date(2026, 12, 1)), "reason": "bank", "client_informed_at": NOW}
    said: dict[str, Any] = {"channel": "call", "words": "It will be Tuesday.", "by": cast.manager, "at": NOW}
    warn_client(promise, seen=promise.current_due_at.isoformat(), **said, **dates)
    assert Interaction.objects.two_way().get().summary == "It will be Tuesday."
    with pytest.raises(ValidationError) as refused:
        warn_client(promise, seen="2026-11-01T00:00:00+00:00", **said, **dates)
    assert refused.value.code == "already_done"
    assert PromiseDate.objects.count() == 1


def test_the_end_of_a_day_is_that_of_the_firm(cast: Cast) -> None:
    promise = make_promise(make_client(), text="Memo", due_at=end_of_day(date(2026, 7, 1)), by=cast.manager, at=NOW)
    assert timezone.localtime(promise.due_at).hour == 23
    assert promise.due_at.astimezone(UTC).hour == 21


def given(cast: Cast, *, kept: int, late: int, due: str = "2026-11-20") -> list[Promise]:
    """Promises of the account manager: some done in time, some not done at all."""
    rows = [make_promised(by=cast.manager, due=due) for _ in range(kept + late)]
    for row in rows[:kept]:
        Promise.objects.filter(pk=row.pk).update(kept_at=row.due_at - timedelta(hours=1))
    return rows[kept:]


@pytest.mark.parametrize(("kept", "late", "is_habit"), [(4, 1, False), (3, 2, True), (2, 2, False)])
def test_lateness_over_a_fifth_of_five_promises_is_a_habit(cast: Cast, kept: int, late: int, is_habit: bool) -> None:
    missed = given(cast, kept=kept, late=late)
    assert late_makers([cast.manager.pk, cast.partner.pk], at=NOW) == ({cast.manager.pk} if is_habit else set())
    found = lateness_of(Promise.objects.with_chain(), at=NOW)
    assert found == {row.pk: "systematic" if is_habit else "random" for row in missed}


def test_what_was_due_before_the_last_90_days_is_no_habit_any_more(cast: Cast) -> None:
    missed = given(cast, kept=0, late=5, due="2026-08-20")
    assert set(lateness_of(missed, at=NOW).values()) == {"random"}


def test_who_says_that_it_will_be_kept_is_not_asked_again_before_another_date(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-11-25")
    assert mark_on_track(promise, at=NOW).on_track_at == NOW
    moved(promise, cast, "2026-12-01")
    promise.refresh_from_db()
    assert promise.on_track_at is None
    with pytest.raises(ValidationError):
        mark_on_track(keep_promise(promise, kept_at=NOW, at=NOW), at=NOW)
