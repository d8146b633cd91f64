"""The NPS page and the page of one survey: figures, breakdowns, answers, open loops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientAnchor, Contact, KeyClientDesignation, ServiceLine
from clients.models.client import holder_of
from clients.models.firm import Tier
from crm.models import Firm, User
from crm.periods import DateRange, trailing_months
from crm.web.formats import language
from loyalty.models import DetractorLoop, Survey, SurveyInvitation, SurveyResponse
from loyalty.reports.charts import nps_quarters, nps_trend
from loyalty.reports.grids.answers import quarters_grid, scores_grid
from loyalty.reports.loops import loop_panel
from loyalty.rules.nps import TREND_NEEDS, Change, Counts, change, count
from loyalty.services.audience import choose_audience
from loyalty.services.concentration import fraction
from loyalty.services.loops import loops_within
from loyalty.services.nps import YARDSTICK, By, Group, Report, nps_report, points, report_groups, start_of

PERIODS = (3, 12, 36)
SURVEYS = 12

REASONS = {
    "opt_out": _("does not want surveys"),
    "person_any_90": _("was asked not long ago"),
    "person_relational_180": _("was asked this question not long ago"),
    "account_cap_3_per_30d": _("enough people of this client were asked within 30 days"),
    "open_loop": _("a complaint or a bad answer is still open"),
    "too_new": _("the first delivery was only just"),
    "has_left": _("has left the client"),
    "asked_here": _("was asked in this survey already"),
}
SCORES: Mapping[str, tuple[int, int]] = {"detractor": (0, 6), "passive": (7, 8), "promoter": (9, 10)}
CATEGORIES = [("detractor", _("Detractors")), ("passive", _("Passives")), ("promoter", _("Promoters"))]


LABELS: Mapping[By, Mapping[Any, Any]] = {
    By.TIER: dict(Tier.choices),
    By.LEVEL: dict(Contact.Level.choices),
    By.BUYING_ROLE: dict(Contact.BuyingRole.choices),
    By.DESIGNATION: {YARDSTICK: _("quality yardstick"), **dict(KeyClientDesignation.Type.choices)},
}


BREAKDOWNS: Mapping[str, By] = {
    "role": By.BUYING_ROLE,
    "tier": By.TIER,
    "designation": By.DESIGNATION,
    "line": By.SERVICE_LINE,
    "employee": By.EMPLOYEE,
    "level": By.LEVEL,
}
"""By what the page breaks answers down; the keys filter the answers as well."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One group of a breakdown; widths in per cent of each half of the diverging bar, as CSS writes them."""

    key: str
    label: str
    group: Group

    @property
    def counts(self) -> Counts:
        return self.group.counts

    @property
    def figures(self) -> "Figures":
        return figures_of(self.group.counts, self.group)

    @property
    def few(self) -> bool:
        return self.counts.n < TREND_NEEDS

    @property
    def detractors(self) -> str:
        return f"{100 * self.counts.detractors / self.counts.n:.2f}%"

    @property
    def passives(self) -> str:
        return f"{50 * self.counts.passives / self.counts.n:.2f}%"

    @property
    def promoters(self) -> str:
        return f"{100 * self.counts.promoters / self.counts.n:.2f}%"


type Figures = Mapping[str, Any]


def figures_of(counts: Counts, of: "Group | Report") -> Figures:
    """NPS and its interval in whole points, as Decimals for a template."""
    return {
        "nps": points(counts.nps),
        "low": points(of.interval.low) if of.interval else None,
        "high": points(of.interval.high) if of.interval else None,
    }


def nps_context(*, user: User, on: date, at: datetime, months: int) -> dict[str, Any]:
    """Over what the person may read: a partner all answers, an account manager those of own clients."""
    window = trailing_months(on, months)
    report = nps_report(window, user=user)
    before = nps_report(DateRange(trailing_months(window.start, months).start, window.start), user=user)
    loops = loops_within(window, user=user)
    return {
        "report": report,
        **figures_of(report.counts, report),
        "response_rate": fraction(report.response_rate),
        "views": views_of(report),
        "account_counts": report.account_counts,
        "scores_grid": scores_grid(by_score(each.score for each in report.given)),
        "change": _change(before, report),
        "scores": {"counts": by_score(each.score for each in report.given)},
        **{f"by_{code}": bars(report, by) for code, by in BREAKDOWNS.items()},
        "quarters": (quarters := nps_quarters(user=user, on=on)),
        "nps_figures": nps_trend(quarters),
        "quarters_grid": quarters_grid(quarters),
        "currency": Firm.load().base_currency,
        "bounds": _bounds(report),
        "months": months,
        "periods": PERIODS,
        "surveys": Survey.objects.visible_to(user)[:SURVEYS],
        "loops": loop_panel(loops, everything=DetractorLoop.objects.visible_to(user), at=at),
    }


def answers_of(
    user: User, window: DateRange, *, words: str = "", category: str = "", **asked: Any
) -> QuerySet[SurveyResponse]:
    """The answers behind the figures, newest first; what stands in a filter that nobody knows is passed over.

    `asked` names one group of each breakdown, by the keys of `BREAKDOWNS`.
    """
    rows = SurveyResponse.objects.visible_to(user).answered(start_of(window.start), start_of(window.end))
    fits = _fits_person(asked) & _fits_client(asked, on=window.last)
    if category in SCORES:
        fits &= Q(score__range=SCORES[category])
    if words:
        fits &= Q(comment__icontains=words) | Q(client__name__icontains=words)
    return rows.filter(fits).select_related("client__figures", "contact", "survey")


def _fits_person(asked: Mapping[str, Any]) -> Q:
    fits = Q()
    if asked.get("role") in Contact.BuyingRole.values:
        fits &= Q(contact__buying_role=asked["role"])
    if asked.get("level") in Contact.Level.values:
        fits &= Q(contact__level=asked["level"])
    return fits


def _fits_client(asked: Mapping[str, Any], *, on: date) -> Q:
    """By tier, account manager, what it is key for on the day, and the services that it uses now."""
    fits = Q()
    if asked.get("tier") in Tier.values:
        fits &= _of_clients(Client.objects.current().filter(tier=asked["tier"]).values("pk"))
    if asked.get("employee"):
        fits &= _of_clients(Client.objects.current().filter(account_manager=asked["employee"]).values("pk"))
    if (key_for := asked.get("designation")) in LABELS[By.DESIGNATION]:
        named = Q(quality_yardstick=True) if key_for == YARDSTICK else Q(type=key_for)
        held = KeyClientDesignation.objects.active(on=on).filter(named)
        fits &= _of_clients(held.values_list(holder_of()))
    if asked.get("line"):
        held_lines = ClientAnchor.objects.filter(is_active=True, service_line__code=asked["line"])
        fits &= _of_clients(held_lines.values_list("client"))
    return fits


def _of_clients(keys: QuerySet[Any, Any]) -> Q:
    """Answers of these clients, those given where a client was merged into one of them included."""
    return Q(client__in=keys) | Q(client__merged_into__in=keys)


def survey_context(survey: Survey, *, user: User, on: date) -> dict[str, Any]:
    """A draft shows whom it would reach and whom not; a sent one its answers, as far as the person may read them."""
    answers = SurveyResponse.objects.visible_to(user).filter(survey=survey).select_related("client__figures", "contact")
    scores = list(answers.values_list("score", flat=True))
    asked = SurveyInvitation.objects.visible_to(user).filter(survey=survey)
    counts = count(scores)
    group = Group("", counts, None)
    return {
        "survey": survey,
        "currency": Firm.load().base_currency,
        "counts": counts,
        **figures_of(counts, group),
        "answers": answers,
        **survey_progress(survey, user=user),
        "failed": asked.failed().select_related("contact__client"),
        "scores": {"counts": by_score(scores)},
        "scores_grid": scores_grid(by_score(scores), code="survey_scores", query=f"survey={survey.pk}"),
        "wanted": audience_words(survey),
        **(_draft(survey, on) if survey.state == Survey.State.DRAFT else _left_out(survey, user)),
    }


def survey_progress(survey: Survey, *, user: User) -> dict[str, int]:
    """Mails: how many people are asked, how many left, how many wait or could not be delivered."""
    known, none = Q(sent_at=None), Q(failed_at=None)
    counted: dict[str, int] = (
        SurveyInvitation.objects.visible_to(user)
        .filter(survey=survey)
        .aggregate(
            asked=Count("pk"),
            sent=Count("pk", filter=~known),
            waiting=Count("pk", filter=known & none),
            undelivered=Count("pk", filter=~none),
        )
    )
    return counted


def audience_words(survey: Survey) -> str:
    """The filter in words, empty when everybody is meant."""
    labels: dict[str, dict[Any, Any]] = {
        "tier": dict(Tier.choices),
        "buying_role": dict(Contact.BuyingRole.choices),
        "level": dict(Contact.Level.choices),
        "influence": dict(Contact.Influence.choices),
    }
    named = [
        str(labels[name].get(value, value))
        for name, values in survey.audience.items()
        if name in labels
        for value in values
    ]
    return ", ".join(named)


def _draft(survey: Survey, on: date) -> dict[str, Any]:
    audience = choose_audience(survey, on=on)
    excluded = [(contact, _worded(reasons)) for contact, reasons in audience.excluded]
    return {"people": audience.people, "excluded": excluded}


def _left_out(survey: Survey, user: User) -> dict[str, Any]:
    kept = {row["contact"]: row["reasons"] for row in survey.excluded}
    rows = Contact.objects.visible_to(user).filter(pk__in=kept).select_related("client")
    return {
        "people": [],
        "excluded": [(contact, _worded(kept[contact.pk])) for contact in rows],
        "deliveries": survey.deliveries.filter(client__in=Client.objects.open_to(user)).select_related("client"),
    }


def _worded(reasons: Iterable[str]) -> str:
    return ", ".join(str(REASONS[reason]) for reason in reasons if reason in REASONS)


class View(NamedTuple):
    """One way to count the same answers: NPS and its standard error in points, and how many cases it is worth."""

    label: Any
    nps: Decimal | None
    error: Decimal | None
    n: int | Decimal


def views_of(report: Report) -> list[View]:
    """Person level with the error of people who answer alike, and clients counted in four ways."""
    people = max(report.counts.standard_error or 0, report.clustered_error or 0)
    rows = [View(_("People"), points(report.counts.nps), points(people), report.counts.n)]
    named = (
        (_("Clients, each counted once"), report.accounts),
        (_("Clients, by those who decide"), report.deciders),
        (_("Clients, people weighted by influence"), report.by_role),
    )
    rows += [View(label, points(of.nps), points(of.standard_error), of.n) for label, of in named]
    if money := report.by_money:
        rows.append(
            View(_("Clients, weighted by revenue"), points(money.nps), None, fraction(money.effective_n, 1) or 0)
        )
    return rows


def bars(report: Report, by: By) -> list[Bar]:
    labels = LABELS[by] if by in LABELS else _names(by)
    groups = sorted(report_groups(report, by), key=lambda group: [*labels, ""].index(group.key))
    return [Bar(group.key, str(labels.get(group.key, "")), group) for group in groups]


def _names(by: By) -> Mapping[str, str]:
    """Service lines and account managers in the order in which people look them up."""
    if by == By.SERVICE_LINE:
        return {line.code: line.name_in(language()) for line in ServiceLine.objects.order_by("code")}
    return {str(user.pk): str(user) for user in User.objects.order_by("last_name", "first_name", "pk")}


def _bounds(report: Report) -> Mapping[str, Any] | None:
    found = report.bounds
    return {"worst": points(found.worst), "best": points(found.best)} if found else None


def _change(before: Report, now: Report) -> Mapping[str, Any] | None:
    """Against the period before of the same length."""
    found: Change | None = change(before.counts, now.counts)
    if found is None:
        return None
    return {"raw": points(found.raw), "before": points(before.counts.nps), "trend": found.trend}


def by_score(scores: Iterable[int]) -> list[int]:
    counts = [0] * 11
    for score in scores:
        counts[score] += 1
    return counts
