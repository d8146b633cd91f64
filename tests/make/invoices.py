"""Number series, approved work and issued documents for tests."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from billing.models import Coverage, ExchangeRate, Invoice, LedgerRow, Series, TimeEntry
from billing.services import ledger
from billing.services.drafting import draft_invoices
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.rollups import add_work
from clients.models import BankAccount, Client, Seller
from crm.models import User
from tests.make.clients import make_client
from tests.make.people import make_user

NOON = time(12, tzinfo=UTC)
PATTERNS = {
    Series.Kind.INVOICE: ("re", "{year}-{number:04}"),
    Series.Kind.CREDIT_NOTE: ("k", "K-{year}-{number:04}"),
    Series.Kind.OFFER: ("a", "A-{year}-{number:04}"),
}


def make_series(seller: Seller) -> dict[str, Series]:
    """The three series of a seller, and a bank account that its invoices name."""
    if not seller.bank_accounts.exists():
        BankAccount.objects.create(seller=seller, currency=seller.currency, iban="DE02120300000000202051")
    return {
        kind: Series.objects.get_or_create(seller=seller, kind=kind, defaults={"code": code, "pattern": pattern})[0]
        for kind, (code, pattern) in PATTERNS.items()
    }


def make_work(client: Client, *, minutes: int = 600, rate: str = "150.00", **kw: Any) -> TimeEntry:
    """Approved work that bills by time spent at a price an hour, with VAT inside unless `includes_tax=False`."""
    includes_tax = kw.pop("includes_tax", True)
    source = kw.pop("source", Coverage.Source.TIME_AND_MATERIALS)
    account = kw.pop("account", None)
    seller = kw.pop("seller", None) or client.default_seller
    assert isinstance(seller, Seller)
    currency = kw.pop("currency", None) or seller.currency
    entry = _entry(client, seller, minutes, Decimal(rate), currency, kw)
    coverage = Coverage(
        entry=entry,
        position=1,
        source=source,
        account=account,
        minutes=minutes,
        drawn_minutes=minutes if account else 0,
        rate_amount=Decimal(rate),
        amount=Decimal(rate) * minutes / 60 if account is None else 0,
        currency=currency,
        price_includes_tax=includes_tax,
    )
    if account is not None:
        coverage.ledger_row = ledger.book_rows([_draw(entry, account.pk)])[0]
    coverage.save()
    add_work([entry])
    return entry


def make_free_work(client: Client, *, minutes: int = 45, rate: str = "150.00", **kw: Any) -> TimeEntry:
    """Approved goodwill: no coverage, but a value."""
    seller = client.default_seller
    assert seller is not None
    fields = {"billing_type": TimeEntry.BillingType.GOODWILL, "reason": "a courtesy", "billed_minutes": 0, **kw}
    entry = _entry(client, seller, minutes, Decimal(rate), seller.currency, fields)
    add_work([entry])
    return entry


def _draw(entry: TimeEntry, account_id: int) -> LedgerRow:
    covered = entry.billed_minutes
    at = datetime.combine(entry.worked_on, NOON)
    return ledger.draw_row(entry, account_id=account_id, covered=covered, drawn=covered, by=make_user(), at=at)


def _entry(
    client: Client, seller: Seller, minutes: int, rate: Decimal, currency: str, fields: dict[str, Any]
) -> TimeEntry:
    defaults = {
        "employee": fields.pop("employee", None) or make_user(),
        "worked_on": date(2026, 3, 10),
        "description": "Set up the server",
        "status": TimeEntry.Status.APPROVED,
        "approved_at": datetime(2026, 3, 15, 12, tzinfo=UTC),
        "billed_minutes": minutes,
        "rate_amount": rate,
        "rate_currency": currency,
    }
    return TimeEntry.objects.create(client=client, seller=seller, minutes=minutes, **(defaults | fields))


def make_rate_of(base: str, quote: str, rate: str, *, on: date, source: str = "cbr") -> ExchangeRate:
    return ExchangeRate.objects.create(base=base, quote=quote, rate=Decimal(rate), valid_on=on, source=source)


def make_draft(client: Client | None = None, *, on: date = date(2026, 3, 31), **work: Any) -> Invoice:
    """A draft of one piece of work: ten hours at 150.00 with VAT, unless told otherwise."""
    client = client or make_client()
    assert client.default_seller is not None
    make_series(client.default_seller)
    make_work(client, **work)
    return draft_invoices(client, through=on, by=None, on=on).drafts[0]


def make_invoice(
    client: Client | None = None, *, on: date = date(2026, 3, 31), by: User | None = None, **work: Any
) -> Invoice:
    """An issued invoice of one piece of work."""
    draft, at = make_draft(client, on=on, **work), datetime.combine(on, NOON)
    prepare_draft(draft, at=at)
    return issue_invoice(draft, issued_on=on, by=by, at=at)
