"""Lists of the clients floor as files: the columns of a page, with the figures that the person may see."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.models import (
    Advocacy,
    Client,
    Complaint,
    DirectChannelGrant,
    Erasure,
    Inquiry,
    Interaction,
    Need,
    ProactiveAct,
    ScopeRequest,
    ServiceLine,
)
from clients.models.firm import Tier
from clients.reports.whitespace import STATES
from clients.templatetags.clients import outcome_words
from crm.exports import Column, Kind, Table
from crm.web.formats import language

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

NEEDS = Table(
    "needs",
    _("Needs"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("service_line", _("Service line"), source="service_line__name"),
        Column("evidence", _("How we know")),
        Column("due_on", _("By when"), Kind.DATE),
        Column("value", _("Value a year, net"), Kind.DECIMAL, source="shown_value"),
        Column("currency", _("Currency")),
        Column("status", _("State"), Kind.CHOICE, choices=dict(Need.Status.choices)),
        Column("mentioned_on", _("Mentioned on"), Kind.DATE),
        Column("closed_on", _("Closed on"), Kind.DATE),
        Column("reason", _("Why not")),
        Column("logged_by", _("Noted by"), source="logged_by__username"),
    ],
)

PROACTIVE = Table(
    "proactive-acts",
    _("Proactive acts"),
    [
        Column("acted_on", _("Done on"), Kind.DATE),
        Column("client", _("Client"), source="client__name"),
        Column("kind", _("Kind"), Kind.CHOICE, choices=dict(ProactiveAct.Kind.choices)),
        Column("service_line", _("Service line"), source="service_line__name"),
        Column("evidence", _("What we saw and did")),
        Column("result", _("What came of it")),
        Column("saved", _("Spared the client, net"), Kind.DECIMAL),
        Column("currency", _("Currency")),
        Column("client_told_at", _("Client told"), Kind.MOMENT),
        Column("use", _("Used as"), Kind.CHOICE, choices=dict(ProactiveAct.Use.choices)),
        Column("logged_by", _("Noted by"), source="logged_by__username"),
    ],
)
SCOPE = Table(
    "scope-requests",
    _("Scope requests"),
    [
        Column("asked_on", _("Asked on"), Kind.DATE),
        Column("client", _("Client"), source="client__name"),
        Column("what", _("What they ask for")),
        Column("in_contract", _("In the contract"), Kind.BOOLEAN),
        Column("estimated_minutes", _("Estimated minutes"), Kind.INTEGER),
        Column("answer", _("Answer"), Kind.CHOICE, choices=dict(ScopeRequest.Answer.choices)),
        Column("answered_by", _("Answered by"), source="answered_by__username"),
        Column("reason", _("Reason")),
        Column("logged_by", _("Noted by"), source="logged_by__username"),
    ],
)
ADVOCACY = Table(
    "advocacy",
    _("Advocacy"),
    [
        Column("asked_on", _("Asked on"), Kind.DATE),
        Column("client", _("Client"), source="client__name"),
        Column("contact", _("Who speaks"), source="contact__last_name"),
        Column("kind", _("Kind"), Kind.CHOICE, choices=dict(Advocacy.Kind.choices)),
        Column("title", _("Subject")),
        Column("status", _("State"), Kind.CHOICE, choices=dict(Advocacy.Status.choices)),
        Column("consent_on", _("Consent of"), Kind.DATE),
        Column("consent_evidence", _("How consent was given")),
        Column("published_on", _("Published on"), Kind.DATE),
        Column("link", _("Link")),
    ],
)

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

FIRST_ORDERS = Table(
    "first-orders",
    _("First orders"),
    [
        Column("client", _("Client"), value=lambda plan: plan.order.client.name),
        Column(
            "account_manager", _("Account manager"), value=lambda plan: str(plan.order.client.account_manager or "")
        ),
        Column("occasion", _("First order"), value=lambda plan: plan.order.occasion),
        Column("ordered_on", _("Ordered on"), Kind.DATE, value=lambda plan: plan.order.ordered_on),
        Column("until_on", _("Plan until"), Kind.DATE, value=lambda plan: plan.order.until_on),
        Column("done", _("Steps done"), Kind.INTEGER),
        Column("total", _("Steps that count"), Kind.INTEGER),
        Column("next", _("Next step"), value=lambda plan: str(plan.next.title) if plan.next else ""),
        Column("due_on", _("Due on"), Kind.DATE, value=lambda plan: plan.next.due_on if plan.next else None),
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


def whitespace_table(lines: Sequence[ServiceLine]) -> Table:
    """The grid as a file: a column for each service line, then what comes next and how often it came."""
    return Table(
        "whitespace",
        _("White space"),
        [
            Column("client", _("Client"), value=lambda row: row.client.name),
            Column("tier", _("Tier"), value=lambda row: row.client.get_tier_display()),
            Column("industry", _("Industry"), value=lambda row: row.client.industry),
            *(_line_column(place, line) for place, line in enumerate(lines)),
            Column("next", _("Next anchor"), value=lambda row: row.next_line.name_in(language()) if row.next else ""),
            Column("adopters", _("Took it"), Kind.INTEGER, value=lambda row: row.next and row.next.adopters),
            Column("peers", _("Similar clients"), Kind.INTEGER, value=lambda row: row.next and row.next.peers),
        ],
    )


def _line_column(place: int, line: ServiceLine) -> Column:
    return Column(line.code, line.name_in(language()), value=lambda row: str(STATES[row.cells[place].state]))
