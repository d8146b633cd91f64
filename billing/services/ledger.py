"""The ledger of hours: the only place that books purchases, draws, reversals and corrections.

Accounts are locked in id order before they are drawn on, so two approvals never wait for each other in a ring;
the database keeps the balance and refuses what would break it, here the refusal gets its words and code.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models import HourAccount, LedgerRow, TimeEntry
from billing.models.hours import pending_minutes
from clients.models import Client
from crm.db import worded
from crm.models import User

REVERSED_ONCE = "billing_ledgerrow_reverses_id_key"


def open_account(client: Client, *, overdraft_minutes: int = 0) -> HourAccount:
    return HourAccount.objects.create(client=client, overdraft_minutes=overdraft_minutes)


def lock_accounts(ids: Collection[int]) -> dict[int, HourAccount]:
    """The accounts with their balances of this moment, locked until the transaction ends."""
    return {account.pk: account for account in HourAccount.objects.locked().filter(pk__in=ids)}


def book_rows(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Writes rows by account; answers `balance_limit` or `already_done` and then has written none."""
    ordered = sorted(rows, key=lambda row: row.account_id)
    try:
        with worded():
            LedgerRow.objects.bulk_create(ordered)
    except IntegrityError as broken:
        if REVERSED_ONCE in str(broken):
            raise ValidationError(_("This row was already reversed."), code="already_done") from broken
        raise
    return ordered


def book_purchase(
    account: HourAccount,
    *,
    minutes: int,
    on: date,
    by: User | None,
    at: datetime,
    price: Decimal | None = None,
    granted: bool = False,
    source: str = "",
) -> LedgerRow:
    """Hours that were bought or, `granted`, given; `price` in the package's currency and tax basis."""
    kind = LedgerRow.Kind.GRANT if granted else LedgerRow.Kind.PURCHASE
    row = LedgerRow(
        account=account,
        kind=kind,
        minutes=minutes,
        price=price,
        occurred_on=on,
        source=source[:120],
        made_by=by,
        made_at=at,
    )
    return book_rows([row])[0]


def adjust_balance(
    account: HourAccount, *, minutes: int, reason: str, on: date, by: User | None, at: datetime
) -> LedgerRow:
    """A correction by hand in either direction, with its reason."""
    row = LedgerRow(
        account=account,
        kind=LedgerRow.Kind.ADJUSTMENT,
        minutes=minutes,
        occurred_on=on,
        source=reason[:120],
        made_by=by,
        made_at=at,
    )
    return book_rows([row])[0]


def correction_row(
    account_id: int, entry: TimeEntry, *, minutes: int, reason: str, on: date, by: User, at: datetime
) -> LedgerRow:
    """Minutes that a locked entry had drawn and that come back today (below zero: that go again), not yet written."""
    return LedgerRow(
        account_id=account_id,
        kind=LedgerRow.Kind.ADJUSTMENT,
        minutes=minutes,
        occurred_on=on,
        entry=entry,
        source=reason[:120],
        made_by=by,
        made_at=at,
    )


def end_row(
    account_id: int, kind: LedgerRow.Kind, *, minutes: int, generation: int, on: date, by: User | None, at: datetime
) -> LedgerRow:
    """Hours that leave an ended account by expiry, by being carried on or by a refund, not yet written.

    `generation` numbers the rows of one kind on one account: of two who end the same hours, the database lets one.
    """
    return LedgerRow(
        account_id=account_id,
        kind=kind,
        minutes=-minutes,
        occurred_on=on,
        generation=generation,
        made_by=by,
        made_at=at,
    )


def carried_row(out: LedgerRow, *, account_id: int) -> LedgerRow:
    """The other side of carried hours, not yet written: what leaves one account enters the next."""
    return LedgerRow(
        account_id=account_id,
        kind=LedgerRow.Kind.ROLLOVER_IN,
        minutes=-out.minutes,
        occurred_on=out.occurred_on,
        carried_from=out,
        made_by=out.made_by,
        made_at=out.made_at,
    )


def next_generation(account_id: int, kind: LedgerRow.Kind) -> int:
    """The number of the next row of a kind that ends hours; asked with the account locked."""
    return LedgerRow.objects.filter(account=account_id, kind=kind).count()


def draw_row(
    entry: TimeEntry, *, account_id: int, covered: int, drawn: int, by: User | None, at: datetime
) -> LedgerRow:
    """A draw, not yet written: `drawn` minutes leave the balance for `covered` minutes of work."""
    return LedgerRow(
        account_id=account_id,
        kind=LedgerRow.Kind.DRAW,
        minutes=-drawn,
        covered_minutes=covered,
        occurred_on=entry.worked_on,
        entry=entry,
        generation=entry.generation,
        source=entry.description[:120],
        made_by=by,
        made_at=at,
    )


@transaction.atomic
def reverse_draws(entries: Iterable[TimeEntry], *, by: User | None, at: datetime) -> list[LedgerRow]:
    """Gives back what these entries drew and still hold, dated like the draws, so that each period nets out."""
    draws = LedgerRow.objects.unreversed_draws().filter(entry__in=[entry.pk for entry in entries])
    rows = list(draws.order_by("account_id", "id"))
    lock_accounts({row.account_id for row in rows})
    return book_rows([reversal_of(row, by=by, at=at) for row in rows])


def take_corrections_back(entries: Iterable[TimeEntry], *, on: date, by: User, at: datetime) -> list[LedgerRow]:
    """Ends corrections of work whose draws have just come back whole: what they gave leaves the package again.

    A correction that went to a grace package is taken from the package whose hours were drawn.
    """
    given = LedgerRow.objects.filter(kind=LedgerRow.Kind.ADJUSTMENT, entry__in=[entry.pk for entry in entries])
    holder = Coalesce("account__package__grace_of__account", "account")
    sums = given.order_by().values("entry", holder=holder).annotate(total=Sum("minutes")).exclude(total=0)
    found = {entry.pk: entry for entry in entries}
    reason = str(_("The correction is part of the work again"))
    return book_rows(
        [
            correction_row(
                row["holder"], found[row["entry"]], minutes=-row["total"], reason=reason, on=on, by=by, at=at
            )
            for row in sums
        ]
    )


def reversal_of(row: LedgerRow, *, by: User | None, at: datetime) -> LedgerRow:
    return LedgerRow(
        account_id=row.account_id,
        kind=LedgerRow.Kind.REVERSAL,
        minutes=-row.minutes,
        covered_minutes=-row.covered_minutes,
        occurred_on=row.occurred_on,
        entry_id=row.entry_id,
        generation=row.generation,
        reverses=row,
        source=row.source,
        made_by=by,
        made_at=at,
    )


def reserved_minutes(account_id: int) -> int:
    """What pending work plans to draw; a rejected entry holds nothing until it is handed in again."""
    planned = HourAccount.objects.filter(pk=account_id).values_list(pending_minutes(rejected=False), flat=True)
    return planned.first() or 0
