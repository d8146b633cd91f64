"""Concentration of revenue, margin or receivables by whoever holds them, from rollups and figures only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import RevenueDay, WorkMonth
from clients.models import Client, ClientFigure, ServiceLine
from crm.models import Firm, User
from crm.money import round_half_up
from crm.periods import DateRange, trailing_months
from loyalty.models import ConcentrationSnapshot, LoyaltyPolicy
from loyalty.rules.concentration import Concentration, Limits, concentration, group_totals

Basis = ConcentrationSnapshot.Basis


class By(StrEnum):
    """Who holds the amounts; groups are parent companies with everything below them."""

    CLIENT = "client"
    GROUP = "group"
    INDUSTRY = "industry"
    SERVICE_LINE = "service_line"
    EMPLOYEE = "employee"


type Holder = int | str


@dataclass(frozen=True, slots=True)
class Report:
    """Figures with the names of their holders; `note` says why a figure is missing."""

    basis: str
    by: By
    window: DateRange
    currency: str
    figures: Concentration[Holder]
    names: Mapping[Holder, str]
    note: str


def concentration_report(basis: str, *, window: DateRange, by: By = By.GROUP) -> Report:
    """Concentration over a window; `by` service line exists for revenue only (ValueError otherwise)."""
    amounts = _held_amounts(basis, window, by)
    return Report(
        basis=basis,
        by=by,
        window=window,
        currency=Firm.load().base_currency,
        figures=concentration(amounts),
        names=_names(by, amounts),
        note="" if basis == Basis.RECEIVABLES else _missing_rates(window),
    )


def client_amounts(basis: str, *, window: DateRange) -> dict[int, Decimal]:
    """Amount of each client in the base currency; receivables are those of today, whatever the window."""
    if basis == Basis.RECEIVABLES:
        rows = ClientFigure.objects.values_list("client", "receivables")
        return {client: amount for client, amount in rows if amount}
    revenue = client_revenue(window)
    if basis == Basis.REVENUE:
        return revenue
    costs = client_costs(window)
    zero = Decimal(0)
    return {client: revenue.get(client, zero) - costs.get(client, zero) for client in revenue.keys() | costs.keys()}


def client_revenue(window: DateRange) -> dict[int, Decimal]:
    rows = RevenueDay.objects.within(window)
    return dict(rows.values_list("client").annotate(Sum("net_amount")).order_by("client"))


def client_costs(window: DateRange) -> dict[int, Decimal]:
    """Internal cost of the months that begin in the window."""
    rows = WorkMonth.objects.within(window)
    return dict(rows.values_list("client").annotate(Sum("cost_amount")).order_by("client"))


def limits() -> Limits:
    """The partner's limits as the rules read them (fractions and points)."""
    policy = LoyaltyPolicy.load()
    return Limits(
        top1=(policy.top1_watch_percent / 100, policy.top1_warn_percent / 100, policy.top1_limit_percent / 100),
        top3=policy.top3_limit_percent / 100,
        hhi_points=(Decimal(policy.hhi_watch), Decimal(policy.hhi_limit)),
    )


def refresh_concentration(*, on: date) -> list[ConcentrationSnapshot]:
    """Today's point of the trend on all three bases; written again, not doubled, when run twice."""
    window = trailing_months(on, 12)
    return [_snapshot(concentration_report(basis, window=window), on) for basis in Basis.values]


def _snapshot(report: Report, on: date) -> ConcentrationSnapshot:
    figures = report.figures
    snapshot, _made = ConcentrationSnapshot.objects.update_or_create(
        as_of_on=on,
        basis=report.basis,
        defaults={
            "currency": report.currency,
            "client_count": figures.n,
            "total": figures.positive_total,
            **{name: fraction(getattr(figures, name)) for name in ("top1", "top3", "top5", "top10", "gini")},
            "hhi_points": fraction(figures.hhi_points, 2),
            "effective_number": fraction(figures.effective_number, 2),
            "largest_clients": [row.key for row in figures.rows[:10]],
        },
    )
    return snapshot


def fraction(value: float | None, places: int = 6) -> Decimal | None:
    """A computed share as a Decimal for storing and showing; None stays None."""
    return None if value is None else round_half_up(Decimal(repr(value)), places)


def _held_amounts(basis: str, window: DateRange, by: By) -> Mapping[Holder, Decimal]:
    if by == By.SERVICE_LINE:
        return _revenue_by_service_line(basis, window)
    holders = _holders(by)
    amounts = client_amounts(basis, window=window)
    return group_totals({client: amount for client, amount in amounts.items() if client in holders}, holders)


def _revenue_by_service_line(basis: str, window: DateRange) -> dict[Holder, Decimal]:
    if basis != Basis.REVENUE:
        raise ValueError("only revenue is known by service line")
    sums = RevenueDay.objects.within(window).values_list("service_line").annotate(Sum("net_amount"))
    return {line or "": amount for line, amount in sums.order_by("service_line")}


class _Ties(NamedTuple):
    """Where a client's amounts may count."""

    parent: int | None
    merged_into: int | None
    industry: str
    manager: int | None


def _holders(by: By) -> dict[int, Holder]:
    """Who each client's amounts count for; merged clients count for the one they were merged into."""
    rows = Client.objects.values_list("id", "parent", "merged_into", "industry", "account_manager")
    ties = {client: _Ties(parent, into, industry, manager) for client, parent, into, industry, manager in rows}
    merged, parents = {c: tie.merged_into for c, tie in ties.items()}, {c: tie.parent for c, tie in ties.items()}
    survivors = {client: _end_of(merged, client) for client in ties}
    if by == By.GROUP:
        return {client: _end_of(parents, survivor) for client, survivor in survivors.items()}
    if by == By.CLIENT:
        return dict(survivors)
    named = {c: (tie.industry if by == By.INDUSTRY else tie.manager) or "" for c, tie in ties.items()}
    return {client: named[survivor] for client, survivor in survivors.items()}


def _end_of(pointers: Mapping[int, int | None], start: int) -> int:
    """The end of a chain of pointers; a ring, which nobody should make, ends where it closes."""
    seen, current = {start}, start
    while (following := pointers[current]) is not None and following not in seen:
        seen.add(following)
        current = following
    return current


def _names(by: By, amounts: Mapping[Holder, Decimal]) -> dict[Holder, str]:
    if by == By.SERVICE_LINE:
        lines: dict[Holder, str] = dict(ServiceLine.objects.values_list("pk", "name"))
        return {**lines, "": _("without a service line")}
    if by == By.INDUSTRY:
        return {holder: str(holder) or _("without an industry") for holder in amounts}
    if by == By.EMPLOYEE:
        people: dict[Holder, str] = {
            user.pk: str(user) for user in User.objects.filter(pk__in=[k for k in amounts if k])
        }
        return {**people, "": _("without an account manager")}
    return dict(Client.objects.filter(pk__in=list(amounts)).values_list("pk", "name"))


def _missing_rates(window: DateRange) -> str:
    rows = RevenueDay.objects.within(window)
    missing = rows.aggregate(count=Sum("missing_rate_count"))["count"]
    return _("%(count)s documents have no exchange rate and are not counted.") % {"count": missing} if missing else ""
