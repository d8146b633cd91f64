"""What comes next for clients, as files: needs, acts, requests, advocates, first orders, the grid of services."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from clients.models import (
    Advocacy,
    Need,
    ProactiveAct,
    ScopeRequest,
    ServiceLine,
)
from clients.reports.whitespace import STATES
from crm.exports import Column, Kind, Table
from crm.web.formats import language

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


REFERRALS = Table(
    "referrals",
    _("Referrals"),
    [
        Column("referred_on", _("Referred on"), Kind.DATE),
        Column("referrer", _("Sent by"), source="referrer__name"),
        Column("contact", _("Who referred"), source="contact__last_name"),
        Column("client", _("New client"), source="client__name"),
        Column("revenue_since", _("Revenue since"), Kind.DECIMAL, source="shown_revenue"),
        Column("margin_since", _("Margin since"), Kind.DECIMAL, source="shown_margin"),
        Column("as_of", _("As of"), Kind.DATE, source="revenue_as_of_on"),
        Column("note", _("Note")),
    ],
)
