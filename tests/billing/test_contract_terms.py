"""Retainers that change: dated fees, checkpoints as promises, early ends with their settlement."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InternalError, transaction
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Checkpoint, EarlyEnd, HourAccount, Invoice, Retainer, RetainerFee
from billing.services.approvals import approve_entries
from billing.services.backlog import backlog_of
from billing.services.checkpoints import finish_checkpoint, lay_all_checkpoints, lay_checkpoints, plan_checkpoint
from billing.services.early_ends import decide_early_end, give_notice
from billing.services.fee_rows import change_fee
from billing.services.fees import draft_due_fees
from billing.services.renewals import remind_renewals
from billing.services.retainers import comparison_of, open_periods
from billing.services.taxes import RateQuestionError, answer_rate_change
from clients.models import Client, Promise, Task
from crm.access import Role
from tests.billing.errors import code_of
from tests.make import Cast, make_api, make_client, make_need, make_user
from tests.make.hours import submitted
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
ON = date(2026, 6, 1)
RETAINERS = "/api/v1/retainers/"


def raised(retainer: Retainer, on: date = date(2026, 6, 16), fee: str = "110000.00") -> RetainerFee:
    by = make_user(Role.PARTNER)
    return change_fee(retainer, monthly_fee=Decimal(fee), valid_from=on, reason="more sites", by=by, at=AT)


def fees() -> list[Decimal]:
    return [line.gross_amount for line in Invoice.objects.order_by("pk")]


class TestFees:
    def test_a_fee_changes_in_mid_term_and_a_cut_month_is_charged_by_days(self) -> None:
        retainer = make_retainer()
        draft_due_fees(on=date(2026, 5, 1), at=AT)
        raised(retainer)
        draft_due_fees(on=date(2026, 7, 1), at=AT)
        assert fees()[-3:] == [Decimal("80000.00"), Decimal("95000.00"), Decimal("110000.00")]

    def test_a_period_that_is_laid_and_not_drafted_follows(self) -> None:
        retainer = make_retainer(bill_in="arrears")
        open_periods(retainer, on=ON, by=None, at=AT)
        raised(retainer, on=date(2026, 6, 1))
        open_periods(retainer, on=ON, by=None, at=AT)
        assert retainer.periods.get(starts_on=ON).fee == Decimal("110000.00")

    def test_what_is_drafted_is_not_changed_afterwards(self) -> None:
        retainer = make_retainer()
        draft_due_fees(on=ON, at=AT)
        with pytest.raises(ValidationError) as refused:
            raised(retainer)
        assert refused.value.message_dict.keys() == {"valid_from"}

    @pytest.mark.parametrize(
        ("on", "reason"), [(date(2026, 1, 1), "why"), (date(2025, 12, 1), "why"), (date(2026, 7, 1), " ")]
    )
    def test_a_fee_has_a_later_day_and_a_reason(self, on: date, reason: str) -> None:
        with pytest.raises(ValidationError):
            change_fee(make_retainer(), monthly_fee=Decimal(1), valid_from=on, reason=reason, by=None, at=AT)

    def test_agreed_fees_are_never_changed(self) -> None:
        fee = raised(make_retainer())
        with pytest.raises(InternalError), transaction.atomic():
            RetainerFee.objects.filter(pk=fee.pk).update(monthly_fee=1)

    def test_backlog_and_comparison_know_the_change(self) -> None:
        retainer = make_retainer(one_off_price=Decimal("1200000.00"))
        draft_due_fees(on=ON, at=AT)
        raised(retainer, on=date(2026, 7, 1))
        assert backlog_of(retainer, on=ON) == 6 * Decimal("90163.93")  # 110 000.00 with 22 %
        comparison = comparison_of(retainer)
        assert comparison is not None
        assert comparison.retainer_total == Decimal("1140000.00")

    def test_a_fee_agreed_under_the_new_rate_asks_nothing(self) -> None:
        retainer = make_retainer(starts_on=date(2025, 7, 1))
        draft_due_fees(on=date(2025, 12, 1), at=AT)
        raised(retainer, on=date(2026, 1, 1))
        run = draft_due_fees(on=date(2026, 1, 1), at=AT)
        assert (len(run.drafts), run.waiting) == (1, [])


class TestVatQuestion:
    def test_the_api_answers_409_until_it_is_answered_once(self, cast: Cast) -> None:
        client = make_client(country="RU", language="ru", account_manager=cast.manager)
        retainer = make_retainer(client, starts_on=date(2025, 12, 1), term_months=2)
        url = f"{RETAINERS}{retainer.pk}/draft-fees/"
        draft_due_fees(on=date(2025, 12, 1), at=AT)
        refused = make_api(cast.finance).post(url)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "needs_decision")
        answer_rate_change(
            client,
            agreement=f"retainer:{retainer.pk}",
            agreed_percent=Decimal(20),
            new_percent=Decimal(22),
            choice="price_stays",
            by=cast.manager,
        )
        assert make_api(cast.finance).post(url).status_code == 201

    def test_the_question_stands_on_the_run(self) -> None:
        make_user(Role.PARTNER)
        make_retainer(starts_on=date(2025, 12, 1), term_months=2)
        run = draft_due_fees(on=date(2026, 1, 1), at=AT)
        assert isinstance(run.question, RateQuestionError)


class TestAllowance:
    @pytest.mark.parametrize(("prorates", "minutes"), [(False, 600), (True, 320)])
    def test_a_part_period_brings_all_hours_unless_the_contract_cuts_them(self, prorates: bool, minutes: int) -> None:
        retainer = make_retainer(starts_on=date(2026, 6, 15), included_minutes=600, prorates_allowance=prorates)
        open_periods(retainer, on=date(2026, 6, 15), by=None, at=AT)
        assert HourAccount.objects.get().balance_minutes == minutes


class TestCheckpoints:
    def test_quarterly_ones_are_laid_once_and_the_next_is_promised(self) -> None:
        retainer = make_retainer(lead=make_user())
        assert (lay_all_checkpoints(on=ON, at=AT), lay_all_checkpoints(on=ON, at=AT)) == (3, 0)
        rows = list(retainer.checkpoints.order_by("due_on"))
        assert [row.due_on for row in rows] == [date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)]
        promise = Promise.objects.get()
        assert (rows[0].promise, promise.client) == (promise, retainer.client)
        assert promise.made_by == retainer.lead

    def test_one_done_in_time_keeps_the_promise(self) -> None:
        retainer = make_retainer(lead=make_user())
        lay_checkpoints(retainer, on=ON, at=AT)
        point = Checkpoint.objects.earliest("due_on")
        make_need(retainer.client, due_on=ON + timedelta(days=9))
        finish_checkpoint(point, findings="All well", done_at=AT, by=make_user(), at=AT)
        promise = Promise.objects.get(checkpoint=point)
        assert promise.kept_at == AT
        with pytest.raises(ValidationError) as again:
            finish_checkpoint(point, findings="All well", done_at=AT, by=make_user(), at=AT)
        assert code_of(again) == "already_done"

    def test_an_overdue_one_is_an_overdue_promise(self) -> None:
        retainer = make_retainer(lead=make_user())
        lay_checkpoints(retainer, on=ON, at=AT)
        late = date(2026, 7, 5)
        assert Checkpoint.objects.overdue(on=late).count() == 1
        promise = Promise.objects.get()
        assert promise.kept_at is None
        assert promise.current_due_at < datetime(2026, 7, 5, tzinfo=UTC)

    def test_done_needs_findings(self) -> None:
        lay_checkpoints(make_retainer(lead=make_user()), on=ON, at=AT)
        with pytest.raises(ValidationError):
            finish_checkpoint(Checkpoint.objects.earliest("due_on"), findings=" ", done_at=AT, by=make_user(), at=AT)

    def test_it_does_not_close_without_a_next_need(self) -> None:
        retainer = make_retainer(lead=make_user())
        lay_checkpoints(retainer, on=ON, at=AT)
        point = Checkpoint.objects.earliest("due_on")
        make_need(retainer.client, due_on=ON - timedelta(days=1))
        with pytest.raises(ValidationError) as refused:
            finish_checkpoint(point, findings="All well", done_at=AT, by=make_user(), at=AT)
        assert code_of(refused) == "next_need"
        point.refresh_from_db()
        assert point.done_at is None

    def test_one_more_is_planned_within_the_contract(self) -> None:
        retainer = make_retainer(lead=make_user())
        made = plan_checkpoint(retainer, due_on=date(2026, 8, 1), deliverable="VAT returns", on=ON, at=AT)
        assert made.promise is not None
        with pytest.raises(ValidationError):
            plan_checkpoint(retainer, due_on=date(2027, 8, 1), deliverable="VAT returns", on=ON, at=AT)

    def test_through_the_api(self, cast: Cast) -> None:
        client = make_client(country="RU", account_manager=cast.manager)
        retainer = make_retainer(client, lead=cast.consultant, starts_on=date(2026, 11, 1))
        api = make_api(cast.manager)
        asked = {"retainer": retainer.pk, "due_on": "2026-12-15", "deliverable": "VAT returns"}
        made = api.post("/api/v1/checkpoints/", asked)
        assert made.status_code == 201, made.json()
        url = f"/api/v1/checkpoints/{made.json()['id']}/done/"
        refused = api.post(url, {"findings": "All well"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "next_need")
        make_need(client)
        done = api.post(url, {"findings": "All well"})
        assert (done.status_code, done.json()["done_by"]) == (200, cast.manager.pk)
        assert make_api(cast.outsider).get(f"/api/v1/checkpoints/{made.json()['id']}/").status_code == 404


def worked(retainer: Retainer, minutes: int) -> None:
    employee = make_user()
    entry = submitted(retainer.client, employee, minutes, worked_on=date(2026, 1, 10), seller=retainer.seller)
    approve_entries([entry.pk], by=make_user(Role.PARTNER), at=AT)


class TestEarlyEnd:
    def terms(self, **kw: Any) -> Retainer:
        retainer = make_retainer(included_minutes=600, one_off_price=Decimal("1000000.00"), one_off_minutes=6000, **kw)
        for on in (date(2026, 1, 1), ON):
            open_periods(retainer, on=on, by=None, at=AT)
        return retainer

    def test_notice_ends_it_after_its_days_with_the_fees_to_that_day(self) -> None:
        early = give_notice(self.terms(), given_on=ON, on=ON, at=AT)
        assert early is not None
        assert (early.ends_on, early.fees_due) == (date(2026, 7, 1), Decimal("482580.65"))
        assert (early.delivered_value, early.amount) == (Decimal("0.00"), Decimal("0.00"))
        assert Task.objects.filter(kind="loss_review").exists() == bool(early.retainer.client.account_manager)

    def test_delivered_work_beyond_the_fees_is_proposed_and_a_partner_settles_it(self) -> None:
        make_user(Role.PARTNER)
        retainer = self.terms(allowance_period="term")
        Retainer.objects.filter(pk=retainer.pk).update(one_off_minutes=600)
        retainer.refresh_from_db()
        worked(retainer, 600)
        early = give_notice(retainer, given_on=date(2026, 1, 31), ends_on=date(2026, 2, 28), on=ON, at=AT)
        assert early is not None
        assert (early.fees_due, early.delivered_value) == (Decimal("160000.00"), Decimal("1000000.00"))
        assert early.amount == Decimal("840000.00")
        assert Task.objects.filter(kind="settle_early_end").exists()
        with pytest.raises(PermissionDenied):
            decide_early_end(early, settled=True, by=make_user(Role.ACCOUNT_MANAGER), on=ON, at=AT)
        decided = decide_early_end(early, settled=True, by=make_user(Role.PARTNER), on=ON, at=AT)
        assert decided.invoice_line is not None
        assert Invoice.objects.get().gross_amount == Decimal("840000.00")
        with pytest.raises(ValidationError) as twice:
            decide_early_end(early, settled=False, reason="gift", by=make_user(Role.PARTNER), on=ON, at=AT)
        assert code_of(twice) == "already_done"

    def test_notice_settles_the_reminders_to_renew(self) -> None:
        retainer = make_retainer(make_client(account_manager=make_user(Role.ACCOUNT_MANAGER)))
        remind_renewals(on=date(2026, 11, 1), at=AT)
        give_notice(retainer, given_on=date(2026, 11, 5), on=date(2026, 11, 5), at=AT)
        assert not Task.objects.unfinished().filter(kind="retainer_renewal").exists()

    def test_waiving_needs_a_reason_and_drafts_nothing(self) -> None:
        early = give_notice(self.terms(), given_on=ON, on=ON, at=AT)
        assert early is not None
        with pytest.raises(ValidationError):
            decide_early_end(early, settled=False, by=make_user(Role.PARTNER), on=ON, at=AT)
        decide_early_end(early, settled=False, reason="a long friendship", by=make_user(Role.PARTNER), on=ON, at=AT)
        assert not Invoice.objects.exists()

    def test_the_end_of_the_term_settles_nothing(self) -> None:
        assert give_notice(make_retainer(), given_on=date(2026, 12, 1), on=date(2026, 12, 1), at=AT) is None
        assert not EarlyEnd.objects.exists()

    def test_through_the_api(self, cast: Cast) -> None:
        client = make_client(country="RU", account_manager=cast.manager)
        retainer = make_retainer(client)
        url = f"{RETAINERS}{retainer.pk}/"
        assert make_api(cast.manager).get(f"{url}settlement/").status_code == 404
        ended = make_api(cast.manager).post(f"{url}end/", {"given_on": "2026-06-01"})
        assert ended.json()["ended_on"] == "2026-07-01"
        assert make_api(cast.manager).post(f"{url}end/", {}).status_code == 400
        found = make_api(cast.manager).get(f"{url}settlement/").json()
        assert (found["fees_due"], found["decision"]) == ("482580.65", "open")
        assert make_api(cast.manager).post(f"{url}settle/", {"settled": True}).status_code == 403
        assert make_api(cast.partner).post(f"{url}settle/", {"settled": True}).json()["decision"] == "settled"


def test_the_pages_of_a_contract(client: Browser, cast: Cast) -> None:
    own: Client = make_client(country="RU", account_manager=cast.manager)
    retainer = make_retainer(own, starts_on=date(2026, 11, 1), lead=cast.manager)
    client.force_login(cast.manager)

    def url(name: str, pk: int) -> str:
        return reverse(f"billing:{name}", args=[pk])

    fee = {"monthly_fee": "90000", "valid_from": "2027-02-01", "reason": "more sites"}
    point = {"due_on": "2027-01-15", "deliverable": "VAT returns"}
    for name, form in (("retainer_fee", fee), ("retainer_checkpoint", point)):
        assert client.get(url(name, retainer.pk)).status_code == 200
        assert client.post(url(name, retainer.pk), {}).status_code == 422
        assert client.post(url(name, retainer.pk), form).status_code == 302
    done = url("checkpoint_done", Checkpoint.objects.get().pk)
    assert "the review does not close without one" in client.get(done).content.decode()
    make_need(retainer.client)
    assert "Next need" in client.get(done).content.decode()
    assert client.post(done, {"findings": "All well"}).status_code == 302
    ended = {"given_on": "2026-11-20", "ended_on": "2027-02-28"}
    assert client.post(url("retainer_end", retainer.pk), ended).status_code == 302
    shown = client.get(url("retainer_detail", retainer.pk)).content.decode()
    for words in ("VAT returns", "All well", "more sites", "Early end"):
        assert words in shown
    assert client.get(url("retainer_settle", retainer.pk)).status_code == 403
    client.force_login(cast.partner)
    assert client.get(url("retainer_settle", retainer.pk)).status_code == 200
    assert client.post(url("retainer_settle", retainer.pk), {"settled": "no"}).status_code == 422
    waived = {"settled": "no", "reason": "a long friendship"}
    assert client.post(url("retainer_settle", retainer.pk), waived).status_code == 302


@pytest.mark.parametrize("name", ["offer_report", "backlog_report", "conversion_report", "package_report"])
def test_report_pages_open_empty(client: Browser, cast: Cast, name: str) -> None:
    client.force_login(cast.partner)
    assert client.get(reverse(f"billing:{name}")).status_code == 200
