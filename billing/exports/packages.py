"""Columns of billing's files, one table per list."""

from django.utils.translation import gettext_lazy as _

from crm.exports import Column, Kind, Table

STATEMENT = Table(
    "statement",
    _("Statement"),
    [
        Column("occurred_on", _("Date"), Kind.DATE),
        Column("kind", _("Kind")),
        Column("text", _("What")),
        Column("person", _("Person")),
        Column("minutes", _("Hours"), Kind.HOURS),
        Column("balance_minutes", _("Balance"), Kind.HOURS),
    ],
)

LIABILITY = Table(
    "contract-liability",
    _("Hours still owed"),
    [
        Column("client", _("Client"), source="package__client__name"),
        Column("package", _("Package"), source="package__name"),
        Column("seller", _("Own company"), source="package__seller__name"),
        Column("currency", _("Currency"), source="package__currency"),
        Column("opening", _("Opening"), Kind.DECIMAL, source="amounts__opening"),
        Column("sold", _("Sold"), Kind.DECIMAL, source="amounts__sold"),
        Column("drawn", _("Drawn"), Kind.DECIMAL, source="amounts__drawn"),
        Column("expired", _("Expired"), Kind.DECIMAL, source="amounts__expired"),
        Column("refunded", _("Refunded"), Kind.DECIMAL, source="amounts__refunded"),
        Column("closing", _("Closing"), Kind.DECIMAL, source="amounts__closing"),
        Column("closing_minutes", _("Hours"), Kind.HOURS, source="minutes__closing"),
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

FOLLOW_UPS = Table(
    "used-up-hours",
    _("What became of used up hours"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("used_up", _("Used up"), Kind.INTEGER),
        Column("followed", _("Bought more"), Kind.INTEGER),
        Column("stopped", _("Bought no more"), Kind.INTEGER),
        Column("last_used_up_on", _("Last used up on"), Kind.DATE),
    ],
)
"""Lots: purchases of hours, of which those still within the grace are neither followed nor stopped."""
