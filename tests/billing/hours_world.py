"""What the state machine of prepaid hours stands on: one client whose real rows and model are moved and compared."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from billing.models import Coverage, HourAccount, HourPackage, Invoice, Retainer, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, credit_invoice
from billing.services.time import log_entry
from clients.models import Client
from crm.invariants import find_breaches
from crm.periods import add_months
from tests.billing.hours_model import Books, Piece, Pot, in_worked_order
from tests.make import Cast
from tests.make.invoices import NOON

START = date(2026, 6, 10)
LONG_AGO = date(2025, 12, 1)


class HoursWorld(RuleBasedStateMachine):
    """One client, its packages, its retainer and its work; each example in a transaction that is rolled back."""

    cast: Cast
    client: Client

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.today = START
        self.retainer: Retainer | None = None
        self.bills: dict[int, Invoice] = {}
        self.refunded: dict[int, Decimal] = {}
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @property
    def seller(self) -> Any:
        return self.client.default_seller

    @property
    def at(self) -> datetime:
        return datetime.combine(self.today, NOON)

    def linkable(self, day: date) -> list[Pot]:
        return [pot for pot in self.packages() if pot.valid(day)]

    def log(self, minutes: int, day: date, pot: Pot | None) -> None:
        entry = TimeEntry(
            client=self.client,
            employee=self.cast.consultant,
            worked_on=day,
            minutes=minutes,
            description="Second server",
            decision="billable",
            hour_package=self.package(pot) if pot else None,
        )
        log_entry(entry, by=self.cast.consultant, at=self.at)
        piece = Piece(number=entry.pk, day=day, minutes=minutes, pot=pot)
        self.books.save(piece)
        self.books.pieces.append(piece)

    def approve_now(self, chosen: list[Piece]) -> None:
        if chosen:
            approve_entries([piece.number for piece in chosen], by=self.cast.partner, at=self.at)
            self.books.approve(chosen, self.today)

    def credit_now(self, number: int) -> None:
        credit_invoice(
            self.bills.pop(number),
            kind=CreditKind.FULL,
            reason="Wrong client",
            issued_on=self.today,
            by=self.cast.finance,
            at=self.at,
        )
        back = []
        for piece in self.books.pieces:
            own = [draw for draw in piece.draws if draw.bill == number]
            touched = bool(own) or piece.price_bill == number
            for draw in own:
                draw.bill = None
            piece.price_bill = None if piece.price_bill == number else piece.price_bill
            if touched:
                piece.status = "approved"
            if own and not piece.stands:
                back.append(piece)
        for piece in back:
            self.books.free(piece)
            piece.status, piece.on_log, piece.price_bill = "submitted", False, None
        for piece in in_worked_order(back):
            self.books.plan(piece)
        self.books.end(self.today)

    @invariant()
    def the_services_did_what_the_model_did(self) -> None:
        balances = dict(HourAccount.objects.values_list("pk", "balance_minutes"))
        assert balances == {pot.number: pot.balance for pot in self.books.pots}
        states = dict(TimeEntry.objects.values_list("pk", "status"))
        assert states == {piece.number: piece.status for piece in self.books.pieces}
        rows = Coverage.objects.values_list("entry", "source", "account", "minutes", "drawn_minutes")
        assert sorted(map(str, rows)) == sorted(str(row) for piece in self.books.pieces for row in covers_of(piece))

    @invariant()
    def the_books_keep_their_promises(self) -> None:
        assert [str(breach) for breach in find_breaches()] == []

    def note_periods(self) -> None:
        """A month that has begun brings its hours, once."""
        if self.retainer is None:
            return
        known = {pot.number for pot in self.books.pots}
        contract = self.retainer
        caps = {"none": 0, "unlimited": 10**6, "capped": contract.rollover_cap_minutes}
        for period in contract.periods.exclude(account__in=known).order_by("starts_on"):
            pot = Pot(
                number=period.account_id or 0,
                allowance=True,
                balance=contract.included_minutes,
                own=contract.included_minutes,
                first=period.starts_on,
                last=add_months(period.starts_on, 1) - timedelta(days=1),
                policy=contract.overage_policy,
                limit=60,
                cap=caps[contract.rollover],
                carries_deficit=contract.carries_deficit,
            )
            before = [other for other in self.books.pots if other.allowance]
            if before:
                before[-1].into = pot
            self.books.pots.append(pot)

    def goes_unless(self, refused: bool, act: Callable[[], Any], code: str) -> bool:
        """Does it; where the rules refuse it, asserts that it says why and changes nothing."""
        if not refused:
            act()
            return True
        with pytest.raises(ValidationError) as why:
            act()
        assert code in {error.code for error in errors_of(why.value)}
        return False

    def with_status(self, status: str) -> list[Piece]:
        return [piece for piece in self.books.pieces if piece.status == status]

    def packages(self) -> list[Pot]:
        return [pot for pot in self.books.pots if not pot.allowance]

    def package(self, pot: Pot) -> HourPackage:
        return HourPackage.objects.get(account=pot.number)

    def entry(self, piece: Piece) -> TimeEntry:
        return TimeEntry.objects.get(pk=piece.number)


def errors_of(error: ValidationError) -> list[ValidationError]:
    if hasattr(error, "error_dict"):
        return [each for errors in error.error_dict.values() for each in errors]
    return list(error.error_list)


def covers_of(piece: Piece) -> list[tuple[int, str, int | None, int, int]]:
    rows: list[tuple[int, str, int | None, int, int]] = [
        (piece.number, "retainer" if d.pot.allowance else "package", d.pot.number, d.covered, d.drawn)
        for d in piece.draws
    ]
    if piece.priced:
        rows.append((piece.number, "time_and_materials", None, piece.priced, 0))
    if piece.waiting:
        rows.append((piece.number, "none", None, piece.waiting, 0))
    return rows
