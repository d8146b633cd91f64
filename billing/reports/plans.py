"""What would be drafted from work, before anything is written: lines, sums, and what stays behind and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine, Offer, TimeEntry
from billing.models.prices import shows_price
from billing.reports.wip import Wip, WipKey, wip_on
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
    "week_open": _("its week is not complete yet"),
    "prepaid": _("paid in advance, and no priced work to print it beside"),
    "sale_not_issued": _("the invoice of its hour package is not issued yet"),
    "offer_pays": _("paid by the offer, and no priced work to print it beside"),
}


@dataclass(frozen=True, slots=True)
class PlanView:
    """One draft as it would be, and whether the person who asked may see what it costs."""

    plan: DraftPlan
    lines: list[InvoiceLine]
    totals: Totals
    shows_price: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """Entries that stay behind for one reason."""

    words: object
    minutes: int
    entries: list[TimeEntry]


def view_plans(plans: Plans, *, user: User) -> list[PlanView]:
    return [_view(plan, user) for plan in plans.plans]


def view_skipped(skipped: Iterable[Skipped]) -> list[Behind]:
    """What stays behind, by its reason."""
    by_reason: dict[str, list[TimeEntry]] = defaultdict(list)
    for row in skipped:
        by_reason[row.reason].append(row.entry)
    return [
        Behind(REASONS.get(reason, reason), sum(entry.minutes for entry in entries), entries)
        for reason, entries in by_reason.items()
    ]


def to_draft(user: User, *, through: date, complete_only: bool = False) -> Wip:
    """What a run up to a day would draft: work in progress, and fixed prices that are delivered."""
    found = wip_on(user, on=through, complete_only=complete_only)
    for key, amount in _fixed_prices(user, through):
        found[key].others += 1
        found[key].amount += amount
    return found


def _fixed_prices(user: User, through: date) -> Iterator[tuple[WipKey, Decimal]]:
    due = Offer.objects.delivered().fixed_to_invoice().without_draft_advance().filter(closed_on__lte=through)
    rows = due.annotate(holder=holder_of())
    for offer in rows.filter(holder__in=Client.objects.visible_to(user)):
        yield WipKey(vars(offer)["holder"], offer.currency, offer.price_includes_tax), offer.rest_amount


def _view(plan: DraftPlan, user: User) -> PlanView:
    terms = plan.terms
    invoice = Invoice(seller=terms.seller, currency=terms.currency, price_includes_tax=terms.price_includes_tax)
    lines = [planned.line.row(invoice, place) for place, planned in enumerate(plan.lines, start=1)]
    shown = shows_price(user, client=terms.client, seller=terms.seller)
    return PlanView(plan, lines, total_lines(invoice, lines), shown)
