"""Revenue by engagement and by person: each line counts for the work that stands on it, by its share of the minutes.

A line without work counts for what it names: the engagement of its retainer, its offer or its document; an expense
for who paid it; a discount for what it is taken from. What names nothing counts for nobody (key None), so that every
grouping adds up to the same revenue. A credit note counts as the line that it corrects.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Min, QuerySet
from django.db.models.functions import Coalesce

from billing.models import BilledCoverage, Engagement, Expense, InvoiceLine
from billing.services.currencies import base_currency
from crm.money import allocate
from crm.periods import DateRange

ZERO = Decimal(0)

type Weights = dict[int | None, Decimal]
type Party = Literal["engagement", "employee"]


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of revenue; `original` is the line that tells what it was for: itself, or the one that it corrects."""

    pk: int
    original: int
    invoice: int
    source: int
    is_discount: bool
    revenue: Decimal
    family: int | None
    engagement: int | None


def revenue_by(party: Party, *, window: DateRange) -> dict[int | None, Decimal]:
    """Net revenue of the window by engagement, or by who did the work; six queries."""
    lines = _lines(window)
    return share_out(lines, party, currency=base_currency(), beside=lines)


def share_out(
    lines: Iterable[Sold], party: Party, *, currency: str, beside: Sequence[Sold]
) -> dict[int | None, Decimal]:
    """The lines' amounts by what they count for; `beside` are all lines of their documents, with them."""
    weights = _weights(beside, party)
    whole = _by_document(beside, weights)
    found: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        parts = weights.get(line.pk) or (whole.get(line.source) if line.is_discount else None) or {None: Decimal(1)}
        shares = allocate(line.revenue, list(parts.values()), currency=currency)
        for key, amount in zip(parts, shares, strict=True):
            found[key] += amount
    return dict(found)


def _lines(window: DateRange) -> list[Sold]:
    last = date.fromordinal(window.end.toordinal() - 1)
    rows = InvoiceLine.objects.revenue(first=window.start, last=last).exclude(base_net_amount=0)
    return read_sold(rows)


def read_sold(rows: QuerySet[InvoiceLine]) -> list[Sold]:
    """Lines annotated with the `revenue` that is to be shared out."""
    asked = (
        rows.order_by("pk")
        .annotate(
            original=Coalesce("credits", "pk"),
            source=Coalesce("credits__invoice", "invoice"),
            what=Coalesce("credits__kind", "kind"),
            family=Coalesce("credits__offer__root", "credits__offer", "offer__root", "offer"),
            worked_on=Coalesce("credits__invoice__engagement", "invoice__engagement"),
        )
        .values_list("pk", "original", "invoice", "source", "what", "revenue", "family", "worked_on")
    )
    return [
        Sold(pk, original, invoice, source, what == InvoiceLine.Kind.DISCOUNT, revenue, family, engagement)
        for pk, original, invoice, source, what, revenue, family, engagement in asked
    ]


def _weights(lines: Sequence[Sold], party: Party) -> dict[int, Weights]:
    """What each line counts for, by the first source that knows."""
    originals = {line.original for line in lines}
    worked, paid = _work(originals, party), _expenses(originals, party)
    fees, offers = (_fees(originals), _offers(lines)) if party == "engagement" else ({}, {})
    sources: list[Callable[[Sold], Weights | None]] = [
        lambda line: worked.get((line.original, line.invoice)) or worked.get((line.original, None)),
        lambda line: paid.get(line.original),
        lambda line: _one(fees.get(line.original)),
        lambda line: _one(offers.get(line.family)),
        lambda line: _one(line.engagement if party == "engagement" else None),
    ]
    found = {line.pk: next((known for source in sources if (known := source(line))), None) for line in lines}
    return {pk: known for pk, known in found.items() if known}


def _one(key: int | None) -> Weights | None:
    return None if key is None else {key: Decimal(1)}


def _work(lines: Iterable[int], party: Party) -> dict[tuple[int, int | None], Weights]:
    """Minutes on a line, all of them and those that a credit note gave back: its hours have one price."""
    rows = BilledCoverage.objects.filter(line__in=lines, entry__isnull=False, minutes__gt=0)
    found: dict[tuple[int, int | None], Weights] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for line, key, minutes, note in rows.values_list("line", f"entry__{party}", "minutes", "released_by"):
        for place in {(line, None), (line, note)}:
            found[place][key] += minutes
    return found


def _expenses(lines: Iterable[int], party: Party) -> dict[int, Weights]:
    found: dict[int, Weights] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for line, key, net in Expense.objects.filter(line__in=lines).values_list("line", party, "net_amount"):
        found[line][key] += net
    return found


def _fees(lines: Iterable[int]) -> dict[int, int]:
    """The first engagement of the retainer whose fee stands on a line."""
    rows = Engagement.objects.filter(retainer__periods__invoice_line__in=lines).order_by()
    return dict(rows.values_list("retainer__periods__invoice_line").annotate(Min("pk")))


def _offers(lines: Iterable[Sold]) -> Mapping[Any, int]:
    """The first engagement of an offer, by its first version."""
    families = {line.family for line in lines if line.family}
    rows = Engagement.objects.annotate(family=Coalesce("offer__root", "offer")).filter(family__in=families).order_by()
    return dict(rows.values_list("family").annotate(Min("pk")))


def _by_document(lines: Iterable[Sold], weights: Mapping[int, Weights]) -> dict[int, Weights]:
    """What the other lines of a document count for together: its discounts are taken from them."""
    found: dict[int, Weights] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for line in lines:
        if not line.is_discount:
            parts = weights.get(line.pk) or {None: Decimal(1)}
            total = sum(parts.values(), ZERO)
            for key, weight in parts.items():
                found[line.source][key] += abs(line.revenue) * weight / total
    return found
