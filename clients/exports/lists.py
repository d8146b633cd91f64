"""Clients and what their data lack, as files."""

from django.utils.translation import gettext_lazy as _

from clients.models import (
    Client,
    Erasure,
)
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

COVERAGE = Table(
    "not-reached",
    _("Whom we do not reach"),
    [
        Column("client", _("Client"), value=lambda row: row.client.name),
        Column("tier", _("Tier"), value=lambda row: row.client.get_tier_display()),
        Column("alerts", _("What is wrong"), value=lambda row: " ".join(row.alerts)),
    ],
)

DEPENDENCE = Table(
    "dependence",
    _("What hangs on one of us"),
    [
        Column("employee", _("Person"), value=lambda row: str(row.employee)),
        Column("clients", _("Clients"), Kind.INTEGER, value=lambda row: row.figures.clients),
        Column("revenue", _("Revenue, 12 months"), Kind.DECIMAL, value=lambda row: row.figures.revenue),
        Column("share", _("Share"), Kind.DECIMAL, value=lambda row: row.figures.revenue_share, places=6),
        Column("names", _("Which"), value=lambda row: "; ".join(client.name for client in row.clients)),
    ],
)

QUALITY = Table(
    "data-quality",
    _("Data quality"),
    [
        Column("client", _("Client"), value=lambda row: row.client.name),
        Column("tier", _("Tier"), value=lambda row: row.client.get_tier_display()),
        Column("gap", _("Gap"), value=lambda row: str(row.words)),
        Column("other", _("Maybe the same as"), value=lambda row: row.other.name if row.other else ""),
        Column("account_manager", _("Account manager"), value=lambda row: str(row.client.account_manager or "")),
    ],
)

PAIRS = Table(
    "told-apart",
    _("Told apart"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("other", _("Not the same as"), source="other__name"),
        Column("said_by", _("Said by"), source="said_by__username"),
        Column("created_at", _("Said at"), Kind.MOMENT),
    ],
)

ERASURES = Table(
    "erasures",
    _("Erasures"),
    [
        Column("id", _("Number"), Kind.INTEGER),
        Column("client", _("Client"), source="client__name"),
        Column("asked_on", _("Asked on"), Kind.DATE),
        Column("state", _("State"), Kind.CHOICE, choices=dict(Erasure.State.choices)),
        Column("noted_by", _("Noted by"), source="noted_by__username"),
        Column("decided_at", _("Decided at"), Kind.MOMENT),
        Column("decided_by", _("Decided by"), source="decided_by__username"),
    ],
)
