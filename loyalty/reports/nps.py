"""The NPS page and the page of one survey: figures, breakdowns, answers, open loops."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Contact, Task
from clients.models.firm import Tier
from crm.models import User
from crm.periods import trailing_months
from loyalty.models import NpsSnapshot, Survey, SurveyInvitation, SurveyResponse
from loyalty.reports.portfolio import nps_trend
from loyalty.rules.nps import TREND_NEEDS, Change, Counts, change, count
from loyalty.services.audience import choose_audience
from loyalty.services.nps import By, Group, Report, nps_report
from loyalty.services.surveys import DETRACTOR

PERIODS = (3, 12, 36)
SHOWN = 50

REASONS = {
    "opt_out": _("does not want surveys"),
    "person_any_90": _("was asked in the last 90 days"),
    "person_relational_180": _("was asked this question in the last 180 days"),
    "account_cap_3_per_30d": _("three people of this client were asked in 30 days"),
    "open_loop": _("a complaint or a bad answer is still open"),
    "too_new": _("the first delivery was less than 30 days ago"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One group of a breakdown as the diverging bar shows it; widths in per cent around the centre line."""

    label: str
    group: Group

    @property
    def counts(self) -> Counts:
        return self.group.counts

    @property
    def few(self) -> bool:
        return self.counts.n < TREND_NEEDS

    @property
    def detractor_width(self) -> float:
        return 50 * self.counts.detractors / self.counts.n

    @property
    def promoter_width(self) -> float:
        return 50 * self.counts.promoters / self.counts.n

    @property
    def passive_width(self) -> float:
        return 25 * self.counts.passives / self.counts.n


def nps_context(query: Mapping[str, str], *, user: User, on: date) -> dict[str, Any]:
    """Over what the person may read: a partner all answers, an account manager those of own clients."""
    months = int(query["months"]) if query.get("months") in {"3", "12", "36"} else 12
    window = trailing_months(on, months)
    report = nps_report(window, user=user)
    answers = SurveyResponse.objects.visible_to(user).select_related("client__figures", "contact", "survey")
    if words := query.get("q", "").strip()[:200]:
        answers = answers.filter(Q(comment__icontains=words) | Q(client__name__icontains=words))
    return {
        **_figures(report, user, on),
        "months": months,
        "periods": PERIODS,
        "words": words,
        "answers": answers[:SHOWN],
        "surveys": Survey.objects.visible_to(user)[:12],
        "loops": Task.objects.visible_to(user).unfinished().filter(kind=DETRACTOR).select_related("client", "contact"),
        "trend": nps_trend(),
    }


def survey_context(survey: Survey, *, on: date) -> dict[str, Any]:
    """A draft shows whom it would reach and whom not; a sent one its answers."""
    answers = survey.responses.select_related("client__figures", "contact")
    counts = count(answers.values_list("score", flat=True))
    invitations = SurveyInvitation.objects.filter(survey=survey)
    context = {
        "survey": survey,
        "counts": counts,
        "answers": answers[:SHOWN],
        "asked": invitations.count(),
        "sent": invitations.exclude(sent_at=None).count(),
        "failed": invitations.exclude(failed_at=None).select_related("contact"),
        "scores": {"counts": _by_score(answers.values_list("score", flat=True))},
    }
    return {**context, **(_draft(survey, on) if survey.state == Survey.State.DRAFT else _left_out(survey))}


def _draft(survey: Survey, on: date) -> dict[str, Any]:
    audience = choose_audience(survey, on=on)
    return {
        "people": audience.people,
        "excluded": [(contact, _worded(reasons)) for contact, reasons in audience.excluded],
    }


def _left_out(survey: Survey) -> dict[str, Any]:
    contacts = Contact.objects.select_related("client").in_bulk([row["contact"] for row in survey.excluded])
    rows = [
        (contacts[row["contact"]], _worded(row["reasons"])) for row in survey.excluded if row["contact"] in contacts
    ]
    return {"people": [], "excluded": rows}


def _worded(reasons: Any) -> str:
    return ", ".join(str(REASONS[reason]) for reason in reasons)


def _figures(report: Report, user: User, on: date) -> dict[str, Any]:
    return {
        "report": report,
        "change": _change(report, on),
        "scores": {"counts": _by_score(_scores(report, user))},
        "by_role": breakdown(report, By.BUYING_ROLE, user),
        "by_tier": breakdown(report, By.TIER, user),
    }


def breakdown(report: Report, by: By, user: User) -> list[Row]:
    labels = dict(Tier.choices if by == By.TIER else Contact.BuyingRole.choices)
    groups = nps_report(report.window, by=by, user=user).groups
    return [Row(str(labels.get(group.key, group.key)), group) for group in groups]


def _change(report: Report, on: date) -> Change | None:
    """Against the newest snapshot that is at least as old as half a year."""
    earlier = NpsSnapshot.objects.filter(as_of_on__lte=trailing_months(on, 6).start).order_by("-as_of_on").first()
    if earlier is None:
        return None
    return change(Counts(earlier.promoters, earlier.passives, earlier.detractors), report.counts)


def _scores(report: Report, user: User) -> list[int]:
    answers = SurveyResponse.objects.visible_to(user)
    window = answers.filter(answered_at__date__gte=report.window.start, answered_at__date__lt=report.window.end)
    return list(window.values_list("score", flat=True))


def _by_score(scores: Any) -> list[int]:
    counts = [0] * 11
    for score in scores:
        counts[score] += 1
    return counts
