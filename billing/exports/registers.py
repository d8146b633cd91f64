"""The register of documents: one row for each, as CSV or XLSX in the reader's language or for machines."""

from typing import IO

from django.db.models import Case, F, Value, When
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from billing.exports.formats import Format, register_format
from billing.models import ExportBatch, Invoice
from billing.models.invoices import InvoiceQuery
from crm.exports import Column, Dialect, Kind, Table, dialect_for
from crm.exports.delimited import write_csv
from crm.exports.responses import TYPES
from crm.exports.sheets import write_xlsx

SIGN = Case(When(kind=Invoice.Kind.CREDIT_NOTE, then=Value(-1)), default=Value(1))

REGISTER = Table(
    "documents",
    _("Documents"),
    [
        Column("number", _("Number")),
        Column("kind", _("Document"), Kind.CHOICE, choices=dict(Invoice.Kind.choices)),
        Column("corrects", _("Corrects"), source="corrects__number"),
        Column("client_number", _("Client number"), Kind.INTEGER, source="client_id"),
        Column("client", _("Client"), source="client__name"),
        Column("vat_id", _("VAT ID"), source="client__vat_id"),
        Column("seller", _("Own company"), source="seller__name"),
        Column("issued_on", _("Issued on"), Kind.DATE),
        Column("due_on", _("Due on"), Kind.DATE),
        Column("supply_from", _("Supplied from"), Kind.DATE),
        Column("supply_to", _("Supplied until"), Kind.DATE),
        Column("treatment", _("VAT"), Kind.CHOICE, choices=dict(Invoice.Treatment.choices)),
        Column("currency", _("Currency")),
        Column("net_amount", _("Net"), Kind.DECIMAL, source=F("net_amount") * SIGN),
        Column("vat_amount", _("VAT amount"), Kind.DECIMAL, source=F("vat_amount") * SIGN),
        Column("gross_amount", _("Gross"), Kind.DECIMAL, source=F("gross_amount") * SIGN),
        Column("base_net_amount", _("Net in the base currency"), Kind.DECIMAL, source=F("base_net_amount") * SIGN),
        Column("buyer_reference", _("Buyer reference")),
        Column("sha256", _("SHA-256 of the content"), source="content_sha256"),
    ],
)


def dialect_of(batch: ExportBatch) -> Dialect:
    return dialect_for(batch.language) if batch.language else Dialect()


def write_register_csv(batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    with translation.override(batch.language or "en"):
        return taken(write_csv(documents, REGISTER, dialect_of(batch)))


def write_register_xlsx(batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    with translation.override(batch.language or "en"):
        return taken(write_xlsx(documents, REGISTER, dialect_of(batch)))


def taken(file: IO[bytes]) -> bytes:
    with file:
        return file.read()


register_format(
    Format(
        "csv",
        _("CSV"),
        _("One row for each document, for spreadsheets and other programs."),
        "csv",
        TYPES["csv"],
        write_register_csv,
        by_language=True,
    ),
    Format(
        "xlsx",
        _("Excel (XLSX)"),
        _("One row for each document, with real numbers and dates."),
        "xlsx",
        TYPES["xlsx"],
        write_register_xlsx,
        by_language=True,
    ),
)
