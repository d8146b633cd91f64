"""Lists of the clients floor as files: the columns of a page, with the figures that the person may see."""

from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.models.firm import Tier
from crm.exports import Column, Kind, Table

OWN_FIELDS = ("legal_name", "city", "country", "industry", "status")
"""What the file needs beside the figures: `rows.with_shown_fields(user, *OWN_FIELDS)`."""
CLIENTS = Table(
    "clients",
    _("Clients"),
    [
        Column("name", _("Client")),
        Column("legal_name", _("Legal name"), source="shown_legal_name"),
        Column("city", _("City"), source="shown_city"),
        Column("country", _("Country"), source="shown_country"),
        Column("industry", _("Industry"), source="shown_industry"),
        Column("status", _("Status"), Kind.CHOICE, source="shown_status", choices=dict(Client.Status.choices)),
        Column("tier", _("Tier"), Kind.CHOICE, choices=dict(Tier.choices)),
        Column("account_manager", _("Account manager"), source="account_manager__username"),
        Column("health_score", _("Health"), Kind.INTEGER, source="shown_health_score"),
        Column("nps", "NPS", Kind.DECIMAL, source="shown_nps", places=0),
        Column("badge_value", _("Lifetime value"), Kind.DECIMAL, source="shown_badge_value"),
        Column("band_low", _("Value from"), Kind.DECIMAL, source="shown_band_low"),
        Column("band_high", _("Value under"), Kind.DECIMAL, source="shown_band_high"),
        Column("revenue_12m", _("Revenue, 12 months"), Kind.DECIMAL, source="shown_revenue_12m"),
        Column("revenue_share", _("Share of firm"), Kind.DECIMAL, source="shown_revenue_share", places=6),
        Column("receivables", _("Owes us"), Kind.DECIMAL, source="shown_receivables"),
        Column("currency", _("Currency"), source="base_currency"),
        Column("anchors", _("Anchors"), Kind.INTEGER, source="shown_anchors"),
        Column("last_contact", _("Last contact"), Kind.MOMENT, source="shown_last_two_way_at"),
        Column("since_on", _("Client since"), Kind.DATE, source="shown_since_on"),
    ],
)
