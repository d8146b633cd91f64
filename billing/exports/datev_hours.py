"""Drawn and expired hours as bookings for DATEV: net from advances received to revenue, one for each package.

For companies that book sold hours as advances. The VAT was booked with the sale, none is booked anew.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy

from billing.exports.datev import CSV, missing_of, write_stack
from billing.exports.formats import Format, register_format
from billing.models import DatevSettings, ExportBatch, Invoice
from billing.models.invoices import InvoiceQuery
from billing.rules.datev import Booking, Case
from billing.services.datev_settings import accounts_of
from clients.models import Seller
from crm.web.formats import write_hours


def books_advances(seller: Seller) -> bool:
    """Whether the company's sold hours are a debt at first: not on the account that their drawing would go to."""
    settings = DatevSettings.objects.filter(seller=seller).first()
    if settings is None:
        return False
    accounts = accounts_of(settings)
    return accounts[Case.PACKAGE][0] != accounts[Case.DRAWN][0]


def write_hours_drawn(batch: ExportBatch, _documents: InvoiceQuery) -> bytes:
    return write_stack(batch, "Stundenverbrauch", lambda settings: _bookings(settings, batch))


def _bookings(settings: DatevSettings, batch: ExportBatch) -> Iterator[Booking]:
    accounts = accounts_of(settings)
    (advances, _key), (revenue, tax_key) = accounts[Case.PACKAGE], accounts[Case.DRAWN]
    for row in batch.hours.select_related("package__client", "package__invoice_line__invoice"):
        if not row.amount:
            continue
        line = row.package.invoice_line
        yield Booking(
            amount=abs(row.amount),
            side="S" if row.amount > 0 else "H",
            debtor=advances,
            account=revenue,
            tax_key=tax_key,
            dated_on=batch.to_on,
            number=line.invoice.number if line else "",
            text=f"Verbrauch {write_hours(row.minutes)} {row.package.client.name} {row.package.name}",
        )


def no_documents() -> InvoiceQuery:
    return Invoice.objects.leaving().none()


register_format(
    Format(
        "datev_hours",
        gettext_lazy("DATEV drawn hours"),
        gettext_lazy(
            "Hours drawn or expired until the last day and not exported before, net from advances received to revenue; "
            "only where sold hours are booked as advances."
        ),
        "csv",
        CSV,
        write_hours_drawn,
        country="DE",
        prefix="EXTF_Buchungsstapel_Stunden",
        setting="billing:datev_settings",
        missing=missing_of,
        rows=no_documents,
        with_hours=True,
        applies=books_advances,
    )
)
