"""Retainer against one-off order: what each costs the client, when the money flows, and what an hour comes to."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from crm.money import quantise, round_half_up
from crm.periods import add_months, month_start


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


@dataclass(frozen=True, slots=True)
class RetainerTerms:
    """`included_minutes` are those of the whole term; `fee_months` is how many months one payment covers."""

    monthly_fee: Decimal
    currency: str
    starts_on: date
    term_months: int
    fee_months: int = 1
    included_minutes: int = 0


def compare(terms: RetainerTerms, *, one_off_price: Decimal, one_off_minutes: int | None = None) -> Comparison:
    """Both prices are on the same tax basis, that of the contract; the one-off is paid in the first month."""
    cash = _cash_by_month(terms, one_off_price)
    total = sum((month.retainer for month in cash), Decimal(0))
    saving = one_off_price - total
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
    )


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
    return quantise(terms.monthly_fee * min(terms.fee_months, terms.term_months - number), terms.currency)


def _percent(saving: Decimal, price: Decimal) -> Decimal | None:
    return round_half_up(Fraction(saving) * 100 / Fraction(price), 1) if price else None
