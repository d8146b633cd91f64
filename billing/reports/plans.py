"""What would be drafted from work, before anything is written: lines, sums, and what stays behind and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, Invoice, InvoiceLine, TimeEntry
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
    "prepaid": _("paid in advance, and no priced work to print it beside"),
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


@dataclass(frozen=True, slots=True)
class ClientWip:
    """Work of a client that has a price and stands on no document."""

    client: Client
    entries: int
    minutes: int
    amount: Decimal
    currency: str


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
    """Clients with work to draft up to a day, by name, merged ones with theirs; one row for each currency."""
    rows = (
        Coverage.objects.annotate(holder=holder_of("entry__client"))
        .filter(
            entry__status=TimeEntry.Status.APPROVED,
            entry__worked_on__lte=through,
            holder__in=Client.objects.visible_to(user),
            source=Coverage.Source.TIME_AND_MATERIALS,
            is_billed=False,
        )
        .order_by()
        .values_list("holder", "currency")
        .annotate(Count("entry", distinct=True), Sum("minutes"), Sum("amount"))
    )
    found = list(rows)
    clients = Client.objects.in_bulk({row[0] for row in found})
    wip = [ClientWip(clients[pk], n, minutes, amount, currency) for pk, currency, n, minutes, amount in found]
    return sorted(wip, key=lambda row: (row.client.name, row.client.pk, row.currency))


def sums_of(rows: Iterable[ClientWip]) -> dict[str, Decimal]:
    """What the drafts would come to, by currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.currency] += row.amount
    return dict(sums)


def _view(plan: DraftPlan) -> PlanView:
    terms = plan.terms
    invoice = Invoice(seller=terms.seller, currency=terms.currency, price_includes_tax=terms.price_includes_tax)
    lines = [planned.line.row(invoice, place) for place, planned in enumerate(plan.lines, start=1)]
    return PlanView(plan, lines, total_lines(invoice, lines))
