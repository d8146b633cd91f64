"""Money as pure values: Decimal amounts, rounded half up once, at the place that names it.

A binary float cannot hold a price, so it is refused here rather than repaired. Quotients are kept as exact
fractions until the one rounding. Gross prices are what was agreed; net and VAT are taken out of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

type Exact = Decimal | int | Fraction
"""What arithmetic on money accepts. A float or a bool raises TypeError, a NaN or infinity ValueError."""

type Basis = Literal["gross", "net"]
"""Which amount of a document was agreed: the one with VAT or the one without."""

# ISO 4217 minor units that are not two; every other currency has two decimals.
_EXPONENTS = dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0)
_EXPONENTS |= dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0)
_EXPONENTS |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)


# Amounts of an ordinary length are rounded by `decimal` itself, which is many times faster than fractions.
LONG = 60
WIDE = Context(prec=200, rounding=ROUND_HALF_UP)


class VatSplit(NamedTuple):
    """Net and VAT of one amount; unpacks as `net, vat`. The gross amount is their exact sum."""

    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class GroupSplit:
    """Lines of one VAT rate whose tax is reckoned once for all of them (EN 16931 BR-CO-14, BR-CO-17).

    `net_lines` stand in the order of the lines given and sum to `net` exactly.
    """

    net_lines: tuple[Decimal, ...]
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def exponent(currency: str) -> int:
    """Number of decimals of the currency's minor unit (ISO 4217); ValueError if it is not a currency code."""
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise ValueError(f"not an ISO 4217 currency code: {currency!r}")
    return _EXPONENTS.get(currency, 2)


def quantise(amount: Exact, currency: str = "EUR") -> Decimal:
    """The amount rounded to the currency's minor unit, halves away from zero (so credits mirror invoices)."""
    return round_half_up(amount, exponent(currency))


def round_half_up(amount: Exact, places: int) -> Decimal:
    """The amount rounded to `places` decimals, halves away from zero, exact whatever its length."""
    if type(amount) is Decimal and amount.is_finite() and -LONG < amount.adjusted() < LONG:
        rounded = amount.quantize(Decimal((0, (1,), -places)), context=WIDE)
        return rounded or rounded.copy_abs()
    scaled = exact_fraction(amount) * 10**places
    units = int(abs(scaled) + Fraction(1, 2))
    return Decimal(units if scaled >= 0 else -units).scaleb(-places)


def to_minor(amount: Decimal, currency: str = "EUR") -> int:
    """The amount in minor units (cents, kopecks); ValueError if it is not a whole number of them."""
    whole, rest = divmod(exact_fraction(amount), Fraction(1, 10 ** exponent(currency)))
    if rest:
        raise ValueError(f"{amount} {currency} is not a whole number of minor units")
    return whole


def from_minor(units: int, currency: str = "EUR") -> Decimal:
    """The amount of so many minor units."""
    return Decimal(units).scaleb(-exponent(currency))


def convert(amount: Exact, *, rate: Exact, currency: str, nominal: int = 1) -> Decimal:
    """The amount in `currency`, at `rate` units of it for `nominal` units of the amount's own currency."""
    if nominal < 1:
        raise ValueError("the nominal of an exchange rate is at least 1")
    return quantise(exact_fraction(amount) * exact_fraction(rate) / nominal, currency)


def vat_from_gross(gross: Exact, rate: Exact, *, currency: str = "EUR") -> VatSplit:
    """Take the VAT out of an agreed gross amount: vat = round(G r / (100 + r)), net = G - vat.

    `rate` is in percent. `gross` is rounded first, so that net + vat is what the client pays. The net
    need not give back the same VAT: 75.00 at 19 % is 63.03 + 11.97, as no net of two decimals makes 75.00.
    """
    total = quantise(gross, currency)
    percent = _rate(rate)
    vat = quantise(exact_fraction(total) * percent / (100 + percent), currency)
    return VatSplit(total - vat, vat)


def vat_from_net(net: Exact, rate: Exact, *, currency: str = "EUR") -> VatSplit:
    """Put VAT on an agreed net amount: vat = round(N r / 100); `rate` in percent, `net` rounded first."""
    base = quantise(net, currency)
    return VatSplit(base, quantise(exact_fraction(base) * _rate(rate) / 100, currency))


def vat_per_group(lines: Sequence[Exact], rate: Exact, *, basis: Basis, currency: str = "EUR") -> GroupSplit:
    """VAT of lines that share a rate, reckoned once on their sum (the German and EU way).

    On a gross basis the group's net is allocated to the lines by largest remainder; on a net basis lines keep
    their own amounts. Call it once per VAT category and rate; a document's totals are sums over its groups.
    """
    amounts = [quantise(line, currency) for line in lines]
    total = sum(amounts, Decimal(0))
    if basis == "net":
        net, vat = vat_from_net(total, rate, currency=currency)
        return GroupSplit(tuple(amounts), net, vat)
    net, vat = vat_from_gross(total, rate, currency=currency)
    return GroupSplit(tuple(_net_lines(net, amounts, rate, currency)), net, vat)


def allocate(total: Exact, weights: Sequence[Exact], *, currency: str = "EUR") -> list[Decimal]:
    """Split an amount in proportion to the weights by largest remainder; the parts sum to it exactly.

    Units that are left over go to the largest remainders, earlier lines first. Weights may be amounts of
    both signs as long as their sum is not zero (an invoice with a deduction line). The parts of -total are
    the parts of total with the sign changed. ValueError if a total other than zero meets weights that sum
    to zero.
    """
    units = to_minor(quantise(total, currency), currency)
    if units == 0:
        return [from_minor(0, currency) for _ in weights]
    shares = [exact_fraction(weight) for weight in weights]
    whole = sum(shares, Fraction(0))
    if whole == 0:
        raise ValueError("weights that sum to zero cannot carry an amount")
    sign = 1 if units > 0 else -1
    return [from_minor(sign * part, currency) for part in _largest_remainder(abs(units), shares, whole)]


def _largest_remainder(units: int, shares: Sequence[Fraction], whole: Fraction) -> list[int]:
    exact = [units * share / whole for share in shares]
    parts = [value.numerator // value.denominator for value in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: units - sum(parts)]:
        parts[i] += 1
    return parts


def _net_lines(net: Decimal, gross_lines: Sequence[Decimal], rate: Exact, currency: str) -> Sequence[Decimal]:
    """Net lines of a gross group; where the group cancels out to zero, each line is taken by itself.

    Lines of +75.00 and -75.00 give +63.03 and -63.03. Where several lines cancel, single roundings may
    leave cents: they are settled on the line of the largest amount.
    """
    if sum(gross_lines) != 0:
        return allocate(net, gross_lines, currency=currency)
    lines = [vat_from_gross(line, rate, currency=currency).net for line in gross_lines]
    if lines:
        largest = max(range(len(lines)), key=lambda i: (abs(lines[i]), -i))
        lines[largest] -= sum(lines)
    return lines


def _rate(rate: Exact) -> Fraction:
    percent = exact_fraction(rate)
    if percent < 0:
        raise ValueError("a VAT rate is not negative")
    return percent


def exact_fraction(value: Exact) -> Fraction:
    """The value as a fraction, without loss; TypeError for a float or bool, ValueError for NaN, infinity."""
    # bool is an int and float is what this module exists to keep out, so the types are asked for by name.
    if isinstance(value, bool) or not isinstance(value, Decimal | int | Fraction):
        raise TypeError(f"money is Decimal, not {type(value).__name__}")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"not an amount: {value}")
    return Fraction(value)
