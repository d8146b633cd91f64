"""Columns of the list of offers."""

from django.utils.translation import gettext_lazy as _

from billing.models import Offer
from crm.exports import Column, Kind, Table

OFFERS = Table(
    "offers",
    _("Offers"),
    [
        Column("number", _("Number")),
        Column("version", _("Version"), Kind.INTEGER),
        Column("client", _("Client"), source="client__name"),
        Column("title", _("Title")),
        Column("status", _("Status"), Kind.CHOICE, choices=dict(Offer.Status.choices)),
        Column("basis", _("Basis"), Kind.CHOICE, choices=dict(Offer.Basis.choices)),
        Column("estimated_minutes", _("Estimate in hours"), Kind.HOURS),
        Column("signed_minutes", _("Signed hours"), Kind.HOURS),
        Column("used_minutes", _("Used hours"), Kind.HOURS),
        Column("hourly_rate", _("Price an hour"), Kind.DECIMAL),
        Column("fixed_price", _("Fixed price"), Kind.DECIMAL),
        Column("currency", _("Currency")),
        Column("price_includes_tax", _("Includes VAT"), Kind.BOOLEAN),
        Column("valid_until", _("Valid until"), Kind.DATE),
        Column("sent_at", _("Sent at"), Kind.MOMENT),
        Column("decided_at", _("Decided at"), Kind.MOMENT),
    ],
)

SPREADS = Table(
    "estimate-spreads",
    _("What the next work may take"),
    [
        Column("name", _("Service line")),
        Column("works", _("Delivered"), Kind.INTEGER),
        Column("typical", _("Typically"), Kind.DECIMAL, places=6),
        Column("low", _("Four of five from"), Kind.DECIMAL, places=6),
        Column("high", _("Four of five to"), Kind.DECIMAL, places=6),
        Column("mean", _("Mean of the logarithms"), Kind.DECIMAL, places=6),
        Column("mean_error", _("Error of the mean"), Kind.DECIMAL, places=6),
        Column("deviation", _("Deviation of the logarithms"), Kind.DECIMAL, places=6),
        Column("deviation_error", _("Error of the deviation"), Kind.DECIMAL, places=6),
    ],
)
"""Ratios as fractions; errors are those of the logarithms."""
