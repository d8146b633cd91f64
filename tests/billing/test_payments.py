"""Payments settle what is owed and never more; the rest is credit; write-offs need two people."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, connection, transaction

from billing.models import Allocation, Invoice, Payment, PeriodLock, RevenueDay, WriteOff
from billing.services.payments import (
    Receipt,
    allocate_payment,
    book_payment,
    propose_allocations,
    settle_oldest,
    take_back_allocation,
)
from billing.services.write_offs import approve_write_off, refuse_write_off, request_write_off
from clients.models import Client
from clients.services.merging import merge_client
from crm.access import Role
from crm.models import Firm
from tests.billing.errors import code_of
from tests.make import make_client, make_seller, make_user
from tests.make.invoices import make_invoice

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 10)
NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)


def receipt(client: Client, amount: str, **kw: Any) -> Receipt:
    seller = kw.pop("seller", None) or make_seller()
    return Receipt(
        client=client, seller=seller, amount=Decimal(amount), **{"currency": "EUR", "received_on": APRIL, **kw}
    )


def pay(invoice: Invoice, amount: str, settled: str | None = None) -> Payment:
    part = Decimal(settled or amount)
    return book_payment(receipt(invoice.client, amount), settles={invoice: part}, by=make_user(), at=NOON)


def balance(invoice: Invoice) -> Decimal:
    return Invoice.objects.with_balance().get(pk=invoice.pk).balance_amount


def left(payment: Payment) -> Decimal:
    return Payment.objects.with_unapplied().get(pk=payment.pk).unapplied_amount


def test_a_payment_settles_an_invoice() -> None:
    invoice = make_invoice()
    pay(invoice, "1500.00")
    assert balance(invoice) == 0
    assert not Invoice.objects.unpaid().exists()


def test_a_part_payment_leaves_a_rest() -> None:
    invoice = make_invoice()
    pay(invoice, "400.00")
    assert balance(invoice) == Decimal("1100.00")


def test_what_is_paid_too_much_is_the_clients_credit_and_settles_a_later_invoice() -> None:
    client = make_client()
    first = make_invoice(client)
    payment = pay(first, "2000.00", "1500.00")
    assert left(payment) == Decimal("500.00")
    second = make_invoice(client)
    allocate_payment(payment, settles={second: Decimal("500.00")}, by=make_user(), at=NOON)
    assert (balance(second), left(payment)) == (Decimal("1000.00"), Decimal(0))


def test_one_payment_settles_several_invoices() -> None:
    client = make_client()
    first, second = make_invoice(client), make_invoice(client)
    settles = {first: Decimal("1500.00"), second: Decimal("1500.00")}
    book_payment(receipt(client, "3000.00"), settles=settles, by=make_user(), at=NOON)
    assert (balance(first), balance(second)) == (Decimal(0), Decimal(0))


@pytest.mark.parametrize(("amount", "settled"), [("100.00", "100.01"), ("2000.00", "1500.01"), ("2000.00", "-1.00")])
def test_nothing_is_settled_beyond_payment_or_debt(amount: str, settled: str) -> None:
    invoice = make_invoice()
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        pay(invoice, amount, settled)
    assert code_of(refused) == "over_allocated"
    assert not Payment.objects.exists()


def test_an_invoice_of_another_client_or_currency_is_not_settled() -> None:
    invoice = make_invoice()
    other = receipt(make_client(), "1500.00")
    dollars = receipt(invoice.client, "1500.00", currency="USD")
    for wrong in (other, dollars):
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            book_payment(wrong, settles={invoice: Decimal("1500.00")}, by=make_user(), at=NOON)
        assert code_of(refused) == "wrong_party"


def test_a_payment_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        book_payment(receipt(make_client(), "0.00"), settles={}, by=make_user(), at=NOON)
    assert code_of(refused) == "invalid"


def test_a_payment_is_not_booked_into_a_closed_period() -> None:
    PeriodLock.objects.create(
        kind="documents", seller=make_seller(), locked_until_on=APRIL, made_by=make_user(), created_at=NOON
    )
    with pytest.raises(ValidationError) as refused:
        book_payment(receipt(make_client(), "10.00"), settles={}, by=make_user(), at=NOON)
    assert code_of(refused) == "period_locked"


def close(until: date) -> None:
    PeriodLock.objects.create(
        kind="documents", seller=make_seller(), locked_until_on=until, made_by=make_user(), created_at=NOON
    )


def test_a_payment_of_a_closed_period_settles_nothing_of_it_any_more() -> None:
    invoice = make_invoice(on=APRIL)
    payment = book_payment(receipt(invoice.client, "100.00"), settles={}, by=make_user(), at=NOON)
    close(APRIL)
    with pytest.raises(ValidationError) as refused:
        allocate_payment(payment, settles={invoice: Decimal("100.00")}, by=make_user(), at=NOON)
    assert code_of(refused) == "period_locked"
    with pytest.raises(IntegrityError, match="period is closed"), transaction.atomic():
        Allocation.objects.create(payment=payment, invoice=invoice, amount=10, made_by=make_user(), made_at=NOON)
    later = make_invoice(invoice.client, on=APRIL + timedelta(days=1))
    allocate_payment(payment, settles={later: Decimal("100.00")}, by=make_user(), at=NOON)
    assert left(payment) == 0


def test_nothing_is_taken_back_on_a_closed_day() -> None:
    payment = pay(make_invoice(), "1500.00")
    close(APRIL)
    with pytest.raises(ValidationError) as refused:
        take_back_allocation(payment.allocations.get(), by=make_user(), at=NOON)
    assert code_of(refused) == "period_locked"


def test_an_allocation_is_taken_back_once_by_a_negative_row() -> None:
    invoice = make_invoice()
    payment = pay(invoice, "1500.00")
    allocation = payment.allocations.get()
    take_back_allocation(allocation, by=make_user(), at=NOON)
    assert (balance(invoice), left(payment)) == (Decimal("1500.00"), Decimal("1500.00"))
    with pytest.raises(ValidationError) as refused:
        take_back_allocation(allocation, by=make_user(), at=NOON)
    assert code_of(refused) == "already_done"


def test_money_that_was_put_on_another_invoice_settled_one_of_them_on_any_day() -> None:
    first = make_invoice()
    second = make_invoice(first.client)
    payment = pay(first, "1500.00")
    later = NOON + timedelta(days=60)
    take_back_allocation(payment.allocations.get(), by=make_user(), at=later)
    allocate_payment(payment, settles={second: Decimal("1500.00")}, by=make_user(), at=later)

    def owed(on: date) -> list[Invoice]:
        return list(Invoice.objects.unpaid(until=on).order_by("pk"))

    assert owed(APRIL + timedelta(days=30)) == [second]
    assert owed(later.date()) == [first]


def test_payments_and_allocations_are_append_only() -> None:
    pay(make_invoice(), "1500.00")
    for change in (lambda: Payment.objects.update(amount=1), lambda: Allocation.objects.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            change()


def test_a_proposal_prefers_the_exact_amount_then_the_oldest() -> None:
    client = make_client()
    old, exact = make_invoice(client, minutes=60), make_invoice(client, minutes=120, on=date(2026, 4, 1))
    rows = list(Invoice.objects.unpaid())
    assert propose_allocations(rows, Decimal("300.00"), paid_on=APRIL) == {exact: Decimal("300.00")}
    assert propose_allocations(rows, Decimal("200.00"), paid_on=APRIL) == {
        old: Decimal("150.00"),
        exact: Decimal("50.00"),
    }
    assert sum(propose_allocations(rows, Decimal("999.00"), paid_on=APRIL).values()) == Decimal("450.00")


def test_credit_that_is_left_over_goes_to_the_oldest_debt_whatever_its_amount() -> None:
    client = make_client()
    old, exact = make_invoice(client, minutes=60), make_invoice(client, minutes=120, on=date(2026, 4, 1))
    rows = list(Invoice.objects.unpaid())
    assert settle_oldest(rows, Decimal("300.00")) == {old: Decimal("150.00"), exact: Decimal("150.00")}


def test_clients_that_were_merged_pay_for_each_other() -> None:
    kept, gone = make_client(), make_client()
    owed, paid = make_invoice(gone), pay(make_invoice(gone), "1600.00", "1500.00")
    merge_client(gone, into=kept, at=NOON)
    invoice = Invoice.objects.select_related("client").get(pk=owed.pk)
    kept_owes = Invoice.objects.owed_by(kept, seller=make_seller(), currency="EUR")
    assert list(kept_owes) == [owed]
    book_payment(receipt(kept, "100.00"), settles={invoice: Decimal("100.00")}, by=make_user(), at=NOON)
    assert balance(owed) == Decimal("1400.00")
    new = make_invoice(kept)
    assert list(Payment.objects.credits_for(new)) == [paid]
    allocate_payment(paid, settles={new: Decimal("100.00")}, by=make_user(), at=NOON)
    assert (balance(new), left(paid)) == (Decimal("1400.00"), Decimal(0))


def test_a_write_off_is_approved_by_another_person_and_keeps_revenue() -> None:
    invoice = make_invoice()
    finance, partner = make_user(Role.FINANCE), make_user(Role.PARTNER)
    request = request_write_off(invoice, reason="insolvent", by=finance, at=NOON)
    assert balance(invoice) == Decimal("1500.00")
    with pytest.raises(PermissionDenied):
        approve_write_off(request, on=APRIL, by=finance, at=NOON)
    approve_write_off(request, on=APRIL, by=partner, at=NOON)
    assert balance(invoice) == 0
    assert RevenueDay.objects.get().net_amount == Decimal("1260.50")
    with pytest.raises(ValidationError) as refused:
        approve_write_off(request, on=APRIL, by=partner, at=NOON)
    assert code_of(refused) == "already_done"


def test_a_partner_does_not_approve_an_own_request_unless_the_firm_is_small() -> None:
    partner = make_user(Role.PARTNER)
    request = request_write_off(make_invoice(), reason="small", amount=Decimal("3.00"), by=partner, at=NOON)
    with pytest.raises(PermissionDenied):
        approve_write_off(request, on=APRIL, by=partner, at=NOON)
    Firm.load()
    Firm.objects.update(small_firm=True)
    assert approve_write_off(request, on=APRIL, by=partner, at=NOON).amount == 3


def test_a_refused_write_off_keeps_the_claim_and_can_be_asked_again() -> None:
    invoice, finance = make_invoice(), make_user(Role.FINANCE)
    request = request_write_off(invoice, reason="old", by=finance, at=NOON)
    with pytest.raises(ValidationError) as refused:
        request_write_off(invoice, reason="again", by=finance, at=NOON)
    assert code_of(refused) == "already_done"
    refuse_write_off(request, by=make_user(Role.PARTNER), at=NOON)
    assert request_write_off(invoice, reason="again", by=finance, at=NOON).amount == Decimal("1500.00")
    assert not WriteOff.objects.exists()


def test_more_than_is_owed_is_not_written_off() -> None:
    invoice = make_invoice()
    with pytest.raises(ValidationError) as refused:
        request_write_off(invoice, reason="x", amount=Decimal("1500.01"), by=make_user(), at=NOON)
    assert code_of(refused) == "over_allocated"


@pytest.mark.django_db(transaction=True)
def test_two_bookings_of_one_invoice_at_once_settle_it_once() -> None:
    invoice, user = make_invoice(), make_user()

    def one(_n: int) -> str:
        try:
            book_payment(receipt(invoice.client, "1500.00"), settles={invoice: Decimal("1500.00")}, by=user, at=NOON)
        except ValidationError as refused:
            return str(refused.error_dict["allocations"][0].code)
        finally:
            connection.close()
        return "booked"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(one, range(3))) == ["booked", "over_allocated", "over_allocated"]
    assert balance(invoice) == 0
