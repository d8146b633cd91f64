"""The way of money on one strip: work not invoiced, drafts, what is owed, what came in; and what is owed by age."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Sum

from billing.models import Invoice, Payment
from billing.models.invoices import InvoiceQuery
from billing.reports.drafts import Drafts
from billing.reports.wip import Wip, sum_by_basis, wip_on
from billing.rules.ageing import Ageing, Bucket, age_items
from billing.services.open_items import OpenDocument, by_currency, open_documents
from crm.models import User
from crm.periods import month_start

type Sums = list[tuple[str, Decimal]]

MARKS = {
    Bucket.CURRENT: "--c1",
    Bucket.UP_TO_30: "--warn-mark",
    Bucket.UP_TO_60: "--c5",
    Bucket.UP_TO_90: "--bad-mark",
    Bucket.OVER_90: "--bad",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """`gross_sums` are of work priced with VAT inside; amounts of two bases are never added up."""

    count: int = 0
    sums: Sums = field(default_factory=list)
    gross_sums: Sums = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AgeRow:
    """One age of open amounts; `share` of the whole in its currency, as a fraction."""

    bucket: Bucket
    amount: Decimal
    share: Decimal
    mark: str

    @property
    def days(self) -> str:
        """Its days past due, for the ages between two bounds."""
        return self.bucket.value.lstrip("d").replace("_", "–")


@dataclass(frozen=True, slots=True)
class AgeBar:
    currency: str
    total: Decimal
    overdue: Decimal
    rows: list[AgeRow]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Counts are of entries and expenses, of drafts, of invoices, and of payments."""

    wip: Stage
    drafts: Stage
    unpaid: Stage
    paid: Stage
    ages: list[AgeBar]


def pipeline(user: User, *, drafts: Drafts, on: date) -> Pipeline:
    """Four stages and the ages of what is owed today, of the clients whose invoices the person sees."""
    seen = Invoice.objects.visible_to(user)
    owed = open_documents(seen, on=on, today=on)
    return Pipeline(
        wip=_wip(wip_on(user, on=on)),
        drafts=Stage(drafts.count, _sums(drafts.sums.items())),
        unpaid=Stage(len(owed), _sums((row.currency, row.amount) for row in owed)),
        paid=_paid(user, on),
        ages=ages_of(owed, on=on),
    )


def owed_by(seen: InvoiceQuery, *, on: date) -> list[AgeBar]:
    """What these documents owe today, by currency and age."""
    return ages_of(open_documents(seen, on=on, today=on), on=on)


def ages_of(documents: Iterable[OpenDocument], *, on: date) -> list[AgeBar]:
    """One bar for each currency, the largest sum first."""
    own = by_currency(documents)
    bars = [_bar(code, age_items((row.item() for row in rows), on=on)) for code, rows in own.items()]
    return sorted(bars, key=lambda bar: -bar.total)


def _wip(found: Wip) -> Stage:
    """Counts entries and expenses."""
    sums = sum_by_basis(found)
    return Stage(
        sum(waiting.entries + waiting.others for waiting in found.values()),
        _sums((code, amount) for code, gross, amount in sums if not gross),
        _sums((code, amount) for code, gross, amount in sums if gross),
    )


def _paid(user: User, on: date) -> Stage:
    """Payments of this month that did not leave again, by what of them stayed."""
    month = Payment.objects.visible_to(user).filter(received_on__gte=month_start(on), received_on__lte=on)
    stayed = month.with_unapplied().annotate(stayed=F("amount") - F("refunded_amount")).filter(stayed__gt=0)
    found = list(stayed.order_by().values_list("currency").annotate(n=Count("pk"), total=Sum("stayed")))
    return Stage(sum(row[1] for row in found), _sums((row[0], row[2]) for row in found))


def _sums(pairs: Iterable[tuple[str, Decimal]]) -> Sums:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in pairs:
        sums[currency] += amount
    return sorted(sums.items(), key=lambda pair: -pair[1])


def _bar(currency: str, ageing: Ageing) -> AgeBar:
    rows = []
    for bucket, mark in MARKS.items():
        amount: Decimal = getattr(ageing, bucket.value)
        rows.append(AgeRow(bucket, amount, amount / ageing.total, mark))
    return AgeBar(currency, ageing.total, ageing.overdue, rows)
