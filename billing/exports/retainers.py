"""Columns of the list of retainers."""

from django.utils.translation import gettext_lazy as _

from billing.models import Retainer
from crm.exports import Column, Kind, Table

RETAINERS = Table(
    "retainers",
    _("Retainers"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("name", _("Name")),
        Column("status", _("Status"), Kind.CHOICE, choices=dict(Retainer.Status.choices)),
        Column("monthly_fee", _("Fee a month"), Kind.DECIMAL),
        Column("currency", _("Currency")),
        Column("price_includes_tax", _("Includes VAT"), Kind.BOOLEAN),
        Column("term_months", _("Term in months"), Kind.INTEGER),
        Column("starts_on", _("Starts on"), Kind.DATE),
        Column("committed_until_on", _("Committed until"), Kind.DATE),
        Column("ended_on", _("Ended on"), Kind.DATE),
        Column("included_minutes", _("Included hours"), Kind.HOURS),
        Column("renewal_mode", _("Renewal"), Kind.CHOICE, choices=dict(Retainer.RenewalMode.choices)),
        Column("one_off_price", _("One-off price"), Kind.DECIMAL),
    ],
)
