"""Lists of the loyalty floor as files."""

from django.utils.translation import gettext_lazy as _

from clients.models import Contact
from clients.models.firm import Tier
from crm.exports import Column, Kind, Table
from loyalty.models import Idea, LossReview, LoyaltyAnswer

ROLES = dict(Contact.BuyingRole.choices)

LOSSES = Table(
    "losses",
    _("Lost clients"),
    [
        Column("client", _("Client"), source="client__name"),
        Column("kind", _("What happened"), Kind.CHOICE, choices=dict(LossReview.Kind.choices)),
        Column("happened_on", _("Happened on"), Kind.DATE),
        Column("value_lost", _("Value lost"), Kind.DECIMAL),
        Column("revenue_lost", _("Yearly revenue lost"), Kind.DECIMAL),
        Column("currency", _("Currency")),
        Column("health_before", _("Health 90 days before"), Kind.INTEGER),
        Column("cause", _("Cause"), Kind.CHOICE, choices=dict(LossReview.Cause.choices)),
        Column("outcome", _("Where they went"), Kind.CHOICE, choices=dict(LossReview.Outcome.choices)),
        Column("sign_missed", _("Sign we missed")),
        Column("lessons", _("Lessons")),
        Column("win_back_on", _("Win back on"), Kind.DATE),
        Column("won_back_on", _("Won back on"), Kind.DATE),
        Column("concluded_on", _("Concluded on"), Kind.DATE),
    ],
)

GIVEN = Table(
    "answers",
    _("Answers"),
    [
        Column("answered_at", _("Answered at"), Kind.MOMENT),
        Column("survey", _("Survey"), source="survey__name"),
        Column("client", _("Client"), source="client__name"),
        Column("tier", _("Tier"), Kind.CHOICE, source="client__tier", choices=dict(Tier.choices)),
        Column("account_manager", _("Account manager"), source="client__account_manager__username"),
        Column("first_name", _("First name"), source="contact__first_name"),
        Column("last_name", _("Last name"), source="contact__last_name"),
        Column("position", _("Position"), source="contact__position"),
        Column("buying_role", _("Buying role"), Kind.CHOICE, "contact__buying_role", choices=ROLES),
        Column("level", _("Level"), Kind.CHOICE, "contact__level", choices=dict(Contact.Level.choices)),
        Column("score", _("Score"), Kind.INTEGER),
        Column("comment", _("Comment")),
        Column("call_back", _("Wants to be called"), Kind.BOOLEAN),
    ],
)

ANSWERS = Table(
    "loyalty_tests",
    _("Loyalty tests"),
    [
        Column("client", _("Client"), source="test__client__name"),
        Column("quarter_on", _("Quarter from"), Kind.DATE, source="test__quarter_on"),
        Column("question", _("Question"), Kind.CHOICE, choices=dict(LoyaltyAnswer.Ask.choices)),
        Column("answer", _("Answer")),
        Column("evidence", _("Evidence")),
        Column("answered_on", _("Answered on"), Kind.DATE),
    ],
)

IDEAS = Table(
    "ideas",
    _("Ideas"),
    [
        Column("noted_on", _("Noted on"), Kind.DATE),
        Column("text", _("What the client finds")),
        Column("proposal", _("What we would change")),
        Column("touch_point", _("Touch point"), Kind.CHOICE, choices=dict(Idea.TouchPoint.choices)),
        Column("finding", _("Finding"), Kind.CHOICE, choices=dict(Idea.Finding.choices)),
        Column("source", _("Where it comes from"), Kind.CHOICE, choices=dict(Idea.Source.choices)),
        Column("client", _("Client"), source="client__name"),
        Column("usefulness", _("Usefulness"), Kind.INTEGER),
        Column("cost", _("Cost"), Kind.INTEGER),
        Column("difficulty", _("Difficulty"), Kind.INTEGER),
        Column("score", _("Score"), Kind.INTEGER),
        Column("state", _("State"), Kind.CHOICE, choices=dict(Idea.State.choices)),
        Column("owner", _("Who does it"), source="owner__username"),
        Column("due_on", _("To be done by"), Kind.DATE),
        Column("done_on", _("Done on"), Kind.DATE),
        Column("outcome", _("What came of it, or why not")),
    ],
)

RETENTION = Table(
    "retention",
    _("Retention"),
    [
        Column("what", _("What")),
        Column("anchors", _("Anchors"), Kind.INTEGER),
        Column("n", _("Clients or quarters"), Kind.INTEGER),
        Column("year", _("Year"), Kind.INTEGER),
        Column("share", _("Share"), Kind.DECIMAL),
        Column("low", _("Interval from"), Kind.DECIMAL),
        Column("high", _("Interval to"), Kind.DECIMAL),
    ],
)

CONSULTANTS = Table(
    "quality-of-work",
    _("Quality of work"),
    [
        Column("person", _("Person"), value=lambda row: str(row.person)),
        Column("billed_minutes", _("Billed minutes"), Kind.INTEGER),
        Column(
            "warranty", _("Warranty by billed"), Kind.DECIMAL, places=4, value=lambda row: row.by_name["warranty"].value
        ),
        Column(
            "complaints", _("Complaints per 1,000 h"), Kind.DECIMAL, value=lambda row: row.by_name["complaints"].value
        ),
        Column("complaints_n", _("Complaints"), Kind.INTEGER, value=lambda row: row.by_name["complaints"].n),
        Column("first_month", _("Complaints of the first month"), Kind.INTEGER, source="ramp_complaints"),
        Column("nps", _("NPS after deliveries"), Kind.DECIMAL, places=1, value=lambda row: row.by_name["nps"].value),
        Column("nps_n", _("Answers"), Kind.INTEGER, value=lambda row: row.by_name["nps"].n),
        Column("honour", _("Promises honoured"), Kind.DECIMAL, places=4, value=lambda row: row.by_name["honour"].value),
        Column("honour_n", _("Promises"), Kind.INTEGER, value=lambda row: row.by_name["honour"].n),
    ],
)
