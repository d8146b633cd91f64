"""What of the standard value of work is billed: its price, its share of a fixed price, prepaid hours at their rate.

Discounts and credits that leave the work billed come off. All from rollups and from the lines of documents, never from
time entries; amounts of different currencies and tax bases are never mixed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, OuterRef, Q, Sum, When
from django.db.models.functions import Coalesce

from billing.models import BilledCoverage, Invoice, InvoiceLine, Offer, WorkMonth
from billing.reports.attribution import Party, read_sold, share_out
from billing.reports.serving import KEYS, By, Serving, name_rows
from clients.models.client import holder_of
from crm.money import allocate, quantise
from crm.periods import DateRange

ZERO = Decimal("0.00")
PARTIES: Mapping[By, Party] = {By.ENGAGEMENT: "engagement", By.CONSULTANT: "employee"}
LINE_KEYS: Mapping[By, Any] = {By.CLIENT: holder_of("invoice__client"), By.SERVICE_LINE: F("service_line")}
WORK = (InvoiceLine.Kind.TIME, InvoiceLine.Kind.FIXED)


@dataclass(frozen=True, slots=True)
class Realized:
    """Standard value of work and what of it is billed, in one currency and tax basis."""

    key: int | None
    name: str
    currency: str
    price_includes_tax: bool
    minutes: int
    standard: Decimal
    billed: Decimal
    goodwill: Decimal

    @property
    def share(self) -> Decimal | None:
        return (self.billed / self.standard).quantize(Decimal("0.000001")) if self.standard else None

    @property
    def write_down(self) -> Decimal:
        """What work was worth and is not billed, goodwill among it."""
        return self.standard - self.billed


class Basis(NamedTuple):
    key: int | None
    currency: str
    price_includes_tax: bool


def realization(*, by: By, window: DateRange) -> list[Realized]:
    """Billed over standard value of the work of these months, by currency and tax basis, the lowest share first."""
    sums = {row[0]: row[1:] for row in _worked(by, window)}
    billed: dict[Basis, Decimal] = defaultdict(lambda: ZERO, {basis: row[2] for basis, row in sums.items()})
    for basis, amount in (*_earned(by, window), *_taken_off(by, window)):
        billed[basis] += amount
    names: dict[int | None, Serving] = defaultdict(lambda: Serving(None))
    for basis in billed:
        names[basis.key].key = basis.key
    name_rows(names, by)
    rows = []
    for basis, amount in billed.items():
        minutes, standard, _price, free = sums.get(basis, (0, ZERO, ZERO, ZERO))
        if standard or amount:
            rows.append(Realized(basis.key, names[basis.key].name, *basis[1:], minutes, standard, amount, free))
    return sorted(rows, key=lambda row: (row.share or ZERO, row.name))


def _worked(by: By, window: DateRange) -> Iterator[tuple[Any, ...]]:
    rows = WorkMonth.objects.within(window).order_by().annotate(key=KEYS[by])
    sums = (Sum("minutes"), Sum("standard_amount"), Sum("billed_amount"), Sum("goodwill_amount"))
    for key, currency, gross, *found in rows.values_list("key", "currency", "price_includes_tax").annotate(*sums):
        yield Basis(key, currency, gross), *found


def _earned(by: By, window: DateRange) -> list[tuple[Basis, Decimal]]:
    """What work on fixed prices has earned: of a delivered offer all of it, before that by its estimate."""
    fixed = WorkMonth.objects.filter(fixed_minutes__gt=0, engagement__offer__isnull=False).order_by()
    months: Any = fixed.annotate(family=Coalesce("engagement__offer__root", "engagement__offer"))
    done: dict[int, dict[int | None, int]] = defaultdict(dict)
    keyed: Any = months.within(window).annotate(key=KEYS[by])
    for family, key, minutes in keyed.values_list("family", "key").annotate(n=Sum("fixed_minutes")):
        done[family][key] = minutes
    of_offers = Q(engagement__offer__in=list(done)) | Q(engagement__offer__root__in=list(done))
    totals = dict(months.filter(of_offers).values_list("family").annotate(n=Sum("fixed_minutes")))
    found = []
    for family, offer in _agreed(done).items():
        delivered = offer.close_reason == Offer.CloseReason.DELIVERED
        whole = totals[family] if delivered else max(totals[family], offer.estimated_minutes)
        part = quantise(Fraction(offer.fixed_price or 0) * sum(done[family].values()) / whole, offer.currency)
        shares = allocate(part, list(done[family].values()), currency=offer.currency)
        for key, amount in zip(done[family], shares, strict=True):
            found.append((Basis(key, offer.currency, offer.price_includes_tax), amount))
    return found


def _agreed(families: Iterable[int]) -> dict[int, Offer]:
    """The version that holds, by the first one."""
    bound = Offer.objects.in_families(list(families)).filter(
        basis=Offer.Basis.FIXED, status__in=[Offer.Status.ACCEPTED, Offer.Status.CLOSED]
    )
    return {offer.family_id: offer for offer in bound.order_by("version")}


def _taken_off(by: By, window: DateRange) -> list[tuple[Basis, Decimal]]:
    """Discounts of work, and what credit notes took back without its work, below zero; by the days of the work."""
    lines = _reductions(window)
    party = PARTIES.get(by)
    if party is None:
        rows = (
            lines.order_by()
            .annotate(key=LINE_KEYS[by])
            .values_list("key", "invoice__currency", "invoice__price_includes_tax")
        )
        return [(Basis(*found[:3]), found[3]) for found in rows.annotate(total=Sum("revenue"))]
    return _shared(lines, party)


def _reductions(window: DateRange) -> Any:
    """Lines with the amount that they change what is billed by, as `revenue`, on the basis of their document.

    Only lines on which work still stands count: what was never billed, or is to be billed anew, cannot be taken off.
    """
    issued = InvoiceLine.objects.filter(invoice__status=Invoice.Status.ISSUED)
    work = BilledCoverage.objects.filter(line=OuterRef("credits"), entry__isnull=False)
    lowered = BilledCoverage.objects.filter(line__discounted_by=Coalesce(OuterRef("credits"), OuterRef("pk")))
    rows = issued.annotate(
        of_kind=Coalesce("credits__kind", "kind"),
        worked_to=Coalesce("supplied_to", "invoice__issued_on"),
        revenue=Case(When(credits=None, then=F("amount")), default=-F("amount")),
    ).filter(worked_to__gte=window.start, worked_to__lt=window.end)
    discount = Q(of_kind=InvoiceLine.Kind.DISCOUNT) & Exists(lowered)
    kept = Exists(work.filter(released_by=None)) & ~Exists(work.filter(released_by=OuterRef("invoice")))
    return rows.filter(discount | Q(of_kind__in=WORK, credits__isnull=False) & kept)


def _shared(lines: Any, party: Party) -> list[tuple[Basis, Decimal]]:
    """The same by engagement or person, through the work of the documents that the lines stand on."""
    basis_of = {pk: basis for pk, *basis in lines.values_list("pk", "invoice__currency", "invoice__price_includes_tax")}
    sold = read_sold(lines)
    documents = InvoiceLine.objects.filter(invoice__in={line.source for line in sold}).annotate(revenue=F("amount"))
    beside = read_sold(documents)
    known = {line.pk for line in beside}
    beside += [line for line in sold if line.pk not in known]
    found = []
    for currency, gross in sorted({(currency, gross) for currency, gross in basis_of.values()}):
        own = [line for line in sold if basis_of[line.pk] == [currency, gross]]
        shares = share_out(own, party, currency=currency, beside=beside)
        found += [(Basis(key, currency, gross), amount) for key, amount in shares.items()]
    return found
