"""Cash discounts that clients took, as bookings for DATEV: gross on the day of the payment, by the VAT of the invoice.

Only for advisers who do not book them with the bank's statement. What was taken back meanwhile does not leave.
"""

from collections.abc import Iterator

from django.db.models import Sum
from django.utils.translation import gettext_lazy

from billing.exports.datev import CSV, missing_of, write_stack
from billing.exports.formats import Format, register_format
from billing.models import Allocation, DatevSettings, ExportBatch, ExportedDocument, Invoice
from billing.models.invoices import InvoiceQuery
from billing.rules.cash_discount import split_discount
from billing.rules.datev import Booking, discount_case_of
from billing.services.datev_settings import accounts_of
from billing.services.debtors import give_debtor_accounts
from billing.services.totals import groups_left
from crm.money import quantise


def write_discounts(batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    found = Invoice.objects.discounted().filter(pk__in=documents.values("pk"))
    rows = found.select_related("client").prefetch_related("vat", "corrections__vat")
    return write_stack(
        batch, "Skonti", lambda settings: _bookings(settings, sorted(rows, key=lambda row: (row.leaves_on, row.pk)))
    )


def _bookings(settings: DatevSettings, invoices: list[Invoice]) -> Iterator[Booking]:
    debtors = give_debtor_accounts(settings, {invoice.client for invoice in invoices})
    accounts = accounts_of(settings)
    for invoice in invoices:
        for group in split_discount(invoice.leaves_amount, groups_left(invoice), currency=invoice.currency):
            case = discount_case_of(category=group.category, percent=group.percent)
            account, tax_key = accounts[case]
            gross = quantise((group.net_amount + group.vat_amount) * (invoice.base_rate or 1), "EUR")
            if not gross:
                continue
            yield Booking(
                amount=abs(gross),
                side="H" if gross > 0 else "S",
                debtor=debtors[invoice.client_id],
                account=account,
                tax_key=tax_key,
                dated_on=invoice.leaves_on,
                number=invoice.number,
                text=f"Skonto {invoice.number} {invoice.buyer_frozen.get('name', '')}",
                vat_id=invoice.buyer_frozen.get("vat_id", "") if group.category == "AE" else "",
            )


def changed_since(batch: ExportBatch) -> InvoiceQuery:
    """What had left by a batch and has another discount since: the adviser is told, no export does it."""
    rows = Allocation.objects.filter(made_at__gt=batch.created_at).exclude(discount_amount=0)
    left = ExportedDocument.objects.filter(format=batch.format, invoice__seller=batch.seller_id, batch__lte=batch.pk)
    sums = rows.filter(invoice__in=left.values("invoice")).order_by().values("invoice")
    other = sums.annotate(change=Sum("discount_amount")).exclude(change=0)
    return Invoice.objects.filter(pk__in=other.values("invoice")).order_by("pk")


register_format(
    Format(
        "datev_discounts",
        gettext_lazy("DATEV cash discounts"),
        gettext_lazy(
            "Cash discounts that clients took, on the day of their payment; only where the adviser does not book them "
            "with the bank."
        ),
        "csv",
        CSV,
        write_discounts,
        country="DE",
        prefix="EXTF_Buchungsstapel_Skonto",
        setting="billing:datev_settings",
        missing=missing_of,
        rows=Invoice.objects.discounted,
        changed=changed_since,
    )
)
