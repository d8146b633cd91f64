"""Reports in the shapes of the API: shares as text with six decimals, points as numbers, what is unknown null."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clients.models import Client
from crm.models import Firm, User
from loyalty.models import HealthSnapshot, LoyaltyPolicy
from loyalty.reports.health import lines_of, service_names
from loyalty.reports.stress import cost_note
from loyalty.reports.tails import tail_shape
from loyalty.reports.value import badge_amount, newest_residual, sees_amounts
from loyalty.rules.losses import LossDistribution
from loyalty.rules.nps import Counts, Interval
from loyalty.rules.surveys import LoopFigures
from loyalty.services import nps
from loyalty.services.badges import band_of
from loyalty.services.concentration import Report, fraction, hhi_parts
from loyalty.services.holders import By, Holder
from loyalty.services.stress import Chances, StressTest
from loyalty.services.values import Valuation, rounded

CASH_NOTES = {
    "cash_missing": "The firm's cash is not entered.",
    "fixed_cost_missing": "The firm's fixed cost a month is not entered.",
    "cash_does_not_run_out": "The cash does not run out.",
}


RISKS = ("sd", "var95", "es95", "var99", "es99", "p_none")


def share(value: float | Decimal | None) -> str | None:
    return None if value is None else f"{fraction(float(value)):.6f}"


def point(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def concentration_shape(report: Report) -> dict[str, Any]:
    figures = report.figures
    return {
        "basis": report.basis,
        "by": str(report.by),
        "currency": report.currency,
        "from": report.window.start,
        "to": report.window.last,
        "n": figures.n,
        "total": money(figures.positive_total),
        **{name: share(getattr(figures, name)) for name in ("top1", "top3", "top5", "top10")},
        "hhi_points": point(figures.hhi_points),
        "hhi_normalised": share(figures.hhi_normalised),
        "effective_number": point(figures.effective_number),
        "gini": share(figures.gini),
        "entropy": share(figures.entropy),
        "rows": [{**_holder(report, r.key), "amount": money(r.amount), "share": share(r.share)} for r in figures.rows],
        "negative": [{**_holder(report, key), "amount": money(amount)} for key, amount in figures.negative],
        "negative_total": money(figures.negative_total),
        "decomposition": _decomposition(report),
        "tail": tail_shape(report),
        "note": report.note or None,
    }


def _decomposition(report: Report) -> dict[str, Any] | None:
    """The HHI over clients as an exact sum over the groups asked for; null when counted by client."""
    parts = hhi_parts(report)
    if not parts:
        return None
    groups = [
        {
            **_holder(report, each.group),
            "share": share(each.share),
            "hhi_within_points": point(10_000 * each.hhi_within),
            "hhi_points": point(float(10_000 * each.contribution)),
        }
        for each in parts
    ]
    return {"hhi_points": point(float(10_000 * sum(each.contribution for each in parts))), "groups": groups}


def _holder(report: Report, key: Holder) -> dict[str, Any]:
    """`client` is null where the holder is none."""
    client = key if report.by in (By.CLIENT, By.GROUP) else None
    return {"client": client, "key": key or None, "name": report.name_of(key)}


def stress_shape(test: StressTest, chance: LossDistribution | None, chances: Chances) -> dict[str, Any]:
    outcome = test.outcome
    months = outcome.cash_months
    return {
        "lost_share": share(outcome.lost_share),
        "revenue_before": money(outcome.revenue_before),
        "revenue_after": money(outcome.revenue_after),
        "margin_before": money(outcome.margin_before),
        "margin_after": money(outcome.margin_after),
        "stranded_cost": money(outcome.stranded_cost),
        "withheld": money(outcome.withheld),
        "currency": Firm.load().base_currency,
        "cash_months": None if months is None else str(months),
        "note": CASH_NOTES[outcome.cash_note] if outcome.cash_note else None,
        "cost_note": cost_note(outcome) or None,
        "expected_loss_share": share(chance.expected if chance else None),
        **{name: share(getattr(chance, name) if chance else None) for name in RISKS},
        "method": chance.method if chance else None,
        "probabilities": chances.source,
    }


def health_shape(client: Client, snapshot: HealthSnapshot | None, *, today: date) -> dict[str, Any]:
    """The newest card of a client; nulls and a note while there is none."""
    if snapshot is None:
        nothing = dict.fromkeys(("score", "band", "capped_by", "raw", "weights", "as_of"))
        return {
            "client": client.pk,
            **nothing,
            "factors": [],
            "note": _("Clients that we serve are scored every night."),
        }
    return {
        "client": client.pk,
        "score": snapshot.score,
        "band": snapshot.band,
        "capped_by": snapshot.capped_by or None,
        "raw": snapshot.raw,
        "weights": snapshot.weights_id,
        "as_of": snapshot.as_of_on,
        "factors": [
            {
                "code": line.code,
                "points": line.points,
                "maximum": line.maximum,
                "known": line.known,
                "evidence": line.evidence,
            }
            for line in lines_of(snapshot, today=today, names=service_names())
        ],
        "note": None,
    }


def nps_shape(report: nps.Report, by: nps.By | None) -> dict[str, Any]:
    bounds = report.bounds
    return {
        "from": report.window.start,
        "to": report.window.last,
        **_counted(report.counts, report.interval),
        "response_rate": share(report.response_rate),
        "asked": report.asked,
        "bounds": [point(bounds.worst), point(bounds.best)] if bounds else None,
        "account": {"n": report.accounts.n, "nps": point(report.accounts.nps)},
        "deciders": {"n": report.deciders.n, "nps": point(report.deciders.nps)},
        "groups": [
            {"key": group.key or None, **_counted(group.counts, group.interval)}
            for group in (nps.report_groups(report, by) if by else ())
        ],
        "note": report.note or None,
    }


def loops_shape(found: LoopFigures) -> dict[str, Any]:
    """Detractors whose answers lie in the window; `judged` are those whose time for a first contact is over or used."""
    return {
        "n": found.n,
        "judged": found.judged,
        "in_time": found.in_time,
        "in_time_share": share(found.in_time_share),
        "open": found.open,
        "recovered_share": share(found.recovered_share),
        "first_contact_hours": LoyaltyPolicy.load().first_contact_hours,
    }


def _counted(counts: Counts, interval: Interval | None) -> dict[str, Any]:
    return {
        "n": counts.n,
        "promoters": counts.promoters,
        "passives": counts.passives,
        "detractors": counts.detractors,
        "nps": point(counts.nps),
        "interval": [point(interval.low), point(interval.high)] if interval else None,
    }


def value_shape(valuation: Valuation, *, user: User) -> dict[str, Any]:
    """Amounts for those who see them; for consultants `[low, high]` and nulls, if the partner lets them."""
    client, policy = valuation.client, LoyaltyPolicy.load()
    whole = sees_amounts(user, client)
    simple = {
        "years": str(valuation.years),
        "purchases_per_year": str(rounded(valuation.factors.purchases_per_year)),
        "average_check": money(rounded(valuation.factors.average_check)),
        "value": money(valuation.shown.value),
    }
    history = {"plain": money(valuation.history.plain), "discounted": money(rounded(valuation.history.discounted))}
    band = None if whole else band_of(badge_amount(valuation, policy), policy)
    return {
        "client": client.pk,
        "currency": Firm.load().base_currency,
        "simple": {**_kept(simple, whole), "source": valuation.shown.source if whole or band else None},
        "historical": _kept(history, whole),
        "residual": _residual(client, whole),
        "referred": _referred(valuation, whole),
        "margin": share(valuation.margin_share) if whole else None,
        "band": [money(band.low), money(band.high)] if band else None,
        "typical_new_client": valuation.shown.typical_new_client,
        "as_of": valuation.as_of_on,
        "note": _value_note(valuation, whole),
    }


def _kept(figures: dict[str, Any], whole: bool) -> dict[str, Any]:
    return figures if whole else dict.fromkeys(figures)


def _referred(valuation: Valuation, whole: bool) -> dict[str, Any] | None:
    """What clients that an image client sent us have brought since: part of what it is worth. Null for the others."""
    found = valuation.referred
    if not found.clients:
        return None
    return {"clients": found.clients, **_kept({"revenue": money(found.revenue), "margin": money(found.margin)}, whole)}


def _residual(client: Client, whole: bool) -> dict[str, Any]:
    """The newest night's distribution; nulls and the reason where there is none, or where amounts are not shown."""
    found = newest_residual(client) if whole else None
    if found is None:
        unknown = dict.fromkeys(("model", "mean", "p10", "p50", "p90", "p_zero"))
        note = _("No model knows enough of this client yet.") if whole else None
        return {**unknown, "horizon_months": LoyaltyPolicy.load().residual_horizon_months, "note": note}
    return {
        "model": found.residual_model,
        **{name: money(getattr(found, f"residual_{name}")) for name in ("mean", "p10", "p50", "p90")},
        "p_zero": share(found.residual_p_zero),
        "horizon_months": found.residual_horizon_months,
        "note": _("The interval leaves out the error of the model itself."),
    }


def _value_note(valuation: Valuation, whole: bool) -> str | None:
    if not whole:
        return _("Amounts are shown to partner, account manager and finance.")
    if valuation.shown.value is None:
        return _("Nobody has bought anything yet that a value could be taken from.")
    return _("The value of a typical new client.") if valuation.shown.typical_new_client else None
