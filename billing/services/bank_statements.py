"""Statements on their way in: a file is staged, looked at, then taken in with its entries matched, or thrown away.

The same file again changes nothing, and an entry that another file brought is not stored twice.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import batched
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from billing.models import BankEntry, BankStatement
from billing.rules.bank.returns import is_return
from billing.rules.bank.statement import Line, Statement, adds_up
from billing.services.bank_entries import match_new_entries
from billing.services.bank_files import CSV, line_keys, read_file, whole_keys
from billing.services.locks import hold_periods_open
from clients.models import BankAccount
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User

Problem = BankStatement.Problem
AT_ONCE = 100  # as many as a person can wait for
LOOKED_UP = 5_000  # keys in one question to the database
WRITTEN = 1_000  # rows in one statement
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
type Tell = Callable[[int, int], None]


class Told(NamedTuple):
    """Who hears how far the writing is, and what was written before."""

    tell: Tell | None
    before: int
    total: int

    def say(self, done: int) -> None:
        if self.tell is not None:
            self.tell(self.before + done, self.total)


@transaction.atomic
def stage_file(
    content: bytes, *, file_name: str, account: BankAccount | None = None, by: User, tell: Tell | None = None
) -> tuple[list[BankStatement], bool]:
    """The file's statements, to be looked at; and whether they are new. ValidationError names file, line and fault.

    `tell` hears how many entries of how many are written.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = list(BankStatement.objects.filter(sha256=sha256).order_by("place"))
    if known:
        return known, False
    read = read_file(content, account=account)
    made: list[BankStatement] = []
    total = sum(len(statement.lines) for _own, statement in read)
    for place, (own, statement) in enumerate(read):
        with worded():
            row = _stage(statement, own, sha256=sha256, place=place, file_name=plain_name(file_name), by=by)
            before = sum(each.line_count for each in made)
            _write_entries(row, _entries(row, own, statement.lines), Told(tell, before, total))
        made.append(row)
    return made, True


def accept_statement(statement: BankStatement, *, reason: str = "", by: User, at: datetime) -> BankStatement:
    """Takes a staged statement in. Its first entries are matched at once, those of a long one by a worker.

    ValidationError `already_done`, `reason_missing`.
    """
    row = _take_in(statement, reason=reason.strip(), by=by, at=at)
    if match_new_entries(row, at=at, most=AT_ONCE) == AT_ONCE:
        enqueue("billing.tasks.match_bank_entries", row.pk)
    return row


@transaction.atomic
def _take_in(statement: BankStatement, *, reason: str, by: User, at: datetime) -> BankStatement:
    hold_periods_open()
    row = BankStatement.objects.locked().get(pk=statement.pk)
    if row.state == BankStatement.State.ACCEPTED:
        raise ValidationError(_("This statement is taken in already."), code="already_done")
    row.problem = problem_of(row)
    row.state, row.accepted_at, row.accepted_by = BankStatement.State.ACCEPTED, at, by
    row.accept_reason = reason
    if row.problem and not reason:
        words = _("Say why this statement is right all the same.")
        raise ValidationError({"reason": ValidationError(words, code="reason_missing")})
    with worded():
        row.save()
    return row


@transaction.atomic
def discard_statement(statement: BankStatement) -> None:
    """Throws a staged statement away with its entries; nothing was posted. ValidationError `already_done`."""
    row = BankStatement.objects.locked().get(pk=statement.pk)
    if row.state == BankStatement.State.ACCEPTED:
        raise ValidationError(_("This statement is taken in already."), code="already_done")
    row.delete()


def problem_of(row: BankStatement) -> str:
    """Why a statement is held: a balance is missing, its own sums, or a gap or overlap with one that was taken in.

    A table (CSV) has no balances: nothing of it can be compared, and its page says so.
    """
    opening, closing = row.opening_amount, row.closing_amount
    if row.format == CSV:
        return Problem.NONE
    if opening is None or closing is None:
        return (
            Problem.NO_BALANCES if opening is closing else Problem.NO_OPENING if opening is None else Problem.NO_CLOSING
        )
    if not adds_up(opening, closing, came_in=row.credit_amount, went_out=row.debit_amount):
        return Problem.SUMS
    before, after = _neighbours(row)
    if before is not None and before.closing_amount != opening:
        return Problem.OVERLAP if before.to_on > row.from_on else Problem.GAP
    if after is not None and after.opening_amount != closing:
        return Problem.OVERLAP if after.from_on < row.to_on else Problem.GAP
    return Problem.NONE


def _neighbours(row: BankStatement) -> tuple[BankStatement | None, BankStatement | None]:
    """What was taken in of the account: the last one that begins no later, and the first one that begins after it.

    Parts of one day follow each other in the order in which they were taken in.
    """
    rows = BankStatement.objects.filter(account=row.account_id, state=BankStatement.State.ACCEPTED)
    rows = rows.filter(opening_amount__isnull=False, closing_amount__isnull=False).exclude(pk=row.pk)
    before = rows.filter(from_on__lte=row.from_on).order_by("-to_on", "-pk").first()
    return before, rows.filter(from_on__gt=row.from_on).order_by("from_on", "pk").first()


def _stage(
    statement: Statement, account: BankAccount, *, sha256: str, place: int, file_name: str, by: User
) -> BankStatement:
    from_on, to_on = _days(statement)
    row = BankStatement(
        account=account,
        format=statement.format,
        file_name=file_name,
        sha256=sha256,
        place=place,
        currency=statement.currency or account.currency,
        from_on=from_on,
        to_on=to_on,
        opening_amount=statement.opening,
        closing_amount=statement.closing,
        credit_amount=statement.credits,
        debit_amount=statement.debits,
        line_count=len(statement.lines),
        made_by=by,
    )
    row.problem = problem_of(row)
    row.save(force_insert=True)
    return row


def _write_entries(row: BankStatement, entries: Sequence[BankEntry], told: Told) -> None:
    done = row.line_count - len(entries)
    row.known_count = done
    row.save(update_fields=["known_count"])
    for some in batched(entries, WRITTEN, strict=False):
        told.say(done)
        BankEntry.objects.bulk_create(some)
        done += len(some)
    told.say(done)


def _days(statement: Statement) -> tuple[date, date]:
    days = [day for day in (statement.from_on, statement.to_on, *(line.booked_on for line in statement.lines)) if day]
    if not days:
        raise ValidationError({"file": ValidationError(_("There is nothing in the file."), code="bank_file")})
    return min(days), max(days)


def _entries(row: BankStatement, account: BankAccount, lines: Sequence[Line]) -> list[BankEntry]:
    """Those lines that no other file has brought, by themselves or as the collective booking that they are part of."""
    keys, wholes = line_keys(lines), whole_keys(lines)
    known: set[str] = set()
    for some in batched({*keys, *filter(None, wholes)}, LOOKED_UP, strict=False):
        rows = BankEntry.objects.filter(account=account, key__in=some)
        if rows.exclude(statement__state=BankStatement.State.ACCEPTED).exists():
            words = _("Another file with the same entries waits to be checked. Take it in or throw it away first.")
            raise ValidationError({"file": ValidationError(words, code="bank_file")})
        known.update(rows.values_list("key", flat=True))
    told = zip(keys, wholes, lines, strict=True)
    return [_entry(row, account, key, line) for key, whole, line in told if not {key, whole} & known]


def _entry(row: BankStatement, account: BankAccount, key: str, line: Line) -> BankEntry:
    return BankEntry(
        statement=row,
        account=account,
        key=key,
        line=line.number,
        booked_on=line.booked_on,
        amount=line.amount,
        is_credit=line.is_credit,
        is_reversal=is_return(line),
        currency=line.currency or row.currency,
        **{name: _plain(getattr(line, name), _length(name)) for name in TEXTS},
    )


TEXTS = ("bank_reference", "payer_name", "payer_account", "payer_tax_number", "reference", "purpose")


def _length(name: str) -> int:
    column = BankEntry._meta.get_field(name)
    return column.max_length or 0 if isinstance(column, models.CharField) else 0


def plain_name(file_name: str) -> str:
    return _plain(file_name, 200)


def _plain(text: str, length: int) -> str:
    """One line without control characters, as long as its column."""
    return " ".join(CONTROL.sub(" ", text).split())[:length]
