"""Cash discounts after the fact: taken back with the money of another payment, lost to a late one, credited in part."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.exports.batches import Asked, make_batch
from billing.models import Allocation, Invoice, Payment, PeriodLock
from billing.reports.document import document_context
from billing.reports.exports import waiting_exports
from billing.rules.cash_discount import split_discount
from billing.rules.vat import RateKind, VatGroup
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft
from billing.services.issuing import issue_invoice
from billing.services.payments import Receipt, allocate_payment, book_payment, take_back_allocation
from billing.services.repayments import return_payment
from crm.invariants import find_breaches
from tests.billing.test_cash_discounts import AT, ISSUED, LAST, now, paid, sums
from tests.billing.test_datev import make_settings, rows_of
from tests.make import Cast, make_client, make_seller, make_user
from tests.make.invoices import make_invoice, make_series

pytestmark = pytest.mark.django_db
TERMS: dict[str, Any] = {"cash_discount_percent": Decimal(2), "cash_discount_days": 14}
NOTHING = Decimal(0)


@pytest.fixture
def owed() -> Invoice:
    """1500.00 with 19 % inside, of a client who may keep 2 % within 14 days."""
    return make_invoice(make_client(**TERMS))


def credit(invoice: Invoice, amount: str, kind: CreditKind = CreditKind.GOODWILL) -> None:
    line = CreditLine(line_id=invoice.lines.order_by("pk")[0].pk, amount=Decimal(amount))
    credit_invoice(invoice, kind=kind, reason="late", issued_on=LAST, by=make_user(), at=AT, lines=[line])


def freed(payment: Payment) -> Decimal:
    return Payment.objects.with_unapplied().get(pk=payment.pk).unapplied_amount


@pytest.mark.parametrize("way", ["taken back", "returned"])
def test_the_discount_of_another_payment_goes_back_too(owed: Invoice, way: str) -> None:
    first, second = paid(owed, Decimal(470), on=ISSUED), paid(owed, Decimal(1000))
    if way == "returned":
        return_payment(first, paid_on=LAST, by=make_user(), at=AT)
    else:
        take_back_allocation(first.allocations.get(), by=make_user(), at=AT)
    assert sums(owed) == (Decimal(1000), NOTHING, Decimal(500))
    assert freed(second) == 0
    paid(owed, Decimal(470))
    assert sums(owed) == (Decimal(1470), Decimal(30), NOTHING)
    assert not list(find_breaches())


def test_it_goes_back_although_its_payment_is_of_a_closed_period(owed: Invoice) -> None:
    first = paid(owed, Decimal(470), on=ISSUED)
    paid(owed, Decimal(1000), on=ISSUED)
    PeriodLock.objects.create(
        kind="documents", seller=owed.seller, locked_until_on=ISSUED, made_by=make_user(), created_at=AT
    )
    return_payment(first, paid_on=LAST, by=make_user(), at=AT)
    assert sums(owed) == (Decimal(1000), NOTHING, Decimal(500))


def test_a_part_that_came_late_leaves_no_discount_even_if_the_rest_is_booked_after_it(owed: Invoice) -> None:
    late = paid(owed, Decimal(470), on=LAST + timedelta(days=1))
    paid(owed, Decimal(1000))
    assert sums(owed) == (Decimal(1470), NOTHING, Decimal(30))
    assert now(owed).cash_discount(paid_on=LAST) == 0
    take_back_allocation(late.allocations.get(), by=make_user(), at=AT)
    assert now(owed).cash_discount(paid_on=LAST) == 30


def test_a_credit_takes_its_share_of_the_whole_discount_wherever_it_is(owed: Invoice) -> None:
    first, second = paid(owed, Decimal(470), on=ISSUED), paid(owed, Decimal(1000))
    credit(owed, "500.00")
    assert sums(owed) == (Decimal(980), Decimal(20), NOTHING)
    assert (freed(first), freed(second)) == (NOTHING, Decimal(490))


def test_a_credit_takes_more_than_the_payment_of_the_discount_then_all(owed: Invoice) -> None:
    payments = paid(owed, Decimal(1000), on=ISSUED), paid(owed, Decimal(470))
    credit(owed, "800.00")
    assert sums(owed) == (Decimal(686), Decimal(14), NOTHING)
    credit(owed, "300.00")
    assert sums(owed) == (Decimal(392), Decimal(8), NOTHING)
    credit_invoice(owed, kind=CreditKind.FULL, reason="wrong", issued_on=LAST, by=make_user(), at=AT)
    assert sums(owed) == (NOTHING, NOTHING, NOTHING)
    assert [freed(row) for row in payments] == [Decimal(1000), Decimal(470)]
    assert not list(find_breaches())


def test_a_credit_of_cents_moves_cents(owed: Invoice) -> None:
    paid(owed, Decimal(1465), on=ISSUED)
    paid(owed, Decimal("5.00"))
    credit(owed, "0.03")
    assert sums(owed) == (Decimal("1469.97"), Decimal(30), NOTHING)


def test_half_a_cent_of_discount_is_a_row_without_money() -> None:
    invoice = make_invoice(make_client(**TERMS | {"cash_discount_percent": Decimal(50)}))
    paid(invoice, Decimal(750))
    credit(invoice, "0.01")
    assert sums(invoice) == (Decimal(750), Decimal("749.99"), NOTHING)
    row = Allocation.objects.order_by("-pk")[0]
    assert (row.amount, row.discount_amount) == (NOTHING, Decimal("-0.01"))


def test_a_row_that_takes_all_that_is_left_takes_all_of_its_discount(owed: Invoice) -> None:
    receipt = Receipt(client=owed.client, seller=owed.seller, amount=Decimal(1470), currency="EUR", received_on=ISSUED)
    payment = book_payment(receipt, settles={owed: Decimal(1000)}, by=make_user(), at=AT)
    allocate_payment(payment, settles={now(owed): Decimal(470)}, by=make_user(), at=AT)
    credit(owed, "800.00")
    row = take_back_allocation(payment.allocations.order_by("pk")[0], by=make_user(), at=AT)
    assert (row.amount, row.discount_amount) == (Decimal(-686), Decimal(-14))
    assert sums(owed) == (NOTHING, NOTHING, Decimal(700))


def of_two_rates(*prices: tuple[str, RateKind]) -> Invoice:
    client, seller = make_client(**TERMS), make_seller()
    make_series(seller)
    terms = DraftTerms(client=client, seller=seller, currency="EUR", price_includes_tax=True)
    draft = open_draft(terms, by=None, on=ISSUED)
    for price, vat in prices:
        fields: dict[str, Any] = {"kind": "fixed", "description": "Work", "quantity": Decimal(1), "unit": "C62"}
        add_hand_line(draft, HandLine(**fields, unit_price=Decimal(price), vat=vat), on=ISSUED)
    return issue_invoice(draft, issued_on=ISSUED, by=None, at=AT)


def test_the_vat_of_what_was_credited_takes_no_part(cast: Cast) -> None:
    make_settings()
    invoice = of_two_rates(("107.00", RateKind.REDUCED), ("119.00", RateKind.STANDARD))
    credit(invoice, "107.00")
    paid(invoice, Decimal("116.62"))
    (group,) = document_context(now(invoice), cast.finance, at=AT)["discount"]
    assert (group.percent, group.net_amount, group.vat_amount) == (Decimal(19), Decimal(2), Decimal("0.38"))
    (row,) = discounts_of(date(2026, 4, 1), date(2026, 4, 30))
    assert (row[0], row[1], row[7]) == ("2,38", '"H"', "8736")


def test_a_part_below_zero_is_booked_on_the_other_side() -> None:
    make_settings()
    invoice = of_two_rates(("119.00", RateKind.STANDARD), ("-10.70", RateKind.REDUCED))
    paid(invoice, now(invoice).balance_amount - now(invoice).cash_discount(paid_on=LAST))
    rows = discounts_of(date(2026, 4, 1), date(2026, 4, 30))
    assert [(row[0], row[1]) for row in rows] == [("2,38", '"H"'), ("0,21", '"S"')]


def test_groups_that_cancel_out_carry_nothing() -> None:
    groups = [VatGroup("S", Decimal(rate), Decimal(net), NOTHING) for rate, net in ((19, 5), (7, -5))]
    assert split_discount(Decimal(1), groups, currency="EUR") == []


def discounts_of(first: date, last: date) -> list[list[str]]:
    asked = Asked(format="datev_discounts", first=first, last=last, seller=make_seller())
    return rows_of(make_batch(asked, by=make_user(), at=AT)[0])


def test_a_payment_before_its_invoice_earns_on_the_day_of_the_invoice(owed: Invoice) -> None:
    make_settings()
    paid(owed, Decimal(1470), on=ISSUED - timedelta(days=40))
    (row,) = discounts_of(ISSUED, ISSUED)
    assert (row[0], row[9]) == ("30,00", "3103")
    assert not list(find_breaches())


def test_the_day_is_that_of_the_payment_that_holds_the_discount_now(owed: Invoice) -> None:
    taken = paid(owed, Decimal(1470), on=LAST)
    take_back_allocation(taken.allocations.get(), by=make_user(), at=AT)
    paid(owed, Decimal(1470), on=ISSUED + timedelta(days=1))
    assert Invoice.objects.discounted().get().leaves_on == ISSUED + timedelta(days=1)


def test_exports_name_a_discount_that_changed_after_it_had_left(cast: Cast, owed: Invoice) -> None:
    make_settings()
    payment = paid(owed)
    discounts_of(date(2026, 4, 1), date(2026, 4, 30))
    assert named() == []
    take_back_allocation(payment.allocations.get(), by=make_user(), at=AT + timedelta(hours=1))
    assert named() == [owed.number]
    browser = Browser()
    browser.force_login(cast.finance)
    assert "changed since: tell the adviser" in browser.get(reverse("billing:export_list")).text
    allocate_payment(payment, settles={now(owed): Decimal(1470)}, by=make_user(), at=AT + timedelta(hours=2))
    assert named() == []


def named() -> list[str]:
    (row,) = [row for row in waiting_exports() if row.form.code == "datev_discounts"]
    return [invoice.number for invoice in row.changed]


def test_the_row_of_the_list_adds_up(cast: Cast, owed: Invoice) -> None:
    paid(owed, Decimal(1470))
    browser = Browser()
    browser.force_login(cast.finance)
    answer = browser.get(reverse("billing:invoice_export"), {"format": "csv", "headers": "names"})
    (row,) = csv.DictReader(io.StringIO(b"".join(answer).decode()))
    told = [row[f"{name}_amount"] for name in ("gross", "paid", "discounted", "balance")]
    assert told == ["1500.00", "1470.00", "30.00", "0.00"]
