"""billing.services.time: what logging refuses and warns of, drawing on saving, change and deletion."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import LedgerRow, Offer, TimeEntry, WorkMonth
from billing.services.approvals import approve_entries
from billing.services.rollups import rebuild_work
from billing.services.time import change_entry, delete_entry, log_entries, log_entry
from crm.models import AuditEntry, User
from tests.make import (
    Cast,
    log,
    make_client,
    make_engagement,
    make_package,
    make_rate,
    make_seller,
    make_service_line,
    make_time_lock,
    new_entry,
    submitted,
)
from tests.make.hours import AT, DAY

AT_TEN = datetime(2026, 6, 10, 10, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def errors_of(refused: pytest.ExceptionInfo[ValidationError]) -> dict[str, str | None]:
    return {name: rows[0].code for name, rows in refused.value.error_dict.items()}


@pytest.mark.parametrize("minutes", [-30, 0, 25 * 60])
def test_work_lasts_between_a_minute_and_a_day(minutes: int, cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        log(make_client(), cast.consultant, minutes)
    assert errors_of(refused) == {"minutes": "minutes_range"}


@pytest.mark.parametrize("billing_type", ["goodwill", "warranty", "dispute"])
def test_free_work_needs_a_reason(billing_type: str, cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        log(make_client(), cast.consultant, billing_type=billing_type)
    assert errors_of(refused) == {"reason": "reason_required"}


def test_internal_work_needs_none(cast: Cast) -> None:
    assert log(make_client(), cast.consultant, billing_type="non_billable").billed_minutes == 0


def test_an_engagement_of_another_client_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        log(make_client(), cast.consultant, engagement=make_engagement())
    assert errors_of(refused) == {"engagement": "engagement_foreign"}


def test_a_client_without_an_own_company_is_asked_for_one(cast: Cast) -> None:
    client = make_client()
    client.default_seller = None
    with pytest.raises(ValidationError) as refused:
        log(client, cast.consultant)
    assert errors_of(refused) == {"client": "seller_missing"}


def test_nobody_without_a_lead_logs_time_of_others(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        log_entry(new_entry(make_client(), cast.outsider), by=cast.consultant, at=AT)


def make_offer(author: User, **kw: Any) -> Offer:
    client = make_client()
    terms = {"hourly_rate": Decimal("140.00"), "price_includes_tax": True, **kw}
    return Offer.objects.create(
        client=client,
        seller=make_seller(),
        author=author,
        title="Move",
        currency="EUR",
        estimated_minutes=240,
        valid_until=DAY,
        **terms,
    )


def accept(offer: Offer, *, minutes: int) -> Offer:
    Offer.objects.filter(pk=offer.pk).update(status="accepted", signed_minutes=minutes)
    offer.refresh_from_db()
    return offer


def test_the_engagement_gives_its_service_and_its_accepted_offer(cast: Cast) -> None:
    offer = accept(make_offer(cast.manager), minutes=240)
    engagement = make_engagement(offer.client, offer=offer, service_line=make_service_line("it"))
    entry = log(offer.client, cast.consultant, engagement=engagement)
    assert (entry.offer, entry.service_line) == (offer, make_service_line("it"))
    assert entry.coverages.get().amount == Decimal("140.00")


def test_an_offer_that_nobody_accepted_is_warned_of(cast: Cast) -> None:
    offer = make_offer(cast.manager)
    assert log(offer.client, cast.consultant, offer=offer).warnings == ["offer_not_accepted"]


def test_a_fixed_offer_charges_nothing_by_the_hour(cast: Cast) -> None:
    offer = make_offer(cast.manager, basis="fixed", fixed_price=Decimal("4000.00"))
    row = log(offer.client, cast.consultant, offer=offer).coverages.get()
    assert (row.source, row.amount, row.minutes, row.offer) == ("offer", 0, 60, offer)


def test_beyond_a_cap_nothing_is_charged(cast: Cast) -> None:
    offer = accept(make_offer(cast.manager, basis="not_to_exceed"), minutes=90)
    ids = [submitted(offer.client, cast.consultant, offer=offer).pk for _ in range(2)]
    approve_entries(ids, by=cast.partner, at=AT)
    last = TimeEntry.objects.get(pk=ids[1])
    assert list(last.coverages.values_list("source", "minutes")) == [("time_and_materials", 30), ("offer", 30)]
    assert last.warnings == ["over_cap"]


def test_overlapping_work_is_warned_of_and_saved(cast: Cast) -> None:
    client = make_client()
    make_rate()
    nine, ten, eleven = (datetime(2026, 6, 10, hour, tzinfo=UTC) for hour in (9, 10, 11))
    log(client, cast.consultant, started_at=nine, ended_at=eleven)
    entry = log(client, cast.consultant, started_at=ten, ended_at=eleven)
    assert entry.warnings == ["overlap"]
    assert TimeEntry.objects.count() == 2


def test_many_spans_are_compared_with_what_is_booked_in_one_query(cast: Cast) -> None:
    client = make_client()
    make_rate()
    log(client, cast.consultant, started_at=datetime(2026, 6, 10, 9, tzinfo=UTC), minutes=60, ended_at=AT_TEN)
    spans = [(datetime(2026, 6, day, 9, 30, tzinfo=UTC), datetime(2026, 6, day, 12, tzinfo=UTC)) for day in (9, 10, 11)]
    entries = [TimeEntry(client=client, employee=cast.consultant, started_at=a, ended_at=b) for a, b in spans]
    with CaptureQueriesContext(connection) as asked:
        log_entries(entries, by=cast.consultant, at=AT)
    assert [entry.warnings for entry in entries] == [[], ["overlap"], []]
    assert sum('"started_at" IS NOT NULL' in each["sql"] for each in asked.captured_queries) == 1


def test_a_span_gives_the_minutes_and_the_day(cast: Cast) -> None:
    make_rate()
    late = datetime(2026, 6, 10, 22, 30, tzinfo=UTC)
    entry = TimeEntry(client=make_client(), employee=cast.consultant)
    entry.started_at, entry.ended_at = late, datetime(2026, 6, 10, 23, 15, tzinfo=UTC)
    log_entry(entry, by=cast.consultant, at=AT)
    assert (entry.minutes, entry.worked_on) == (45, date(2026, 6, 11))


def test_planned_minutes_are_pending_until_approval(cast: Cast) -> None:
    package = make_package(hours=10)
    log(package.client, cast.consultant, 90)
    row = type(package).objects.with_balance().get()
    assert (row.account.balance_minutes, row.pending_minutes) == (600, 90)


class TestDrawOnLog:
    """Short work inside a package that allows it is approved on saving."""

    def test_it_draws_at_once(self, cast: Cast) -> None:
        package = make_package(hours=8.5, draw_on_log=True)
        entry = log(package.client, cast.consultant, 90)
        package.account.refresh_from_db()
        assert (entry.status, entry.approved_on_log, entry.approved_by) == ("approved", True, cast.consultant)
        assert package.account.balance_minutes == 7 * 60

    def test_longer_work_waits_for_approval(self, cast: Cast) -> None:
        package = make_package(draw_on_log=True)
        assert log(package.client, cast.consultant, 120).status == "approved"
        assert log(package.client, cast.consultant, 121).status == "draft"

    def test_work_beyond_the_balance_waits_for_approval(self, cast: Cast) -> None:
        make_rate()
        package = make_package(hours=1, draw_on_log=True)
        entry = log(package.client, cast.consultant, 90)
        assert (entry.status, entry.warnings) == ("draft", ["overage"])

    def test_work_with_a_warning_waits_for_approval(self, cast: Cast) -> None:
        package = make_package(draw_on_log=True)
        nine, ten = (datetime(2026, 6, 10, hour, tzinfo=UTC) for hour in (9, 10))
        log(package.client, cast.consultant, 180, started_at=nine, ended_at=ten)
        assert log(package.client, cast.consultant, 60, started_at=nine, ended_at=ten).status == "draft"

    def test_many_at_once_are_drawn_in_worked_order(self, cast: Cast) -> None:
        make_rate()
        package = make_package(hours=2, draw_on_log=True)
        late, early = (new_entry(package.client, cast.consultant, 90, worked_on=date(2026, 6, day)) for day in (9, 8))
        log_entries([late, early], by=cast.consultant, at=AT)
        assert (early.status, late.status) == ("approved", "draft")

    def test_the_writer_changes_what_was_drawn_on_saving(self, cast: Cast) -> None:
        package = make_package(hours=10, draw_on_log=True)
        entry = log(package.client, cast.consultant, 90)
        changed = change_entry(entry, changes={"minutes": 30}, by=cast.consultant, at=AT)
        assert (changed.status, changed.generation) == ("approved", 1)
        rows = LedgerRow.objects.exclude(kind="purchase").order_by("id").values_list("kind", "minutes")
        assert list(rows) == [("draw", -90), ("reversal", 90), ("draw", -30)]
        package.account.refresh_from_db()
        assert package.account.balance_minutes == 570

    def test_the_writer_deletes_it_and_the_ledger_keeps_the_story(self, cast: Cast) -> None:
        package = make_package(hours=10, draw_on_log=True)
        entry = log(package.client, cast.consultant, 90)
        number = entry.pk
        delete_entry(entry, by=cast.consultant, at=AT)
        package.account.refresh_from_db()
        assert package.account.balance_minutes == 600
        assert set(LedgerRow.objects.filter(entry=number).values_list("kind", flat=True)) == {"draw", "reversal"}
        assert AuditEntry.objects.filter(table_name="billing_timeentry", action="delete", object_id=number).exists()
        assert not WorkMonth.objects.exists()


def test_a_change_of_approved_work_reverses_and_draws_anew(cast: Cast) -> None:
    package = make_package(hours=10)
    entry = submitted(package.client, cast.consultant, 60)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    other = make_package(package.client, hours=2, name="Other", priority=1)
    change_entry(entry, changes={"minutes": 180}, by=cast.partner, at=AT)
    entry.refresh_from_db()
    assert (entry.status, entry.generation, entry.billed_minutes) == ("approved", 1, 180)
    balances = dict(type(package).objects.values_list("name", "account__balance_minutes"))
    assert balances == {package.name: 540, other.name: 0}
    assert WorkMonth.objects.get().minutes == 180


def test_the_writer_does_not_change_what_others_approved(cast: Cast) -> None:
    entry = submitted(make_package().client, cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    with pytest.raises(PermissionDenied):
        change_entry(entry, changes={"minutes": 180}, by=cast.consultant, at=AT)


@pytest.mark.broken_books  # no invoice names the entry
def test_invoiced_work_changes_for_nobody(cast: Cast) -> None:
    entry = submitted(make_package().client, cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    TimeEntry.objects.update(status="invoiced")
    with pytest.raises(ValidationError) as refused:
        change_entry(entry, changes={"minutes": 180}, by=cast.partner, at=AT)
    assert refused.value.error_list[0].code == "wrong_status"


def test_a_stranger_changes_nothing(cast: Cast) -> None:
    entry = log(make_package().client, cast.consultant)
    with pytest.raises(PermissionDenied):
        change_entry(entry, changes={"minutes": 5}, by=cast.outsider, at=AT)


def test_a_deleted_draft_leaves_nothing_pending(cast: Cast) -> None:
    package = make_package()
    delete_entry(log(package.client, cast.consultant), by=cast.consultant, at=AT)
    assert type(package).objects.with_balance().get().pending_minutes == 0


def test_deleting_twice_is_already_done(cast: Cast) -> None:
    entry = log(make_package().client, cast.consultant)
    copy = TimeEntry.objects.get(pk=entry.pk)
    delete_entry(entry, by=cast.consultant, at=AT)
    with pytest.raises(ValidationError) as refused:
        delete_entry(copy, by=cast.consultant, at=AT)
    assert refused.value.error_list[0].code == "already_done"


def test_the_rollup_is_what_a_rebuild_leaves(cast: Cast) -> None:
    package = make_package(hours=3)
    make_rate()
    ids = [submitted(package.client, cast.consultant, 120, worked_on=date(2026, month, 5)).pk for month in (4, 5)]
    approve_entries(ids, by=cast.partner, at=AT)
    change_entry(TimeEntry.objects.get(pk=ids[0]), changes={"worked_on": DAY}, by=cast.partner, at=AT)
    fields = ("client", "service_line", "month_on", "minutes", "goodwill_minutes", "prepaid_minutes", "cost_amount")
    kept = set(WorkMonth.objects.values_list(*fields))
    rebuild_work()
    assert kept == set(WorkMonth.objects.values_list(*fields))
    assert len(kept) == 2


@pytest.mark.parametrize("act", ["log", "change", "delete", "move in"])
def test_a_closed_period_refuses(act: str, cast: Cast) -> None:
    client = make_package().client
    inside, outside = log(client, cast.consultant), log(client, cast.consultant, worked_on=date(2026, 6, 20))
    make_time_lock(DAY)
    acts: dict[str, Callable[[], object]] = {
        "log": lambda: log(client, cast.consultant),
        "change": lambda: change_entry(inside, changes={"minutes": 5}, by=cast.consultant, at=AT),
        "delete": lambda: delete_entry(inside, by=cast.consultant, at=AT),
        "move in": lambda: change_entry(outside, changes={"worked_on": DAY}, by=cast.consultant, at=AT),
    }
    with pytest.raises(ValidationError) as refused:
        acts[act]()
    assert refused.value.error_list[0].code == "period_locked"


def test_logging_needs_few_statements(cast: Cast) -> None:
    make_rate()
    package = make_package(draw_on_log=True)
    client, entry = package.client, None
    counts = {}
    for name, minutes in (("draft", 180), ("drawn", 60)):
        entry = new_entry(client, cast.consultant, minutes)
        with CaptureQueriesContext(connection) as captured:
            log_entry(entry, by=cast.consultant, at=AT)
        counts[name] = len([row for row in captured if "SAVEPOINT" not in row["sql"]])
    assert counts == {"draft": 4, "drawn": 9}
