"""Drafts as finance sees them: what each is about and whether it is ready, and the sums of all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from django.db.models import FETCH_RAISE, DecimalField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine
from billing.models.invoices import InvoiceQuery
from billing.services.currencies import DayRates
from billing.services.issuing import Problem, problems_of
from crm.db import by_name

NO_RATE = Problem("exchange_rate_missing", _("There is no exchange rate for its currency."))


class Readiness(StrEnum):
    READY = "ready"
    BROKEN = "broken"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft and why it cannot be issued yet; the minutes it bills, and those it gives away."""

    invoice: Invoice
    problems: list[Problem]
    about: str
    minutes: int
    free_minutes: int
    base_amount: Decimal

    @property
    def is_ready(self) -> bool:
        return not self.problems

    @property
    def is_free(self) -> bool:
        """Whether it only shows work that costs nothing."""
        return self.is_ready and not self.invoice.gross_amount


@dataclass(slots=True)
class Drafts:
    """Ids of all drafts by their readiness, in the order of a list, and their net amounts by currency."""

    ready: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    sums: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.ready) + len(self.broken) + len(self.free)

    @property
    def ids(self) -> list[int]:
        """What needs attention first, then what is ready."""
        return self.broken + self.ready + self.free

    def of(self, readiness: str) -> list[int]:
        found: list[int] = getattr(self, Readiness(readiness))
        return found


def sort_drafts(rows: InvoiceQuery) -> InvoiceQuery:
    return rows.order_by(by_name("client__name"), "pk")


def all_drafts(rows: InvoiceQuery, *, rates: DayRates) -> Drafts:
    """Every draft judged, in one statement and one more for each foreign currency."""
    found, sums = Drafts(), defaultdict[str, Decimal](Decimal)
    light = sort_drafts(rows).with_readiness().select_related("client", "seller").fetch_mode(FETCH_RAISE)
    for draft in light:
        sums[draft.currency] += draft.net_amount
        found.of(_readiness(draft, rates)).append(draft.pk)
    found.sums = dict(sorted(sums.items()))
    return found


def draft_rows(rows: InvoiceQuery, ids: Sequence[int], *, rates: DayRates) -> list[DraftRow]:
    """The drafts of these ids by client; one whose currency has no rate is told so before anybody tries."""
    wanted = sort_drafts(rows.filter(pk__in=ids))
    related = with_words(wanted).with_readiness().select_related("client", "seller", "engagement")
    return [_row(draft, rates) for draft in related]


def with_words(rows: InvoiceQuery) -> InvoiceQuery:
    """Annotates the words of the first line, and hours billed and given away."""
    lines = InvoiceLine.objects.filter(invoice=OuterRef("pk")).order_by("position")
    return rows.annotate(
        first_words=Subquery(lines.values("description")[:1]),
        hours=_hours(InvoiceLine.Kind.TIME),
        free_hours=_hours(InvoiceLine.Kind.GOODWILL),
    )


def _hours(kind: str) -> Coalesce:
    of_kind = Q(invoice=OuterRef("pk"), kind=kind, unit="HUR")
    lines = InvoiceLine.objects.filter(of_kind).order_by().values("invoice")
    total = Subquery(lines.annotate(total=Sum("quantity")).values("total"))
    return Coalesce(total, Value(0), output_field=DecimalField(max_digits=14, decimal_places=4))


def _problems(draft: Invoice, rates: DayRates) -> list[Problem]:
    return problems_of(draft) + ([] if rates.to_base(Decimal(0), draft.currency) else [NO_RATE])


def _readiness(draft: Invoice, rates: DayRates) -> Readiness:
    if _problems(draft, rates):
        return Readiness.BROKEN
    return Readiness.READY if draft.gross_amount else Readiness.FREE


def _row(invoice: Invoice, rates: DayRates) -> DraftRow:
    told = vars(invoice)
    converted = rates.to_base(invoice.net_amount, invoice.currency)
    return DraftRow(
        invoice,
        _problems(invoice, rates),
        about=invoice.engagement.name if invoice.engagement else told["first_words"] or "",
        minutes=_minutes(told["hours"]),
        free_minutes=_minutes(told["free_hours"]),
        base_amount=converted.amount if converted else Decimal(0),
    )


def _minutes(hours: Decimal) -> int:
    return round(Fraction(hours) * 60)
