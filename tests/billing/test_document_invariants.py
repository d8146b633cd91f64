"""billing.invariants.documents: each promise of documents and money holds on true books and names what breaks it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Invoice, PeriodLock
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.payments import book_payment
from billing.services.write_offs import approve_write_off, request_write_off
from clients.models import Client
from clients.services.merging import merge_client, unmerge_client
from crm.access import Role
from crm.invariants import find_breaches
from crm.models import AuditEntry
from tests.billing.test_invariants import breach
from tests.billing.test_payments import receipt
from tests.make import make_client, make_user
from tests.make.invoices import make_invoice

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 10)
NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)

BREAKS = {
    "billed_once": "UPDATE billing_coverage SET is_billed = false",
    "invoiced_stands": "DELETE FROM billing_billedcoverage",
    "series_without_gap": "UPDATE billing_invoice SET sequence = sequence + 1 WHERE kind = 'invoice' AND sequence = 2",
    "totals_are_lines": "UPDATE billing_invoiceline SET net_amount = net_amount + 1, vat_amount = vat_amount - 1",
    "credits_within_invoice": "UPDATE billing_invoiceline SET amount = amount * 20 WHERE credits_id IS NOT NULL",
    "allocations_within_payment": "UPDATE billing_payment SET amount = 1",
    "settled_within_invoice": "UPDATE billing_allocation SET amount = amount * 10",
    "settled_by_its_client": "UPDATE billing_payment SET currency = 'USD'",
    "revenue_is_rolled_up": "UPDATE billing_revenueday SET net_amount = net_amount + 1",
    "closed_documents_stay": """
        INSERT INTO billing_periodlock (kind, seller_id, locked_until_on, reason, made_by_id, created_at)
        SELECT 'documents', i.seller_id, '2026-12-31', '', u.id, now() FROM billing_invoice i, crm_user u LIMIT 1;
        INSERT INTO crm_auditentry (at, origin, action, table_name, object_id)
        SELECT '2020-01-01', '', 'insert', 'billing_periodlock', max(id) FROM billing_periodlock
    """,
}


@pytest.fixture
def books() -> Invoice:
    """An invoice partly credited, partly paid and partly written off, and a second one."""
    client = make_client()
    invoice = make_invoice(client)
    make_invoice(client)
    line = CreditLine(line_id=invoice.lines.get().pk, amount=Decimal("100.00"))
    finance, partner = make_user(Role.FINANCE), make_user(Role.PARTNER)
    credit_invoice(invoice, kind=CreditKind.GOODWILL, reason="late", issued_on=APRIL, by=finance, at=NOON, lines=[line])
    book_payment(receipt(client, "1000.00"), settles={invoice: Decimal("1000.00")}, by=finance, at=NOON)
    asked = request_write_off(invoice, reason="small", amount=Decimal("10.00"), by=finance, at=NOON)
    approve_write_off(asked, on=APRIL, by=partner, at=NOON)
    return invoice


@pytest.mark.broken_books
@pytest.mark.parametrize("name", BREAKS)
def test_a_breach_is_found_and_named(name: str, books: Invoice) -> None:
    assert list(find_breaches()) == []
    breach(BREAKS[name])
    assert name in {found.invariant.name for found in find_breaches()}


def test_clients_that_were_merged_and_parted_again_break_no_promise() -> None:
    kept, gone = make_client(), make_client()
    invoice = make_invoice(gone)
    merge_client(gone, into=kept, at=NOON)
    book_payment(receipt(kept, "100.00"), settles={invoice: Decimal("100.00")}, by=make_user(), at=NOON)
    assert list(find_breaches()) == []
    unmerge_client(Client.objects.get(pk=gone.pk), at=NOON)
    assert list(find_breaches()) == []


@pytest.mark.broken_books
def test_what_was_settled_in_a_closed_period_is_found(books: Invoice) -> None:
    PeriodLock.objects.create(
        kind="documents", seller=books.seller, locked_until_on=APRIL, made_by=make_user(), created_at=NOON
    )
    breach("UPDATE billing_allocation SET made_at = now() + interval '1 hour'")
    told = {found.invariant.name for found in find_breaches()}
    assert told == {"closed_documents_stay"}


@pytest.mark.broken_books
def test_the_next_lock_does_not_hide_what_was_settled_in_a_closed_period(books: Invoice) -> None:
    closed = {"kind": "documents", "seller": books.seller, "made_by": make_user(), "created_at": NOON}
    first = PeriodLock.objects.create(locked_until_on=APRIL, **closed)
    late = AuditEntry.objects.get(table_name="billing_periodlock", object_id=first.pk).at + timedelta(seconds=1)
    breach(f"UPDATE billing_allocation SET made_at = '{late.isoformat()}'")
    second = PeriodLock.objects.create(locked_until_on=date(2026, 1, 31), **closed)
    breach(
        f"UPDATE crm_auditentry SET at = at + interval '1 hour' WHERE object_id = {second.pk}"
        " AND table_name = 'billing_periodlock'"
    )
    assert {found.invariant.name for found in find_breaches()} == {"closed_documents_stay"}
