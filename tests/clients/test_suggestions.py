"""Tiers, statuses, designations and birthdays: suggested every night, decided by a person, kept with the reason."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, InternalError, transaction

from clients.models import Client, KeyClientDesignation, StatusChange, Task, TierChange
from clients.services.birthdays import remind_birthdays
from clients.services.clients import assign_manager, designate_clients, find_duplicates
from clients.services.designations import (
    ask_for_reviews,
    confirm_designation,
    end_designation,
    lapse_designations,
    suggest_designations,
)
from clients.services.facts import write_figures
from clients.services.nightly import STEPS, refresh_clients
from clients.services.status import confirm_status, suggest_status_changes
from clients.services.tasks import dismiss_task
from clients.services.tiers import confirm_tier, suggest_tier_changes
from clients.tasks import escalate_missed_promises
from crm.access import Role
from crm.jobs import ask_job, do_run
from crm.models import JobRun
from tests.make import Cast, make_call, make_client, make_contact, make_need, make_promised, make_tiers, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TODAY = NOW.date()


def earning(amount: int, **kw: Any) -> Client:
    client = make_client(**kw)
    figures = {"revenue_12m": Decimal(amount), "revenue_share": Decimal(amount) / 100, "last_revenue_on": TODAY}
    write_figures("revenue", {client.pk: {**figures, "has_agreement": True}}, as_of=TODAY)
    return client


def test_tiers_are_suggested_by_the_share_before_the_client_and_never_for_a_vip(cast: Cast) -> None:
    big = earning(60, tier="c", account_manager=cast.manager)
    earning(15, tier="a")
    vip = earning(11, tier="vip")
    small = earning(9, tier="a")
    right = earning(5, tier="c")
    suggest_tier_changes(at=NOW)
    found = {task.client: (task.source.rsplit(":")[-1], task.assignee) for task in Task.objects.filter(kind="tier")}
    assert found == {big: ("a", cast.partner), small: ("b", cast.partner)}
    assert vip not in found
    assert right not in found
    assert suggest_tier_changes(at=NOW) == 0


def test_four_clients_are_too_few_for_tiers(cast: Cast) -> None:
    for amount in (60, 20, 10, 10):
        earning(amount, tier="c")
    assert suggest_tier_changes(at=NOW) == 0


def test_a_person_confirms_a_tier_and_the_history_keeps_why(cast: Cast) -> None:
    client = earning(60, tier="c")
    for _ in range(4):
        earning(10, tier="a")
    suggest_tier_changes(at=NOW)
    confirm_tier(client, tier="a", reason="grew", by=cast.partner, at=NOW, suggested=True)
    change = TierChange.objects.get()
    assert (change.old, change.new, change.reason, change.suggested) == ("c", "a", "grew", True)
    assert Task.objects.get(client=client, kind="tier").state == "done"
    with pytest.raises(ValidationError) as refused:
        confirm_tier(client, tier="a", reason="again", by=cast.partner, at=NOW)
    assert refused.value.code == "already_done"
    with pytest.raises(ValidationError):
        confirm_tier(client, tier="b", reason=" ", by=cast.partner, at=NOW)
    with pytest.raises(InternalError), transaction.atomic():
        TierChange.objects.update(reason="other")


def test_a_suggestion_called_not_relevant_stays_quiet(cast: Cast) -> None:
    earning(60, tier="c")
    for _ in range(4):
        earning(10, tier="a")
    suggest_tier_changes(at=NOW)
    dismiss_task(Task.objects.filter(kind="tier").first() or Task(), reason="no", by=cast.partner, at=NOW)
    assert suggest_tier_changes(at=NOW + timedelta(days=1)) == 0


def silent(months: int, **kw: Any) -> Client:
    client = make_client(**kw)
    last = date(2026, 11, 26) - timedelta(days=31 * months)
    figures = {"last_revenue_on": last, "has_agreement": False}
    write_figures("revenue", {client.pk: figures}, as_of=TODAY)
    return client


def test_silence_suggests_dormant_then_lost_and_a_person_confirms_with_a_date(cast: Cast) -> None:
    sleeping = silent(7, account_manager=cast.manager)
    gone = silent(13)
    silent(2)
    suggest_status_changes(at=NOW)
    found = {task.client: task.source.rsplit(":")[-1] for task in Task.objects.filter(kind="status")}
    assert found == {sleeping: "dormant", gone: "lost"}
    with pytest.raises(ValidationError) as refused:
        confirm_status(gone, status="lost", on=TODAY + timedelta(days=1), by=cast.partner, at=NOW)
    assert set(refused.value.error_dict) == {"on"}
    confirm_status(gone, status="lost", on=date(2026, 6, 1), by=cast.partner, at=NOW, reason="moved to a rival")
    gone.refresh_from_db()
    assert (gone.status, gone.status_on) == ("lost", date(2026, 6, 1))
    assert StatusChange.objects.get().confirmed_on == date(2026, 6, 1)
    assert Task.objects.get(client=gone, kind="status").state == "done"


def test_a_suggestion_is_written_in_the_language_of_whom_it_asks(cast: Cast) -> None:
    cast.manager.language = "ru"
    cast.manager.save()
    silent(7, account_manager=cast.manager)
    suggest_status_changes(at=NOW)
    assert Task.objects.get(kind="status").detail == "Последняя выручка 23 апр. 2026\N{NARROW NO-BREAK SPACE}г."


def prospective(client: Client, **kw: Any) -> KeyClientDesignation:
    fields = {"type": "prospective", "since_on": date(2026, 1, 1), "current_value": 200, "potential_value": 2000}
    return KeyClientDesignation.objects.create(client=client, **{**fields, "review_on": date(2026, 12, 1), **kw})


def test_a_prospective_client_is_asked_for_and_lapses_unconfirmed(cast: Cast) -> None:
    row = prospective(make_client(account_manager=cast.manager))
    assert ask_for_reviews(at=NOW) == 1
    assert lapse_designations(at=NOW) == 0
    assert lapse_designations(at=NOW + timedelta(days=6)) == 1
    row.refresh_from_db()
    assert row.until_on == date(2026, 12, 1)
    assert Task.objects.get().state == "done"


def test_confirming_a_prospective_client_moves_the_review_ahead(cast: Cast) -> None:
    row = prospective(make_client(account_manager=cast.manager))
    ask_for_reviews(at=NOW)
    values = {"current_value": Decimal(300), "potential_value": Decimal(2000)}
    with pytest.raises(ValidationError):
        confirm_designation(row, review_on=TODAY, at=NOW, **values)
    with pytest.raises(ValidationError) as refused:
        confirm_designation(row, review_on=date(2027, 6, 1), at=NOW, **values)
    assert refused.value.code == "next_need"
    make_need(row.client, due_on=TODAY)
    confirm_designation(row, review_on=date(2027, 6, 1), at=NOW, **values)
    assert lapse_designations(at=NOW + timedelta(days=30)) == 0
    assert Task.objects.get().state == "done"


def test_large_and_permanent_is_suggested_and_an_image_client_never_demoted(cast: Cast) -> None:
    large = earning(30, since_on=date(2020, 1, 1), account_manager=cast.manager)
    image = earning(0, since_on=date(2020, 1, 1))
    held = KeyClientDesignation.objects.create(client=image, type="image", since_on=date(2021, 1, 1))
    assert suggest_designations(at=NOW) == 1
    assert Task.objects.get().client == large
    for _step in refresh_clients(at=NOW):
        pass
    held.refresh_from_db()
    assert held.until_on is None


def test_a_designation_ends_once_and_may_be_held_again(cast: Cast) -> None:
    client = make_client()
    row = KeyClientDesignation.objects.create(client=client, type="image", since_on=date(2021, 1, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyClientDesignation.objects.create(client=client, type="image", since_on=TODAY)
    end_designation(row, on=TODAY, at=NOW)
    with pytest.raises(ValidationError):
        end_designation(row, on=TODAY, at=NOW)
    assert designate_clients([client], type="image", reason="press", on=TODAY) == 1
    assert designate_clients([client], type="image", reason="press", on=TODAY) == 0


def test_birthdays_remind_once_a_year(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    near = make_contact(client, birthday=date(1970, 12, 1))
    make_contact(client, birthday=date(1970, 6, 1))
    make_contact(client, birthday=date(1970, 11, 27), left_on=date(2025, 1, 1))
    assert remind_birthdays(at=NOW) == 1
    assert remind_birthdays(at=NOW) == 0
    task = Task.objects.get()
    assert (task.contact, task.due_at.date()) == (near, date(2026, 12, 1))
    assert remind_birthdays(at=NOW + timedelta(days=30)) == 0
    task.refresh_from_db()
    assert task.state == "done"


def test_duplicates_are_found_by_tax_number_and_by_resembling_name() -> None:
    make_client(name="ООО «Заря»", tax_number="7707083893", country="RU")
    make_client(name="Brandl Maschinenbau GmbH")
    same = find_duplicates(make_user(Role.PARTNER), name="Something else", tax_number="7707 083893")
    assert [(found.client.name, found.same_tax_id) for found in same] == [("ООО «Заря»", True)]
    alike = find_duplicates(make_user(Role.PARTNER), name="Brandl Maschinenbau AG")
    assert [(found.client.name, found.same_tax_id) for found in alike] == [("Brandl Maschinenbau GmbH", False)]
    assert find_duplicates(make_user(Role.PARTNER), name="Kellner Logistik") == []


def test_clients_are_given_to_somebody_who_keeps_clients(cast: Cast) -> None:
    clients = [make_client(), make_client(account_manager=cast.manager)]
    assert assign_manager(clients, manager=cast.manager) == 1
    with pytest.raises(ValidationError):
        assign_manager(clients, manager=cast.consultant)


def test_the_night_may_run_twice(cast: Cast) -> None:
    make_tiers()
    client = earning(60, tier="c", account_manager=cast.manager, since_on=date(2020, 1, 1))
    make_call(client, occurred_at=NOW - timedelta(days=200), at=NOW - timedelta(days=200))
    make_promised(client, by=cast.manager)
    make_contact(client, birthday=date(1970, 12, 1))
    first = list(refresh_clients(at=NOW))
    tasks = set(Task.objects.values_list("kind", "source", "state"))
    assert list(refresh_clients(at=NOW)) == first
    assert len(first) == len(STEPS)
    assert set(Task.objects.values_list("kind", "source", "state")) == tasks
    assert {kind for kind, _source, _state in tasks} >= {"attention", "birthday", "designation"}


def test_the_night_runs_as_a_job_with_progress(cast: Cast) -> None:
    make_client()
    run = ask_job("clients_nightly", as_of_on=TODAY, by=cast.partner, at=NOW)
    assert do_run(run.pk, at=NOW)
    run.refresh_from_db()
    assert (run.state, run.done_count, run.total_count) == (JobRun.State.DONE, len(STEPS), len(STEPS))
    escalate_missed_promises()
