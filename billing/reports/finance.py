"""Finance's first page: what is owed and since when, what to issue, whom to chase, what waits, what is closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Sum

from billing.models import DocumentDelivery, DunningNotice, Invoice, Payment, PeriodLock, WriteOffRequest
from billing.reports.drafts import DraftRow, Drafts, all_drafts, draft_rows
from billing.reports.dunning import Chase, chase_list, count_clients
from billing.reports.owed import Owed, owed_of
from billing.reports.pipeline import AgeBar, ages_of
from billing.reports.simplified import OverLimit, over_limit
from billing.rules.ageing import days_sales_outstanding
from billing.services.advance_receipts import Receipt, awaiting_receipts
from billing.services.currencies import DayRates
from billing.services.open_items import booked_until, open_documents
from clients.models import Seller
from crm.access import may
from crm.models import User
from crm.money import convert

DSO_DAYS = 90
SHOWN, BROKEN = 8, 4


@dataclass(frozen=True, slots=True)
class Closed:
    """Up to which day an own company's documents are closed, None where nothing is."""

    seller: Seller
    until: date | None


@dataclass(frozen=True, slots=True)
class Home:
    """`dso` in days, None where nothing was billed in the window; sums of credits by currency."""

    on: date
    owed: Owed
    dso: Decimal | None
    ages: list[AgeBar]
    drafts: Drafts
    ready: list[DraftRow]
    broken: list[DraftRow]
    chases: list[Chase]
    failing: list[DocumentDelivery]
    unsent: list[DunningNotice]
    requests: list[WriteOffRequest]
    credits: list[tuple[str, Decimal]]
    receipts: list[Receipt]
    over_limit: list[OverLimit]
    closed: list[Closed]
    time_closed: date | None

    @property
    def overdue_share(self) -> Decimal:
        return self.owed.all.overdue / self.owed.all.total

    @property
    def late_receipts(self) -> int:
        """Advance VAT invoices that are overdue."""
        return sum(row.is_late(self.on) for row in self.receipts)

    @property
    def due(self) -> list[Chase]:
        return [chase for chase in self.chases if chase.level]

    @property
    def due_clients(self) -> int:
        return count_clients(self.due)

    @property
    def late_clients(self) -> int:
        return count_clients(self.chases)


def finance_home(user: User, *, on: date) -> Home:
    seen = Invoice.objects.visible_to(user)
    documents, rates = open_documents(seen, on=on, today=on), DayRates(on)
    owed = owed_of(documents, on=on)
    drafts = all_drafts(seen.drafts(), rates=rates)
    rows = draft_rows(seen, [*drafts.broken[:BROKEN], *drafts.ready[:SHOWN]], rates=rates)
    return Home(
        on=on,
        owed=owed,
        dso=dso_of(user, owed, today=on),
        ages=ages_of(documents, on=on),
        drafts=drafts,
        ready=[row for row in rows if row.is_ready],
        broken=[row for row in rows if not row.is_ready],
        chases=chase_list(user, on=on),
        failing=list(_failing(user)),
        unsent=list(DunningNotice.objects.visible_to(user).failing().select_related("client")[:SHOWN]),
        requests=list(_requests(user)),
        credits=_credits(user),
        receipts=awaiting_receipts(seen, until=on),
        over_limit=over_limit(on=on),
        closed=closed_documents(),
        time_closed=_until(PeriodLock.Kind.TIME),
    )


def dso_of(user: User, owed: Owed, *, today: date) -> Decimal | None:
    """Days of sales outstanding over 90 days: what is owed / what was billed, with VAT, in the base currency.

    Both sides look at the same documents: of today also at those that are dated ahead.
    """
    since = date.fromordinal(max(1, owed.on.toordinal() - DSO_DAYS))
    window = Invoice.objects.visible_to(user).issued().filter(issued_on__gt=since)
    if until := booked_until(owed.on, today=today):
        window = window.filter(issued_on__lte=until)
    sums = window.order_by().values_list("kind", "base_rate").annotate(Sum("gross_amount"))
    billed = sum((_signed(kind, gross, rate, owed.currency) for kind, rate, gross in sums), Decimal(0))
    return days_sales_outstanding(receivables=owed.all.total, gross_billed=billed, days=DSO_DAYS)


def _signed(kind: str, gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    amount = convert(gross, rate=Fraction(rate), currency=currency)
    return -amount if kind == Invoice.Kind.CREDIT_NOTE else amount


def _failing(user: User) -> Iterable[DocumentDelivery]:
    """Documents whose file or mail failed and is tried again."""
    rows = DocumentDelivery.objects.failing().filter(invoice__in=Invoice.objects.visible_to(user))
    return rows.select_related("invoice__client").order_by("next_attempt_at")[:SHOWN]


def _requests(user: User) -> Iterable[WriteOffRequest]:
    rows = WriteOffRequest.objects.open().filter(invoice__in=Invoice.objects.visible_to(user))
    related = rows.select_related("invoice__client", "requested_by")[:SHOWN]
    return related if may(user, "invoice.see") else ()


def _credits(user: User) -> list[tuple[str, Decimal]]:
    """What clients have paid and nothing settles, by currency."""
    rows = Payment.objects.visible_to(user).credits().order_by()
    sums = rows.values_list("currency").annotate(total=Sum("unapplied_amount"))
    return sorted((currency, total) for currency, total in sums)


def closed_documents() -> list[Closed]:
    """Each own company in use."""
    return [
        Closed(seller, _until(PeriodLock.Kind.DOCUMENTS, seller)) for seller in Seller.objects.filter(is_active=True)
    ]


def _until(kind: PeriodLock.Kind, seller: Seller | None = None) -> date | None:
    lock = PeriodLock.objects.newest(kind, seller=seller) if seller else PeriodLock.objects.newest(kind)
    return lock.locked_until_on if lock else None
