"""Services to businesses in the EU, for the recapitulative statement of a German company (UStG § 18a)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Case, DateField, F, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.exports.formats import Format, register_format
from billing.models import ExportBatch, Invoice
from billing.models.invoices import InvoiceQuery
from billing.rules.zm import MOST_ROWS, Supplied, ZmRow, is_zm_period, write_zm, zm_rows
from billing.services.currencies import base_currency
from clients.models import Seller

CSV = "text/csv; charset=utf-8"


def services_abroad() -> InvoiceQuery:
    """Issued reverse-charge documents: invoices by the last day of supply, credit notes by their own day.

    A change of the price belongs to the period in which it came (UStG § 18a(8) with § 17).
    """
    credited = When(kind=Invoice.Kind.CREDIT_NOTE, then=F("issued_on"))
    day = Case(credited, default=F("supply_to"), output_field=DateField())
    rows: Any = Invoice.objects.leaving().filter(treatment=Invoice.Treatment.REVERSE_CHARGE)
    found: InvoiceQuery = rows.annotate(leaves_on=day)
    return found


def zm_rows_of(documents: Iterable[Invoice]) -> list[ZmRow]:
    """By VAT ID, net in euros as the documents froze it."""
    return zm_rows(
        Supplied(
            str(row.buyer_frozen.get("vat_id", "")),
            (row.base_net_amount or Decimal(0)) * (-1 if row.kind == Invoice.Kind.CREDIT_NOTE else 1),
        )
        for row in documents
    )


def write_statement(batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    """ValidationError `zm_period` unless it is a whole month or quarter of all clients, `too_many`,
    and `required` at `reason` for a period of which something has left."""
    if batch.is_narrowed or not is_zm_period(batch.from_on, batch.to_on):
        words = _("The recapitulative statement is of a whole month or quarter and of all documents.")
        raise ValidationError({"to": ValidationError(words, code="zm_period")})
    if not batch.is_repeat and _has_left(batch):
        words = _("This period has left: give a reason, so that the file states it as a whole again.")
        raise ValidationError({"reason": ValidationError(words, code="required")})
    rows = zm_rows_of(documents)
    if len(rows) > MOST_ROWS:
        words = _("One file takes %(n)s VAT IDs: export by month.") % {"n": MOST_ROWS}
        raise ValidationError({"to": ValidationError(words, code="too_many")})
    return write_zm(rows)


def _has_left(batch: ExportBatch) -> bool:
    """Whether an earlier statement holds days of this one: the form takes sums, not what came on top of them."""
    earlier = ExportBatch.objects.filter(format=batch.format, seller=batch.seller_id).exclude(pk=batch.pk)
    return earlier.filter(from_on__lte=batch.to_on, to_on__gte=batch.from_on).exists()


def missing_euro(_seller: Seller) -> Sequence[str]:
    if base_currency() == "EUR":
        return ()
    return (_("The statement is in euros: the base currency of the firm is another."),)


register_format(
    Format(
        "zm",
        gettext_lazy("Recapitulative statement (ZM)"),
        gettext_lazy(
            "Services to businesses in the EU by VAT ID in whole euros, of a month or quarter, for ELSTER; "
            "a period that has left is corrected by a repeat."
        ),
        "csv",
        CSV,
        write_statement,
        country="DE",
        prefix="ZM",
        missing=missing_euro,
        rows=services_abroad,
    )
)
