"""Which open invoices a payment settles, in five steps; the first that hits counts (finance: bank statements).

Steps 1 to 3 are sure and post by themselves: a reference, our number with the whole amount, a known payer's only
invoice of that amount. Steps 4 and 5 suggest. Nothing settles more than was paid or than is open.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum

from billing.rules.bank.references import is_short, named_numbers, plain_number, rf_bodies, russian_numbers
from billing.rules.bank.statement import Line

MOST_SUMMED = 12
CENT = Decimal("0.01")


class Step(IntEnum):
    REFERENCE = 1
    NUMBER = 2
    PAYER = 3
    SUGGESTION = 4
    CREDIT = 5


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice that is owed; `open_amount` is above zero, and more than a cash discount that may still be earned."""

    id: int
    number: str
    client_id: int
    currency: str
    open_amount: Decimal
    issued_on: date
    discount_amount: Decimal = Decimal(0)
    discount_until_on: date | None = None

    def asked(self, on: date) -> Decimal:
        """What settles it on a day: less its cash discount (Skonto) within the days."""
        in_time = self.discount_until_on is not None and on <= self.discount_until_on
        return self.open_amount - self.discount_amount if in_time else self.open_amount


@dataclass(frozen=True, slots=True)
class Match:
    """What to settle with how much; the rest of the payment is the client's credit."""

    step: Step
    client_id: int
    settles: tuple[tuple[int, Decimal], ...] = ()

    @property
    def posts(self) -> bool:
        """Whether it is sure enough to post without a person."""
        return self.step <= Step.PAYER


@dataclass(slots=True)
class Ledger:
    """What is open, and who is known by account or tax number. `settle` keeps it true while a file is posted."""

    items: dict[int, OpenItem] = field(default_factory=dict)
    payers: Mapping[str, frozenset[int]] = field(default_factory=dict)
    by_number: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_client: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, items: Iterable[OpenItem], payers: Mapping[str, frozenset[int]]) -> "Ledger":
        ledger = cls(payers=payers)
        for item in items:
            ledger.items[item.id] = item
            ledger.by_number[plain_number(item.number)].add(item.id)
            ledger.by_client[item.client_id].add(item.id)
        return ledger

    def settle(self, settles: Iterable[tuple[int, Decimal]], *, on: date) -> None:
        for pk, amount in settles:
            old = self.items[pk]
            left = old.open_amount - amount
            if left > 0 and amount != old.asked(on):
                rest = old.discount_amount if left > old.discount_amount else Decimal(0)
                self.items[pk] = replace(old, open_amount=left, discount_amount=rest)
                continue
            del self.items[pk]
            self.by_number[plain_number(old.number)].discard(pk)
            self.by_client[old.client_id].discard(pk)

    def numbered(self, numbers: Iterable[str], currency: str) -> list[OpenItem]:
        found = {pk for number in numbers for pk in self.by_number.get(number, ())}
        return [self.items[pk] for pk in sorted(found) if self.items[pk].currency == currency]

    def owed_by(self, client: int, currency: str) -> list[OpenItem]:
        rows = [self.items[pk] for pk in self.by_client.get(client, ()) if self.items[pk].currency == currency]
        return sorted(rows, key=lambda row: (row.issued_on, row.id))

    def payer_of(self, line: Line) -> int | None:
        """The one client whom account or tax number name; two clients are nobody."""
        for key in (line.payer_account, line.payer_tax_number):
            known = self.payers.get(key, frozenset()) if key else frozenset()
            if len(known) == 1:
                return next(iter(known))
        return None


def match_line(line: Line, ledger: Ledger) -> Match | None:
    """The first of the five steps that hits; None for what nobody can name, and for money that went out."""
    if not line.is_credit or line.is_reversal:
        return None
    return (
        _by_reference(line, ledger)
        or _by_number(line, ledger)
        or _by_payer(line, ledger)
        or _suggested(line, ledger)
        or _as_credit(line, ledger)
    )


def _text(line: Line) -> str:
    return f"{line.reference} {line.purpose}"


def _by_reference(line: Line, ledger: Ledger) -> Match | None:
    found = ledger.numbered(rf_bodies(line.reference), line.currency)
    found = found or ledger.numbered(rf_bodies(line.purpose), line.currency)
    return _settling(Step.REFERENCE, line, found) if len(found) == 1 else None


def _named(line: Line, ledger: Ledger) -> list[OpenItem]:
    """Invoices that the text names. A short number of digits alone counts only with the word and its day."""
    said = set(russian_numbers(_text(line)))
    numbers = {number for number in named_numbers(_text(line)) if not is_short(number)}
    dated = ledger.numbered({number for number, _day in said}, line.currency)
    found = {item.id: item for item in ledger.numbered(numbers, line.currency)}
    found |= {item.id: item for item in dated if (plain_number(item.number), item.issued_on) in said}
    return list(found.values())


def _by_number(line: Line, ledger: Ledger) -> Match | None:
    fitting = [item for item in _named(line, ledger) if item.open_amount == line.amount]
    return _settling(Step.NUMBER, line, fitting) if len(fitting) == 1 else None


def _by_payer(line: Line, ledger: Ledger) -> Match | None:
    client = ledger.payer_of(line)
    if client is None:
        return None
    fitting = [item for item in ledger.owed_by(client, line.currency) if item.open_amount == line.amount]
    return _settling(Step.PAYER, line, fitting) if len(fitting) == 1 else None


def _suggested(line: Line, ledger: Ledger) -> Match | None:
    """What was named, though the amount differs; else invoices of the payer that come to it, less their cash discounts
    where they do so only then; else one a cent off.
    """
    named = _named(line, ledger)
    if named and len({item.client_id for item in named}) == 1:
        return _summed(line, named) or _settling(Step.SUGGESTION, line, named)
    client = ledger.payer_of(line)
    owed = ledger.owed_by(client, line.currency) if client is not None else []
    if summed := _summed(line, owed):
        return summed
    near = [item for item in owed if abs(item.open_amount - line.amount) == CENT]
    return _settling(Step.SUGGESTION, line, near) if len(near) == 1 else None


def _summed(line: Line, owed: Sequence[OpenItem]) -> Match | None:
    if len(owed) > MOST_SUMMED:
        return None
    for amounts in ([item.open_amount for item in owed], [item.asked(line.booked_on) for item in owed]):
        if found := find_sum(amounts, line.amount):
            settles = tuple((owed[place].id, amounts[place]) for place in found)
            return Match(Step.SUGGESTION, owed[0].client_id, settles)
    return None


def _as_credit(line: Line, ledger: Ledger) -> Match | None:
    client = ledger.payer_of(line)
    return Match(Step.CREDIT, client) if client is not None else None


def _settling(step: Step, line: Line, items: Sequence[OpenItem]) -> Match:
    """The items in turn until the money is used up."""
    left, settles = line.amount, []
    for item in items:
        part = min(left, item.open_amount)
        if part > 0:
            settles.append((item.id, part))
            left -= part
    return Match(step, items[0].client_id, tuple(settles))


def find_sum(amounts: Sequence[Decimal], total: Decimal) -> tuple[int, ...]:
    """The places of the fewest amounts that come to the total to the cent, the first ones first; empty if none do."""
    best: dict[Decimal, tuple[int, ...]] = {Decimal(0): ()}
    for place, amount in enumerate(amounts):
        for known, places in list(best.items()):
            reached = known + amount
            if reached <= total and (reached not in best or len(best[reached]) > len(places) + 1):
                best[reached] = (*places, place)
    return best.get(total, ())
