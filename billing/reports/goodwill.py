"""Goodwill where people decide: both sides of one decision, the ledger of what was given, and contagion.

Sums come from the rollup of approved work; single entries are read only for the lines that a page shows.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, F, Q, Sum

from billing.models import GoodwillDecision, TimeEntry, WorkMonth
from billing.reports.serving import ZERO
from billing.rules.complaint_then_free import Pattern
from billing.rules.goodwill import Budget, Fairness, is_contagious, judge_fairness, next_year_exposure
from billing.services.currencies import base_currency
from billing.services.follow_up import Allowance, allowance_for
from billing.services.goodwill import Worth, budget_of, budgets_of, pattern_of, worth_of
from billing.services.rate_gaps import RateGap, note_gaps, plus
from billing.services.serving_costs import Rates
from clients.models import CarePolicy, Client, ClientFigure, Complaint, Referral, ServiceLine
from clients.models.client import holder_name_of, holder_of, of_holders
from clients.services.boundaries import unpaid_lately
from crm.access import may
from crm.models import User
from crm.money import quantise, round_half_up
from crm.periods import add_months, quarter_start, trailing_months

PRECEDENTS = 5
QUARTERS = 3


@dataclass(frozen=True, slots=True)
class Precedents:
    """What others got in twelve months."""

    clients: int
    given: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Sides:
    """What giving costs and sets an example for, and what refusing puts at risk; None where one may not know."""

    entry: TimeEntry
    budget: Budget
    worth: Worth
    own: list[TimeEntry]
    tier: Precedents
    exposure_minutes: int
    fairness: Fairness
    fairness_gaps: list[RateGap]
    pattern: Pattern
    public_complaints: int
    open_complaints: int
    referred: int
    referred_revenue: Decimal | None
    value_at_stake: Decimal | None
    revenue: Decimal | None
    allowance: Allowance | None
    refused: int
    unpaid_requests: int
    policy: CarePolicy
    shows_cost: bool

    @property
    def is_over(self) -> bool:
        return not self.budget.holds(self.entry.charged_minutes)

    @property
    def fairness_note(self) -> str | None:
        """Why the comparison with the tier is not known, for who may know which clients were given something."""
        return note_gaps(self.fairness_gaps) if self.shows_cost else None

    @property
    def crosses_boundary(self) -> bool:
        """Whether the client asks for more than the contract so often that somebody should say what is included."""
        return self.unpaid_requests >= self.policy.boundary_requests


def sides_of(entry: TimeEntry, *, user: User) -> Sides:
    """Both sides of giving this entry free, as this person may see them."""
    client, on = entry.client.holder, entry.worked_on
    figures = ClientFigure.objects.filter(client=client).first()
    complaints = Complaint.objects.filter(client__in=client.family, received_on__gte=add_months(on, -12))
    sees_money = may(user, "value.amounts")
    tier = _tier_precedents(client, entry, on=on)
    fairness, gaps = fairness_of(client, on=on)
    referred, brought = _referrals(client)
    return Sides(
        entry=entry,
        budget=budget_of(client, year=on.year, apart=[entry]),
        worth=worth_of(entry),
        own=_own_precedents(entry),
        tier=tier,
        exposure_minutes=next_year_exposure(entry.charged_minutes, clients=tier.clients),
        fairness=fairness,
        fairness_gaps=gaps,
        pattern=pattern_of(client, on=on),
        public_complaints=complaints.filter(is_public=True).count(),
        open_complaints=complaints.open().count(),
        referred=referred,
        referred_revenue=brought if sees_money else None,
        value_at_stake=figures.simple_value if figures and sees_money else None,
        revenue=figures.revenue_12m if figures and sees_money else None,
        allowance=allowance_for(client, entry.engagement, on=on),
        refused=GoodwillDecision.objects.filter(client__in=client.family, outcome="refused").count(),
        unpaid_requests=unpaid_lately(client, on=on),
        policy=CarePolicy.read(),
        shows_cost=may(user, "cost.see"),
    )


def _referrals(client: Client) -> tuple[int, Decimal]:
    """How many clients this one sent us, and what they have brought since: somebody refused sends nobody more."""
    mine = Referral.objects.filter(Q(referrer=client) | Q(referrer__merged_into=client))
    found = mine.aggregate(n=Count("pk"), brought=Sum("revenue_since"))
    return found["n"], found["brought"] or ZERO


def fairness_of(client: Client, *, on: date) -> tuple[Fairness, list[RateGap]]:
    """Goodwill by paid value of twelve months, against the median of the clients of the tier that paid something.

    Where a rate is missing the comparison is not known, and the rate is told.
    """
    window, rates = trailing_months(on, 12), Rates(base_currency())
    peers = dict(
        ClientFigure.objects.filter(client__tier=client.tier, client__merged_into=None, revenue_12m__gt=0)
        .order_by()
        .values_list("client", "revenue_12m")
    )
    given: dict[int, Decimal] = defaultdict(Decimal)
    rows = WorkMonth.objects.within(window).filter(of_holders(peers), goodwill_amount__gt=0).order_by()
    sums = rows.values_list(holder_of(), holder_name_of(), "currency").annotate(Sum("goodwill_amount"))
    for pk, name, currency, amount in sums:
        given[pk] += rates.convert(amount, currency, on=on, document=name) or 0
    if rates.gaps:
        return Fairness(None, None, len(peers)), rates.gaps
    shares = {pk: round_half_up(Fraction(given[pk]) / Fraction(paid), 6) for pk, paid in peers.items() if paid}
    return judge_fairness(client.pk, shares), []


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A client's goodwill of a year against the budget."""

    client: Client
    minutes: int
    follow_up_minutes: int
    budget_minutes: int
    amount: Decimal | None
    currency: str
    cost: Decimal | None

    @property
    def percent(self) -> int:
        return 100 * self.minutes // self.budget_minutes if self.budget_minutes else 100

    @property
    def is_over(self) -> bool:
        return self.minutes > self.budget_minutes


def goodwill_by_client(user: User, *, year: int, on: date) -> list[LedgerRow]:
    """Clients that were given something in the year, the most used budget first; own ones unless one sees all.

    List values are converted at the rate of the year's end, or of the day `on` if that comes first; None without one.
    """
    rows = WorkMonth.objects.filter(month_on__year=year).filter(Q(goodwill_minutes__gt=0) | Q(follow_up_minutes__gt=0))
    if not may(user, "cost.see"):
        rows = rows.filter(of_holders(Client.objects.owned_by(user).values_list("pk", flat=True)))
    rates, day = Rates(base_currency()), min(on, date(year, 12, 31))
    amounts: dict[int, Decimal | None] = defaultdict(lambda: ZERO)
    sums: dict[int, list[Decimal | int]] = defaultdict(lambda: [0, 0, ZERO])
    found = (
        rows.order_by()
        .values_list(holder_of(), holder_name_of(), "currency")
        .annotate(
            Sum("goodwill_minutes"),
            Sum("follow_up_minutes"),
            Sum("goodwill_amount"),
            spent=Sum(F("cost_amount") * (F("goodwill_minutes") + F("follow_up_minutes")) / F("minutes")),
        )
    )
    for pk, name, currency, minutes, free, amount, cost in found:
        row = sums[pk]
        row[0] += minutes
        row[1] += free
        amounts[pk] = plus(amounts[pk], rates.convert(amount, currency, on=day, document=name))
        row[2] += quantise(cost or ZERO, rates.base)
    return _ledger_rows(user, sums, year, rates.base, amounts)


def _ledger_rows(
    user: User, sums: dict[int, list[Decimal | int]], year: int, currency: str, amounts: dict[int, Decimal | None]
) -> list[LedgerRow]:
    clients, shows = list(Client.objects.filter(pk__in=sums)), may(user, "cost.see")
    budgets = budgets_of(clients, year=year)
    found = []
    for client in clients:
        minutes, free, cost = sums[client.pk]
        found.append(
            LedgerRow(
                client,
                int(minutes),
                int(free),
                budgets[client.pk],
                amounts[client.pk],
                currency,
                Decimal(cost) if shows else None,
            )
        )
    return sorted(found, key=lambda row: (-row.percent, row.client.name))


@dataclass(frozen=True, slots=True)
class FreeShare:
    """The free share of a service by quarter, oldest first; None where nothing was worked."""

    line: ServiceLine
    shares: list[Decimal | None]

    @property
    def is_contagious(self) -> bool:
        return is_contagious(self.shares)


def free_shares(*, on: date) -> list[FreeShare]:
    """Each service's free share in the last three finished quarters."""
    start = quarter_start(on)
    firsts = [add_months(start, -3 * back) for back in range(QUARTERS, 0, -1)]
    rows = WorkMonth.objects.filter(month_on__gte=firsts[0], month_on__lt=start, service_line__isnull=False).order_by()
    worked: dict[tuple[int, date], int] = defaultdict(int)
    free: dict[tuple[int, date], int] = defaultdict(int)
    found = rows.values_list("service_line", "month_on").annotate(
        Sum("minutes"), given=Sum(F("goodwill_minutes") + F("follow_up_minutes"))
    )
    for line, month, minutes, given in found:
        key = (line, quarter_start(month))
        worked[key] += minutes
        free[key] += given
    return [
        FreeShare(
            line,
            [
                round_half_up(Fraction(free[line.pk, first], worked[line.pk, first]), 6)
                if worked[line.pk, first]
                else None
                for first in firsts
            ],
        )
        for line in ServiceLine.objects.filter(is_active=True)
    ]


def _own_precedents(entry: TimeEntry) -> list[TimeEntry]:
    given = TimeEntry.objects.goodwill().booked().for_client(entry.client.holder)
    rows = given.filter(worked_on__lte=entry.worked_on)
    return list(rows.exclude(pk=entry.pk).select_related("service_line").order_by("-worked_on", "-pk")[:PRECEDENTS])


def _tier_precedents(client: Client, entry: TimeEntry, *, on: date) -> Precedents:
    """Clients of the tier with the same case: work in the same service in twelve months; and what they were given."""
    window = trailing_months(on, 12)
    alike = Client.objects.filter(tier=client.tier).current().with_merged()
    rows = WorkMonth.objects.within(window).filter(client__in=alike, service_line=entry.service_line_id).order_by()
    given = rows.filter(goodwill_minutes__gt=0).exclude(client__in=client.family)
    return Precedents(
        clients=rows.values(holder=holder_of()).distinct().count(),
        given=given.values(holder=holder_of()).distinct().count(),
        minutes=given.aggregate(total=Sum("goodwill_minutes"))["total"] or 0,
    )
