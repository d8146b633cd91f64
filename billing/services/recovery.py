"""Hours that come back: an entry of a day inside validity draws out of what has expired or was carried on since.

A row is reversed once and whole, so what the draw does not need expires, or is carried on, again. The rows are dated
like those that they answer, so that each period nets out.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from billing.models import LedgerRow
from billing.rules.expiry import draw_after_expiry
from billing.services import ledger
from billing.services.terms import Terms
from crm.models import User


def recover_hours(terms: Terms, draws: Sequence[LedgerRow], *, by: User | None, at: datetime) -> None:
    """Brings back what these draws need beyond the balances; `terms` were loaded with the accounts locked.

    The earlier month first: what it fetches out of the next one is no longer there, so each balance is read anew.
    """
    wanted: Counter[int] = Counter()
    for row in draws:
        if row.account_id in terms.recoverable:
            wanted[row.account_id] -= row.minutes
    for account_id, minutes in sorted(wanted.items()):
        held = max(0, ledger.lock_accounts([account_id])[account_id].balance_minutes)
        back = min(minutes - held, terms.recoverable[account_id])
        if back > 0:
            _bring_back(account_id, back, by=by, at=at)


def give_back_expired(account_id: int, *, by: User | None, at: datetime) -> int:
    """Reverses all that expired on a locked account, as an extension does; says how many minutes came back."""
    rows = LedgerRow.objects.recoverable().filter(account=account_id, kind=LedgerRow.Kind.EXPIRY)
    reversals = ledger.book_rows([ledger.reversal_of(row, by=by, at=at) for row in rows.order_by("pk")])
    return sum(row.minutes for row in reversals)


def _bring_back(account_id: int, minutes: int, *, by: User | None, at: datetime) -> None:
    """Expired hours first, then carried ones, the newest row first."""
    rows = LedgerRow.objects.recoverable().filter(account=account_id).select_related("carried_into")
    ordered = sorted(rows, key=lambda row: (row.kind != LedgerRow.Kind.EXPIRY, -row.pk))
    numbers = {kind: ledger.next_generation(account_id, kind) for kind in {LedgerRow.Kind(row.kind) for row in rows}}
    left = minutes
    for row in ordered:
        if left <= 0:
            break
        given = draw_after_expiry(left, balance=0, expired=-row.minutes)
        _reverse(row, given.expired_again, numbers, by=by, at=at)
        left -= given.drawn


def _reverse(row: LedgerRow, again: int, numbers: dict[LedgerRow.Kind, int], *, by: User | None, at: datetime) -> None:
    """Takes one row back and ends again what is not needed, on both accounts where hours were carried on."""
    kind = LedgerRow.Kind(row.kind)
    answers = [ledger.reversal_of(row, by=by, at=at)]
    if again:
        fresh = ledger.end_row(
            row.account_id,
            kind,
            minutes=again,
            generation=numbers[kind],
            on=row.occurred_on,
            by=by,
            at=at,
        )
        numbers[kind] += 1
        answers.append(fresh)
    ledger.book_rows(answers)
    if kind is LedgerRow.Kind.ROLLOVER_OUT:
        entered = row.carried_into
        carried = [ledger.carried_row(answers[1], account_id=entered.account_id)] if again else []
        ledger.book_rows([*carried, ledger.reversal_of(entered, by=by, at=at)])
