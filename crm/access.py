"""Who may do what: one table of rights, asked by pages and API alike.

A right is `noun.verb`. Which *rows* a person sees is said by each model's `visible_to(user)`; the rights here say
which *acts* a role has at all. A missing `see` right answers 404, every other missing right 403.

`integration` marks a service account and grants nothing by itself. The roles that it holds beside are its role group:
they say which acts and rows a program has, as for a person, and a partner edits them where roles of people are edited.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from crm.models import User


class Role(TextChoices):
    PARTNER = "partner", _("Partner")
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    CONSULTANT = "consultant", _("Consultant")
    FINANCE = "finance", _("Finance")
    INTEGRATION = "integration", _("Integration")


P, A, C, F = Role.PARTNER, Role.ACCOUNT_MANAGER, Role.CONSULTANT, Role.FINANCE
STAFF = frozenset({P, A, C, F})

RIGHTS: Mapping[str, frozenset[Role]] = {
    # the firm
    "firm.change": frozenset({P}),
    "user.see": STAFF,
    "user.change": frozenset({P}),
    "audit.see": frozenset({P, F}),
    "job.see": frozenset({P, F, A}),
    "job.run": frozenset({P}),
    "webhook.see": frozenset({P}),
    "webhook.change": frozenset({P}),
    # clients
    "client.see": STAFF,
    "client.add": frozenset({P, A}),
    "client.change": frozenset({P, A}),
    "client.import": frozenset({P, F}),
    "contact.see": STAFF,
    "contact.change": frozenset({P, A}),
    "contact.export": frozenset({P, A}),
    "erasure.see": frozenset({P, A}),
    "erasure.change": frozenset({P, A}),
    "erasure.decide": frozenset({P}),
    "profile.see": frozenset({P, A, C}),
    "profile.change": frozenset({P, A, C}),
    "designation.see": frozenset({P, A, F}),
    "designation.change": frozenset({P, A}),
    "interaction.see": frozenset({P, A, C}),
    "interaction.add": frozenset({P, A, C}),
    "interaction.import": frozenset({P}),
    "promise.see": frozenset({P, A, C}),
    "promise.change": frozenset({P, A, C}),
    "promise.third_date": frozenset({P}),
    "complaint.see": frozenset({P, A, C}),
    "complaint.change": frozenset({P, A, C}),
    "complaint.report": frozenset({P, A}),
    "extra.see": STAFF,
    "extra.change": frozenset({P, A, C}),
    "referral.see": frozenset({P, A, F}),
    "referral.change": frozenset({P, A}),
    "need.see": frozenset({P, A, C}),
    "need.change": frozenset({P, A, C}),
    "whitespace.see": frozenset({P, A}),
    "proactive.see": frozenset({P, A, C}),
    "proactive.change": frozenset({P, A, C}),
    "scope.see": frozenset({P, A, C}),
    "scope.change": frozenset({P, A, C}),
    "care.change": frozenset({P}),
    "advocacy.see": frozenset({P, A}),
    "advocacy.change": frozenset({P, A}),
    "channel.see": frozenset({P, A, C}),
    "channel.change": frozenset({P, A}),
    "channel.override": frozenset({P}),
    "inquiry.see": frozenset({P, A, C}),
    "inquiry.change": frozenset({P, A, C}),
    "relationship.see": frozenset({P, A, C}),
    "relationship.change": frozenset({P, A, C}),
    "distance.change": frozenset({P}),
    "absence.see": STAFF,
    "absence.change": STAFF,
    "notice.see": STAFF,
    "notice.change": STAFF,
    "attention.see": frozenset({P, A}),
    "import.see": STAFF,  # each kind of file asks for its own right besides
    "import.change": STAFF,
    "quality.change": frozenset({P, A}),
    "quality.see": frozenset({P, A}),
    "task.see": STAFF,
    "task.change": STAFF,
    "member.see": STAFF,
    "member.change": frozenset({P, A}),
    "service_line.see": STAFF,
    "service_line.change": frozenset({P}),
    "seller.see": STAFF,
    "seller.change": frozenset({P, F}),
    "tier.see": STAFF,
    "tier.change": frozenset({P}),
    # billing
    "vat_rate.change": frozenset({P, F}),
    "series.change": frozenset({P, F}),
    "rate.see": frozenset({P, A, F}),
    "rate.change": frozenset({P, F}),
    "engagement.see": STAFF,
    "succession.see": frozenset({P, A, C}),
    "succession.change": frozenset({P, A, C}),
    "engagement.change": frozenset({P, A}),
    "monthly_report.see": frozenset({P, A, C}),
    "monthly_report.change": frozenset({P, A}),
    "offer.see": STAFF,
    "offer.change": frozenset({P, A, C}),
    "offer.send": frozenset({P, A}),
    "offer.override": frozenset({P}),
    "offer.report": frozenset({P, A, C}),
    "overrun.report": STAFF,
    "retainer.see": STAFF,
    "retainer.change": frozenset({P, A}),
    "retainer.checkpoint": frozenset({P, A, C}),
    "retainer.settle": frozenset({P}),
    "retainer.report": frozenset({P, A, F}),
    "package.see": STAFF,
    "package.change": frozenset({P, A, F}),
    "package.refund": frozenset({P, F}),
    "package.extend": frozenset({P}),
    "time.see": STAFF,
    "time.log": frozenset({P, A, C}),
    "time.import": STAFF,  # one's own, and for others who may log for them
    "time.approve": frozenset({P, A, C}),  # a consultant as lead of the engagement
    "week.see": frozenset({P, F}),
    "week.change": frozenset({P, F}),
    "attachment.see": STAFF,  # each file asks besides for what it hangs on
    "attachment.change": STAFF,
    "expense.see": STAFF,
    "expense.change": STAFF,
    "expense.approve": frozenset({P, A, C, F}),  # a consultant as lead of the engagement
    "question.see": STAFF,
    "question.change": frozenset({P, A, C}),
    "goodwill.see": frozenset({P, A, F}),
    "goodwill.change": frozenset({P}),
    "cost.see": frozenset({P, F}),
    "utilization.see": frozenset({P, A, F}),
    "lock.see": STAFF,
    "lock.change": frozenset({P, F}),
    "invoice.see": frozenset({P, A, F}),
    "invoice.draft": frozenset({P, F, C}),
    "invoice.change": frozenset({P, F}),
    "invoice.issue": frozenset({P, F}),
    "payment.see": frozenset({P, A, F}),
    "payment.change": frozenset({P, F}),
    "write_off.ask": frozenset({P, F}),
    "write_off.approve": frozenset({P}),
    "discount.see": frozenset({P, A, F}),
    "discount.change": frozenset({P, A, F}),
    "discount.approve": frozenset({P}),
    "product.see": frozenset({P, A, C, F}),
    "product.change": frozenset({P, F}),
    "dunning.see": frozenset({P, A, F}),
    "dunning.change": frozenset({P, F}),
    "dunning.policy": frozenset({P}),
    "exchange_rate.see": frozenset({P, F}),
    "exchange_rate.change": frozenset({P, F}),
    "bank.see": frozenset({P, F}),
    "bank.change": frozenset({P, F}),
    "service_act.see": frozenset({P, A, F}),
    "service_act.change": frozenset({P, F}),
    "export.see": frozenset({P, F}),
    "export.change": frozenset({P, F}),
    # loyalty
    "portfolio.see": frozenset({P}),
    "value.see": STAFF,
    "value.amounts": frozenset({P, A, F}),
    "value.change": frozenset({P}),
    "calculator.see": frozenset({P, A}),
    "health.see": frozenset({P, A, C}),
    "consultant_quality.see": frozenset({P, A, C}),
    "loss.see": frozenset({P, A}),
    "loss.change": frozenset({P, A}),
    "loyalty_test.see": frozenset({P, A}),
    "loyalty_test.change": frozenset({P, A}),
    "measure.see": frozenset({P, A}),
    "measure.change": frozenset({P}),
    "idea.see": frozenset({P, A, C}),
    "idea.change": frozenset({P, A, C}),
    "loop.see": frozenset({P, A}),
    "loop.change": frozenset({P, A}),
    "survey.see": frozenset({P, A}),
    "survey.change": frozenset({P, A}),
    "loyalty_policy.change": frozenset({P}),
    "firm_figure.see": frozenset({P, F}),
    "firm_figure.change": frozenset({P, F}),
}


def is_service(roles: Collection[str]) -> bool:
    """Whether these are the roles of a program: it speaks with a token, signs in nowhere and is nobody's colleague."""
    return Role.INTEGRATION in roles


def lacks_role_group(roles: Collection[str]) -> bool:
    """Whether a service account has nothing that would say what it may do."""
    return is_service(roles) and set(roles) <= {Role.INTEGRATION}


def may(user: "User | AnonymousUser", right: str) -> bool:
    """Whether one of the user's roles grants the right. Raises KeyError for a right that does not exist."""
    if not user.is_authenticated or not user.is_active:
        return False
    return not RIGHTS[right].isdisjoint(user.roles)


def visible(rows: "QuerySet[Any]", user: "User | AnonymousUser") -> "QuerySet[Any]":
    """Rows limited to what the person may see, for tables that know the difference."""
    limit = getattr(rows, "visible_to", None)
    if limit is None:
        return rows
    return cast("QuerySet[Any]", limit(user)) if user.is_authenticated else rows.none()
