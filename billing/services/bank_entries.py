"""What becomes of a bank entry: sure matches post a payment by themselves, a person decides about all others.

Payments are booked, returned and corrected by the services of payments, never here.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import BankEntry, BankStatement, Invoice, Payment, Refund
from billing.rules.bank.matching import Ledger, Match, OpenItem, match_line
from billing.rules.bank.statement import Line
from billing.services.bank_returns import MOST_FEE, returned_payment, returned_with_fee
from billing.services.locks import hold_periods_open
from billing.services.payments import Receipt, Settled, book_payment
from billing.services.repayments import return_payment
from clients.models import Client, Seller
from clients.models.client import holder_of
from clients.rules.names import core_name
from crm.db import worded
from crm.models import User

State, Hold = BankEntry.State, BankEntry.Hold
PORTION = 500  # entries in one transaction of the worker
OPEN = (State.SUGGESTED, State.UNMATCHED, State.HELD, State.NEW)


def match_new_entries(statement: BankStatement, *, at: datetime, most: int = PORTION) -> int:
    """Matches the next new entries of a statement that was taken in, in the order of the bank; how many there were.

    Each is judged in a transaction of its own, read anew under its lock: what a person or another worker has done
    with it meanwhile stands.
    """
    by = BankStatement.objects.select_related("accepted_by").get(pk=statement.pk).accepted_by
    rows = statement.entries.filter(state=State.NEW).order_by("booked_on", "pk")
    ids = list(rows.values_list("pk", flat=True)[:most])
    if by is None or not ids:
        return 0
    ledger = open_ledger(statement.account.seller)
    return sum(_match_new(pk, ledger, by=by, at=at) for pk in ids)


@transaction.atomic
def _match_new(pk: int, ledger: Ledger, *, by: User, at: datetime) -> bool:
    """Whether the entry was still new."""
    hold_periods_open()
    row = BankEntry.objects.locked().filter(pk=pk, state=State.NEW).select_related("account__seller").first()
    if row is not None:
        _judge(row, ledger, by=by, at=at)
    return row is not None


def rematch_entry(entry: BankEntry, *, by: User, at: datetime) -> BankEntry:
    """Asks the five steps again, as after an invoice was issued late or a period opened."""
    with transaction.atomic():
        hold_periods_open()
        row = _open_entry(entry)
        return _judge(row, open_ledger(row.account.seller), by=by, at=at)


@transaction.atomic
def settle_entry(
    entry: BankEntry, *, client: Client, settles: Settled, step: int | None = None, by: User, at: datetime
) -> BankEntry:
    """Books the entry as a payment of a client that settles these invoices; the rest is the client's credit.

    ValidationError: `wrong_status` for one that is done or did not come in, and what `book_payment` refuses.
    """
    hold_periods_open()
    row = _open_entry(entry)
    if not row.is_credit:
        raise ValidationError(_("This money went out: it pays nothing."), code="wrong_status")
    row.payment = book_payment(_receipt(row, client), settles=settles, by=by, at=at)
    return _keep(row, State.MATCHED, client=client, step=step)


@transaction.atomic
def confirm_entry(entry: BankEntry, *, by: User, at: datetime) -> BankEntry:
    """Does what is suggested. ValidationError `wrong_status` where nothing is."""
    row = _open_entry(entry)
    if row.suggestion.get("payment"):
        return return_entry(row, payment=Payment.objects.get(pk=row.suggestion["payment"]), by=by, at=at)
    if row.state != State.SUGGESTED or row.client is None:
        raise ValidationError(_("Nothing is suggested for this entry."), code="wrong_status")
    amounts = {int(pk): Decimal(amount) for pk, amount in row.suggestion.get("settles", ())}
    settles = {invoice: amounts[invoice.pk] for invoice in Invoice.objects.filter(pk__in=amounts)}
    return settle_entry(row, client=row.client, settles=settles, step=row.step, by=by, at=at)


@transaction.atomic
def return_entry(entry: BankEntry, *, payment: Payment, by: User, at: datetime) -> BankEntry:
    """The client's bank took a payment back: what it settled is owed again. ValidationError `wrong_status`.

    What went out beyond the payment is the bank's fee: it stands on the entry, and neither payment nor invoice has it.
    """
    hold_periods_open()
    row = _open_entry(entry)
    fee = row.amount - payment.amount
    fits = (payment.currency, payment.seller_id) == (row.currency, row.account.seller_id)
    if row.is_credit or not fits or not 0 <= fee <= (MOST_FEE.get(row.currency, 0) if row.is_reversal else 0):
        raise ValidationError(_("This entry returns another amount."), code="wrong_status")
    row.fee_amount = fee
    row.refund = return_payment(payment, paid_on=row.booked_on, reference=_said(row), by=by, at=at)
    return _keep(row, State.MATCHED, client=payment.client)


@transaction.atomic
def ignore_entry(entry: BankEntry, *, reason: str) -> BankEntry:
    """Leaves an entry out with a reason, such as interest or a tax refund."""
    row = _open_entry(entry)
    row.ignore_reason = reason.strip()
    return _keep(row, State.IGNORED)


@transaction.atomic
def undo_entry(entry: BankEntry, *, on: date, by: User, at: datetime) -> BankEntry:
    """Opens an entry again. Its payment is corrected by a row of the day `on`, and its invoices are owed again.

    ValidationError `wrong_status` for a return, which stands as the bank made it; `already_done`, `period_locked`.
    """
    hold_periods_open()
    row = _locked(entry)
    if row.state == State.IGNORED:
        row.ignore_reason = ""
    elif row.payment is not None:
        return_payment(row.payment, paid_on=on, kind=Refund.Kind.CORRECTED, by=by, at=at)
        row.payment = None
    else:
        raise ValidationError(_("There is nothing to undo."), code="wrong_status")
    return _keep(row, State.UNMATCHED, client=None)


def open_ledger(seller: Seller) -> Ledger:
    """What is owed to an own company, and which accounts and tax numbers are known to be whose; merged ones are one."""
    rows = Invoice.objects.unpaid().filter(seller=seller).select_related("client").order_by("pk")
    return Ledger.of((_open_item(row, row.issued_on) for row in rows if row.issued_on), _payers())


def _open_item(invoice: Invoice, issued_on: date) -> OpenItem:
    return OpenItem(
        id=invoice.pk,
        number=invoice.number,
        client_id=invoice.client.holder_id,
        currency=invoice.currency,
        open_amount=invoice.balance_amount,
        issued_on=issued_on,
        discount_amount=invoice.cash_discount(paid_on=issued_on),
        discount_until_on=invoice.discount_until_on,
    )


def _payers() -> Mapping[str, frozenset[int]]:
    """Accounts from which clients themselves have paid before, and their tax numbers."""
    found: dict[str, set[int]] = defaultdict(set)
    paid = BankEntry.objects.filter(state=State.MATCHED, payment__payer_name="", payment__refunds=None)
    known = paid.exclude(payer_account="").values_list("payer_account", holder_of("payment__client"))
    for account, client in known:
        found[account].add(client)
    for number, client in Client.objects.current().exclude(tax_number="").values_list("tax_number", "pk"):
        found[number].add(client)
    return {key: frozenset(clients) for key, clients in found.items()}


def _judge(entry: BankEntry, ledger: Ledger, *, by: User, at: datetime) -> BankEntry:
    if entry.currency != entry.account.currency:
        return _keep(entry, State.HELD, hold=Hold.CURRENCY)
    if not entry.is_credit:
        return _outgoing(entry)
    found = match_line(_line(entry), ledger)
    if found is None:
        return _keep(entry, State.UNMATCHED)
    if found.posts:
        return _post(entry, found, ledger, by=by, at=at)
    settles = [[pk, str(amount)] for pk, amount in found.settles]
    client = Client.objects.get(pk=found.client_id)
    return _keep(entry, State.SUGGESTED, client=client, step=found.step, suggestion={"settles": settles})


def _outgoing(entry: BankEntry) -> BankEntry:
    """Money that went out is no matter here, unless it is a payment that came back to its payer."""
    payment = returned_payment(entry) or returned_with_fee(entry)
    if payment is None:
        return _keep(entry, State.UNMATCHED if entry.is_reversal else State.OUTGOING)
    return _keep(entry, State.SUGGESTED, client=payment.client, suggestion={"payment": payment.pk})


def _post(entry: BankEntry, found: Match, ledger: Ledger, *, by: User, at: datetime) -> BankEntry:
    """Books a sure match; what is refused is held with the reason, and nothing of it stays."""
    client = Client.objects.get(pk=found.client_id)
    amounts = dict(found.settles)
    settles = {invoice: amounts[invoice.pk] for invoice in Invoice.objects.filter(pk__in=amounts)}
    try:
        with transaction.atomic():
            payment = book_payment(_receipt(entry, client), settles=settles, by=by, at=at)
    except ValidationError as refused:
        locked = any(error.code == "period_locked" for error in _errors(refused))
        return _keep(entry, State.HELD, client=client, hold=Hold.PERIOD_LOCKED if locked else Hold.REFUSED)
    ledger.settle(found.settles, on=entry.booked_on)
    entry.payment = payment
    return _keep(entry, State.MATCHED, client=client, step=found.step)


def _errors(refused: ValidationError) -> list[ValidationError]:
    if hasattr(refused, "error_dict"):
        return [error for errors in refused.error_dict.values() for error in errors]
    return list(refused.error_list)


def _keep(entry: BankEntry, state: BankEntry.State, **changes: Any) -> BankEntry:
    """Writes the new state; what does not belong to it is emptied."""
    entry.state = state
    entry.hold, entry.step = changes.get("hold", ""), changes.get("step")
    entry.suggestion, entry.client = changes.get("suggestion", {}), changes.get("client")
    with worded():
        entry.save()
    return entry


def _locked(entry: BankEntry) -> BankEntry:
    BankEntry.objects.locked().get(pk=entry.pk)
    return BankEntry.objects.select_related("account__seller", "payment", "client", "statement").get(pk=entry.pk)


def _open_entry(entry: BankEntry) -> BankEntry:
    """The entry, locked. ValidationError `wrong_status` for one that is done or whose statement is not taken in."""
    row = _locked(entry)
    if row.state not in OPEN or row.statement.state != BankStatement.State.ACCEPTED:
        raise ValidationError(_("This entry is not open."), code="wrong_status")
    return row


def _receipt(entry: BankEntry, client: Client) -> Receipt:
    return Receipt(
        client=client,
        seller=entry.account.seller,
        amount=entry.amount,
        currency=entry.currency,
        received_on=entry.booked_on,
        reference=_said(entry),
        payer_name=third_party(entry, client),
    )


def third_party(entry: BankEntry, client: Client) -> str:
    """The payer's name where it is not the client's own, by tax number or else by the words of the name."""
    if not entry.payer_name or (entry.payer_tax_number and entry.payer_tax_number == client.tax_number):
        return ""
    payer = core_name(entry.payer_name)
    own = [core_name(name) for name in (client.name, client.legal_name) if name]
    return "" if any(payer in name or name in payer for name in own) else entry.payer_name


def _said(entry: BankEntry) -> str:
    return (entry.purpose or entry.reference or entry.bank_reference)[:140]


def _line(entry: BankEntry) -> Line:
    return Line(
        number=entry.line,
        booked_on=entry.booked_on,
        amount=entry.amount,
        is_credit=entry.is_credit,
        currency=entry.currency,
        is_reversal=entry.is_reversal,
        payer_name=entry.payer_name,
        payer_account=entry.payer_account,
        payer_tax_number=entry.payer_tax_number,
        reference=entry.reference,
        purpose=entry.purpose,
    )
