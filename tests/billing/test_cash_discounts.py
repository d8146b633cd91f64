"""Cash discounts (Skonto): agreed with the client, printed, earned by a payment in time, given back with it, booked."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.e_invoices.fields import e_invoice_fields
from billing.documents.paper import paper_of
from billing.exports.batches import Asked, make_batch
from billing.models import Allocation, Invoice, Payment
from billing.reports.document import document_context
from billing.reports.exports import waiting_exports
from billing.rules.bank.matching import Ledger, OpenItem, Step, match_line
from billing.rules.bank.statement import Line
from billing.rules.cash_discount import cash_discount, split_discount
from billing.rules.vat import VatGroup
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.payments import Receipt, book_payment, propose_allocations, take_back_allocation
from billing.services.repayments import return_payment
from tests.billing.test_datev import make_settings, rows_of
from tests.make import Cast, make_api, make_client, make_seller, make_user
from tests.make.invoices import make_draft, make_invoice

AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
ISSUED = date(2026, 3, 31)
LAST = ISSUED + timedelta(days=14)
IN_TIME = Decimal("1470.00")
pytestmark = pytest.mark.django_db


@pytest.fixture
def owed() -> Invoice:
    """1500.00 with 19 % inside, of a client who may keep 2 % within 14 days."""
    return make_invoice(make_client(name="Beispiel Handel", cash_discount_percent=Decimal(2), cash_discount_days=14))


@pytest.fixture
def finance(cast: Cast) -> Browser:
    browser = Browser()
    browser.force_login(cast.finance)
    return browser


def paid(invoice: Invoice, amount: Decimal = IN_TIME, *, on: date = LAST) -> Payment:
    receipt = Receipt(
        client=invoice.client, seller=invoice.seller, amount=amount, currency=invoice.currency, received_on=on
    )
    return book_payment(receipt, settles={invoice: amount}, by=make_user(), at=AT)


def now(invoice: Invoice) -> Invoice:
    return Invoice.objects.with_state(on=LAST).get(pk=invoice.pk)


def sums(invoice: Invoice) -> tuple[Decimal, Decimal, Decimal]:
    row = now(invoice)
    return row.paid_amount, row.discounted_amount, row.balance_amount


def test_a_payment_in_time_less_exactly_the_discount_settles_the_invoice(owed: Invoice) -> None:
    payment = paid(owed)
    assert sums(owed) == (IN_TIME, Decimal(30), Decimal(0))
    assert now(owed).state == "paid"
    assert Payment.objects.with_unapplied().get(pk=payment.pk).unapplied_amount == 0


@pytest.mark.parametrize(
    ("amount", "on"),
    [(IN_TIME, LAST + timedelta(days=1)), (Decimal("1470.01"), LAST), (Decimal("1469.99"), LAST)],
    ids=["a day late", "a cent more", "a cent less"],
)
def test_any_other_payment_leaves_the_rest_owed(owed: Invoice, amount: Decimal, on: date) -> None:
    paid(owed, amount, on=on)
    assert sums(owed) == (amount, Decimal(0), owed.gross_amount - amount)


def test_two_payments_in_time_earn_it_on_the_second(owed: Invoice) -> None:
    paid(owed, Decimal(470), on=ISSUED)
    paid(owed, Decimal(1000))
    assert sums(owed) == (IN_TIME, Decimal(30), Decimal(0))


def test_what_was_credited_before_earns_nothing(owed: Invoice) -> None:
    line = CreditLine(line_id=owed.lines.get().pk, amount=Decimal(500))
    credit_invoice(owed, kind=CreditKind.GOODWILL, reason="late", issued_on=ISSUED, by=make_user(), at=AT, lines=[line])
    paid(owed, Decimal(980))
    assert sums(owed) == (Decimal(980), Decimal(20), Decimal(0))


def test_a_credit_afterwards_takes_its_share_of_the_discount_back(owed: Invoice) -> None:
    payment = paid(owed)
    line = CreditLine(line_id=owed.lines.get().pk, amount=Decimal(500))
    credit_invoice(owed, kind=CreditKind.GOODWILL, reason="late", issued_on=LAST, by=make_user(), at=AT, lines=[line])
    assert sums(owed) == (Decimal(980), Decimal(20), Decimal(0))
    assert Payment.objects.with_unapplied().get(pk=payment.pk).unapplied_amount == 490
    credit_invoice(owed, kind=CreditKind.FULL, reason="wrong", issued_on=LAST, by=make_user(), at=AT)
    assert sums(owed) == (Decimal(0), Decimal(0), Decimal(0))
    assert Payment.objects.with_unapplied().get(pk=payment.pk).unapplied_amount == IN_TIME


@pytest.mark.parametrize("way", ["taken back", "returned"])
def test_the_discount_goes_back_with_its_payment(owed: Invoice, way: str) -> None:
    payment = paid(owed)
    if way == "returned":
        return_payment(payment, paid_on=LAST, by=make_user(), at=AT)
    else:
        take_back_allocation(payment.allocations.get(), by=make_user(), at=AT)
    assert sums(owed) == (Decimal(0), Decimal(0), Decimal(1500))


def test_the_database_refuses_a_discount_above_what_is_owed_and_one_taken_back_twice(owed: Invoice) -> None:
    payment = paid(owed, Decimal(1000))
    other = book_payment(
        Receipt(client=owed.client, seller=owed.seller, amount=Decimal(490), currency="EUR", received_on=LAST),
        settles={},
        by=make_user(),
        at=AT,
    )
    row = {"invoice": owed, "made_by": make_user(), "made_at": AT}
    with pytest.raises(DatabaseError, match=r"Only 500\.00 is owed"), transaction.atomic():
        Allocation.objects.create(payment=other, amount=Decimal(490), discount_amount=Decimal("10.01"), **row)
    with pytest.raises(DatabaseError, match="settles the invoice"), transaction.atomic():
        Allocation.objects.create(payment=payment, amount=Decimal(-1), discount_amount=Decimal(-1), **row)


def test_terms_are_whole() -> None:
    client = make_client()
    client.cash_discount_percent = Decimal(2)
    with pytest.raises(ValidationError, match="per cent up to 50, and days"):
        client.full_clean()


def test_the_draft_takes_the_clients_terms_and_may_have_others(finance: Browser) -> None:
    draft = make_draft(make_client(cash_discount_percent=Decimal(2), cash_discount_days=14))
    assert (draft.cash_discount_percent, draft.cash_discount_days) == (2, 14)
    url = reverse("billing:invoice_edit", args=[draft.pk])
    assert finance.post(url, {"cash_discount_percent": "3", "cash_discount_days": ""}).status_code == 422
    assert finance.post(url, {"cash_discount_percent": "3", "cash_discount_days": "10"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.cash_discount_percent, draft.cash_discount_days) == (3, 10)


def test_the_document_names_day_and_amount_and_xrechnung_its_line(owed: Invoice) -> None:
    assert "2 % cash discount if paid by April 14, 2026: 1\u202f470.00\u202f€." in paper_of(owed).texts
    terms = e_invoice_fields(owed, on=ISSUED)["BT-20"]
    assert terms.endswith("1\u202f470.00\u202f€.\n#SKONTO#TAGE=14#PROZENT=2.00#\n")


def test_its_vat_falls_with_it(cast: Cast, owed: Invoice) -> None:
    paid(owed)
    (group,) = document_context(now(owed), cast.finance, at=AT)["discount"]
    assert (group.net_amount, group.vat_amount) == (Decimal("25.21"), Decimal("4.79"))


def test_datev_books_it_on_the_day_of_the_payment_and_debtors_carry_the_terms(owed: Invoice) -> None:
    make_settings()
    paid(owed)
    asked: dict[str, Any] = {"first": date(2026, 4, 1), "last": date(2026, 4, 30), "seller": make_seller()}
    (waits,) = [row for row in waiting_exports() if row.form.code == "datev_discounts"]
    assert (waits.count, waits.first, waits.sums) == (1, LAST, {"EUR": Decimal(30)})
    batch, _new = make_batch(Asked(format="datev_discounts", **asked), by=make_user(), at=AT)
    (row,) = rows_of(batch)
    assert (row[0], row[1], row[6], row[7], row[9]) == ("30,00", '"H"', "10000", "8736", "1404")
    march = asked | {"first": date(2026, 3, 1), "last": ISSUED}
    batch, _new = make_batch(Asked(format="datev_debtors", **march), by=make_user(), at=AT)
    assert rows_of(batch)[0][110] == "2,00"
    with pytest.raises(ValidationError, match="no issued document"):
        make_batch(Asked(format="datev_discounts", **march), by=make_user(), at=AT)


def test_a_screen_proposes_the_invoice_whose_discount_fits(owed: Invoice, finance: Browser) -> None:
    other = make_invoice(owed.client)
    rows = [now(other), now(owed)]
    assert propose_allocations(rows, IN_TIME, paid_on=LAST) == {rows[0]: IN_TIME}
    page = finance.get(reverse("billing:payment_new"), {"invoice": str(owed.pk), "received_on": "2026-04-14"})
    assert "settles it with the cash discount" in page.text


def test_the_api_shows_what_was_earned(cast: Cast, owed: Invoice) -> None:
    payment = paid(owed)
    api = make_api(cast.finance)
    (row,) = api.get(f"/api/v1/payments/{payment.pk}/").json()["allocations"]
    assert (row["amount"], row["discount_amount"]) == ("1470.00", "30.00")
    told = api.get(f"/api/v1/invoices/{owed.pk}/").json()
    assert (told["discounted_amount"], told["discount_until_on"], told["balance_amount"]) == (
        "30.00",
        "2026-04-14",
        "0.00",
    )


def item(pk: int, amount: str, *, discount: str = "0.00") -> OpenItem:
    return OpenItem(pk, f"RE-2026-{pk:04}", 7, "EUR", Decimal(amount), ISSUED, Decimal(discount), LAST)


def line(amount: str, purpose: str = "", *, on: date = LAST) -> Line:
    return Line(
        number=1,
        booked_on=on,
        amount=Decimal(amount),
        is_credit=True,
        currency="EUR",
        payer_account="DE1",
        purpose=purpose,
    )


def ledger(*items: OpenItem) -> Ledger:
    return Ledger.of(items, {"DE1": frozenset({7})})


def test_a_payment_short_by_the_discount_is_suggested_within_its_days() -> None:
    one = item(1, "1500.00", discount="30.00")
    found = match_line(line("1470.00"), ledger(one))
    assert found is not None
    assert (found.step, found.settles) == (Step.SUGGESTION, ((1, Decimal("1470.00")),))
    late = match_line(line("1470.00", on=LAST + timedelta(days=1)), ledger(one))
    assert late is not None
    assert late.step == Step.CREDIT


def test_several_invoices_less_their_discounts_are_suggested_together() -> None:
    rows = item(1, "1500.00", discount="30.00"), item(2, "100.00", discount="2.00"), item(3, "7.00")
    found = match_line(line("1568.00", "RE-2026-0001 RE-2026-0002"), ledger(*rows))
    assert found is not None
    assert found.settles == ((1, Decimal("1470.00")), (2, Decimal("98.00")))


@given(st.integers(1, 10**9), st.integers(1, 5000), st.lists(st.integers(1, 10**8), min_size=1, max_size=4))
def test_the_parts_of_a_discount_come_to_it(cents: int, percent: int, nets: list[int]) -> None:
    rates = (Decimal(19), Decimal(7), Decimal(22), Decimal(0))
    groups = [
        VatGroup("S", rate, Decimal(net).scaleb(-2), Decimal(net).scaleb(-3))
        for rate, net in zip(rates, nets, strict=False)
    ]
    kept = cash_discount(Decimal(cents).scaleb(-2), percent=Decimal(percent).scaleb(-2), currency="EUR")
    split = split_discount(kept, groups, currency="EUR")
    assert sum((part.net_amount + part.vat_amount for part in split), Decimal(0)) == kept
