"""Alerts of concentration: a limit that is breached or nearly so becomes a partner's task, and goes with its cause."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from clients.services.tasks import TaskDraft, renew_tasks
from crm.access import Role
from crm.models import User
from crm.web.formats import write_number, write_percent
from loyalty.models import LoyaltyPolicy
from loyalty.rules.concentration import Finding, findings
from loyalty.services.concentration import Report, limits

KIND = "concentration"
DUE = timedelta(days=7)
QUIET = timedelta(days=30)
"""A partner who has closed an alert is not reminded of the same limit for so long."""


def raise_alerts(report: Report, *, at: datetime) -> int:
    """One open task for each measure and step of its limits; says how many are new. Safe to run twice."""
    partner = User.objects.working().in_role(Role.PARTNER).order_by("pk").first()
    if partner is None:
        return 0
    found = findings(report.figures, limits(LoyaltyPolicy.load()))
    drafts = [_draft(finding, partner, at) for finding in found]
    return renew_tasks(KIND, drafts, at=at, quiet_since=at - QUIET)


def _draft(finding: Finding, partner: User, at: datetime) -> TaskDraft:
    return TaskDraft(
        kind=KIND,
        source=f"{finding.measure}:{finding.state}:{finding.limit:g}",
        assignee=partner,
        title=lazy(_words, str)(finding),
        due_at=at + DUE,
        url=reverse("loyalty:portfolio"),
    )


def _words(finding: Finding) -> str:
    """Written when the task is, in the partner's language."""
    near = finding.state == "near"
    words = {
        "top1": _("The largest client nears its limit: %(value)s of revenue, limit %(limit)s")
        if near
        else _("The largest client is %(value)s of revenue, limit %(limit)s"),
        "top3": _("The three largest clients near their limit: %(value)s of revenue, limit %(limit)s")
        if near
        else _("The three largest clients are %(value)s of revenue, limit %(limit)s"),
        "hhi_points": _("Concentration nears its limit: HHI %(value)s, limit %(limit)s")
        if near
        else _("Concentration is over its limit: HHI %(value)s, limit %(limit)s"),
    }[finding.measure]
    return words % {"value": _written(finding, finding.value), "limit": _written(finding, finding.limit)}


def _written(finding: Finding, value: float) -> str:
    exact = Decimal(repr(float(value)))
    return write_number(exact) if finding.measure == "hhi_points" else write_percent(exact)
