"""Early ends: what was invoiced against what is due, and unused hours, each given back once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Discount, EarlyEnd, Invoice, LedgerRow, Retainer
from billing.services.approvals import approve_entries
from billing.services.checkpoints import lay_checkpoints
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.early_ends import decide_early_end, give_notice
from billing.services.endings import end_hours
from billing.services.fees import draft_due_fees
from billing.services.issuing import issue_invoice
from billing.services.retainers import open_periods, term_of
from clients.models import Client, Promise, Task
from crm.access import Role
from tests.make import make_user, submitted
from tests.make.invoices import make_rate_of, make_series
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
ON, MID, LAST, JULY = date(2026, 6, 1), date(2026, 6, 15), date(2026, 6, 30), date(2026, 7, 1)


def drafted(**kw: Any) -> Retainer:
    """80 000.00 a month from June, its first fee drafted."""
    retainer = make_retainer(starts_on=ON, **kw)
    Client.objects.filter(pk=retainer.client_id).update(account_manager=make_user(Role.ACCOUNT_MANAGER))
    make_series(retainer.seller)
    make_rate_of("EUR", "RUB", "90", on=ON)
    draft_due_fees(on=ON, at=AT)
    return retainer


def invoiced(**kw: Any) -> tuple[Retainer, Invoice]:
    retainer = drafted(**kw)
    return retainer, issue_invoice(Invoice.objects.get(), issued_on=ON, by=None, at=AT)


def ended(retainer: Retainer, on: date = MID) -> EarlyEnd:
    early = give_notice(retainer, given_on=ON, ends_on=on, on=ON, at=AT)
    assert early is not None
    return early


def credited(invoice: Invoice, amount: str, kind: CreditKind = CreditKind.PARTIAL) -> None:
    line = CreditLine(line_id=invoice.lines.get(kind="retainer").pk, amount=Decimal(amount))
    by = make_user(Role.FINANCE)
    credit_invoice(invoice, kind=kind, reason="ends in June", issued_on=ON, by=by, at=AT, lines=[line])


def used(retainer: Retainer, minutes: int, on: date) -> None:
    entry = submitted(retainer.client, make_user(), minutes, worked_on=on, seller=retainer.seller)
    approve_entries([entry.pk], by=make_user(Role.PARTNER), at=AT)


def refunded() -> list[tuple[int, Decimal | None]]:
    return list(LedgerRow.objects.filter(kind="refund").values_list("minutes", "price"))


def test_a_fee_invoiced_beyond_the_last_day_is_proposed_back_and_finance_is_asked() -> None:
    finance, partner = make_user(Role.FINANCE), make_user(Role.PARTNER)
    early = ended(invoiced()[0])
    assert (early.fees_due, early.fees_billed, early.amount) == (Decimal(40000), Decimal(80000), Decimal(-40000))
    decide_early_end(early, settled=True, by=partner, on=ON, at=AT)
    assert Task.objects.get(kind="early_end_give_back").assignee == finance


def test_what_was_credited_is_not_given_back_again() -> None:
    retainer, invoice = invoiced()
    credited(invoice, "40000")
    early = ended(retainer)
    assert (early.fees_due, early.fees_billed, early.amount) == (Decimal(40000), Decimal(40000), Decimal(0))


def test_a_gift_on_an_earlier_fee_leaves_what_is_given_back_of_the_last_one() -> None:
    retainer, invoice = invoiced()
    credited(invoice, "30000", CreditKind.GOODWILL)
    make_rate_of("EUR", "RUB", "90", on=JULY)
    draft_due_fees(on=JULY, at=AT)
    issue_invoice(Invoice.objects.get(status="draft"), issued_on=JULY, by=None, at=AT)
    early = give_notice(retainer, given_on=ON, ends_on=date(2026, 7, 15), on=JULY, at=AT)
    assert early is not None
    assert (early.fees_billed, early.amount) == (Decimal(130000), Decimal("-41290.32"))


def test_a_discounted_fee_is_given_back_at_what_was_paid() -> None:
    retainer = make_retainer(starts_on=ON)
    Discount.objects.create(
        client=retainer.client,
        percent=Decimal(10),
        covers="services",
        valid_from=date(2026, 1, 1),
        reason="frame contract",
        made_by=make_user(),
        approved=True,
        decided_by=make_user(Role.PARTNER),
        decided_at=AT,
    )
    make_series(retainer.seller)
    make_rate_of("EUR", "RUB", "90", on=ON)
    draft_due_fees(on=ON, at=AT)
    issue_invoice(Invoice.objects.get(), issued_on=ON, by=None, at=AT)
    early = ended(retainer)
    assert (early.fees_due, early.fees_billed, early.amount) == (Decimal(36000), Decimal(72000), Decimal(-36000))


def test_a_draft_of_a_fee_beyond_the_last_day_goes_and_the_part_is_drafted_anew() -> None:
    retainer = drafted()
    early = ended(retainer)
    assert (early.fees_billed, early.amount) == (Decimal(0), Decimal(0))
    assert not Invoice.objects.exists()
    draft_due_fees(on=ON, at=AT)
    assert Invoice.objects.get().gross_amount == Decimal(40000)


def test_hours_used_after_the_notice_are_not_given_back() -> None:
    retainer, _invoice = invoiced(included_minutes=600, refunds_unused=True)
    early = ended(retainer, LAST)
    assert (early.unused_minutes, early.amount) == (600, Decimal(0))
    used(retainer, 450, date(2026, 6, 20))
    end_hours(on=JULY, at=AT)
    assert refunded() == [(-150, Decimal(20000))]
    assert Task.objects.filter(kind="retainer_unused_hours").count() == 1


@pytest.mark.parametrize(("prorates", "given"), [(False, [(-300, Decimal(20000))]), (True, [])])
def test_unused_hours_of_a_cut_period_are_worth_its_own_fee(
    prorates: bool, given: list[tuple[int, Decimal | None]]
) -> None:
    retainer, _invoice = invoiced(included_minutes=600, refunds_unused=True, prorates_allowance=prorates)
    used(retainer, 300, ON)
    assert ended(retainer).amount == Decimal(-40000)
    end_hours(on=JULY, at=AT)
    assert refunded() == given


def test_unused_hours_lapse_where_the_contract_does_not_give_them_back() -> None:
    retainer, _invoice = invoiced(included_minutes=600)
    ended(retainer, LAST)
    end_hours(on=JULY, at=AT)
    assert refunded() == []
    assert LedgerRow.objects.get(kind="expiry").minutes == -600


def test_a_settlement_that_counted_unused_hours_is_not_followed_by_another_refund() -> None:
    retainer, _invoice = invoiced(included_minutes=600, refunds_unused=True)
    early = ended(retainer, LAST)
    EarlyEnd.objects.filter(pk=early.pk).update(unused_value=80000)
    end_hours(on=JULY, at=AT)
    assert refunded() == [(-600, Decimal(80000))]
    assert not Task.objects.filter(kind="retainer_unused_hours").exists()


def test_a_contract_that_renewed_itself_owes_the_fees_of_all_its_terms() -> None:
    retainer = make_retainer(starts_on=date(2025, 1, 1), renewal_mode="automatic")
    open_periods(retainer, on=ON, by=None, at=AT)
    early = ended(retainer)
    assert term_of(early.retainer, on=ON).last_on == MID
    assert early.fees_due == 17 * Decimal(80000) + Decimal(40000)


def test_a_checkpoint_that_was_promised_after_the_last_day_is_owed_no_more() -> None:
    retainer = drafted(checkpoint_months=1, lead=make_user())
    lay_checkpoints(retainer, on=ON, at=AT)
    assert Promise.objects.filter(withdrawn_at=None).count() > 1
    ended(retainer, date(2026, 7, 31))
    assert not retainer.checkpoints.filter(due_on__gt=date(2026, 7, 31)).exists()
    open_days = Promise.objects.filter(withdrawn_at=None).values_list("due_at", flat=True)
    assert [day.date() for day in open_days] == list(retainer.checkpoints.values_list("due_on", flat=True))
