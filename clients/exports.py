"""Lists of the clients floor as files: the columns of a page, with the figures that the person may see."""

from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.models.firm import Tier
from crm.exports import Column, Kind, Table

CLIENTS = Table(
    "clients",
    _("Clients"),
    [
        Column("name", _("Client")),
        Column("legal_name", _("Legal name")),
        Column("city", _("City")),
        Column("country", _("Country")),
        Column("industry", _("Industry")),
        Column("status", _("Status"), Kind.CHOICE, choices=dict(Client.Status.choices)),
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
        Column("since_on", _("Client since"), Kind.DATE),
    ],
)
