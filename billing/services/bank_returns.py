"""Which payment an outgoing entry takes back, so that one confirmation opens its invoices again."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Prefetch

from billing.models import Allocation, BankEntry, Payment
from billing.rules.bank.returns import names_document

MOST_LOOKED_AT = 200
# What banks charge on top of a return; more than that is another matter and waits for a person.
MOST_FEE = {"EUR": Decimal(30), "RUB": Decimal(3000)}


def returned_payment(entry: BankEntry) -> Payment | None:
    """The newest payment of that amount that still stands and that the entry can mean.

    First comes one that settled an invoice which the entry names, then one of the account that it names. What the bank
    marks as a return, or what says so, may mean the newest of the amount where neither is named; money that merely went
    out means nothing unless it names an invoice.
    """
    text = f"{entry.reference} {entry.purpose}"
    fitting = list(_standing(entry))
    if found := next((row for row in fitting if _settled_named(row, text)), None):
        return found
    if not entry.is_reversal:
        return None
    if entry.payer_account not in ("", entry.account.iban, entry.account.account_number):
        return next((row for row in fitting if _came_from(row, entry.payer_account)), None)
    return next(iter(fitting), None)


def returned_with_fee(entry: BankEntry) -> Payment | None:
    """The payment that a return took back together with a bank's fee, so that more went out than had come in.

    Only one that settled an invoice which the entry names, or the only one of the account that it names: the amount
    tells nothing here.
    """
    most = MOST_FEE.get(entry.currency)
    if most is None or not entry.is_reversal:
        return None
    fitting = list(_standing(entry, least=entry.amount - most))
    text = f"{entry.reference} {entry.purpose}"
    named = [row for row in fitting if _settled_named(row, text)]
    own = [row for row in fitting if entry.payer_account and _came_from(row, entry.payer_account)]
    found = named or own
    return found[0] if len(found) == 1 else None


def _standing(entry: BankEntry, *, least: Decimal | None = None) -> Iterable[Payment]:
    """Payments to the own company which were not taken back, the newest first: of the amount, or from `least` to below.

    Those below are for a return with a fee on top.
    """
    settled = Allocation.objects.select_related("invoice")
    of_amount = {"amount": entry.amount} if least is None else {"amount__gte": least, "amount__lt": entry.amount}
    rows = Payment.objects.filter(seller=entry.account.seller_id, currency=entry.currency, **of_amount)
    rows = rows.filter(received_on__lte=entry.booked_on, refunds=None).order_by("-received_on", "-pk")
    return rows.select_related("client", "bank_entry").prefetch_related(Prefetch("allocations", settled))[
        :MOST_LOOKED_AT
    ]


def _settled_named(payment: Payment, text: str) -> bool:
    invoices = {row.invoice for row in payment.allocations.all()}
    return any(names_document(text, number=row.number, issued_on=row.issued_on) for row in invoices)


def _came_from(payment: Payment, account: str) -> bool:
    entry = getattr(payment, "bank_entry", None)
    return entry is not None and entry.payer_account == account
