"""A small model of prepaid hours, written from the rules and not from the code: pots of minutes and pieces of work.

The state machine lets it and the real services do the same and compares them after every step. It knows no ledger:
what expired or was carried on is a number on the pot that can still be fetched back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from math import floor

STEP = 15  # the German seller's rounding, and its minimum
SHORT = 120  # what may be drawn on saving

type Draws = list["Draw"]


@dataclass(eq=False, kw_only=True)
class Pot:
    """A package or a month's allowance; `into` is the next month's, to which up to `cap` minutes are carried."""

    number: int
    balance: int
    first: date
    last: date | None
    allowance: bool = False
    priority: int = 0
    granted: bool = False
    factor: Fraction = Fraction(1)
    policy: str = "bill_overage"
    limit: int = 0
    on_log: bool = False
    expired: int = 0
    own: int = 0
    used: int = 0
    brought: int = 0
    carried: int = 0
    into: "Pot | None" = None
    cap: int = 0
    carries_deficit: bool = False

    def valid(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    def over(self, today: date) -> bool:
        return self.last is not None and self.last < today

    @property
    def below(self) -> int:
        return self.limit if self.policy == "allow_negative" else 0


@dataclass(eq=False)
class Draw:
    """So many minutes of work cost so many minutes of a pot; `bill` is the invoice on which it stands."""

    pot: Pot
    covered: int
    drawn: int
    bill: int | None = None


@dataclass(eq=False, kw_only=True)
class Piece:
    """One entry. `rest` minutes follow a policy: billed at a price, or waiting for a top-up."""

    number: int
    day: date
    minutes: int
    pot: Pot | None = None
    status: str = "draft"
    rejected: bool = False
    on_log: bool = False
    draws: Draws = field(default_factory=list)
    priced: int = 0
    price_bill: int | None = None
    waiting: int = 0
    corrected: int = 0

    @property
    def billed(self) -> int:
        return -(-self.minutes // STEP) * STEP

    @property
    def booked(self) -> bool:
        return self.status in ("approved", "invoiced")

    @property
    def stands(self) -> bool:
        return self.price_bill is not None or any(draw.bill is not None for draw in self.draws)

    @property
    def whole(self) -> bool:
        """Whether all of it stands on an invoice."""
        open_draws = any(draw.bill is None for draw in self.draws)
        return not (self.waiting or open_draws or (self.priced and self.price_bill is None))


@dataclass
class Books:
    """All pots and pieces of one client, and the rules by which they move."""

    pots: list[Pot] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def held(self, pot: Pot, *, rejected: bool = True) -> int:
        """What unapproved work plans to draw; a rejected entry reserves nothing at an end."""
        open_work = [p for p in self.pieces if not p.booked and (rejected or not p.rejected)]
        return sum(draw.drawn for piece in open_work for draw in piece.draws if draw.pot is pot)

    def needed(self, pot: Pot, *, rejected: bool = True) -> int:
        """What unapproved work plans to draw, and what that of the month before will fetch back out of it."""
        before = [other for other in self.pots if other.into is pot]
        return self.held(pot, rejected=rejected) + sum(self._fetched(other, rejected) for other in before)

    def _fetched(self, pot: Pot, rejected: bool) -> int:
        """Of what was carried on, as much as unapproved work needs beyond what is left and what expired."""
        if pot.into is None:
            return 0
        there = pot.into
        spare = (
            there.balance
            - self.held(there, rejected=rejected)
            + self._back(there, partial(self.held, rejected=rejected))
        )
        beyond = self.needed(pot, rejected=rejected) - max(0, pot.balance) - pot.expired
        return max(0, min(beyond, pot.carried, there.balance, spare))

    def cover(self, piece: Piece, minutes: int, *, planning: bool) -> tuple[Draws, int, str, bool]:
        """Draws, the rest, the policy that the rest follows, and whether something deserves a second look."""
        held, need = (self.held, self.needed) if planning else (nothing, nothing)
        asked: list[Draw] = []
        left = minutes
        for pot in self._order(piece):
            if left == 0:
                break
            asked.append(take(pot, left, max(0, pot.balance - need(pot) + self._back(pot, held))))
            left -= asked[-1].covered
        last = _ruling(asked)
        if last and last.pot.policy == "allow_negative" and left:
            room = last.pot.balance - need(last.pot) + self._back(last.pot, held)
            left += last.covered
            deeper = take(last.pot, left, max(0, room + last.pot.limit))
            last.covered, last.drawn = deeper.covered, deeper.drawn
            left -= last.covered
        below = any(d.drawn > max(0, d.pot.balance - need(d.pot) + self._back(d.pot, held)) for d in asked)
        exhausted = piece.pot in [draw.pot for draw in asked] and (left > 0 or len(asked) > 1)
        policy = last.pot.policy if last else "bill_overage"
        return [draw for draw in asked if draw.covered], left, policy, bool(below or exhausted or left)

    def _order(self, piece: Piece) -> list[Pot]:
        fitting = [pot for pot in self.pots if pot.valid(piece.day)]
        return sorted(
            fitting,
            key=lambda pot: (
                pot is not piece.pot,
                not pot.allowance,
                pot.priority,
                pot.last or date.max,
                not pot.granted,
                pot.first,
                pot.number,
            ),
        )

    def _back(self, pot: Pot, held: Callable[[Pot], int]) -> int:
        """What expired, and of what was carried on as much as still lies there."""
        there = pot.into.balance - held(pot.into) if pot.into else 0
        return pot.expired + min(pot.carried, max(0, there))

    def plan(self, piece: Piece) -> bool:
        """How unapproved work would be covered; says whether it may be drawn at once."""
        piece.draws = []
        piece.draws, rest, policy, look = self.cover(piece, piece.billed, planning=True)
        _rest(piece, rest, policy)
        inside = all(not d.pot.allowance and d.pot.on_log for d in piece.draws)
        return piece.minutes <= SHORT and not look and inside

    def save(self, piece: Piece) -> None:
        """Planned, and booked at once where every package allows it; not what somebody gave back."""
        piece.on_log = self.plan(piece) and not piece.rejected
        if piece.on_log:
            self._book(piece.draws)
            piece.status = "approved"

    def approve(self, pieces: Iterable[Piece], today: date) -> None:
        chosen = in_worked_order(pieces)
        for piece in chosen:
            piece.draws, piece.status = [], "approved"
        for piece in chosen:
            piece.draws, rest, policy, _look = self.cover(piece, piece.billed, planning=False)
            _rest(piece, rest, policy)
            self._book(piece.draws)
        self.end(today)

    def free(self, piece: Piece) -> None:
        """Gives back what booked work drew, less what a correction gave back already."""
        for draw in piece.draws if piece.booked else ():
            draw.pot.balance += draw.drawn
            draw.pot.used -= draw.drawn
        if piece.draws:
            piece.draws[0].pot.balance -= piece.corrected
        piece.draws, piece.priced, piece.waiting, piece.corrected = [], 0, 0, 0

    def change(self, piece: Piece, minutes: int, today: date) -> None:
        was_approved, on_log = piece.status == "approved", piece.on_log
        self.free(piece)
        piece.minutes = minutes
        if was_approved and not on_log:
            self.approve([piece], today)
            return
        piece.status = "draft" if on_log else piece.status
        if piece.status == "draft":
            self.save(piece)
        else:
            self.plan(piece)
            piece.on_log = False
        self.end(today)

    def give_back(self, piece: Piece, today: date) -> None:
        """What was drawn on saving is its writer's draft again, and holds what it had only while that is valid."""
        self.free(piece)
        piece.status, piece.rejected, piece.on_log = "draft", True, False
        self.plan(piece)
        self.end(today)

    def settle_waiting(self) -> None:
        """New hours cover what waited for them, in worked order."""
        for piece in in_worked_order(p for p in self.pieces if p.status == "approved" and p.waiting):
            draws = self.cover(piece, piece.waiting, planning=False)[0]
            self._book(draws)
            piece.waiting -= sum(draw.covered for draw in draws)
            piece.draws += draws

    def end(self, today: date) -> None:
        """Midnight after a last day: what pending work needs stays, the rest expires or is carried on."""
        for pot in sorted(self.pots, key=lambda pot: (pot.allowance, pot.last or date.max, pot.number)):
            free = max(0, pot.balance - max(0, self.needed(pot, rejected=False)))
            if not pot.over(today):
                continue
            if pot.allowance:
                self._carry(pot, free)
            elif pot.balance > 0:
                pot.balance -= free
                pot.expired += free

    def _carry(self, pot: Pot, free: int) -> None:
        there = pot.into
        spoken = pot.used + min(self.needed(pot, rejected=False), max(0, pot.own + pot.brought - pot.used))
        unused = max(0, pot.own - max(0, spoken - pot.brought))
        carried = min(free, max(0, min(unused, pot.cap) - pot.carried)) if there else 0
        pot.balance -= free
        pot.carried += carried
        pot.expired += free - carried
        if there is None:
            return
        there.balance += carried
        there.brought += carried
        if pot.carries_deficit and pot.balance < 0:
            owed = min(max(0, pot.used - pot.own - pot.brought), -pot.balance, max(0, there.balance + there.below))
            for one, minutes in ((pot, owed), (there, -owed)):
                one.balance += minutes
                one.own += minutes

    def _book(self, draws: Draws) -> None:
        """From the balance, then out of what expired, then out of what was carried on, then below zero."""
        for draw in draws:
            pot = draw.pot
            back = min(max(0, draw.drawn - max(0, pot.balance)), self._back(pot, nothing))
            again = min(back, pot.expired)
            pot.expired -= again
            if pot.into:
                pot.carried -= back - again
                pot.into.balance -= back - again
                pot.into.brought -= back - again
            pot.balance += back - draw.drawn
            pot.used += draw.drawn


def nothing(_pot: Pot) -> int:
    """What is held back when work is booked."""
    return 0


def take(pot: Pot, wanted: int, room: int) -> Draw:
    """As much of the wanted minutes as the room carries at the pot's factor."""
    whole = cost_of(wanted, pot.factor)
    if whole <= room:
        return Draw(pot, wanted, whole)
    covered = floor(room / pot.factor)
    return Draw(pot, covered, cost_of(covered, pot.factor))


def cost_of(covered: int, factor: Fraction) -> int:
    return max(floor(covered * factor + Fraction(1, 2)), min(covered, 1))


def in_worked_order(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (piece.day, piece.number))


def _ruling(asked: Draws) -> Draw | None:
    """The last package that gave something, else the last that was asked; an allowance only where there is none."""
    packages = [draw for draw in asked if not draw.pot.allowance] or asked
    giving = [draw for draw in packages if draw.covered] or packages
    return giving[-1] if giving else None


def _rest(piece: Piece, minutes: int, policy: str) -> None:
    waits = policy == "require_top_up"
    piece.waiting, piece.priced = (minutes, 0) if waits else (0, minutes)
