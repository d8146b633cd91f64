"""Hours on a retainer's fee: which of them stand there, once, and what a fee of several months pays for."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from billing.models import InvoiceLine, LedgerRow, Retainer, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, credit_invoice
from billing.services.drafting import draft_invoices, plan_drafts, write_plan
from billing.services.drafts import delete_draft
from billing.services.early_ends import give_notice
from billing.services.endings import end_hours
from billing.services.fee_rows import change_fee
from billing.services.fees import FeeRun, draft_due_fees
from billing.services.issuing import issue_invoice
from billing.services.retainers import open_periods
from billing.services.taxes import RateQuestionError
from billing.services.time import change_entry
from clients.models import Client, Task
from clients.services.merging import merge_client
from crm.access import Role
from tests.billing.errors import code_of
from tests.make import make_client, make_user
from tests.make.hours import log, make_engagement, make_package, make_rate, submitted
from tests.make.invoices import make_rate_of, make_series, make_work
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run(on: date) -> FeeRun:
    return draft_due_fees(on=on, at=NOON)


class TestHoursOnTheFee:
    """Hours that the contract covers stand at 0.00 on its fee, each once, so that the client reads what was done."""

    @pytest.fixture
    def worked(self) -> TimeEntry:
        retainer = make_retainer(included_minutes=600)
        run(date(2026, 1, 1))
        return self.work(retainer, date(2026, 1, 20))

    def work(self, retainer: Retainer, on: date) -> TimeEntry:
        entry = submitted(retainer.client, make_user(Role.CONSULTANT), 90, worked_on=on, description="Ledger checked")
        return approve_entries([entry.pk], by=make_user(Role.PARTNER), at=NOON)[0]

    def prepaid(self, run_of: FeeRun) -> list[tuple[Decimal, Decimal, str]]:
        lines = InvoiceLine.objects.filter(invoice__in=run_of.drafts, kind="prepaid")
        return [(line.quantity, line.amount, line.details["entries"][0]["text"]) for line in lines]

    @pytest.mark.usefixtures("worked")
    def test_the_next_fee_in_advance_shows_them_with_the_balance_and_the_total_stays(self) -> None:
        drafted = run(date(2026, 2, 1))
        assert self.prepaid(drafted) == [(Decimal("1.5"), Decimal(0), "Ledger checked")]
        assert drafted.drafts[0].lines.get(kind="prepaid").details["balance_minutes"] == 510
        assert drafted.drafts[0].gross_amount == Decimal("80000.00")
        assert drafted.drafts[0].supply_from == date(2026, 2, 1)
        assert self.prepaid(run(date(2026, 3, 1))) == []

    def test_a_fee_in_arrears_shows_those_of_its_own_period(self) -> None:
        retainer = make_retainer(bill_in="arrears", included_minutes=600)
        open_periods(retainer, on=date(2026, 2, 10), by=None, at=NOON)
        self.work(retainer, date(2026, 1, 31))
        self.work(retainer, date(2026, 2, 1))
        assert [quantity for quantity, _gross, _text in self.prepaid(run(date(2026, 2, 10)))] == [Decimal("1.5")]

    def test_what_another_document_shows_is_not_shown_again(self, worked: TimeEntry) -> None:
        make_rate(worked.seller, currency="RUB", valid_from=date(2026, 1, 1))
        paid = submitted(worked.client, worked.employee, 900, worked_on=date(2026, 1, 21))
        approve_entries([paid.pk], by=make_user(Role.PARTNER), at=NOON)
        draft_invoices(worked.client, through=date(2026, 1, 31), by=None, on=date(2026, 1, 31))
        assert self.prepaid(run(date(2026, 2, 1))) == []

    @pytest.mark.usefixtures("worked")
    def test_a_deleted_draft_gives_them_to_the_next(self) -> None:
        delete_draft(run(date(2026, 2, 1)).drafts[0])
        assert len(self.prepaid(run(date(2026, 2, 1)))) == 1

    def test_late_hours_come_with_the_next_fee_and_those_of_long_ago_stay_off(self) -> None:
        retainer = make_retainer(included_minutes=600)
        for month in (1, 2, 3):
            run(date(2026, month, 1))
        self.work(retainer, date(2026, 1, 20))
        self.work(retainer, date(2026, 2, 20))
        assert [quantity for quantity, _amount, _text in self.prepaid(run(date(2026, 4, 1)))] == [Decimal("1.5")]

    def test_a_quarterly_fee_in_arrears_shows_those_of_the_whole_quarter(self) -> None:
        retainer = make_retainer(bill_in="arrears", included_minutes=600, fee_months=3)
        open_periods(retainer, on=date(2026, 4, 1), by=None, at=NOON)
        for month in (1, 2, 3):
            self.work(retainer, date(2026, month, 20))
        drafted = run(date(2026, 4, 1))
        assert [quantity for quantity, _amount, _text in self.prepaid(drafted)] == [Decimal("1.5")] * 3
        names = (
            drafted.drafts[0].lines.filter(kind="prepaid").order_by("position").values_list("description", flat=True)
        )
        assert [*names] == [f"Audit subscription, {month} 2026 г." for month in ("Январь", "Февраль", "Март")]

    def test_free_work_of_the_contract_stands_beside_them(self) -> None:
        retainer = make_retainer(included_minutes=600)
        run(date(2026, 1, 1))
        engagement = make_engagement(retainer.client, retainer=retainer)
        gift = {"engagement": engagement, "billing_type": "goodwill", "reason": "Our gift"}
        entry = submitted(retainer.client, make_user(), 30, worked_on=date(2026, 1, 9), **gift)
        approve_entries([entry.pk], by=make_user(Role.PARTNER), at=NOON)
        for month, shown in ((2, 1), (3, 0)):
            draft = run(date(2026, month, 1)).drafts[0]
            assert draft.lines.filter(kind="goodwill", amount=0).count() == shown

    def test_a_contract_that_issues_by_itself_waits_for_complete_weeks(self) -> None:
        retainer = make_retainer(included_minutes=600, auto_issue=True)
        run(date(2026, 1, 1))
        self.work(retainer, date(2026, 1, 20))
        assert self.prepaid(run(date(2026, 2, 1))) == []

    def test_a_merged_client_s_fee_goes_to_the_one_that_stayed(self) -> None:
        retainer = make_retainer()
        stayed = make_client(country="RU", language="ru")
        merge_client(retainer.client, into=stayed, at=NOON)
        assert run(date(2026, 1, 1)).drafts[0].client == stayed

    def test_a_credited_fee_gives_them_back_and_the_next_one_shows_them(self, worked: TimeEntry) -> None:
        draft = run(date(2026, 2, 1)).drafts[0]
        make_series(draft.seller)
        make_rate_of("EUR", "RUB", "100", on=date(2026, 2, 1))
        issued = issue_invoice(draft, issued_on=date(2026, 2, 1), by=None, at=NOON)
        partner = make_user(Role.PARTNER)
        credit_invoice(issued, kind=CreditKind.FULL, reason="wrong", issued_on=date(2026, 2, 2), by=partner, at=NOON)
        worked.refresh_from_db()
        assert worked.status == "submitted"
        approve_entries([worked.pk], by=partner, at=NOON)
        assert len(self.prepaid(run(date(2026, 3, 1)))) == 1

    @pytest.mark.usefixtures("worked")
    def test_an_early_end_leaves_no_draft_of_hours_alone(self) -> None:
        draft = run(date(2026, 2, 1)).drafts[0]
        notice = date(2026, 2, 1)
        give_notice(Retainer.objects.get(), given_on=notice, ends_on=date(2026, 2, 10), on=notice, at=NOON)
        assert not type(draft).objects.filter(pk=draft.pk).exists()

    def test_issuing_freezes_them(self, worked: TimeEntry) -> None:
        draft = run(date(2026, 2, 1)).drafts[0]
        make_series(draft.seller)
        make_rate_of("EUR", "RUB", "100", on=date(2026, 2, 1))
        issue_invoice(draft, issued_on=date(2026, 2, 1), by=None, at=NOON)
        worked.refresh_from_db()
        assert worked.status == "invoiced"


class TestQuarterlyFee:
    """Its row is that of its first month; what it pays for ends with the quarter."""

    def test_unused_hours_of_each_month_are_worth_its_share(self) -> None:
        terms = {"fee_months": 3, "included_minutes": 600, "refunds_unused": True, "rollover": "none"}
        retainer = make_retainer(make_client(country="RU", language="ru"), **terms)
        run(date(2026, 3, 1))
        entry = submitted(retainer.client, make_user(), 300, worked_on=date(2026, 1, 20))
        approve_entries([entry.pk], by=make_user(Role.PARTNER), at=NOON)
        end_hours(on=date(2026, 3, 1), at=NOON)
        given = LedgerRow.objects.filter(kind="refund").order_by("occurred_on").values_list("minutes", "price")
        assert [*given] == [(-300, Decimal(40000)), (-600, Decimal(80000))]

    def test_an_early_end_within_it_takes_its_draft(self) -> None:
        retainer = make_retainer(fee_months=3, included_minutes=600)
        draft = run(date(2026, 1, 1)).drafts[0]
        give_notice(retainer, given_on=date(2026, 1, 20), ends_on=date(2026, 2, 15), on=date(2026, 1, 20), at=NOON)
        assert not type(draft).objects.filter(pk=draft.pk).exists()

    def test_another_fee_is_refused_for_days_that_it_pays_for(self) -> None:
        retainer = make_retainer(fee_months=3, included_minutes=600)
        run(date(2026, 1, 1))
        with pytest.raises(ValidationError) as refused:
            change_fee(
                retainer,
                monthly_fee=Decimal(90000),
                valid_from=date(2026, 2, 15),
                reason="more people",
                by=None,
                at=NOON,
            )
        assert code_of(refused) == "already_done"

    def test_its_last_day_decides_the_rate(self) -> None:
        retainer = make_retainer(fee_months=3, included_minutes=600, starts_on=date(2025, 11, 1))
        found = run(date(2025, 11, 1))
        assert [code for _retainer, code in found.waiting] == ["needs_decision"]
        assert isinstance(found.question, RateQuestionError)
        assert found.question.new_percent == Decimal(22)
        assert retainer.periods.get().invoice_line is None


def test_a_fee_with_hours_opens_no_window_of_free_work(worked_up: Retainer) -> None:
    """The contract goes on: what exceeds its hours has the agreed price."""
    run(date(2026, 2, 1))
    entry = log(worked_up.client, make_user(), 45, worked_on=date(2026, 2, 9))
    assert (entry.billing_type, entry.follow_up_minutes, entry.needs_decision) == ("billable", 0, "")


@pytest.fixture
def worked_up() -> Retainer:
    """Twenty hours of January used, and those of February too."""
    retainer = make_retainer(included_minutes=1200, overage_rate=Decimal("6500.00"))
    run(date(2026, 1, 1))
    open_periods(retainer, on=date(2026, 2, 1), by=None, at=NOON)
    for day in (date(2026, 1, 12), date(2026, 2, 2)):
        entry = submitted(retainer.client, make_user(), 1200, worked_on=day)
        approve_entries([entry.pk], by=make_user(Role.PARTNER), at=NOON)
    return retainer


def test_a_fee_that_cannot_be_issued_by_itself_is_told_to_who_keeps_the_client() -> None:
    manager = make_user(Role.ACCOUNT_MANAGER)
    make_retainer(make_client(country="RU", language="ru", account_manager=manager), auto_issue=True)
    run(date(2026, 1, 1))
    assert Task.objects.get(kind="fee_not_issued").assignee == manager


def test_work_that_somebody_changes_meanwhile_goes_on_no_draft() -> None:
    client = make_client()
    make_rate(client.default_seller)
    entry = submitted(client, make_user(), 60, worked_on=date(2026, 1, 20))
    partner = make_user(Role.PARTNER)
    approve_entries([entry.pk], by=partner, at=NOON)
    plan = plan_drafts(client, through=date(2026, 1, 31)).plans[0]
    change_entry(entry, changes={"minutes": 90}, by=partner, at=NOON)
    with pytest.raises(ValidationError) as refused:
        write_plan(plan, by=None, on=date(2026, 1, 31))
    assert code_of(refused) == "changed"


class TestMerged:
    """Hours of a client that was merged pay for work of the one that stayed."""

    @pytest.fixture
    def pair(self) -> tuple[Client, Client]:
        lost, stayed = make_client(name="Nord"), make_client(name="Nord AG")
        merge_client(lost, into=stayed, at=NOON)
        lost.refresh_from_db()
        return lost, stayed

    def test_its_package_covers_and_may_be_named(self, pair: tuple[Client, Client]) -> None:
        lost, stayed = pair
        package = make_package(lost, hours=5, draw_on_log=False)
        for named in ({}, {"hour_package": package}):
            entry = log(stayed, make_user(), 60, worked_on=date(2026, 6, 10), **named)
            assert [(part.source, part.account_id) for part in entry.parts] == [("package", package.account_id)]

    def test_work_after_its_invoice_is_a_follow_up(self, pair: tuple[Client, Client]) -> None:
        lost, stayed = pair
        make_rate(stayed.default_seller)
        make_work(lost, minutes=600, worked_on=date(2026, 6, 1))
        draft_invoices(stayed, through=date(2026, 6, 1), by=None, on=date(2026, 6, 1))
        entry = log(stayed, make_user(), 20, worked_on=date(2026, 6, 8))
        assert (entry.billing_type, entry.follow_up_minutes) == ("goodwill", 20)
