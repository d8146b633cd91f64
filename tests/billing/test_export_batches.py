"""Exports: a document leaves once, the same request gives the same batch, every download the same bytes."""

import hashlib
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from openpyxl import load_workbook

from billing.exports.batches import Asked, documents_of, make_batch
from billing.models import ExportBatch, ExportedDocument, Invoice
from billing.services.credits import CreditKind, credit_invoice
from clients.models import Client
from crm.invariants import find_breaches
from tests.billing.test_invariants import breach
from tests.make import make_client, make_seller, make_user
from tests.make.invoices import make_invoice, make_rate_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
MARCH = {"first": date(2026, 3, 1), "last": date(2026, 3, 31)}


def asked(**changes: object) -> Asked:
    return Asked(**{"format": "csv", **MARCH, **changes})  # type: ignore[arg-type]


def made(**changes: object) -> ExportBatch:
    return make_batch(asked(**changes), by=make_user(), at=AT)[0]


def content(batch: ExportBatch) -> bytes:
    return bytes(batch.file.content)


def numbers(batch: ExportBatch) -> list[str]:
    return [row.number for row in documents_of(batch)]


def test_a_batch_holds_what_was_issued_in_its_period_in_the_order_of_dates() -> None:
    client = make_client()
    second, first = make_invoice(client, on=date(2026, 3, 20)), make_invoice(client, on=date(2026, 3, 20))
    make_invoice(client, on=date(2026, 4, 1))
    assert sorted(numbers(made())) == numbers(made()) == sorted([first.number, second.number])


def test_the_same_request_gives_the_same_batch_and_bytes() -> None:
    make_invoice()
    batch, is_new = make_batch(asked(), by=make_user(), at=AT)
    again, is_new_again = make_batch(asked(), by=make_user(), at=datetime(2026, 5, 1, tzinfo=UTC))
    assert (is_new, is_new_again) == (True, False)
    assert again.pk == batch.pk
    assert hashlib.sha256(content(batch)).hexdigest() == again.file.sha256


def test_what_is_new_goes_into_a_second_batch_alone() -> None:
    client = make_client()
    make_invoice(client)
    made()
    late = make_invoice(client)
    assert numbers(made()) == [late.number]


def test_another_format_takes_the_documents_once_more() -> None:
    invoice = make_invoice()
    assert numbers(made()) == numbers(made(format="xlsx")) == [invoice.number]


def test_what_has_left_leaves_again_only_with_a_reason() -> None:
    invoice = make_invoice()
    made()
    with pytest.raises(ValidationError) as refused:
        made(first=date(2026, 3, 2))
    assert refused.value.code == "already_done"
    repeat = made(reason="The adviser lost the file")
    assert repeat.is_repeat
    assert numbers(repeat) == [invoice.number]
    assert made(reason="The adviser lost the file").pk == repeat.pk
    assert ExportedDocument.objects.first_time().count() == 1


def test_a_repeat_counts_documents_that_never_left_as_left_now() -> None:
    make_invoice()
    made(reason="From the beginning")
    with pytest.raises(ValidationError):
        made(first=date(2026, 3, 2))


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"first": date(2026, 4, 1), "last": date(2026, 3, 1)}, "ends_before_start"), ({}, "nothing_to_export")],
)
def test_an_empty_or_turned_period_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        made(**changes)
    errors = refused.value.error_dict["to"] if code == "ends_before_start" else [refused.value]
    assert errors[0].code == code


def test_a_format_that_nobody_registered_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        made(format="lotus")
    assert refused.value.error_dict["format"][0].code == "invalid_choice"


def test_filters_narrow_a_batch() -> None:
    one, other = make_client(), make_client(country="RU")
    make_rate_of("EUR", "RUB", "90", on=date(2026, 3, 31))
    mine = make_invoice(one)
    theirs = make_invoice(other)
    assert numbers(made(client=one)) == [mine.number]
    assert numbers(made(seller=make_seller("RU"))) == [theirs.number]
    assert numbers(made(currency="EUR", kind=Invoice.Kind.INVOICE, reason="all euros")) == [mine.number]


def test_the_file_is_written_for_its_reader() -> None:
    client = make_client(name="=2+5 Brandl", legal_name="=2+5 Brandl")
    make_invoice(client)
    machine, german = made().file, made(language="de", reason="for Excel").file
    assert bytes(machine.content).startswith(b"number,kind,")
    assert b"'=2+5 Brandl" in bytes(machine.content)
    assert b",1260.50,239.50,1500.00," in bytes(machine.content)
    assert bytes(german.content).startswith(b"\xef\xbb\xbfNummer;")
    assert b";1260,50;239,50;1500,00;" in bytes(german.content)


def test_a_credit_note_is_negative_in_the_file(client_of_march: Client) -> None:
    invoice = make_invoice(client_of_march)
    credit_invoice(invoice, reason="wrong", issued_on=date(2026, 3, 31), by=make_user(), at=AT, kind=CreditKind.FULL)
    rows = list(
        load_workbook(io.BytesIO(content(made(format="xlsx"))), read_only=True).active.iter_rows(values_only=True)
    )
    gross = rows[0].index("gross_amount")
    assert sorted(row[gross] for row in rows[1:]) == [-1500, 1500]
    assert sum((Decimal(str(row[gross])) for row in rows[1:]), Decimal(0)) == 0


@pytest.fixture
def client_of_march() -> Client:
    return make_client()


def test_a_batch_its_documents_and_its_file_never_change() -> None:
    make_invoice()
    batch = made()
    for row in (batch, batch.file, batch.documents.get()):
        with pytest.raises(InternalError), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(id=row.pk)
    for row in (batch.file, batch.documents.get()):
        with pytest.raises(InternalError), transaction.atomic():
            row.delete()


BREAKS = {
    "export_keeps_bytes": "UPDATE billing_exportfile SET content = 'x'",
    "exported_once": "UPDATE billing_exporteddocument SET is_repeat = true",
    "exported_as_asked": "UPDATE billing_exportbatch SET to_on = from_on",
}


@pytest.mark.broken_books
@pytest.mark.parametrize("name", BREAKS)
def test_a_breach_is_found_and_named(name: str) -> None:
    make_invoice()
    made()
    assert list(find_breaches()) == []
    breach(BREAKS[name])
    assert name in {found.invariant.name for found in find_breaches()}
