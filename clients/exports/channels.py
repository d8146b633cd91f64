"""Direct channels and what comes over them, as files."""

from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.models import (
    DirectChannelGrant,
    Inquiry,
    Interaction,
    PersonalRelationship,
)
from clients.models.firm import Tier
from crm.exports import Column, Kind, Table

CHANNELS = Table(
    "direct-channels",
    _("Direct channels"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("tier", _("Tier"), Kind.CHOICE, source="client__tier", choices=dict(Tier.choices)),
        Column("first_name", _("First name"), source="contact__first_name"),
        Column("last_name", _("Last name"), source="contact__last_name"),
        Column("channel", _("Channel"), Kind.CHOICE, choices=dict(DirectChannelGrant.Channel.choices)),
        Column("employee", _("Whose"), source="employee__username"),
        Column("granted_on", _("Granted on"), Kind.DATE),
        Column("basis", _("Ground"), Kind.CHOICE, choices=dict(DirectChannelGrant.Basis.choices)),
        Column("reason", _("Reason")),
        Column("approved_by", _("Decided by"), source="approved_by__username"),
        Column("review_since_on", _("Ground gone since"), Kind.DATE),
        Column("revoked_on", _("Taken back on"), Kind.DATE),
    ],
)


def _known_by(channel: DirectChannelGrant.Channel, row: Any) -> int:
    """How many clients hold this channel of the person."""
    return int(row.known.get(channel, 0))


REACH = Table(
    "reach",
    _("Who is known"),
    [
        Column("employee", _("Person"), value=lambda row: str(row.employee)),
        Column("clients", _("Clients ever worked for"), Kind.INTEGER, value=lambda row: row.clients),
        *(
            Column(
                channel.value,
                channel.label,
                Kind.INTEGER,
                value=partial(_known_by, channel),
            )
            for channel in DirectChannelGrant.Channel
        ),
        Column("to_review", _("Ground gone"), Kind.INTEGER, value=lambda row: row.to_review),
    ],
)

INQUIRIES = Table(
    "inquiries",
    _("Inquiries"),
    [
        Column("received_at", _("Received"), Kind.MOMENT),
        Column("client", _("Client"), source="client__name"),
        Column("contact", _("Who asks"), source="contact__last_name"),
        Column("channel", _("Came by"), Kind.CHOICE, choices=dict(Inquiry.Channel.choices)),
        Column("route", _("Routed to"), Kind.CHOICE, choices=dict(Inquiry.Route.choices)),
        Column("text", _("What they ask")),
        Column("reply", _("What they were told")),
        Column("owner", _("Who answers"), source="owner__username"),
        Column("due_at", _("Answer until"), Kind.MOMENT, source="promise__current_due_at"),
        Column("outcome", _("Ended as"), Kind.CHOICE, choices=dict(Inquiry.Outcome.choices)),
        Column("ended_at", _("Ended"), Kind.MOMENT),
        Column("answer", _("The answer")),
        Column("minutes", _("Minutes of free advice"), Kind.INTEGER),
        Column("service_line", _("Service line"), source="service_line__name"),
        Column("sold", _("Sold, net"), Kind.DECIMAL),
        Column("currency", _("Currency")),
    ],
)

HOSPITALITY = Table(
    "hospitality",
    _("Social and hospitality"),
    [
        Column("occurred_at", _("When"), Kind.MOMENT),
        Column("client", _("Client"), source="client__name"),
        Column("kind", _("Kind"), Kind.CHOICE, choices=dict(Interaction.Kind.choices)),
        Column("initiated_by", _("Initiated by"), Kind.CHOICE, choices=dict(Interaction.Initiator.choices)),
        Column("reason", _("Reason")),
        Column("cost", _("Cost"), Kind.DECIMAL, source="shown_cost"),
        Column("logged_by", _("Logged by"), source="logged_by__username"),
    ],
)

RELATIONSHIPS = Table(
    "relationships",
    _("Relationships"),
    [
        Column("employee", _("Person"), source="employee__username"),
        Column("client", _("Client"), source="client__name"),
        Column("first_name", _("First name"), source="contact__first_name"),
        Column("last_name", _("Last name"), source="contact__last_name"),
        Column("kind", _("Kind"), Kind.CHOICE, choices=dict(PersonalRelationship.Kind.choices)),
        Column("note", _("Note")),
        Column("declared_on", _("Declared on"), Kind.DATE),
        Column("ended_on", _("Ended on"), Kind.DATE),
    ],
)
