"""Advance VAT invoices: owed within five days of the money, once, and deducted as acts confirm the service."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from billing.models import (
    AdvanceDeduction,
    AdvanceVatInvoice,
    HourPackage,
    Invoice,
    Payment,
    Series,
    ServiceAct,
)
from billing.services.advance_receipts import Receipt, awaiting_receipts
from billing.services.advance_vat import deduct_paid_back, issue_advance_vat, withdraw_advance_vat
from billing.services.advances import set_off_advances
from billing.services.credits import CreditKind
from billing.services.drafting import draft_invoices
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft
from billing.services.hour_acts import make_hour_act
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.payments import Receipt as Money
from billing.services.payments import allocate_payment, book_payment
from billing.services.repayments import refund_payment
from billing.services.service_acts import make_act, withdraw_act
from billing.services.sold_hours import credit_or_refund
from clients.models import Client, Seller
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.errors import code_of_error
from tests.billing.test_hour_acts import sold_package, used
from tests.make import make_user
from tests.make.acts import russian_client, russian_seller
from tests.make.invoices import make_rate_of, make_series, make_work

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
PAID = date(2026, 2, 3)
FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 31)


@pytest.fixture
def seller() -> Seller:
    return with_series(russian_seller())


def with_series(seller: Seller) -> Seller:
    said = {"code": "sfa", "pattern": "A{year}-{number:04}"}
    Series.objects.get_or_create(seller=seller, kind="advance_vat", defaults=said)
    return seller


def bill_of(package: HourPackage) -> Invoice:
    assert package.invoice_line is not None
    return package.invoice_line.invoice


def pay(invoice: Invoice, amount: str, on: date = PAID, *, of: str = "") -> Payment:
    """Money of the client; `amount` settles the invoice, `of` is all that came in."""
    money = Money(
        client=invoice.client,
        seller=invoice.seller,
        amount=Decimal(of or amount),
        currency=invoice.currency,
        received_on=on,
    )
    return book_payment(money, settles={invoice: Decimal(amount)}, by=make_user(Role.FINANCE), at=AT)


def waiting(until: date = date(2026, 4, 2)) -> list[Receipt]:
    return awaiting_receipts(Invoice.objects.all(), until=until)


def issued(payment: Payment, invoice: Invoice, on: date = PAID, **kw: Any) -> AdvanceVatInvoice:
    made = issue_advance_vat(payment, invoice, issued_on=on, by=make_user(Role.FINANCE), at=kw.pop("at", AT), **kw)
    return AdvanceVatInvoice.objects.with_rest().get(pk=made.pk)


def acted(package: HourPackage, on: date = FEBRUARY) -> ServiceAct:
    return make_hour_act(package, acted_on=on, by=make_user(Role.FINANCE), at=AT)


def fresh(advance: AdvanceVatInvoice) -> tuple[str, str]:
    row = AdvanceVatInvoice.objects.with_rest().get(pk=advance.pk)
    return f"{row.deducted_vat:.2f}", f"{row.rest_vat:.2f}"


def credit(invoice: Invoice, kind: CreditKind, on: date = FEBRUARY) -> None:
    by = make_user(Role.FINANCE)
    make_rate_of("EUR", "RUB", "90", on=on)
    credit_or_refund(invoice, kind=kind, reason="unused", issued_on=on, by=by, at=AT)


class TestWaiting:
    def test_money_for_a_package_owes_a_vat_invoice_five_days_later(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        assert waiting() == []
        payment = pay(bill, "61000")
        row = waiting()[0]
        assert (row.payment, row.invoice) == (payment, bill)
        assert (f"{row.gross:.2f}", f"{row.vat:.2f}") == ("61000.00", "10166.67")
        assert (row.due_on, row.rows[0].settlement) == (date(2026, 2, 8), "20/120")
        assert not row.is_late(date(2026, 2, 8))
        assert row.is_late(date(2026, 2, 9))
        assert waiting(until=date(2026, 2, 2)) == []

    def test_each_payment_owes_its_own(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        pay(bill, "20000")
        pay(bill, "100000", date(2026, 2, 10))
        assert [(row.received_on, int(row.gross)) for row in waiting()] == [(PAID, 20000), (date(2026, 2, 10), 100000)]

    def test_neither_a_company_without_vat_nor_work_that_is_done_owes_one(self, seller: Seller) -> None:
        pay(bill_of(sold_package(russian_seller(code="usn", vat_regime="simplified"))), "1000")
        make_work(russian_client(seller), rate="8000")
        client = Client.objects.latest("pk")
        make_rate_of("EUR", "RUB", "90", on=date(2026, 3, 30))
        make_series(seller)
        draft = draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts[0]
        prepare_draft(draft, at=AT)
        pay(issue_invoice(draft, issued_on=MARCH, by=None, at=AT), "1000", MARCH)
        assert waiting() == []

    def test_what_acts_confirmed_before_the_money_is_no_advance(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 300, date(2026, 1, 15))
        acted(package, date(2026, 1, 31))
        pay(bill_of(package), "100000")
        assert [row.gross for row in waiting()] == [40000]

    def test_money_from_before_the_first_day_is_kept_elsewhere(self, seller: Seller) -> None:
        pay(bill_of(sold_package(seller)), "1000")
        Seller.objects.filter(pk=seller.pk).update(advance_vat_since_on=PAID + timedelta(days=1))
        assert waiting() == []

    def test_money_that_was_moved_owes_its_vat_once(self, seller: Seller) -> None:
        first = bill_of(sold_package(seller))
        issued(pay(first, "120000"), first)
        credit(first, CreditKind.FULL)
        second = bill_of(sold_package(seller, client=first.client))
        payment = Payment.objects.get()
        allocate_payment(payment, settles={second: Decimal(120000)}, by=make_user(Role.FINANCE), at=AT)
        assert waiting() == []


class TestIssuing:
    def test_it_is_numbered_frozen_and_leaves_the_list(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        advance = issued(pay(bill, "120000"), bill, payment_number=" 77 ")
        assert (advance.number, advance.payment_number, advance.vat_amount) == ("A2026-0001", "77", 20000)
        assert advance.rest_vat == 20000
        assert not advance.is_late
        assert waiting() == []
        with pytest.raises(DatabaseError), transaction.atomic():
            AdvanceVatInvoice.objects.filter(pk=advance.pk).update(vat_amount=1)
        assert not list(find_breaches())

    def test_refusals(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        payment = pay(bill, "120000")

        def refusal(on: date, at: datetime = AT) -> str:
            with pytest.raises(ValidationError) as refused:
                issued(payment, bill, on, at=at)
            return code_of_error(refused.value)

        assert refusal(PAID - timedelta(days=1)) == "too_early"
        assert refusal(AT.date() + timedelta(days=1)) == "too_late"
        issued(payment, bill, date(2026, 2, 5))
        assert refusal(date(2026, 2, 5)) == "nothing_received"
        later = pay(bill_of(sold_package(seller)), "1000")
        with pytest.raises(ValidationError) as refused:
            issued(later, later.allocations.get().invoice, PAID)
        assert code_of_error(refused.value) == "number_order"

    def test_the_database_takes_no_more_than_came_in(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        advance = issued(pay(bill, "1000"), bill)
        advance.pk, advance.number, advance.sequence = None, "x", 9
        with pytest.raises(DatabaseError, match="more than came in"), transaction.atomic():
            advance.save(force_insert=True)

    def test_one_taken_back_keeps_its_number_and_the_money_waits_again(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        payment = pay(bill, "120000")
        advance, by = issued(payment, bill), make_user(Role.FINANCE)
        withdraw_advance_vat(advance, reason="wrong", on=PAID, by=by, at=AT)
        assert [row.gross for row in waiting()] == [120000]
        assert fresh(advance) == ("0.00", "0.00")
        assert issued(payment, bill).number == "A2026-0002"
        assert not list(find_breaches())


class TestDeducting:
    def test_acts_deduct_in_proportion_and_never_more_than_is_left(self, seller: Seller) -> None:
        package = sold_package(seller)
        advance = issued(pay(bill_of(package), "70000"), bill_of(package))
        used(package, 200, date(2026, 2, 10))
        acted(package)
        assert fresh(advance) == ("6666.67", "5000.00")
        used(package, 400, date(2026, 3, 10))
        acted(package, MARCH)
        assert fresh(advance) == ("11666.67", "0.00")
        assert not list(find_breaches())

    def test_an_act_taken_back_gives_its_vat_back(self, seller: Seller) -> None:
        package = sold_package(seller)
        advance = issued(pay(bill_of(package), "120000"), bill_of(package))
        used(package, 60, date(2026, 2, 10))
        act = acted(package)
        withdraw_act(act, reason="wrong", on=MARCH, by=make_user(), at=AT)
        assert fresh(advance) == ("0.00", "20000.00")
        acted(package, MARCH)
        assert fresh(advance) == ("2000.00", "18000.00")

    def test_a_vat_invoice_after_the_act_is_deducted_at_once(self, seller: Seller) -> None:
        package = sold_package(seller)
        payment = pay(bill_of(package), "120000")
        used(package, 60, date(2026, 2, 4))
        act = acted(package, date(2026, 2, 5))
        advance = issued(payment, bill_of(package), date(2026, 2, 8))
        row = AdvanceDeduction.objects.get()
        assert (row.act, row.vat_amount, row.deducted_on) == (act, 2000, date(2026, 2, 8))
        assert fresh(advance) == ("2000.00", "18000.00")

    def test_money_after_the_act_is_not_set_off_by_it(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 60, date(2026, 1, 10))
        acted(package, date(2026, 1, 31))
        advance = issued(pay(bill_of(package), "120000"), bill_of(package))
        assert advance.gross_amount == 108000
        assert fresh(advance) == ("0.00", "18000.00")

    def test_a_deducted_one_is_not_taken_back(self, seller: Seller) -> None:
        package = sold_package(seller)
        advance = issued(pay(bill_of(package), "120000"), bill_of(package))
        used(package, 60, date(2026, 2, 10))
        acted(package)
        with pytest.raises(ValidationError) as refused:
            withdraw_advance_vat(advance, reason="wrong", on=MARCH, by=make_user(), at=AT)
        assert code_of_error(refused.value) == "wrong_status"

    def test_the_act_of_a_final_invoice_deducts_what_it_sets_off(self, seller: Seller) -> None:
        client = russian_client(seller)
        make_series(seller)
        make_rate_of("EUR", "RUB", "90", on=date(2026, 2, 1))
        terms = DraftTerms(client=client, seller=seller, currency="RUB", price_includes_tax=True)
        draft = open_draft(terms, by=None, on=PAID)
        line = HandLine(kind="advance", description="Аванс", quantity=Decimal(1), unit="C62", unit_price=Decimal(61000))
        add_hand_line(draft, line, on=PAID)
        bill = issue_invoice(draft, issued_on=PAID, by=None, at=AT)
        advance = issued(pay(bill, "61000"), bill)
        assert (advance.vat_amount, advance.rows[0][1]) == (11000, "22.00")
        make_work(client, rate="3050", minutes=600)
        final = draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts[0]
        set_off_advances(final)
        final.refresh_from_db()
        prepare_draft(final, at=AT)
        sealed = issue_invoice(final, issued_on=MARCH, by=None, at=AT)
        make_act(sealed, acted_on=MARCH, by=make_user(), at=AT)
        assert fresh(advance) == ("5500.00", "5500.00")
        assert not list(find_breaches())

    def test_the_vat_of_money_paid_back_is_deducted_once(self, seller: Seller) -> None:
        package = sold_package(seller)
        payment = pay(bill_of(package), "120000")
        advance = issued(payment, bill_of(package))
        used(package, 360, date(2026, 2, 10))
        acted(package)
        credit(bill_of(package), CreditKind.PACKAGE_REFUND)
        by = make_user(Role.FINANCE)
        with pytest.raises(ValidationError) as refused:
            deduct_paid_back(advance, on=MARCH, by=by, at=AT)
        assert code_of_error(refused.value) == "nothing_received"
        refund_payment(payment, amount=Decimal(48000), paid_on=FEBRUARY, by=by, at=AT)
        deduct_paid_back(advance, on=MARCH, by=by, at=AT)
        assert fresh(advance) == ("20000.00", "0.00")
        with pytest.raises(ValidationError):
            deduct_paid_back(advance, on=MARCH, by=by, at=AT)
        assert not list(find_breaches())

    def test_the_database_deducts_no_more_than_is_left(self, seller: Seller) -> None:
        package = sold_package(seller)
        issued(pay(bill_of(package), "120000"), bill_of(package))
        used(package, 60, date(2026, 2, 10))
        acted(package)
        row = AdvanceDeduction.objects.get()
        row.pk, row.gross_amount, row.vat_amount = None, Decimal(108001), Decimal(18000)
        with pytest.raises(DatabaseError, match="left of the advance"), transaction.atomic():
            row.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_many_made_at_once_have_one_number_each() -> None:
    seller = with_series(russian_seller())
    rows = []
    for _place in range(6):
        bill = bill_of(sold_package(seller))
        rows.append((pay(bill, "1000"), bill, make_user(Role.FINANCE)))

    def one(row: Any) -> str:
        try:
            return issue_advance_vat(row[0], row[1], issued_on=PAID, by=row[2], at=AT).number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(pool.map(one, rows))
    assert numbers == [f"A2026-{n:04}" for n in range(1, 7)]
    assert not list(find_breaches())


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_receipt_make_one() -> None:
    bill = bill_of(sold_package(with_series(russian_seller())))
    payment, people = pay(bill, "120000"), [make_user(Role.FINANCE) for _ in range(2)]

    def one(person: Any) -> str:
        try:
            return issue_advance_vat(payment, bill, issued_on=PAID, by=person, at=AT).number
        except ValidationError as refused:
            return code_of_error(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, people)) == ["A2026-0001", "nothing_received"]
