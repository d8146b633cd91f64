"""VAT on money that came in before the service: a Russian advance VAT invoice, and its deduction by acts.

The tax code (NK RF art. 154(1), 164(4), 168(3)) takes the VAT out of what was received, at the settlement rate, and
asks for a VAT invoice within five days; art. 171(8) and 172(6) let it be deducted as the service is rendered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from crm.money import allocate, quantise, vat_from_gross

ISSUED_WITHIN = timedelta(days=5)
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class AdvanceRow:
    """What was paid ahead under one rate; `gross` is what came in, `vat` lies within it."""

    text: str
    rate: Decimal
    gross: Decimal
    vat: Decimal

    @property
    def settlement(self) -> str:
        """22/122 where the service bears 22 %."""
        return settlement_rate(self.rate)


@dataclass(frozen=True, slots=True)
class AheadPart:
    """A line paid ahead: its weight in what comes in is its price with VAT."""

    text: str
    rate: Decimal
    gross: Decimal


def due_on(received_on: date) -> date:
    """The last day for the VAT invoice, five calendar days after the money."""
    return received_on + ISSUED_WITHIN


def settlement_rate(rate: Decimal) -> str:
    """The rate as the VAT invoice writes it: 20/120, 22/122, 10/110, 7/107, 5/105."""
    percent = rate.normalize()
    return f"{percent:f}/{(100 + percent).normalize():f}"


def advance_rows(received: Decimal, parts: Sequence[AheadPart], *, currency: str) -> list[AdvanceRow]:
    """The rows of a VAT invoice over an amount received; they sum to it exactly, parts of nothing are left out."""
    amounts = allocate(received, [part.gross for part in parts], currency=currency)
    return [
        AdvanceRow(part.text, part.rate, amount, vat_from_gross(amount, part.rate, currency=currency).vat)
        for part, amount in zip(parts, amounts, strict=True)
        if amount
    ]


def paid_ahead(received: Decimal, *, earlier: Decimal, rendered: Decimal) -> Decimal:
    """What of an amount received is money ahead: what was rendered by then is paid by the money before it, first."""
    owed = max(ZERO, rendered - earlier)
    return max(ZERO, received - owed)


def vat_share(vat: Decimal, gross: Decimal, *, used: Decimal, part: Decimal, currency: str) -> Decimal:
    """The VAT of the next part of an advance; the parts of all of it add up to its VAT exactly."""

    def until(amount: Decimal) -> Decimal:
        return quantise(Fraction(vat) * Fraction(amount) / Fraction(gross), currency)

    return until(used + part) - until(used)
