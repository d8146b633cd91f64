"""Columns of billing's files, one table per list."""

from django.utils.translation import gettext_lazy as _

from crm.exports import Column, Kind, Table

STATEMENT = Table(
    "statement",
    _("Statement"),
    [
        Column("occurred_on", _("Date"), Kind.DATE),
        Column("kind", _("Kind"), value=lambda row: row.get_kind_display()),
        Column("text", _("What"), value=lambda row: row.entry.description if row.entry else row.source),
        Column("person", _("Person"), value=lambda row: str(row.entry.employee) if row.entry else ""),
        Column("minutes", _("Hours"), Kind.HOURS),
        Column("balance_minutes", _("Balance"), Kind.HOURS, value=lambda row: row.running_minutes),
    ],
)

PACKAGES = Table(
    "packages",
    _("Hour packages"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("name", _("Package")),
        Column("kind", _("Kind")),
        Column("purchased_minutes", _("Bought"), Kind.HOURS),
        Column("balance", _("Left"), Kind.HOURS, source="account__balance_minutes"),
        Column("valid_from", _("Valid from"), Kind.DATE),
        Column("expires_on", _("Expires on"), Kind.DATE),
    ],
)
