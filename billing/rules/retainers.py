"""Retainers: their periods, the fee of a part period, what falls due when, and what is still to come.

Periods follow the calendar: a contract from the 15th has a part period first and, at its end, another one. A
part is charged by calendar days on the agreed anchor (gross or net); an allowance is not cut unless agreed.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from crm.money import quantise
from crm.periods import DateRange, add_months, month_start, part_fraction

RENEWAL_REMINDER_DAYS = (90, 60, 30)
ONE_OFFS_TO_CONVERT = 3
_DAY = timedelta(days=1)


class BillIn(StrEnum):
    ADVANCE = "advance"
    ARREARS = "arrears"


@dataclass(frozen=True, slots=True)
class Term:
    """A running contract; `ended_on` is its last day when it ends early."""

    starts_on: date
    months: int
    ended_on: date | None = None

    @property
    def last_on(self) -> date:
        planned = add_months(self.starts_on, self.months) - _DAY
        return min(planned, self.ended_on) if self.ended_on else planned

    @property
    def days(self) -> DateRange:
        return DateRange(self.starts_on, max(self.starts_on, self.last_on + _DAY))


@dataclass(frozen=True, slots=True)
class DatedFee:
    """A monthly fee from a day on."""

    valid_from: date
    monthly_fee: Decimal


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an early end comes to; a delivered value of None means that no one-off price says it.

    `amount` is proposed to be paid beyond the fees, or below zero to be given back.
    """

    fees_due: Decimal
    fees_billed: Decimal
    delivered_minutes: int
    delivered_value: Decimal | None
    unused_minutes: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """Period `number` (from 0) of a contract: the days that belong to it, and the whole one they are part of."""

    number: int
    days: DateRange
    whole: DateRange

    @property
    def share(self) -> Fraction:
        return part_fraction(self.days, self.whole)

    def draft_on(self, bill_in: BillIn) -> date:
        """Its first day in advance; the day after it, in arrears."""
        return self.days.start if bill_in is BillIn.ADVANCE else self.days.end

    def allowance(self, minutes: int, *, prorated: bool = False) -> int:
        """Included minutes; where the contract cuts them for a part period, rounded down to the minute."""
        return int(minutes * self.share) if prorated else minutes


def list_periods(term: Term, *, months: int = 1) -> list[Period]:
    """The periods of the contract in order, each of so many calendar months from the month it starts in."""
    return list(_periods(term, months))


def period_of(term: Term, on: date, *, months: int = 1) -> Period | None:
    """The period that the day lies in, if the contract runs then."""
    return next((period for period in _periods(term, months) if on in period.days), None)


def term_allowance(term: Term) -> Period:
    """The single period of an allowance that holds for the whole term."""
    return Period(0, term.days, DateRange(term.starts_on, add_months(term.starts_on, term.months)))


def terms_in(term: Term, *, months: int) -> list[Term]:
    """The terms of so many months of which a contract that renews by itself has come to consist, in order."""
    count = max(1, term.months // months)
    starts = [add_months(term.starts_on, months * number) for number in range(count)]
    return [Term(start, months, term.ended_on) for start in starts if start <= term.last_on]


def fee_of_period(period: Period, fees: Sequence[DatedFee], *, months: int, currency: str) -> Decimal:
    """The fee of a period of so many months: each dated fee for the days it holds, rounded once on its own anchor.

    `fees` are in order; the first holds from the start of the contract.
    """
    ends = [*(fee.valid_from for fee in fees[1:]), period.whole.end]
    total = Fraction(0)
    for place, (fee, end) in enumerate(zip(fees, ends, strict=True)):
        start = period.days.start if place == 0 else max(fee.valid_from, period.days.start)
        if start < min(end, period.days.end):
            days = DateRange(start, min(end, period.days.end))
            total += Fraction(fee.monthly_fee) * months * part_fraction(days, period.whole)
    return quantise(total, currency)


def checkpoint_days(term: Term, *, months: int) -> list[date]:
    """The last day of every so many months of the term: a look at the process while it can still be corrected."""
    days = []
    number = 1
    while (day := add_months(term.starts_on, number * months) - _DAY) <= term.last_on:
        days.append(day)
        number += 1
    return days


def reminders_due(last_on: date, *, on: date, sent: Container[int] = ()) -> list[int]:
    """Distances (90, 60, 30) whose day has come and that were not sent; none once the term is over."""
    if on > last_on:
        return []
    left = (last_on - on).days
    return [count for count in RENEWAL_REMINDER_DAYS if left <= count and count not in sent]


def notice_deadline(last_on: date, *, notice_days: int) -> date:
    """The last day on which notice can be given for the end of the term."""
    return last_on - timedelta(days=notice_days)


def end_by_notice(given_on: date, *, notice_days: int, last_on: date) -> date:
    """The last day that is paid for when the contract is ended early."""
    return min(last_on, given_on + timedelta(days=notice_days))


def settle_early_end(
    *,
    fees_due: Decimal,
    fees_billed: Decimal = Decimal(0),
    delivered_minutes: int,
    delivered_value: Decimal | None,
    unused_minutes: int,
) -> Settlement:
    """Delivered work at the one-off price less the fees, if that is more.

    Fees invoiced beyond the last day were paid ahead: they count as paid. Unused hours are given back when their
    allowance closes, by what is left of it then.
    """
    owed = max(fees_due, delivered_value or Decimal(0))
    paid = max(fees_due, fees_billed)
    return Settlement(fees_due, fees_billed, delivered_minutes, delivered_value, unused_minutes, owed - paid)


def should_offer_retainer(*, one_off_engagements: int, average_by_time: Decimal, smallest_fee: Decimal | None) -> bool:
    """Whether a client belongs on the conversion list, by the last 12 months.

    Three one-off engagements, or more spent by time in an average month than the smallest retainer costs.
    """
    if one_off_engagements >= ONE_OFFS_TO_CONVERT:
        return True
    return smallest_fee is not None and average_by_time > smallest_fee


def _periods(term: Term, months: int) -> Iterator[Period]:
    first = month_start(term.starts_on)
    number = 0
    while (start := add_months(first, number * months)) < term.days.end:
        whole = DateRange(start, add_months(first, (number + 1) * months))
        days = whole.intersection(term.days)
        if days:
            yield Period(number, days, whole)
        number += 1
