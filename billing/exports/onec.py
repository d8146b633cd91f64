"""The register for 1C (loading from a spreadsheet): one row for each document and VAT rate, for Russian companies.

Advance VAT invoices stand in it with their settlement rate. "Without VAT" is not 0 %: the two are different documents.
No 1C has read the file here; acceptance is by format only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from billing.exports.batches import advances_of
from billing.exports.formats import Format, register_format
from billing.exports.registers import taken
from billing.models import ExportBatch, Invoice, InvoiceVat
from billing.models.invoices import InvoiceQuery
from billing.rules.vat import states_rate
from billing.services.advance_vat import rows_stated
from crm.exports import Column, Kind, Table, dialect_for
from crm.exports.responses import TYPES
from crm.exports.sheets import write_xlsx

NO_VAT = "Без НДС"
KINDS = {Invoice.Kind.INVOICE: "Счёт", Invoice.Kind.CREDIT_NOTE: "Корректировочный счёт"}
ADVANCE = "Счёт-фактура на аванс"

ONEC = Table(
    "onec",
    "Реестр",
    [
        Column("number", "Номер"),
        Column("issued_on", "Дата", Kind.DATE),
        Column("inn", "ИНН"),
        Column("kpp", "КПП"),
        Column("client", "Контрагент"),
        Column("gross_amount", "Сумма", Kind.DECIMAL),
        Column("vat_rate", "Ставка НДС"),
        Column("vat_amount", "Сумма НДС", Kind.DECIMAL),
        Column("contract", "Договор"),
        Column("currency", "Валюта"),
        Column("document", "Документ"),
    ],
)


@dataclass(frozen=True, slots=True)
class OneCRow:
    number: str
    issued_on: date
    inn: str
    kpp: str
    client: str
    gross_amount: Decimal
    vat_rate: str
    vat_amount: Decimal
    contract: str
    currency: str
    document: str


def write_onec(batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    """Headers in Russian whoever asks: 1C is told once which column is which."""
    rows = sorted([*_of_documents(documents), *_of_advances(batch)], key=lambda row: row.issued_on)
    with translation.override("ru"):
        return taken(write_xlsx(rows, ONEC, dialect_for("ru")))


def _of_documents(documents: InvoiceQuery) -> Iterator[OneCRow]:
    rows = InvoiceVat.objects.filter(invoice__in=documents.order_by().values("pk"))
    ordered = rows.order_by("invoice__issued_on", "invoice__series", "invoice__sequence", "-rate")
    for row in ordered.select_related("invoice__engagement"):
        invoice = row.invoice
        sign = -1 if invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
        yield _row(
            invoice,
            number=invoice.number,
            issued_on=invoice.issued_on or date.min,
            gross=sign * (row.net_amount + row.vat_amount),
            rate=f"{row.rate.normalize():f}%" if states_rate(row.category) else NO_VAT,
            vat=sign * row.vat_amount,
            document=KINDS[Invoice.Kind(invoice.kind)],
        )


def _of_advances(batch: ExportBatch) -> Iterator[OneCRow]:
    for advance in advances_of(batch).select_related("invoice__engagement"):
        for row in rows_stated(advance):
            yield _row(
                advance.invoice,
                number=advance.number,
                issued_on=advance.issued_on,
                gross=row.gross,
                rate=row.settlement,
                vat=row.vat,
                document=ADVANCE,
                buyer=advance.buyer_frozen,
            )


def _row(
    invoice: Invoice,
    *,
    number: str,
    issued_on: date,
    gross: Decimal,
    rate: str,
    vat: Decimal,
    document: str,
    buyer: dict[str, str] | None = None,
) -> OneCRow:
    party = buyer or invoice.buyer_frozen
    return OneCRow(
        number=number,
        issued_on=issued_on,
        inn=party.get("tax_number", ""),
        kpp=party.get("registration_reason", ""),
        client=party.get("name", ""),
        gross_amount=gross,
        vat_rate=rate,
        vat_amount=vat,
        contract=invoice.contract_reference or (invoice.engagement.name if invoice.engagement else ""),
        currency=invoice.currency,
        document=document,
    )


register_format(
    Format(
        "onec",
        _("Register for 1C (XLSX)"),
        _("One row for each document and VAT rate with INN and KPP, to load from a spreadsheet; not tried in 1C."),
        "xlsx",
        TYPES["xlsx"],
        write_onec,
        country="RU",
        prefix="1C",
        with_advances=True,
    )
)
