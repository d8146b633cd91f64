"""Goodwill judged and decided: the client's yearly budget, the pattern of complaints, and the record of each decision.

Asking is never refused: what is over the budget, or follows the pattern, is saved and waits for a partner.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from billing.models import GoodwillBudget, GoodwillDecision, TimeEntry
from billing.models.time import BOOKED
from billing.rules.complaint_then_free import Pattern, State, find_pattern
from billing.rules.goodwill import CLOSE, COMPLAINT_THEN_FREE, OVER_BUDGET, Budget
from billing.services.currencies import base_currency
from billing.services.figures import refresh_hours
from billing.services.rates import load_costs, load_prices
from clients.models import Client, Complaint, TierPolicy
from clients.rules.tiers import DEFAULT_TIERS
from clients.services.distance import is_close
from crm.db import worded
from crm.models import User
from crm.money import quantise

GOODWILL = TimeEntry.BillingType.GOODWILL
OWN_CODES = (OVER_BUDGET, COMPLAINT_THEN_FREE, CLOSE)


@dataclass(frozen=True, slots=True)
class Worth:
    """What work is worth at its rate, and what it costs us; None where no rate or cost is known."""

    value: Decimal | None = None
    currency: str = ""
    price_includes_tax: bool = False
    cost: Decimal | None = None


def note_goodwill(entries: Sequence[TimeEntry], *, lock: bool = False) -> None:
    """Marks goodwill that a partner must decide; the rest stays to be approved as usual."""
    asked = [entry for entry in entries if is_undecided_goodwill(entry)]
    if not asked:
        return
    if lock:
        lock_clients(asked)
    taken: dict[tuple[int, int], int] = defaultdict(int)
    for entry in asked:
        key = (entry.client.holder_id, entry.worked_on.year)
        entry.needs_decision = owed_decision(entry, more=taken[key])
        taken[key] += entry.charged_minutes


def owed_decision(entry: TimeEntry, *, more: int = 0) -> str:
    """The code of what a partner has to decide about this goodwill, empty where nothing is."""
    client = entry.client.holder
    if pattern_of(client, on=entry.worked_on).state is State.BLOCK and not _kept_free(entry):
        return COMPLAINT_THEN_FREE
    budget = budget_of(client, year=entry.worked_on.year, apart=[entry])
    if not budget.holds(entry.charged_minutes + more):
        return OVER_BUDGET
    return CLOSE if is_close(client) else ""


def is_undecided_goodwill(entry: TimeEntry) -> bool:
    asked = entry.billing_type == GOODWILL and entry.charged_minutes > 0 and not entry.decision
    return asked and entry.needs_decision in ("", *OWN_CODES)


def budget_of(client: Client, *, year: int, apart: Iterable[TimeEntry] = ()) -> Budget:
    """The budget of a year, that of the survivor for a merged client; entries `apart` are not counted."""
    client = client.holder
    given = TimeEntry.objects.goodwill().for_client(client).filter(worked_on__year=year)
    rows = given.exclude(pk__in=[entry.pk for entry in apart if entry.pk])
    sums = rows.aggregate(used=_minutes(Q(status__in=BOOKED)), pending=_minutes(~Q(status__in=BOOKED)))
    return Budget(budget_minutes(client, year=year), sums["used"] or 0, sums["pending"] or 0)


def budget_minutes(client: Client, *, year: int) -> int:
    return budgets_of([client], year=year)[client.pk]


def budgets_of(clients: Collection[Client], *, year: int) -> dict[int, int]:
    """Minutes of a year by client: its own budget, else what its tier allows."""
    own = dict(GoodwillBudget.objects.filter(client__in=clients, year=year).values_list("client", "minutes"))
    policies = dict(TierPolicy.objects.values_list("tier", "goodwill_minutes"))
    tiers = {tier: policies.get(tier, int(usual["goodwill_minutes"])) for tier, usual in DEFAULT_TIERS.items()}
    return {client.pk: own.get(client.pk, tiers[client.tier]) for client in clients}


@transaction.atomic
def keep_budget(row: GoodwillBudget, *, on: date) -> GoodwillBudget:
    """A client's own budget of a year, which its card shows at once."""
    with worded():
        row.save()
    refresh_hours([row.client], on=on)
    return row


@transaction.atomic
def drop_budget(row: GoodwillBudget, *, on: date) -> None:
    """What the tier allows holds again."""
    row.delete()
    refresh_hours([row.client], on=on)


def pattern_of(client: Client, *, on: date) -> Pattern:
    """Complaint, then free: the consecutive years of goodwill up to a day."""
    given = TimeEntry.objects.goodwill().booked().for_client(client).filter(worked_on__lte=on)
    days = list(given.order_by().values_list("worked_on", flat=True).distinct())
    if not days:
        return Pattern()
    complaints = Complaint.objects.filter(client__in=client.family).values_list("received_on", flat=True)
    return find_pattern(days, complaints, on=on)


def check_budgets(entries: Sequence[TimeEntry], *, by: User) -> None:
    """At approval, under the clients' locks: goodwill that came within the budget alone may exceed it together.

    Who has become close to a client since it was asked for leaves it to somebody else.
    """
    asked = [entry for entry in entries if is_undecided_goodwill(entry)]
    if not asked:
        return
    lock_clients(asked)
    for (_client, year), group in _by_year(asked).items():
        client = group[0].client.holder
        if is_close(client, to=by):
            words = _("You are close to %(client)s: somebody else decides.")
            raise ValidationError(words, code="needs_decision", params={"client": client})
        budget = budget_of(client, year=year, apart=group)
        if sum(entry.charged_minutes for entry in group) > budget.left_minutes:
            raise ValidationError(
                _("The goodwill budget of %(client)s for %(year)s is used up: a partner decides."),
                code="needs_decision",
                params={"client": client, "year": year},
            )


def record_decision(
    entry: TimeEntry,
    *,
    occasion: str,
    choice: str,
    outcome: str,
    reason: str,
    by: User,
    at: datetime,
    review_on: date | None = None,
) -> GoodwillDecision:
    """Keeps a decision with the figures of its moment; refusals too."""
    worth, budget = worth_of(entry), budget_of(entry.client, year=entry.worked_on.year, apart=[entry])
    return GoodwillDecision.objects.create(
        client=entry.client,
        entry=entry,
        occasion=occasion,
        outcome=outcome,
        choice=choice,
        minutes=entry.charged_minutes,
        value_amount=worth.value,
        currency=worth.currency,
        price_includes_tax=worth.price_includes_tax,
        cost_amount=worth.cost,
        budget_minutes=budget.total_minutes,
        used_minutes=budget.used_minutes,
        reason=reason[:200],
        review_on=review_on,
        decided_by=by,
        decided_at=at,
    )


def worth_of(entry: TimeEntry) -> Worth:
    """List value and internal cost of an entry's minutes: as frozen at approval, else as they would be now."""
    minutes = entry.charged_minutes
    cost = entry.cost_per_hour or load_costs([entry]).cost_of(entry.employee_id, on=entry.worked_on)
    amount, currency, taxed = entry.rate_amount, entry.rate_currency, bool(entry.rate_includes_tax)
    if amount is None and (price := load_prices([entry]).price_of(entry)):
        amount, currency, taxed = price.amount, price.currency, price.price_includes_tax
    value = None if amount is None else quantise(Fraction(amount) * minutes / 60, currency)
    spent = None if cost is None else quantise(Fraction(cost) * minutes / 60, base_currency())
    return Worth(value, currency, taxed, spent)


def lock_clients(entries: Iterable[TimeEntry]) -> None:
    """Whoever judges a client's budget waits for who judged it before; inserts elsewhere go on."""
    list(Client.objects.filter(pk__in={entry.client.holder_id for entry in entries}).locked().values_list("pk"))


def _kept_free(entry: TimeEntry) -> bool:
    """Whether a partner has said of this pattern: keep it free, until a day that has not come."""
    kept = GoodwillDecision.objects.filter(
        client__in=entry.client.holder.family,
        occasion=COMPLAINT_THEN_FREE,
        outcome=GoodwillDecision.Outcome.GRANTED,
    )
    return kept.filter(review_on__gte=entry.worked_on).exists()


def _minutes(condition: Q) -> Sum:
    return Sum(F("minutes") - F("follow_up_minutes"), filter=condition)


def _by_year(entries: Iterable[TimeEntry]) -> dict[tuple[int, int], list[TimeEntry]]:
    groups: dict[tuple[int, int], list[TimeEntry]] = defaultdict(list)
    for entry in entries:
        groups[entry.client.holder_id, entry.worked_on.year].append(entry)
    return groups
