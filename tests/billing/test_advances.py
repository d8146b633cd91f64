"""Advances and final invoices: each advance counts once, with its VAT, and is taken back only when it is free."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.paper import paper_of
from billing.models import Invoice, InvoiceLine, RevenueDay
from billing.rules.vat import Line, Tax, total_document
from billing.services.advances import open_advances, set_off_advances
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.drafting import draft_invoices
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft, remove_line
from billing.services.issuing import issue_invoice
from clients.models import Client
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.errors import code_of
from tests.billing.test_invariants import breach
from tests.billing.test_payments import NOON
from tests.make import make_client, make_user
from tests.make.invoices import make_draft, make_series, make_work

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)


def advance(client: Client, amount: str, *, vat_percent_day: date = MARCH) -> Invoice:
    seller = client.default_seller
    assert seller is not None
    make_series(seller)
    terms = DraftTerms(client=client, seller=seller, currency="EUR", price_includes_tax=True)
    draft = open_draft(terms, by=None, on=MARCH)
    price = Decimal(amount)
    line = HandLine(kind="advance", description="Advance", quantity=Decimal(1), unit="C62", unit_price=price)
    add_hand_line(draft, line, on=vat_percent_day)
    return issue_invoice(draft, issued_on=MARCH, by=None, at=NOON)


def final(client: Client, hours: int, *, set_off: bool = True) -> Invoice:
    for worked in range(0, hours, 20):
        make_work(client, minutes=min(20, hours - worked) * 60)
    draft = draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts[0]
    if set_off:
        set_off_advances(draft)
    draft.refresh_from_db()
    return draft


def credit(invoice: Invoice) -> Invoice:
    by = make_user(Role.FINANCE)
    return credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=MARCH, by=by, at=NOON)


def sums(invoice: Invoice) -> tuple[Decimal, Decimal, Decimal]:
    return invoice.net_amount, invoice.vat_amount, invoice.gross_amount


def test_52_hours_done_and_50_paid_ahead_leave_300() -> None:
    client = make_client()
    assert sums(advance(client, "7500.00")) == (Decimal("6302.52"), Decimal("1197.48"), Decimal("7500.00"))
    draft = final(client, 52)
    assert sums(draft) == (Decimal("252.10"), Decimal("47.90"), Decimal("300.00"))
    assert [(line.kind, line.amount) for line in draft.lines.order_by("position")] == [
        ("time", Decimal("7800.00")),
        ("set_off", Decimal("-7500.00")),
    ]


def test_the_final_invoice_adds_only_its_rest_to_revenue() -> None:
    client = make_client()
    advance(client, "7500.00")
    issue_invoice(final(client, 52), issued_on=MARCH, by=None, at=NOON)
    assert sum(day.net_amount for day in RevenueDay.objects.all()) == Decimal("6554.62")


def test_the_papers_call_themselves_what_they_are_and_name_the_advance_with_its_vat() -> None:
    client = make_client(language="de")
    first = advance(client, "7500.00")
    paper = paper_of(final(client, 52))
    assert (paper_of(first).title, paper.title) == ("Abschlagsrechnung", "Schlussrechnung")
    text = paper.rows[-1].text.replace("\u202f", " ").replace("\xa0", " ")
    assert text == f"Abzüglich Abschlagsrechnung {first.number} vom 31.03.2026: netto 6 302,52 €, USt. 1 197,48 €"


def test_an_advance_is_set_off_once_and_never_below_zero() -> None:
    client = make_client()
    advance(client, "1000.00")
    small = final(client, 4)
    assert sums(small)[2] == 0
    rest = final(client, 10)
    assert sums(rest)[2] == Decimal("1100.00")
    with pytest.raises(ValidationError) as refused:
        set_off_advances(rest)
    assert code_of(refused) == "nothing_to_set_off"


def test_a_part_may_be_named_and_no_more_than_is_left() -> None:
    client = make_client()
    line = advance(client, "1000.00").lines.get()
    draft = final(client, 10, set_off=False)
    with pytest.raises(ValidationError) as refused:
        set_off_advances(draft, amounts={line.pk: Decimal("1000.01")})
    assert code_of(refused) == "set_off_too_much"
    set_off_advances(draft, amounts={line.pk: Decimal("400.00")})
    assert open_advances(draft)[0].left.amount == Decimal("600.00")


def test_taking_the_line_off_the_draft_gives_the_advance_back() -> None:
    client = make_client()
    advance(client, "1000.00")
    draft = final(client, 10)
    remove_line(draft.lines.get(kind="set_off"))
    assert [found.left.amount for found in open_advances(draft)] == [Decimal("1000.00")]


def test_an_advance_that_is_set_off_is_not_credited_under_its_final_invoice() -> None:
    client = make_client()
    first = advance(client, "7500.00")
    last = issue_invoice(final(client, 52), issued_on=MARCH, by=None, at=NOON)
    with pytest.raises(ValidationError) as refused:
        credit(first)
    assert code_of(refused) == "wrong_status"
    part = CreditLine(line_id=first.lines.get().pk, amount=Decimal("1.00"))
    with pytest.raises(ValidationError) as refused:
        credit_invoice(
            first, kind=CreditKind.GOODWILL, reason="x", issued_on=MARCH, by=make_user(), at=NOON, lines=[part]
        )
    assert code_of(refused) == "credit_too_much"
    assert sums(credit(last)) == sums(last)
    assert sums(credit(first)) == sums(first)


def test_a_credited_final_invoice_frees_its_advance_for_the_next_one() -> None:
    client = make_client()
    advance(client, "7500.00")
    credit(issue_invoice(final(client, 52), issued_on=MARCH, by=None, at=NOON))
    again = make_draft(client, minutes=60)
    assert [found.left.amount for found in open_advances(again)] == [Decimal("7500.00")]


def test_a_russian_advance_keeps_the_vat_of_its_own_day() -> None:
    old, new = Tax("S", Decimal(20)), Tax("S", Decimal(22))
    lines = [Line(Decimal("122000.00"), new), Line(Decimal("-60000.00"), old)]
    totals = total_document(lines, basis="gross", currency="RUB", per_line=True)
    assert (totals.vat_amount, totals.gross_amount) == (Decimal("12000.00"), Decimal("62000.00"))


@given(hours=st.integers(1, 200), paid=st.integers(1, 200))
def test_advance_and_rest_are_together_what_was_done(hours: int, paid: int) -> None:
    done, ahead, tax = Decimal(150 * hours), Decimal(150 * min(paid, hours)), Tax("S", Decimal(19))
    rest = total_document([Line(done, tax), Line(-ahead, tax)], basis="gross")
    first = total_document([Line(ahead, tax)], basis="gross")
    assert rest.gross_amount + first.gross_amount == done
    assert rest.net_amount >= 0
    assert abs(rest.vat_amount + first.vat_amount - total_document([Line(done, tax)], basis="gross").vat_amount) <= (
        Decimal("0.01")
    )


@pytest.mark.django_db(transaction=True)
def test_two_drafts_setting_off_at_once_share_the_advance() -> None:
    client = make_client()
    advance(client, "1000.00")
    drafts = [final(client, 10, set_off=False), final(client, 10, set_off=False)]

    def one(draft: Invoice) -> None:
        try:
            set_off_advances(draft)
        except ValidationError:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, drafts))
    assert sum(line.amount for line in InvoiceLine.objects.filter(kind="set_off")) == Decimal("-1000.00")


@pytest.mark.broken_books
def test_more_set_off_than_an_advance_has_is_a_breach() -> None:
    client = make_client()
    advance(client, "1000.00")
    final(client, 10)
    assert list(find_breaches()) == []
    breach("UPDATE billing_invoiceline SET amount = amount / 2 WHERE kind = 'advance'")
    assert "set_off_within_advance" in {found.invariant.name for found in find_breaches()}
