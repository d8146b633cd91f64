"""Invoices and payments as files: the columns of their pages, one row for each document."""

from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from billing.models.invoices import State
from crm.exports import Column, Kind, Table

AGEING = Table(
    "ageing",
    _("Owed by age"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("current", _("Not due"), Kind.DECIMAL, source="ages__current"),
        Column("d1_30", _("1 to 30 days"), Kind.DECIMAL, source="ages__d1_30"),
        Column("d31_60", _("31 to 60 days"), Kind.DECIMAL, source="ages__d31_60"),
        Column("d61_90", _("61 to 90 days"), Kind.DECIMAL, source="ages__d61_90"),
        Column("d90_plus", _("over 90 days"), Kind.DECIMAL, source="ages__d90_plus"),
        Column("total", _("Owed"), Kind.DECIMAL, source="ages__total"),
    ],
)

INVOICES = Table(
    "invoices",
    _("Invoices"),
    [
        Column("number", _("Number")),
        Column("kind", _("Document"), Kind.CHOICE, choices=dict(Invoice.Kind.choices)),
        Column("status", _("Status"), Kind.CHOICE, source="state", choices=dict(State.choices)),
        Column("client", _("Client"), source="client__name"),
        Column("seller", _("Own company"), source="seller__name"),
        Column("issued_on", _("Issued on"), Kind.DATE),
        Column("due_on", _("Due on"), Kind.DATE),
        Column("supply_from", _("Supplied from"), Kind.DATE),
        Column("supply_to", _("Supplied until"), Kind.DATE),
        Column("currency", _("Currency")),
        Column("net_amount", _("Net"), Kind.DECIMAL),
        Column("vat_amount", _("VAT"), Kind.DECIMAL),
        Column("gross_amount", _("Gross"), Kind.DECIMAL),
        Column("paid_amount", _("Paid"), Kind.DECIMAL),
        Column("discounted_amount", _("Cash discount"), Kind.DECIMAL),
        Column("credited_amount", _("Credited"), Kind.DECIMAL),
        Column("written_off_amount", _("Written off"), Kind.DECIMAL),
        Column("balance_amount", _("Still owed"), Kind.DECIMAL, source="owed_amount"),
        Column("buyer_reference", _("Buyer reference")),
    ],
)

PAYMENTS = Table(
    "payments",
    _("Payments"),
    [
        Column("received_on", _("Received on"), Kind.DATE),
        Column("client", _("Client"), source="client__name"),
        Column("seller", _("Own company"), source="seller__name"),
        Column("amount", _("Amount"), Kind.DECIMAL),
        Column("refunded_amount", _("Paid back or returned"), Kind.DECIMAL),
        Column("unapplied_amount", _("Not applied"), Kind.DECIMAL),
        Column("currency", _("Currency")),
        Column("reference", _("Reference")),
        Column("payer_name", _("Paid by")),
    ],
)
