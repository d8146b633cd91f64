"""billing.services.approvals: who may, what is refused, and what an approval writes."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import LedgerRow, TimeEntry, WorkMonth
from billing.services.approvals import approve_entries, reject_entries, submit_week
from billing.services.decisions import decide_entry
from crm.models import Firm
from tests.make import (
    Cast,
    log,
    make_client,
    make_cost,
    make_engagement,
    make_package,
    make_rate,
    make_time_lock,
    make_user,
    submitted,
)
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 6, 8)


def code_of(refused: pytest.ExceptionInfo[ValidationError]) -> str | None:
    return refused.value.error_list[0].code


def test_a_week_is_submitted_and_what_was_approved_stays(cast: Cast) -> None:
    package = make_package()
    drafts = [log(package.client, cast.consultant, worked_on=date(2026, 6, day)) for day in (8, 14, 15)]
    assert len(submit_week(cast.consultant, monday=MONDAY, at=AT)) == 2
    assert set(TimeEntry.objects.values_list("pk", "status")) == {
        (drafts[0].pk, "submitted"),
        (drafts[1].pk, "submitted"),
        (drafts[2].pk, "draft"),
    }


def test_a_week_with_nothing_left_says_so(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        submit_week(cast.consultant, monday=MONDAY, at=AT)
    assert code_of(refused) == "already_done"


def test_approval_draws_and_copies_rate_cost_and_rounding(cast: Cast) -> None:
    rate = make_rate()
    make_cost(cast.consultant, "62.50")
    package = make_package(hours=10)
    entry = submitted(package.client, cast.consultant, 80)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    entry.refresh_from_db()
    assert (entry.status, entry.approved_by, entry.approved_at) == ("approved", cast.partner, AT)
    assert (entry.rate_amount, entry.rate_currency, entry.rate_includes_tax) == (Decimal("150.00"), "EUR", True)
    assert (entry.rate_source, entry.cost_per_hour) == (f"seller:{rate.pk}", Decimal("62.50"))
    assert (entry.rounding_step_minutes, entry.rounding_minimum_minutes) == (15, 15)
    draw = LedgerRow.objects.get(kind="draw")
    assert (draw.minutes, draw.covered_minutes, draw.balance_minutes, draw.entry_id) == (-90, 90, 510, entry.pk)
    assert draw.occurred_on == DAY


def test_a_later_rate_changes_nothing_that_is_approved(cast: Cast) -> None:
    rate = make_rate()
    entry = submitted(make_client(), cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    rate.amount = Decimal("200.00")
    rate.save()
    entry.refresh_from_db()
    assert entry.coverages.get().amount == Decimal("150.00") == entry.rate_amount


def test_entries_are_booked_in_worked_order_whatever_the_choice(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1)
    late = submitted(package.client, cast.consultant, 60, worked_on=date(2026, 6, 11))
    early = submitted(package.client, cast.consultant, 60, worked_on=date(2026, 6, 9))
    approve_entries([late.pk, early.pk], by=cast.partner, at=AT)
    assert early.coverages.get().source == "package"
    assert late.coverages.get().source == "time_and_materials"


def test_nobody_approves_their_own_time(cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.partner)
    with pytest.raises(PermissionDenied):
        approve_entries([entry.pk], by=cast.partner, at=AT)


def test_a_small_firm_lets_people_approve_their_own_time(cast: Cast) -> None:
    make_rate()
    Firm.load(small_firm=True)
    entry = submitted(make_client(), cast.partner)
    assert approve_entries([entry.pk], by=cast.partner, at=AT)[0].status == "approved"


def test_the_lead_approves_and_a_stranger_does_not(cast: Cast) -> None:
    make_rate()
    lead = make_user()
    engagement = make_engagement(lead=lead, members=[cast.consultant])
    entry = submitted(engagement.client, cast.consultant, engagement=engagement)
    with pytest.raises(PermissionDenied):
        approve_entries([entry.pk], by=cast.outsider, at=AT)
    assert approve_entries([entry.pk], by=lead, at=AT)


def test_the_account_manager_approves_time_of_own_clients_only(cast: Cast) -> None:
    make_rate()
    own = submitted(make_client(account_manager=cast.manager), cast.consultant)
    other = submitted(make_client(), cast.consultant)
    with pytest.raises(PermissionDenied):
        approve_entries([own.pk, other.pk], by=cast.manager, at=AT)
    assert approve_entries([own.pk], by=cast.manager, at=AT)


def test_a_second_approval_is_already_done(cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    with pytest.raises(ValidationError) as refused:
        approve_entries([entry.pk], by=cast.partner, at=AT)
    assert code_of(refused) == "already_done"


def test_finance_completes_weeks_and_approves_no_time(cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.consultant)
    with pytest.raises(PermissionDenied):
        approve_entries([entry.pk], by=cast.finance, at=AT)
    assert not TimeEntry.objects.approvable_by(cast.finance).exists()


def test_a_draft_cannot_be_approved(cast: Cast) -> None:
    entry = log(make_client(), cast.consultant)
    with pytest.raises(ValidationError) as refused:
        approve_entries([entry.pk], by=cast.partner, at=AT)
    assert code_of(refused) == "wrong_status"


def test_a_rate_in_another_currency_stops_the_approval_and_is_named(cast: Cast) -> None:
    client = make_client()
    rate = make_rate(client.default_seller, amount=Decimal("9000.00"), currency="RUB", client=client)
    entry = submitted(client, cast.consultant)
    assert entry.warnings == ["rate_currency"]
    with pytest.raises(ValidationError) as refused:
        approve_entries([entry.pk], by=cast.partner, at=AT)
    assert code_of(refused) == "rate_currency"
    assert "9000.00 RUB" in refused.value.messages[0]
    assert f"client:{rate.pk}" in refused.value.messages[0]


def test_a_missing_rate_stops_the_approval_of_the_whole_batch(cast: Cast) -> None:
    package = make_package()
    covered, bare = submitted(package.client, cast.consultant), submitted(make_client(), cast.consultant)
    with pytest.raises(ValidationError) as refused:
        approve_entries([covered.pk, bare.pk], by=cast.partner, at=AT)
    assert code_of(refused) == "rate_missing"
    assert not LedgerRow.objects.filter(kind="draw").exists()
    assert not TimeEntry.objects.filter(status="approved").exists()


def test_an_owed_decision_stops_the_approval_until_it_is_made(cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.consultant, needs_decision="timer_stopped")
    with pytest.raises(ValidationError) as refused:
        approve_entries([entry.pk], by=cast.partner, at=AT)
    assert code_of(refused) == "needs_decision"
    decide_entry(entry, choice="goodwill", reason="Our mistake", by=cast.partner, at=AT)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    entry.refresh_from_db()
    assert (entry.billing_type, entry.reason, entry.billed_minutes) == ("goodwill", "Our mistake", 0)


def test_a_decision_outside_the_choices_is_refused(cast: Cast) -> None:
    entry = submitted(make_client(), cast.consultant, needs_decision="timer_stopped")
    with pytest.raises(ValidationError) as refused:
        decide_entry(entry, choice="whatever", reason="", by=cast.partner, at=AT)
    assert refused.value.error_dict["choice"][0].code == "invalid_choice"


def test_a_rejection_gives_the_entry_back_with_a_comment(cast: Cast) -> None:
    entry = submitted(make_client(), cast.consultant)
    reject_entries([entry.pk], comment="Which server?", by=cast.partner, at=AT)
    entry.refresh_from_db()
    assert (entry.status, entry.review_comment) == ("draft", "Which server?")


def test_a_rejection_needs_a_comment(cast: Cast) -> None:
    entry = submitted(make_client(), cast.consultant)
    with pytest.raises(ValidationError) as refused:
        reject_entries([entry.pk], comment=" ", by=cast.partner, at=AT)
    assert "comment" in refused.value.error_dict


def test_a_closed_period_takes_no_approval(cast: Cast) -> None:
    entry = submitted(make_package().client, cast.consultant)
    make_time_lock(DAY)
    with pytest.raises(ValidationError) as refused:
        approve_entries([entry.pk], by=cast.partner, at=AT)
    assert code_of(refused) == "period_locked"


def test_approved_work_is_in_the_rollup_of_its_month(cast: Cast) -> None:
    make_rate()
    make_cost(cast.consultant, "60.00")
    package = make_package(hours=1)
    ids = [
        submitted(package.client, cast.consultant, 90).pk,
        submitted(package.client, cast.consultant, 20, billing_type="goodwill", reason="Late").pk,
    ]
    approve_entries(ids, by=cast.partner, at=AT)
    row = WorkMonth.objects.get()
    assert (row.minutes, row.goodwill_minutes, row.prepaid_minutes) == (110, 20, 60)
    assert (row.cost_amount, row.month_on) == (Decimal("110.00"), date(2026, 6, 1))


def test_a_bulk_approval_needs_no_more_statements_than_a_small_one(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=500)
    few = [submitted(package.client, cast.consultant).pk for _ in range(3)]
    many = [submitted(package.client, cast.consultant).pk for _ in range(30)]
    counts = []
    for ids in (few, many):
        with CaptureQueriesContext(connection) as captured:
            approve_entries(ids, by=cast.partner, at=AT)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 24
