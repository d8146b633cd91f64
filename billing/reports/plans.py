"""What would be drafted from work, before anything is written: lines, sums, and what stays behind and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, Expense, Invoice, InvoiceLine, Offer, TimeEntry
from billing.rules.vat import Totals
from billing.services.drafting import DraftPlan, Plans, Skipped
from billing.services.totals import total_lines
from clients.models import Client
from clients.models.client import holder_of
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REASONS: "Mapping[str, _StrPromise]" = {
    "not_approved": _("not approved yet"),
    "needs_decision": _("a decision is owed first"),
    "awaiting_top_up": _("the package must be topped up first"),
    "unannounced_overrun": _("an overrun of which the client was not told"),
    "prepaid": _("paid in advance, and no priced work to print it beside"),
    "offer_pays": _("paid by the offer, and no priced work to print it beside"),
}


@dataclass(frozen=True, slots=True)
class PlanView:
    """One draft as it would be."""

    plan: DraftPlan
    lines: list[InvoiceLine]
    totals: Totals


@dataclass(frozen=True, slots=True)
class Behind:
    """Entries that stay behind for one reason."""

    words: object
    minutes: int
    entries: list[TimeEntry]


class Key(NamedTuple):
    holder: int
    currency: str
    price_includes_tax: bool


@dataclass(slots=True)
class Waiting:
    """`others` counts expenses and delivered fixed prices, whose amounts are in `amount` beside that of the work."""

    entries: int = 0
    minutes: int = 0
    others: int = 0
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ClientWip:
    """What of a client has a price and stands on no document, in one currency and tax basis."""

    client: Client
    currency: str
    price_includes_tax: bool
    waiting: Waiting


def view_plans(plans: Plans) -> list[PlanView]:
    return [_view(plan) for plan in plans.plans]


def view_skipped(skipped: Iterable[Skipped]) -> list[Behind]:
    """What stays behind, by its reason."""
    by_reason: dict[str, list[TimeEntry]] = defaultdict(list)
    for row in skipped:
        by_reason[row.reason].append(row.entry)
    return [
        Behind(REASONS.get(reason, reason), sum(entry.minutes for entry in entries), entries)
        for reason, entries in by_reason.items()
    ]


def wip_by_client(user: User, *, through: date) -> list[ClientWip]:
    """Clients with something to draft up to a day, by name, merged ones with theirs; a row for each tax basis."""
    found: dict[Key, Waiting] = defaultdict(Waiting)
    work = _work(user, through).annotate(Count("entry", distinct=True), Sum("minutes"), Sum("amount"))
    for *key, entries, minutes, amount in work:
        found[Key(*key)] = Waiting(entries, minutes, amount=amount)
    for key, amount in (*_expenses(user, through), *_fixed_prices(user, through)):
        found[key].others += 1
        found[key].amount += amount
    clients = Client.objects.in_bulk({key.holder for key in found})
    rows = [ClientWip(clients[key.holder], *key[1:], waiting) for key, waiting in found.items()]
    return sorted(rows, key=lambda row: (row.client.name, row.client.pk, row.currency, row.price_includes_tax))


def _work(user: User, through: date) -> QuerySet[Coverage, Any]:
    rows = Coverage.objects.annotate(holder=holder_of("entry__client")).filter(
        entry__status=TimeEntry.Status.APPROVED,
        entry__worked_on__lte=through,
        holder__in=Client.objects.visible_to(user),
        source=Coverage.Source.TIME_AND_MATERIALS,
        is_billed=False,
    )
    return rows.order_by().values_list("holder", "currency", "price_includes_tax")


def _expenses(user: User, through: date) -> Iterator[tuple[Key, Decimal]]:
    rows = Expense.objects.to_invoice().filter(spent_on__lte=through).annotate(holder=holder_of())
    found = rows.filter(holder__in=Client.objects.visible_to(user)).values_list("holder", "currency", "net_amount")
    for holder, currency, amount in found:
        yield Key(holder, currency, price_includes_tax=False), amount


def _fixed_prices(user: User, through: date) -> Iterator[tuple[Key, Decimal]]:
    rows = Offer.objects.delivered().fixed_to_invoice().filter(closed_on__lte=through).annotate(holder=holder_of())
    for offer in rows.filter(holder__in=Client.objects.visible_to(user)):
        yield Key(vars(offer)["holder"], offer.currency, offer.price_includes_tax), offer.rest_amount


def sums_of(rows: Iterable[ClientWip]) -> list[tuple[str, bool, Decimal]]:
    """What the drafts would come to, by currency and whether VAT is inside."""
    sums: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.currency, row.price_includes_tax] += row.waiting.amount
    return [(*key, amount) for key, amount in sorted(sums.items())]


def _view(plan: DraftPlan) -> PlanView:
    terms = plan.terms
    invoice = Invoice(seller=terms.seller, currency=terms.currency, price_includes_tax=terms.price_includes_tax)
    lines = [planned.line.row(invoice, place) for place, planned in enumerate(plan.lines, start=1)]
    return PlanView(plan, lines, total_lines(invoice, lines))
