"""Lists of the loyalty floor as files."""

from django.utils.translation import gettext_lazy as _

from crm.exports import Column, Kind, Table
from loyalty.models import LossReview, LoyaltyAnswer

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
