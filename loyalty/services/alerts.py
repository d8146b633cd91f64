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
from loyalty.services.concentration import Basis, Report, limits

KIND = "concentration"
DUE = timedelta(days=7)
QUIET = timedelta(days=30)
"""A partner who has closed an alert is not reminded of the same limit for so long."""


def raise_alerts(*reports: Report, at: datetime) -> int:
    """One open task for each basis, measure and step of its limits; says how many are new. Safe to run twice."""
    partner = User.objects.working().in_role(Role.PARTNER).order_by("pk").first()
    if partner is None:
        return 0
    bounds = limits(LoyaltyPolicy.load())
    drafts = [
        _draft(report.basis, finding, partner, at) for report in reports for finding in findings(report.figures, bounds)
    ]
    return renew_tasks(KIND, drafts, at=at, quiet_since=at - QUIET)


def _draft(basis: str, finding: Finding, partner: User, at: datetime) -> TaskDraft:
    return TaskDraft(
        kind=KIND,
        source=f"{basis}:{finding.measure}:{finding.state}:{finding.limit:g}",
        assignee=partner,
        title=lazy(_words, str)(basis, finding),
        due_at=at + DUE,
        url=f"{reverse('loyalty:portfolio')}?basis={basis}",
    )


def _words(basis: str, finding: Finding) -> str:
    """Written when the task is, in the partner's language."""
    near = finding.state == "near"
    words = {
        "top1": _("%(basis)s: the largest client nears its limit, %(value)s of %(limit)s")
        if near
        else _("%(basis)s: the largest client is %(value)s, limit %(limit)s"),
        "top3": _("%(basis)s: the three largest clients near their limit, %(value)s of %(limit)s")
        if near
        else _("%(basis)s: the three largest clients are %(value)s, limit %(limit)s"),
        "hhi_points": _("%(basis)s: concentration nears its limit, HHI %(value)s of %(limit)s")
        if near
        else _("%(basis)s: concentration is over its limit, HHI %(value)s, limit %(limit)s"),
    }[finding.measure]
    value, limit = _written(finding, finding.value), _written(finding, finding.limit)
    return words % {"basis": Basis(basis).label.capitalize(), "value": value, "limit": limit}


def _written(finding: Finding, value: float) -> str:
    exact = Decimal(repr(float(value)))
    return write_number(exact) if finding.measure == "hhi_points" else write_percent(exact)
