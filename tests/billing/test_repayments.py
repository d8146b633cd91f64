"""Money that leaves again: credit paid back, payments returned, what a credit note frees; never too much."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, InternalError, connection, transaction

from billing.models import Allocation, Invoice, Payment, PeriodLock, Refund, WriteOff
from billing.reports.owed import owed_on
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.payments import allocate_payment, take_back_allocation
from billing.services.repayments import refund_payment, return_payment
from billing.services.write_offs import approve_write_off, request_write_off
from crm.access import Role
from tests.billing.errors import code_of
from tests.billing.test_payments import APRIL, NOON, balance, left, pay
from tests.make import make_client, make_user
from tests.make.invoices import make_invoice

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 5, 20, 12, tzinfo=UTC)


def credit(invoice: Invoice, kind: CreditKind = CreditKind.FULL, amount: str = "") -> Invoice:
    lines = [CreditLine(line_id=invoice.lines.get().pk, amount=Decimal(amount))] if amount else []
    return credit_invoice(
        invoice, kind=kind, reason="wrong", issued_on=APRIL, by=make_user(Role.FINANCE), at=NOON, lines=lines
    )


def refund(payment: Payment, amount: str, *, on: date = APRIL) -> Refund:
    return refund_payment(payment, amount=Decimal(amount), paid_on=on, by=make_user(), at=NOON)


def test_an_overpayment_is_paid_back_up_to_what_settles_nothing() -> None:
    payment = pay(make_invoice(), "2000.00", "1500.00")
    with pytest.raises(ValidationError) as refused:
        refund(payment, "500.01")
    assert code_of(refused) == "over_allocated"
    refund(payment, "200.00")
    assert left(payment) == Decimal("300.00")
    assert [row.pk for row in Payment.objects.credits()] == [payment.pk]
    refund(payment, "300.00")
    assert not Payment.objects.credits().exists()


def test_a_credit_note_on_a_paid_invoice_makes_its_money_the_clients_credit() -> None:
    invoice = make_invoice()
    payment = pay(invoice, "1500.00")
    credit(invoice, CreditKind.GOODWILL, "100.00")
    assert (left(payment), balance(invoice)) == (Decimal("100.00"), Decimal(0))
    credit(invoice)
    assert (left(payment), balance(invoice)) == (Decimal("1500.00"), Decimal(0))


def test_the_newest_payment_is_freed_first() -> None:
    invoice = make_invoice()
    first, second = pay(invoice, "1000.00"), pay(invoice, "500.00")
    credit(invoice, CreditKind.GOODWILL, "700.00")
    assert (left(first), left(second)) == (Decimal("200.00"), Decimal("500.00"))


def test_what_was_freed_settles_another_invoice() -> None:
    client = make_client()
    invoice, other = make_invoice(client), make_invoice(client)
    payment = pay(invoice, "1500.00")
    credit(invoice)
    allocate_payment(payment, settles={other: Decimal("1500.00")}, by=make_user(), at=NOON)
    assert balance(other) == 0


def test_what_was_given_up_and_then_credited_is_owed_neither_way() -> None:
    invoice = make_invoice()
    payment = pay(invoice, "1400.00")
    asked = request_write_off(invoice, reason="small", by=make_user(Role.FINANCE), at=NOON)
    approve_write_off(asked, on=APRIL, by=make_user(Role.PARTNER), at=NOON)
    credit(invoice)
    assert (balance(invoice), left(payment)) == (Decimal(0), Decimal("1400.00"))


def test_a_payment_that_the_bank_returns_opens_its_invoices_again() -> None:
    client = make_client()
    first, second = make_invoice(client), make_invoice(client, minutes=60)
    payment = pay(first, "2000.00", "1500.00")
    allocate_payment(payment, settles={second: Decimal("150.00")}, by=make_user(), at=NOON)
    returned = return_payment(payment, paid_on=APRIL, by=make_user(), at=NOON)
    assert (returned.kind, returned.amount) == ("returned", Decimal("2000.00"))
    assert (balance(first), balance(second), left(payment)) == (Decimal("1500.00"), Decimal("150.00"), Decimal(0))
    with pytest.raises(ValidationError) as refused:
        return_payment(payment, paid_on=APRIL, by=make_user(), at=NOON)
    assert code_of(refused) == "already_done"


def test_a_return_in_may_leaves_the_ageing_of_april_as_it_was() -> None:
    invoice = make_invoice()
    payment = pay(invoice, "1500.00")
    return_payment(payment, paid_on=LATER.date(), by=make_user(), at=LATER)
    partner = make_user(Role.PARTNER)
    assert owed_on(partner, on=date(2026, 4, 30), today=LATER.date()).all.total == 0
    assert owed_on(partner, on=LATER.date(), today=LATER.date()).all.total == Decimal("1500.00")


def test_a_part_that_a_credit_note_freed_is_not_taken_back_twice() -> None:
    invoice = make_invoice()
    payment = pay(invoice, "1500.00")
    credit(invoice, CreditKind.GOODWILL, "500.00")
    first = payment.allocations.order_by("pk")[0]
    assert take_back_allocation(first, by=make_user(), at=NOON).amount == Decimal("-1000.00")
    with pytest.raises(ValidationError) as refused:
        take_back_allocation(first, by=make_user(), at=NOON)
    assert code_of(refused) == "already_done"


def test_money_leaves_in_no_closed_period() -> None:
    payment = pay(make_invoice(), "2000.00", "1500.00")
    PeriodLock.objects.create(
        kind="documents", seller=payment.seller, locked_until_on=APRIL, made_by=make_user(), created_at=NOON
    )
    with pytest.raises(ValidationError) as refused:
        refund(payment, "500.00")
    assert code_of(refused) == "period_locked"
    fields = {"payment": payment, "amount": 5, "paid_on": APRIL, "made_by": make_user(), "made_at": NOON}
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        Refund.objects.create(**fields)


def test_the_database_itself_refuses_to_give_more_than_a_payment_is() -> None:
    payment = pay(make_invoice(), "1600.00", "1500.00")
    fields = {"payment": payment, "paid_on": APRIL, "made_by": make_user(), "made_at": NOON}
    with pytest.raises(IntegrityError, match=r"Only 100.00 is left"), transaction.atomic():
        Refund.objects.create(amount=Decimal("100.01"), **fields)
    Refund.objects.create(amount=Decimal("100.00"), **fields)
    with pytest.raises(InternalError), transaction.atomic():
        Refund.objects.update(amount=1)


def test_the_database_itself_refuses_to_settle_more_than_an_invoice_owes() -> None:
    client = make_client()
    invoice = make_invoice(client)
    payment = pay(make_invoice(client), "3000.00", "1500.00")
    made = {"invoice": invoice, "made_at": NOON}
    WriteOff.objects.create(
        amount=Decimal("600.00"), written_off_on=APRIL, reason="small", approved_by=make_user(), **made
    )
    row = {"payment": payment, "made_by": make_user(), **made}
    with pytest.raises(IntegrityError, match=r"Only 900.00 is owed"), transaction.atomic():
        Allocation.objects.create(amount=Decimal("900.01"), **row)
    Allocation.objects.create(amount=Decimal("900.00"), **row)
    with pytest.raises(IntegrityError, match=r"Only 900.00 of the payment"), transaction.atomic():
        Allocation.objects.create(amount=Decimal("-900.01"), **row)


@pytest.mark.django_db(transaction=True)
def test_two_people_paying_back_the_same_credit_pay_it_once() -> None:
    payment = pay(make_invoice(), "2000.00", "1500.00")

    def one(_n: int) -> str:
        try:
            refund(payment, "500.00")
        except ValidationError as refused:
            return str(next(iter(refused.error_dict.values()))[0].code)
        finally:
            connection.close()
        return "paid"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(one, range(4)))
    assert outcomes == ["over_allocated", "over_allocated", "over_allocated", "paid"]


@pytest.mark.django_db(transaction=True)
def test_crediting_and_paying_at_once_never_settles_too_much() -> None:
    client = make_client()
    pairs = [(make_invoice(client), pay(make_invoice(client, minutes=4), "1510.00", "10.00")) for _ in range(6)]

    def crediting(invoice: Invoice) -> None:
        credit(invoice)
        connection.close()

    def paying(pair: tuple[Invoice, Payment]) -> None:
        invoice, payment = pair
        try:
            allocate_payment(payment, settles={invoice: Decimal("1500.00")}, by=make_user(), at=NOON)
        except ValidationError:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        acts = [pool.submit(paying, pair) for pair in pairs] + [pool.submit(crediting, pair[0]) for pair in pairs]
        for act in acts:
            act.result()
    assert [balance(invoice) for invoice, _payment in pairs] == [Decimal(0)] * 6
    assert [left(payment) for _invoice, payment in pairs] == [Decimal("1500.00")] * 6
