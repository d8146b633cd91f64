"""What every format of bank statements comes to: accounts with balances and booked lines, or a fault and its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

MOST_BYTES = 20 * 1024 * 1024
MOST_AMOUNT = Decimal(10) ** 12


class Fault(StrEnum):
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown_format"
    UNREADABLE = "unreadable"
    DTD = "dtd"
    CUT_OFF = "cut_off"
    NO_ACCOUNT = "no_account"
    NO_OPENING = "no_opening"
    NO_DAY = "no_day"
    NO_AMOUNT = "no_amount"
    NO_DIRECTION = "no_direction"
    NO_COLUMN = "no_column"
    EMPTY = "empty"


class StatementError(ValueError):
    """The file is no statement that can be trusted; `line` is the place in it, 0 where none is to blame."""

    def __init__(self, fault: Fault, text: str = "", *, line: int = 0) -> None:
        super().__init__(f"{fault}: {text[:60]}")
        self.fault, self.text, self.line = fault, text[:60], line


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One booked entry. `amount` is above zero, `is_credit` says that it came in, `number` is its line in the file.

    `whole` is the collective booking that it is a part of.
    """

    number: int
    booked_on: date
    amount: Decimal
    is_credit: bool
    currency: str = ""
    is_reversal: bool = False
    bank_reference: str = ""
    payer_name: str = ""
    payer_account: str = ""
    payer_tax_number: str = ""
    reference: str = ""
    purpose: str = ""
    whole: "Line | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account over some days. Balances are None where the format has none."""

    format: str
    account: str
    lines: Sequence[Line]
    currency: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    from_on: date | None = None
    to_on: date | None = None

    @property
    def credits(self) -> Decimal:
        return sum((line.amount for line in self.lines if line.is_credit), Decimal(0))

    @property
    def debits(self) -> Decimal:
        return sum((line.amount for line in self.lines if not line.is_credit), Decimal(0))


def adds_up(opening: Decimal | None, closing: Decimal | None, *, came_in: Decimal, went_out: Decimal) -> bool:
    """Opening and movements come to closing; without balances there is nothing to compare."""
    return opening is None or closing is None or opening + came_in - went_out == closing


def read_amount(text: str, *, line: int, signed: bool = False) -> Decimal:
    """An amount with two decimals at most, point or comma. StatementError `no_amount`."""
    bare = text.strip().replace("\u00a0", "").replace(" ", "").replace(",", ".").removesuffix(".")
    try:
        found = Decimal(bare)
    except InvalidOperation as error:
        raise StatementError(Fault.NO_AMOUNT, text, line=line) from error
    if not found.is_finite() or abs(found) >= MOST_AMOUNT or found != round(found, 2) or (found < 0 and not signed):
        raise StatementError(Fault.NO_AMOUNT, text, line=line)
    return found.quantize(Decimal("0.01"))
