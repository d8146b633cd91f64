"""Issuing: numbers without a gap, frozen documents, dates in order, closed periods, base amounts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, InternalError, connection, transaction

from billing.models import DocumentDelivery, Invoice, InvoiceLine, PeriodLock, Series, SeriesYear, TimeEntry
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft, rewrite_line
from billing.services.frozen import canonical_invoice, sha256_of
from billing.services.issuing import issue_invoice, problems_of
from tests.billing.errors import code_of
from tests.make import make_client, make_seller, make_user
from tests.make.invoices import make_draft, make_invoice, make_rate_of, make_series, make_work

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def issue(draft: Invoice, *, on: date = MARCH) -> Invoice:
    return issue_invoice(draft, issued_on=on, by=None, at=NOON)


def test_numbers_follow_each_other_and_the_entries_are_invoiced() -> None:
    client = make_client()
    numbers = [make_invoice(client).number for _ in range(3)]
    assert numbers == ["2026-0001", "2026-0002", "2026-0003"]
    assert set(TimeEntry.objects.values_list("status", flat=True)) == {"invoiced"}


def test_each_year_and_each_seller_counts_for_itself() -> None:
    german, russian = make_client(), make_client(country="RU")
    make_rate_of("EUR", "RUB", "92.40", on=MARCH)
    assert make_invoice(german).number == "2026-0001"
    assert make_invoice(russian).number == "2026-0001"
    assert make_invoice(german, on=date(2027, 1, 4)).number == "2027-0001"


def test_a_series_starts_where_the_firm_says() -> None:
    draft = make_draft()
    Series.objects.filter(kind="invoice").update(first_number=413)
    assert issue(draft).number == "2026-0413"


def test_a_document_is_never_dated_before_the_previous_number() -> None:
    client = make_client()
    make_invoice(client, on=MARCH)
    draft = make_draft(client)
    with pytest.raises(ValidationError) as refused:
        issue(draft, on=date(2026, 3, 30))
    assert code_of(refused) == "number_order"
    assert issue(draft, on=MARCH).number == "2026-0002"


def test_a_refused_issue_uses_no_number() -> None:
    client = make_client(country="RU")
    draft = make_draft(client)
    with pytest.raises(ValidationError) as refused:
        issue(draft)
    assert code_of(refused) == "exchange_rate_missing"
    assert not SeriesYear.objects.exists()
    make_rate_of("EUR", "RUB", "92.40", on=MARCH)
    assert issue(draft).sequence == 1


def test_it_is_issued_once() -> None:
    invoice = make_invoice()
    with pytest.raises(ValidationError) as refused:
        issue(invoice)
    assert code_of(refused) == "wrong_status"


def test_a_closed_period_refuses_the_issue() -> None:
    draft = make_draft()
    lock = PeriodLock(kind="documents", seller=draft.seller, locked_until_on=MARCH, made_by=make_user())
    lock.created_at = NOON
    lock.save()
    with pytest.raises(ValidationError) as refused:
        issue(draft)
    assert code_of(refused) == "period_locked"
    assert issue(draft, on=date(2026, 4, 1)).number


def test_the_database_itself_refuses_a_document_in_a_closed_period() -> None:
    invoice = make_invoice()
    PeriodLock.objects.create(
        kind="documents", seller=invoice.seller, locked_until_on=MARCH, made_by=make_user(), created_at=NOON
    )
    draft = make_draft(invoice.client)
    with pytest.raises(Exception, match="closed"), transaction.atomic():
        Invoice.objects.filter(pk=draft.pk).update(
            status="issued", number="X", sequence=9, issued_on=MARCH, content_sha256="x", series=invoice.series
        )


def test_the_database_itself_keeps_the_order_of_numbers_and_of_dates() -> None:
    make_invoice()
    for change in ({"last_number": 3}, {"last_number": 0}, {"last_number": 2, "last_issued_on": date(2026, 3, 30)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            SeriesYear.objects.update(**change)


def test_a_document_without_its_amount_in_the_base_currency_is_none() -> None:
    draft = make_draft()
    series = Series.objects.get(kind="invoice")
    values = {"status": "issued", "number": "X", "sequence": 1, "issued_on": MARCH, "content_sha256": "x"}
    with pytest.raises(IntegrityError, match="invoice_issued_has_rate"), transaction.atomic():
        Invoice.objects.filter(pk=draft.pk).update(series=series, **values)


def test_hours_sold_ahead_are_taxed_on_the_day_of_their_invoice() -> None:
    client = make_client(country="RU")
    seller = client.default_seller
    assert seller is not None
    make_series(seller)
    make_rate_of("EUR", "RUB", "92.40", on=date(2025, 12, 31))
    terms = DraftTerms(client=client, seller=seller, currency="RUB", price_includes_tax=True)
    draft = open_draft(terms, by=None, on=date(2025, 12, 30))
    ahead = HandLine(
        kind="advance", description="50 h", quantity=Decimal(1), unit="C62", unit_price=Decimal("120000.00")
    )
    line = add_hand_line(draft, ahead, on=date(2025, 12, 30))
    with pytest.raises(ValidationError) as refused:
        issue(draft, on=date(2026, 1, 2))
    assert code_of(refused) == "tax_point"
    rewrite_line(line, ahead, on=date(2026, 1, 2))
    assert issue(draft, on=date(2026, 1, 2)).vat_amount == Decimal("21639.34")


def test_parties_due_date_and_hash_are_frozen() -> None:
    client = make_client(name="Brandl", legal_name="Brandl GmbH", city="Ulm", payment_terms_days=30)
    invoice = make_invoice(client)
    invoice.refresh_from_db()
    assert (invoice.buyer_frozen["name"], invoice.seller_frozen["bank"]["iban"]) == (
        "Brandl GmbH",
        "DE02120300000000202051",
    )
    assert invoice.due_on == date(2026, 4, 30)
    client.city = "Bonn"
    client.save()
    invoice = Invoice.objects.get()
    assert invoice.buyer_frozen["city"] == "Ulm"
    assert sha256_of(canonical_invoice(invoice)) == invoice.content_sha256


@pytest.mark.parametrize(
    "change",
    [
        lambda: Invoice.objects.update(net_amount=1, gross_amount=1, vat_amount=0),
        lambda: Invoice.objects.update(notes="another text"),
        lambda: Invoice.objects.update(status="draft", number="", sequence=None),
        lambda: InvoiceLine.objects.update(description="something else"),
        lambda: InvoiceLine.objects.all().delete(),
        lambda: Invoice.objects.all()._raw_delete("default"),
    ],
    ids=["amounts", "notes", "status", "line", "lines", "delete"],
)
def test_the_database_refuses_every_change_of_an_issued_document(change: Callable[[], object]) -> None:
    make_invoice()
    with pytest.raises(InternalError), transaction.atomic():
        change()


def test_a_line_cannot_be_added_to_an_issued_document_behind_the_services_back() -> None:
    line = make_invoice().lines.get()
    line.pk, line.position = None, 2
    with pytest.raises(InternalError), transaction.atomic():
        line.save(force_insert=True)


def test_a_foreign_document_carries_its_amount_in_the_base_currency() -> None:
    make_rate_of("EUR", "RUB", "92.4000", on=date(2026, 3, 28))
    invoice = make_invoice(make_client(country="RU"), minutes=60, rate="80000.00")
    assert invoice.net_amount == Decimal("65573.77")
    assert invoice.base_net_amount == Decimal("709.67")
    assert sum(line.base_net_amount or 0 for line in invoice.lines.all()) == Decimal("709.67")


def test_an_issued_document_waits_in_the_outbox_for_its_file_and_mail() -> None:
    make_invoice(make_client(billing_email="ap@brandl.example"))
    delivery = DocumentDelivery.objects.due(at=datetime(2026, 4, 1, tzinfo=UTC)).get()
    assert (delivery.recipient, delivery.rendered_at, delivery.sent_at) == ("ap@brandl.example", None, None)


def test_problems_are_told_before_the_attempt() -> None:
    draft = make_draft()
    assert problems_of(draft) == []
    draft.client.country = "CH"
    assert [problem.code for problem in problems_of(draft)] == ["treatment_changed"]


def test_a_negative_total_is_not_issued() -> None:
    draft = make_draft(minutes=60)
    discount = HandLine(
        kind="discount", description="Discount", quantity=Decimal(1), unit="C62", unit_price=Decimal("-200.00")
    )
    add_hand_line(draft, discount, on=MARCH)
    with pytest.raises(ValidationError) as refused:
        issue(draft)
    assert code_of(refused) == "negative_total"


def _issue_all(count: int, workers: int) -> None:
    """Drafts of two clients issued by real threads, each in its own connection and transaction."""
    clients = [make_client(), make_client()]
    drafts = [make_draft(clients[n % 2], minutes=15).pk for n in range(count)]

    def one(pk: int) -> None:
        try:
            issue(Invoice.objects.get(pk=pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(one, pk) for pk in drafts]:
            done.result()


def _numbers_are_whole(count: int) -> None:
    sequences = [invoice.sequence or 0 for invoice in Invoice.objects.issued().order_by("sequence")]
    assert sequences == list(range(1, count + 1))
    assert len(set(Invoice.objects.values_list("number", flat=True))) == count


@pytest.mark.django_db(transaction=True)
def test_200_drafts_issued_by_four_workers_leave_no_gap_and_no_double() -> None:
    _issue_all(200, 4)
    _numbers_are_whole(200)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_1000_drafts_issued_by_eight_workers_leave_no_gap_and_no_double() -> None:
    _issue_all(1000, 8)
    _numbers_are_whole(1000)


@pytest.mark.django_db(transaction=True)
def test_two_people_issuing_the_same_draft_get_one_number() -> None:
    draft = make_draft()

    def one(_n: int) -> str:
        try:
            return issue(Invoice.objects.get(pk=draft.pk)).number
        except ValidationError as refused:
            return str(refused.code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(one, range(4)))
    assert outcomes == ["2026-0001", "wrong_status", "wrong_status", "wrong_status"]


@pytest.mark.django_db(transaction=True)
def test_two_people_drafting_the_same_client_draft_the_work_once() -> None:
    from billing.services.drafting import draft_invoices

    client = make_client()
    assert client.default_seller
    make_series(make_seller())
    for _ in range(5):
        make_work(client, minutes=60)

    def one(_n: int) -> int:
        try:
            return len(draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts)
        except ValidationError:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 1
    assert Invoice.objects.get().gross_amount == Decimal("750.00")
