"""How clients are treated, as files: complaints, praise, extras, promises."""

from django.utils.translation import gettext_lazy as _

from clients.models import (
    Complaint,
)
from clients.templatetags.clients import outcome_words
from crm.exports import Column, Kind, Table

FEEDBACK = [
    Column("received_on", _("Received"), Kind.DATE),
    Column("client", _("Client"), source="client__name"),
    Column("contact", _("Who said it"), source="contact__last_name"),
    Column("about", _("About whom"), source="about__username"),
    Column("channel", _("Channel"), Kind.CHOICE, choices=dict(Complaint._meta.get_field("channel").choices or ())),
    Column("is_public", _("Public"), Kind.BOOLEAN),
    Column("text", _("What was said")),
]

COMPLAINTS = Table(
    "complaints",
    _("Complaints"),
    [
        *FEEDBACK,
        Column("severity", _("Severity"), Kind.CHOICE, choices=dict(Complaint.Severity.choices)),
        Column("root_cause", _("Root cause"), Kind.CHOICE, choices=dict(Complaint.RootCause.choices)),
        Column("answer_until", _("Answer until"), Kind.MOMENT, source="promise__current_due_at"),
        Column("resolved_on", _("Settled on"), Kind.DATE),
        Column("resolution", _("What came of it")),
    ],
)

PRAISE = Table("praise", _("Praise"), [*FEEDBACK, Column("may_be_told", _("May be told"), Kind.BOOLEAN)])

EXTRAS = Table(
    "extras",
    _("Extras"),
    [
        Column("given_on", _("Given"), Kind.DATE),
        Column("client", _("Client"), source="client__name"),
        Column("name", _("Extra")),
        Column("given_by", _("Given by"), source="given_by__username"),
        Column("value", _("Value, net"), Kind.DECIMAL),
        Column("currency", _("Currency")),
        Column("times", _("How often so far"), Kind.INTEGER),
        Column("client_informed_at", _("Client told"), Kind.MOMENT),
        Column("closed_on", _("Closed on"), Kind.DATE),
        Column("withdrawn_on", _("Withdrawn on"), Kind.DATE),
        Column("withdrawal_reason", _("Why withdrawn")),
        Column("invoiced_on", _("Shown on an invoice on"), Kind.DATE),
    ],
)

PROMISES = Table(
    "promises",
    _("Promises"),
    [
        Column("client", _("Client"), value=lambda row: row.promise.client.name),
        Column("contact", _("To whom"), value=lambda row: str(row.promise.contact or "")),
        Column("text", _("Promise"), value=lambda row: row.promise.text),
        Column("made_by", _("Made by"), value=lambda row: str(row.promise.made_by)),
        Column("made_at", _("Made at"), Kind.MOMENT, value=lambda row: row.promise.made_at),
        Column("source", _("Said in a"), value=lambda row: row.promise.get_source_display()),
        Column("due_at", _("First date"), Kind.MOMENT, value=lambda row: row.promise.due_at),
        Column("current_due_at", _("Date now"), Kind.MOMENT, value=lambda row: row.promise.current_due_at),
        Column("outcome", _("Outcome"), value=lambda row: outcome_words(row.judged.outcome)),
        Column("kept_at", _("Kept at"), Kind.MOMENT, value=lambda row: row.promise.kept_at),
        Column("days_late", _("Days late"), Kind.INTEGER, value=lambda row: row.judged.days_late),
    ],
)

CAUSES = Table(
    "complaint-rates",
    _("Complaint rates"),
    [
        Column("cause", _("Root cause"), Kind.CHOICE, choices=dict(Complaint.RootCause.choices)),
        Column("n", _("Cases"), Kind.INTEGER),
        Column("share", _("Share"), Kind.DECIMAL, places=6),
        Column("rate", _("Per 100 clients and year"), Kind.DECIMAL),
    ],
)
