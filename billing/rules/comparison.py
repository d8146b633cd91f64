"""Retainer against one-off order: what each costs the client, when the money flows, what an hour comes to, and what
the fees are worth today."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.rules.retainers import DatedFee
from crm.money import quantise, round_half_up
from crm.periods import add_months, month_start

ANNUAL_RATE = Decimal("0.15")  # effective, a year [O]
REPEAT_RATE = Decimal("0.50")  # how often a one-off order comes back after a year [O]
YEARS = 3
RATE_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class CashMonth:
    """What the client pays in one month of the term, either way."""

    month: date
    retainer: Decimal
    one_off: Decimal
    difference_so_far: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """A saving below zero means that the retainer is dearer. Hourly rates are None where minutes are unknown."""

    currency: str
    retainer_total: Decimal
    one_off_price: Decimal
    saving: Decimal
    saving_percent: Decimal | None
    included_minutes: int
    one_off_minutes: int | None
    retainer_hourly: Decimal | None
    one_off_hourly: Decimal | None
    cash: tuple[CashMonth, ...]
    annual_rate: Decimal
    present_value: Decimal
    indifference_fee: Decimal
    break_even_renewal: Decimal | None


@dataclass(frozen=True, slots=True)
class RetainerTerms:
    """`included_minutes` are those of the whole term; `fee_months` is how many months one payment covers."""

    monthly_fee: Decimal
    currency: str
    starts_on: date
    term_months: int
    fee_months: int = 1
    included_minutes: int = 0
    later_fees: tuple[DatedFee, ...] = ()

    def fee_on(self, month: date) -> Decimal:
        """The monthly fee of a month: the last one that holds on its first day."""
        holding = [fee.monthly_fee for fee in self.later_fees if fee.valid_from <= month]
        return holding[-1] if holding else self.monthly_fee


def compare(
    terms: RetainerTerms,
    *,
    one_off_price: Decimal,
    one_off_minutes: int | None = None,
    annual_rate: Decimal = ANNUAL_RATE,
) -> Comparison:
    """Both prices are on the same tax basis, that of the contract; the one-off is paid in the first month.

    `annual_rate` is effective, as a fraction. 80 000 x 12 against 1 000 000 at 15 %: present value 890 726.13,
    indifference fee 89 814.36.
    """
    cash = _cash_by_month(terms, one_off_price)
    total = sum((month.retainer for month in cash), Decimal(0))
    saving = one_off_price - total
    present = present_value(terms, annual_rate=annual_rate)
    return Comparison(
        currency=terms.currency,
        retainer_total=total,
        one_off_price=one_off_price,
        saving=saving,
        saving_percent=_percent(saving, one_off_price),
        included_minutes=terms.included_minutes,
        one_off_minutes=one_off_minutes,
        retainer_hourly=hourly_rate(total, terms.included_minutes, terms.currency),
        one_off_hourly=hourly_rate(one_off_price, one_off_minutes, terms.currency),
        cash=cash,
        annual_rate=annual_rate,
        present_value=quantise(present, terms.currency),
        indifference_fee=quantise(one_off_price / annuity_factor(terms.term_months, annual_rate), terms.currency),
        break_even_renewal=break_even_renewal(present, one_off_price, annual_rate=annual_rate),
    )


def present_value(terms: RetainerTerms, *, annual_rate: Decimal) -> Decimal:
    """The monthly fees at month ends, discounted to the day on which the one-off would be paid."""
    months = (add_months(month_start(terms.starts_on), number) for number in range(terms.term_months))
    return sum(
        (terms.fee_on(month) * _discount(number, annual_rate) for number, month in enumerate(months, start=1)),
        Decimal(0),
    )


def annuity_factor(months: int, annual_rate: Decimal) -> Decimal:
    """Present value of 1 at the end of each of so many months: sum of (1 + d)^(-m / 12)."""
    return sum((_discount(month, annual_rate) for month in range(1, months + 1)), Decimal(0))


def break_even_renewal(
    present: Decimal,
    one_off: Decimal,
    *,
    annual_rate: Decimal,
    repeat_rate: Decimal = REPEAT_RATE,
    years: int = YEARS,
) -> Decimal | None:
    """The yearly renewal rate from which the retainer is worth as much as one-off orders repeated at a rate.

    Over `years` rounds the next one begins a year later with that probability. 0 if the retainer always is worth
    more, None if it never is; to four decimals, rounded up.
    """
    repeated = one_off * repeated_rounds(repeat_rate, annual_rate=annual_rate, years=years)

    def worth(rate: Decimal) -> Decimal:
        return present * repeated_rounds(rate, annual_rate=annual_rate, years=years)

    if worth(Decimal(1)) < repeated:
        return None
    low, high = 0, RATE_STEPS
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if worth(Decimal(middle) / RATE_STEPS) < repeated else (low, middle)
    return Decimal(high) / RATE_STEPS


def repeated_rounds(rate: Decimal, *, annual_rate: Decimal, years: int) -> Decimal:
    """Discounted number of yearly rounds that take place if each follows the last with probability `rate`."""
    return sum(((rate / (1 + annual_rate)) ** year for year in range(1, years)), Decimal(1))


def hourly_rate(price: Decimal, minutes: int | None, currency: str) -> Decimal | None:
    """What an hour comes to, or None where no minutes are known."""
    return quantise(Fraction(price) * 60 / minutes, currency) if minutes else None


def included_in_term(minutes: int, *, period_months: int | None, term_months: int) -> int:
    """Included minutes of the whole term, from those of a period; None months means they are the term's own."""
    if period_months is None:
        return minutes
    return minutes * -(-term_months // period_months)


def _cash_by_month(terms: RetainerTerms, one_off_price: Decimal) -> tuple[CashMonth, ...]:
    months: list[CashMonth] = []
    so_far = Decimal(0)
    for number in range(terms.term_months):
        paid = _payment(terms, number)
        one_off = one_off_price if number == 0 else Decimal(0)
        so_far += paid - one_off
        months.append(CashMonth(add_months(month_start(terms.starts_on), number), paid, one_off, so_far))
    return tuple(months)


def _payment(terms: RetainerTerms, number: int) -> Decimal:
    """Paid at the first month of each fee period, for as many months as are left of the term."""
    if number % terms.fee_months:
        return quantise(0, terms.currency)
    first = add_months(month_start(terms.starts_on), number)
    paid = min(terms.fee_months, terms.term_months - number)
    fees = (terms.fee_on(add_months(first, later)) for later in range(paid))
    return quantise(sum(fees, Decimal(0)), terms.currency)


def _discount(month: int, annual_rate: Decimal) -> Decimal:
    """What 1 at the end of so many months is worth now."""
    return Decimal((1 + annual_rate) ** (Decimal(-month) / 12))


def _percent(saving: Decimal, price: Decimal) -> Decimal | None:
    return round_half_up(Fraction(saving) * 100 / Fraction(price), 1) if price else None
