"""Retainers: each fee once, part periods, allowances, comparison, renewal, backlog."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Discount, Invoice, LedgerRow, RetainerPeriod
from billing.services.backlog import backlog_of, coming_fees
from billing.services.credits import CreditKind, credit_invoice
from billing.services.discounts import ask_for_discount
from billing.services.drafts import delete_draft
from billing.services.fees import FeeRun, draft_due_fees, draft_fee
from billing.services.renewals import remind_renewals, renew_retainer
from billing.services.retainers import (
    close_ended_retainers,
    comparison_of,
    end_retainer,
    open_periods,
)
from billing.services.taxes import answer_rate_change
from billing.services.terms import allowance_end
from clients.models import Task, TierPolicy
from crm.access import Role
from crm.periods import add_months
from tests.make import Cast, make_api, make_client, make_user
from tests.make.acts import russian_client, russian_seller
from tests.make.invoices import make_rate_of, make_series
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONTHLY = Decimal("65573.77")  # 80 000.00 with 22 %


def run(on: date) -> FeeRun:
    return draft_due_fees(on=on, at=NOON)


def fees() -> list[tuple[date | None, Decimal]]:
    return [(row.supply_from, row.gross_amount) for row in Invoice.objects.order_by("supply_from")]


def test_a_fee_is_drafted_on_the_first_day_of_its_month_with_its_vat() -> None:
    make_retainer(starts_on=date(2026, 3, 1))
    assert len(run(date(2026, 2, 28)).drafts) == 0
    draft = run(date(2026, 3, 1)).drafts[0]
    assert (draft.net_amount, draft.vat_amount, draft.gross_amount) == (
        Decimal("65573.77"),
        Decimal("14426.23"),
        Decimal("80000.00"),
    )
    line = draft.lines.get()
    assert line.description == "Audit subscription, Март 2026 г."
    assert (draft.supply_from, draft.supply_to) == (date(2026, 3, 1), date(2026, 3, 31))


def test_a_schedule_that_runs_again_drafts_nothing_twice() -> None:
    make_retainer()
    assert [len(run(date(2026, 1, day)).drafts) for day in (1, 1, 2, 31)] == [1, 0, 0, 0]


def test_a_missed_schedule_drafts_every_missing_period_once() -> None:
    make_retainer()
    assert len(run(date(2026, 4, 2)).drafts) == 4
    assert [day for day, _amount in fees()] == [date(2026, month, 1) for month in (1, 2, 3, 4)]


def test_a_part_period_is_charged_by_calendar_days() -> None:
    make_retainer(starts_on=date(2026, 1, 15), monthly_fee=Decimal("31000.00"))
    run(date(2026, 2, 1))
    assert fees() == [(date(2026, 1, 15), Decimal("17000.00")), (date(2026, 2, 1), Decimal("31000.00"))]


def test_a_fee_in_arrears_is_drafted_after_its_period() -> None:
    make_retainer(bill_in="arrears", term_months=1)
    assert not run(date(2026, 1, 31)).drafts
    assert run(date(2026, 2, 1)).drafts[0].supply_to == date(2026, 1, 31)
    assert not run(date(2026, 5, 1)).drafts


def test_a_quarterly_fee_covers_three_months_and_hours_stay_monthly() -> None:
    retainer = make_retainer(fee_months=3, included_minutes=600)
    run(date(2026, 2, 1))
    assert fees() == [(date(2026, 1, 1), Decimal("240000.00"))]
    assert Invoice.objects.get().supply_to == date(2026, 3, 31)
    assert retainer.periods.exclude(account=None).count() == 2


def test_each_month_brings_its_hours_once() -> None:
    retainer = make_retainer(included_minutes=600)
    for _ in range(2):
        open_periods(retainer, on=date(2026, 2, 10), by=None, at=NOON)
    periods = list(retainer.periods.select_related("account"))
    assert [p.account.balance_minutes for p in periods if p.account] == [600, 600]
    assert LedgerRow.objects.filter(kind="grant").count() == 2


def test_hours_of_the_whole_term_lie_in_one_account() -> None:
    retainer = make_retainer(included_minutes=7200, allowance_period="term")
    open_periods(retainer, on=date(2026, 3, 10), by=None, at=NOON)
    assert [p.account_id is None for p in retainer.periods.all()] == [False, True, True]


def test_each_renewed_term_brings_its_hours_once() -> None:
    retainer = make_retainer(included_minutes=7200, allowance_period="term", term_months=3, renewal_mode="automatic")
    for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 1), date(2026, 8, 5)):
        open_periods(retainer, on=day, by=None, at=NOON)
    brought = retainer.periods.exclude(account=None).order_by("starts_on")
    assert [row.starts_on for row in brought] == [date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)]
    assert [allowance_end(row) for row in brought] == [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)]
    assert LedgerRow.objects.filter(kind="grant").count() == 3


def test_hours_of_a_renewed_term_follow_its_own_days_not_the_month() -> None:
    retainer = make_retainer(
        starts_on=date(2026, 1, 15),
        included_minutes=600,
        allowance_period="term",
        term_months=2,
        renewal_mode="automatic",
    )
    open_periods(retainer, on=date(2026, 3, 20), by=None, at=NOON)
    brought = retainer.periods.exclude(account=None)
    assert [(row.starts_on, row.fee) for row in brought][1][0] == date(2026, 3, 15)
    assert sum(row.fee for row in retainer.periods.filter(starts_on__month=3)) == retainer.monthly_fee


def test_a_deleted_draft_lets_the_period_be_drafted_again() -> None:
    make_retainer(term_months=1)
    delete_draft(run(date(2026, 1, 1)).drafts[0])
    assert len(run(date(2026, 1, 2)).drafts) == 1


def test_a_credited_fee_is_drafted_again_by_hand_only() -> None:
    retainer = make_retainer(term_months=1, auto_issue=True)
    make_series(retainer.seller)
    make_rate_of("EUR", "RUB", "92.40", on=date(2026, 1, 1))
    invoice = run(date(2026, 1, 1)).issued[0]
    credit_invoice(
        invoice,
        kind=CreditKind.FULL,
        reason="wrong",
        issued_on=date(2026, 1, 2),
        by=make_user(Role.FINANCE),
        at=NOON,
    )
    assert not run(date(2026, 1, 3)).drafts
    assert draft_fee(RetainerPeriod.objects.get(), by=None, on=date(2026, 1, 3), at=NOON).status == "draft"


def test_a_contract_may_issue_without_asking() -> None:
    retainer = make_retainer(auto_issue=True, term_months=1)
    make_series(retainer.seller)
    make_rate_of("EUR", "RUB", "92.40", on=date(2026, 1, 1))
    assert run(date(2026, 1, 1)).issued[0].number == "2026-0001"


def test_what_cannot_be_issued_waits_as_a_draft_with_the_reason() -> None:
    make_retainer(auto_issue=True, term_months=1)
    done = run(date(2026, 1, 1))
    assert (len(done.drafts), done.issued, done.waiting[0][1]) == (1, [], "series_missing")


def test_a_changed_rate_stops_the_fee_until_it_is_answered() -> None:
    partner = make_user(Role.PARTNER)
    retainer = make_retainer(starts_on=date(2025, 12, 1))
    first = run(date(2026, 1, 1))
    assert ([d.supply_from for d in first.drafts], first.waiting) == (
        [date(2025, 12, 1)],
        [(retainer, "needs_decision")],
    )
    assert Task.objects.unfinished().get().assignee == partner
    answer_rate_change(
        retainer.client,
        agreement=f"retainer:{retainer.pk}",
        agreed_percent=Decimal(20),
        new_percent=Decimal(22),
        choice="price_stays",
        by=partner,
    )
    assert run(date(2026, 1, 1)).drafts[0].net_amount == Decimal("65573.77")
    assert not Task.objects.unfinished().exists()


def test_the_comparison_shows_what_the_year_saves() -> None:
    found = comparison_of(make_retainer(one_off_price=Decimal("1000000.00")))
    assert found is not None
    assert (found.retainer_total, found.saving, found.saving_percent) == (
        Decimal("960000.00"),
        Decimal("40000.00"),
        Decimal("4.0"),
    )
    assert len(found.cash) == 12


def test_a_renewed_contract_is_compared_over_the_term_that_the_order_was_priced_for() -> None:
    retainer = renew_retainer(make_retainer(one_off_price=Decimal("1000000.00")), months=24, at=NOON)
    found = comparison_of(renew_retainer(retainer, months=12, at=NOON))
    assert found is not None
    assert (found.retainer_total, found.saving, len(found.cash)) == (Decimal("960000.00"), Decimal("40000.00"), 12)


def test_without_a_one_off_price_there_is_nothing_to_compare() -> None:
    assert comparison_of(make_retainer()) is None


def test_renewal_is_announced_at_90_60_and_30_days_once_each() -> None:
    make_retainer(make_client(account_manager=make_user(Role.ACCOUNT_MANAGER)))
    last = date(2026, 12, 31)
    days = [date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3), date(2026, 11, 1), date(2026, 12, 1), last]
    assert [remind_renewals(on=day, at=NOON) for day in days] == [0, 1, 0, 1, 1, 0]
    assert Task.objects.count() == 3
    assert Task.objects.unfinished().count() == 1


def test_a_renewal_waits_on_todays_page_and_in_the_api_until_it_is_renewed_there(client: Browser, cast: Cast) -> None:
    last = timezone.localdate() + timedelta(days=29)
    own = make_client(account_manager=cast.manager)
    retainer = make_retainer(own, starts_on=add_months(last + timedelta(days=1), -12))
    remind_renewals(on=timezone.localdate(), at=timezone.now())
    told = make_api(cast.manager).get("/api/v1/tasks/?kind=retainer_renewal").json()["results"]
    assert [(row["client"], row["state"]) for row in told] == [(own.pk, "open")]
    client.force_login(cast.manager)
    assert f"Renew {retainer.name}" in client.get(reverse("clients:today")).content.decode()
    client.post(reverse("billing:retainer_renew", args=[retainer.pk]), {"months": "12"})
    retainer.refresh_from_db()
    assert retainer.term_months == 24
    assert not Task.objects.unfinished().filter(kind="retainer_renewal").exists()


def test_without_anybody_to_look_after_it_a_renewal_waits_for_the_first_who_comes() -> None:
    retainer = make_retainer()
    assert (retainer.client.account_manager, retainer.lead) == (None, None)
    last = date(2026, 12, 31)
    assert remind_renewals(on=last, at=NOON) == 0
    finance = make_user(Role.FINANCE)
    assert remind_renewals(on=last, at=NOON) == 1
    assert Task.objects.get().assignee == finance


def test_a_contract_that_renews_by_itself_goes_on() -> None:
    make_retainer(term_months=1, renewal_mode="automatic")
    assert len(run(date(2026, 3, 1)).drafts) == 3


def test_an_ended_contract_has_no_later_fee() -> None:
    retainer = make_retainer()
    end_retainer(retainer, on=date(2026, 2, 14), given_on=date(2026, 1, 14))
    run(date(2026, 6, 1))
    assert fees() == [(date(2026, 1, 1), Decimal("80000.00")), (date(2026, 2, 1), Decimal("40000.00"))]
    assert close_ended_retainers(on=date(2026, 6, 1), at=NOON) == 1


@pytest.mark.parametrize("bill_in", ["advance", "arrears"])
def test_a_schedule_that_was_down_over_the_end_of_a_term_still_drafts_its_last_fees(bill_in: str) -> None:
    make_retainer(term_months=3, bill_in=bill_in)
    assert len(run(date(2026, 2, 1)).drafts) == (2 if bill_in == "advance" else 1)
    assert close_ended_retainers(on=date(2026, 4, 2), at=NOON) == 1
    run(date(2026, 4, 2))
    assert [day for day, _amount in fees()] == [date(2026, month, 1) for month in (1, 2, 3)]


def test_a_renewed_term_is_longer() -> None:
    retainer = make_retainer()
    run(date(2026, 12, 1))
    retainer = renew_retainer(retainer, months=12, at=NOON)
    assert backlog_of(retainer, on=date(2026, 12, 1)) == 12 * MONTHLY


def test_the_backlog_is_what_is_still_to_come_without_vat() -> None:
    retainer = make_retainer()
    run(date(2026, 3, 15))
    assert backlog_of(retainer, on=date(2026, 3, 15)) == 9 * MONTHLY
    retainer.committed_until_on = date(2026, 6, 30)
    assert backlog_of(retainer, on=date(2026, 3, 15)) == 3 * MONTHLY


def test_a_fee_in_arrears_is_to_come_until_its_period_is_over() -> None:
    retainer = make_retainer(bill_in="arrears")
    run(date(2026, 3, 15))
    assert backlog_of(retainer, on=date(2026, 3, 15)) == 10 * MONTHLY


def test_a_fee_that_is_late_is_still_to_come() -> None:
    retainer = make_retainer(bill_in="arrears", committed_until_on=date(2026, 2, 28))
    assert [fee.draft_on for fee in coming_fees(retainer, on=date(2026, 3, 15))] == [
        date(2026, 2, 1),
        date(2026, 3, 1),
        date(2026, 4, 1),
    ]
    run(date(2026, 3, 15))
    assert backlog_of(retainer, on=date(2026, 3, 15)) == MONTHLY


def test_the_backlog_counts_what_was_agreed_before_its_company_charged_vat() -> None:
    """Nobody has answered yet what becomes of a price that contained no VAT: the page that asks must not fail."""
    client = russian_client(russian_seller(vat_regime="simplified_5"))
    retainer = make_retainer(client, starts_on=date(2024, 10, 1), term_months=3, seller=client.default_seller)
    assert backlog_of(retainer, on=date(2024, 9, 30)) == 3 * Decimal(80000)


def test_the_backlog_is_reckoned_line_by_line_where_its_invoices_are() -> None:
    """10 000.00 with 22 % less 5 %: both lines on one rounding would be a kopeck more."""
    retainer = make_retainer(monthly_fee=Decimal("10000.00"), term_months=1)
    terms = {"client": retainer.client, "retainer": retainer, "valid_from": date(2026, 1, 1), "reason": "frame"}
    discount = Discount(percent=Decimal(5), covers="services", **terms)
    TierPolicy.objects.ensure()
    TierPolicy.objects.update(discount_ceiling_percent=10)
    ask_for_discount(discount, by=make_user(Role.ACCOUNT_MANAGER), at=NOON)
    committed = backlog_of(retainer, on=date(2025, 12, 31))
    run(date(2026, 1, 1))
    assert committed == Invoice.objects.get().net_amount == Decimal("7786.88")


def test_the_backlog_is_what_the_drafts_will_count() -> None:
    """A gross fee agreed under 20 % whose price stays is worth less under 22 %; unanswered, it counts as agreed."""
    retainer = make_retainer(starts_on=date(2025, 12, 1), term_months=2)
    assert backlog_of(retainer, on=date(2025, 11, 30)) == 2 * Decimal("66666.67")
    answer_rate_change(
        retainer.client,
        agreement=f"retainer:{retainer.pk}",
        agreed_percent=Decimal(20),
        new_percent=Decimal(22),
        choice="price_stays",
        by=make_user(Role.PARTNER),
    )
    committed = backlog_of(retainer, on=date(2025, 11, 30))
    run(date(2026, 1, 1))
    assert committed == sum(row.net_amount for row in Invoice.objects.all()) == Decimal("66666.67") + MONTHLY


@pytest.mark.django_db(transaction=True)
def test_workers_that_run_the_schedule_at_once_draft_each_fee_once() -> None:
    make_retainer(included_minutes=60)

    def one(_n: int) -> int:
        try:
            return len(run(date(2026, 3, 1)).drafts)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 3
    assert len(fees()) == len(set(fees())) == 3
    assert RetainerPeriod.objects.count() == LedgerRow.objects.count() == 3
