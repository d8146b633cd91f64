"""Documents for the tax adviser: bookings as a DATEV Buchungsstapel, and the debtors that they speak of.

Books are in euros: a document in another currency is booked at the rate of its day of issue, and says its own amount.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from billing.exports.formats import Format, register_format
from billing.models import DatevSettings, ExportBatch, Invoice, InvoiceLine
from billing.models.invoices import InvoiceQuery
from billing.rules.datev import (
    Booking,
    Case,
    Debtor,
    Header,
    case_of,
    document_number,
    fiscal_year_start,
    write_bookings,
    write_debtors,
)
from billing.rules.datev_check import find_faults
from billing.rules.vat import is_voucher
from billing.services.credits import CreditKind
from billing.services.currencies import base_currency
from billing.services.datev_settings import accounts_of
from billing.services.debtors import give_debtor_accounts
from clients.models import Seller
from crm.money import quantise

CSV = "text/csv; charset=windows-1252"
AHEAD = {InvoiceLine.Kind.ADVANCE, InvoiceLine.Kind.SET_OFF}
SHOWN_FAULTS = 5


def missing_of(seller: Seller) -> Sequence[str]:
    """What must be set before the first file."""
    if not DatevSettings.objects.filter(seller=seller).exists():
        return (_("%(company)s has no DATEV settings yet.") % {"company": seller.name},)
    if base_currency() != "EUR":
        return (_("DATEV books in euros: the base currency of the firm is another."),)
    return ()


def write_invoices(batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    """Invoices and credit notes as they were issued."""
    rows = documents.select_related("client", "corrects").prefetch_related("lines")
    return write_stack(batch, "Rechnungen", lambda settings: _bookings(settings, list(rows)))


def write_stack(batch: ExportBatch, title: str, booked: Callable[[DatevSettings], Iterable[Booking]]) -> bytes:
    """The bookings of a period in one fiscal year. ValidationError `crosses_year`, `refused_by_check`."""
    settings = _settings(batch)
    start = fiscal_year_start(batch.from_on, month=settings.year_starts_in)
    if fiscal_year_start(batch.to_on, month=settings.year_starts_in) != start:
        error = ValidationError(_("Choose a period inside of one fiscal year."), code="crosses_year")
        raise ValidationError({"to": error})
    with override("de"):
        rows = list(booked(settings))
        name = f"{title} {batch.from_on:%Y-%m}"
    return _checked(write_bookings(_header(settings, batch, name=name, has_period=True), rows))


def write_debtor_list(batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    """The debtors of the documents of a period, as the cards of the clients say now."""
    settings = _settings(batch)
    clients = {document.client for document in documents.select_related("client")}
    accounts = give_debtor_accounts(settings, clients)
    rows = [
        Debtor(
            account=accounts[client.pk],
            name=client.legal_name or client.name,
            street=client.street,
            postcode=client.postcode,
            city=client.city,
            country=client.country,
            vat_id=client.vat_id,
            email=client.billing_email,
            client_number=str(client.pk),
            due_days=client.payment_terms_days,
            discount_percent=client.cash_discount_percent,
        )
        for client in sorted(clients, key=lambda client: accounts[client.pk])
    ]
    return _checked(write_debtors(_header(settings, batch, name="", has_period=False), rows))


def _settings(batch: ExportBatch) -> DatevSettings:
    return DatevSettings.objects.select_related("seller").get(seller=batch.seller_id)


def _header(settings: DatevSettings, batch: ExportBatch, *, name: str, has_period: bool) -> Header:
    return Header(
        adviser_number=settings.adviser_number,
        client_number=settings.client_number,
        year_start=fiscal_year_start(batch.from_on, month=settings.year_starts_in),
        account_length=settings.account_length,
        chart=settings.chart,
        created_at=batch.created_at,
        name=name,
        initials=settings.initials,
        first=batch.from_on if has_period else None,
        last=batch.to_on if has_period else None,
    )


def _bookings(settings: DatevSettings, documents: list[Invoice]) -> Iterator[Booking]:
    debtors = give_debtor_accounts(settings, {document.client for document in documents})
    accounts = accounts_of(settings)
    for document in documents:
        for case, gross in _by_case(document, settings).items():
            if gross:
                account, tax_key = accounts[case]
                yield _booking(document, gross, debtor=debtors[document.client_id], account=account, tax_key=tax_key)


def _by_case(document: Invoice, settings: DatevSettings) -> dict[Case, Decimal]:
    """Gross in euros by case, credit notes and advances set off as they stand; the sums are those of the document."""
    sums: dict[Case, Decimal] = {}
    ahead = settings.books_ahead((document.corrects or document).issued_on)
    for line in document.lines.all():
        case = case_of(
            category=line.vat_category,
            percent=line.vat_rate,
            is_advance=line.kind in AHEAD,
            is_package=ahead and line.kind == InvoiceLine.Kind.PACKAGE,
            is_voucher=is_voucher(line.vat_category, document.treatment),
        )
        sums[case] = sums.get(case, Decimal(0)) + line.net_amount + line.vat_amount
    rate = document.base_rate or Decimal(1)
    return {case: quantise(gross * rate, "EUR") for case, gross in sums.items()}


def _booking(document: Invoice, gross: Decimal, *, debtor: int, account: str, tax_key: str) -> Booking:
    """A credit note goes to the other side; one that takes back everything reverses its invoice on the same side."""
    is_credit = document.kind == Invoice.Kind.CREDIT_NOTE
    is_reversal = is_credit and document.correction_kind == CreditKind.FULL
    claims = (gross > 0) != (is_credit and not is_reversal)
    assert document.issued_on is not None  # noqa: S101  # issued ones alone leave
    origin = document.corrects or document
    return Booking(
        amount=abs(gross),
        side="S" if claims else "H",
        debtor=debtor,
        account=account,
        tax_key=tax_key,
        dated_on=document.issued_on,
        number=origin.number,
        second_number=document_number(document.number, 12) if is_credit else "",
        text=_text(document),
        vat_id=document.buyer_frozen.get("vat_id", "") if document.treatment == "reverse_charge" else "",
        supplied_on=document.supply_to,
        due_on=None if is_credit else document.due_on,
        is_reversal=is_reversal,
    )


def _text(document: Invoice) -> str:
    """Who, which document and, in another currency, how much in it."""
    said = [document.number, document.buyer_frozen.get("name", "")]
    if document.currency != "EUR":
        said.append(f"{document.gross_amount} {document.currency}")
    return " ".join(part for part in (said[0], *said[2:], said[1]) if part)


def _checked(content: bytes) -> bytes:
    """The file, if the checker finds nothing. ValidationError `refused_by_check` with the first faults."""
    if faults := find_faults(content):
        told = "; ".join(faults[:SHOWN_FAULTS])
        words = _("DATEV would refuse the file: %(faults)s") % {"faults": told}
        raise ValidationError(words, code="refused_by_check")
    return content


register_format(
    Format(
        "datev",
        gettext_lazy("DATEV bookings"),
        gettext_lazy("Buchungsstapel (EXTF 700) for the tax adviser: one booking for each document and account."),
        "csv",
        CSV,
        write_invoices,
        country="DE",
        prefix="EXTF_Buchungsstapel",
        setting="billing:datev_settings",
        missing=missing_of,
    ),
    Format(
        "datev_debtors",
        gettext_lazy("DATEV debtors"),
        gettext_lazy("Master data of the clients of these documents; the adviser reads it before the bookings."),
        "csv",
        CSV,
        write_debtor_list,
        country="DE",
        prefix="EXTF_DebKred_Stamm",
        setting="billing:datev_settings",
        missing=missing_of,
    ),
)
