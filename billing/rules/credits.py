"""What a credit note takes back of a line: the exact rest, or a part whose VAT never exceeds what is left.

Credits that together take back a whole line sum to it to the cent, whatever the parts were.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from crm.money import Basis, vat_from_gross, vat_from_net


class CreditProblem(StrEnum):
    NOTHING = "credit_nothing"
    TOO_MUCH = "credit_too_much"


class CreditRefusedError(ValueError):
    """More than remains on the line, or nothing, or an amount of the other sign."""

    def __init__(self, code: CreditProblem, left: Decimal) -> None:
        super().__init__(f"{code}: {left} left")
        self.code, self.left = code, left


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a line in the document's basis, with its net and VAT."""

    amount: Decimal
    net: Decimal
    vat: Decimal

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + other.amount, self.net + other.net, self.vat + other.vat)

    def less(self, other: "Money") -> "Money":
        return Money(self.amount - other.amount, self.net - other.net, self.vat - other.vat)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def is_nothing(self) -> bool:
        return not (self.amount or self.net or self.vat)


NOTHING = Money(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


def credit_part(left: Money, amount: Decimal, *, rate: Decimal, basis: Basis, currency: str) -> Money:
    """The credited part of what is left of a line. CreditRefusedError if it is nothing or too much.

    The sign of the amount is that of the line: of a discount line a negative amount is taken back.
    """
    if amount == 0:
        raise CreditRefusedError(CreditProblem.NOTHING, left.amount)
    if (amount > 0) != (left.amount > 0) or abs(amount) > abs(left.amount):
        raise CreditRefusedError(CreditProblem.TOO_MUCH, left.amount)
    if amount == left.amount:
        return left
    split = (vat_from_gross if basis == "gross" else vat_from_net)(amount, rate, currency=currency)
    vat = _within(split.vat, left.vat)
    net = _within(amount - vat if basis == "gross" else split.net, left.net)
    return Money(amount, net, amount - net if basis == "gross" else vat)


def _within(part: Decimal, whole: Decimal) -> Decimal:
    """The part, but no further from zero than the whole."""
    return min(part, whole) if whole >= 0 else max(part, whole)
