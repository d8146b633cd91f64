"""Internal handover notes as a file: who took over from whom, and whether the note was read in time."""

from django.utils.translation import gettext_lazy as _

from crm.exports import Column, Kind, Table

SUCCESSIONS = Table(
    "handover-notes",
    _("Handover notes"),
    [
        Column("client", _("Client"), source="engagement__client__name"),
        Column("engagement", _("Engagement"), source="engagement__name"),
        Column("predecessor", _("Who leaves"), source="predecessor__username"),
        Column("successor", _("Who takes over"), source="successor__username"),
        Column("since_on", _("From"), Kind.DATE),
        Column("written_at", _("Written at"), Kind.MOMENT),
        Column("read_at", _("Read at"), Kind.MOMENT),
        Column("lead_alerted_at", _("Lead alerted at"), Kind.MOMENT),
    ],
)
