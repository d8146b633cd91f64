"""The list of a month's reports as a file."""

from django.utils.translation import gettext_lazy as _

from clients.models.firm import Tier
from crm.exports import Column, Kind, Table

MONTHLY = Table(
    "monthly-reports",
    _("Monthly reports"),
    [
        Column("client", _("Client"), source="name"),
        Column("tier", _("Tier"), Kind.CHOICE, choices=dict(Tier.choices)),
        Column("account_manager", _("Account manager"), source="account_manager__username"),
        Column("month_on", _("Month"), Kind.DATE, source="report_month_on"),
        Column("sent_at", _("Sent at"), Kind.MOMENT, source="report_sent_at"),
        Column("recipient", _("Sent to"), source="report_recipient"),
        Column("mailed_at", _("Mail left at"), Kind.MOMENT, source="report_mailed_at"),
        Column("mail_error", _("Last failure"), source="report_mail_error"),
    ],
)
