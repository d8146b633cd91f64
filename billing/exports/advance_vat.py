"""Advance VAT invoices as a list: the columns of their page, one row for each with what is deducted and left."""

from django.utils.translation import gettext_lazy as _

from crm.exports import Column, Kind, Table

ADVANCE_VAT = Table(
    "advance-vat",
    _("Advance VAT invoices"),
    [
        Column("number", _("Number")),
        Column("issued_on", _("Issued on"), Kind.DATE),
        Column("received_on", _("Received on"), Kind.DATE),
        Column("payment_number", _("Number of the payment order")),
        Column("client", _("Client"), source="invoice__client__name"),
        Column("seller", _("Own company"), source="seller__name"),
        Column("invoice", _("Invoice"), source="invoice__number"),
        Column("currency", _("Currency")),
        Column("gross_amount", _("Received"), Kind.DECIMAL),
        Column("vat_amount", _("VAT"), Kind.DECIMAL),
        Column("deducted_vat", _("VAT deducted"), Kind.DECIMAL),
        Column("rest_vat", _("VAT left"), Kind.DECIMAL),
        Column("withdrawn_on", _("Taken back on"), Kind.DATE, source="withdrawal__withdrawn_on"),
    ],
)
