"""Which hourly price holds for a piece of work on its day: the most specific agreement wins.

A price stays as it was agreed, with or without VAT; nothing is converted here.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction

from crm.money import quantise


class RateScope(IntEnum):
    """From the most to the least specific; the smaller wins."""

    AGREEMENT = 1
    CLIENT_SERVICE_LINE = 2
    CLIENT = 3
    EMPLOYEE_SERVICE_LINE = 4
    EMPLOYEE = 5
    SERVICE_LINE = 6
    SELLER = 7


class RateProblem(StrEnum):
    """Why approval stops."""

    MISSING = "rate_missing"
    CURRENCY = "rate_currency"


@dataclass(frozen=True, slots=True)
class HourlyPrice:
    """A price per hour on its own tax basis. `rate_id` names the row that it came from, if there is one."""

    amount: Decimal
    currency: str
    price_includes_tax: bool
    scope: RateScope = RateScope.AGREEMENT
    rate_id: int | None = None

    def for_minutes(self, minutes: int, *, factor: Decimal = Decimal(1)) -> Decimal:
        """The amount for so many minutes, rounded once, on the price's own tax basis."""
        return quantise(Fraction(self.amount) * Fraction(factor) * minutes / 60, self.currency)


@dataclass(frozen=True, slots=True)
class Rate:
    """A dated row of the price list; both bounds are inclusive, an absent one is open."""

    id: int
    amount: Decimal
    currency: str
    price_includes_tax: bool
    valid_from: date
    valid_to: date | None = None
    client_id: int | None = None
    employee_id: int | None = None
    service_line_id: int | None = None

    def __post_init__(self) -> None:
        if self.client_id is not None and self.employee_id is not None:
            raise ValueError("a rate is for a client or for an employee, not for both together")

    @property
    def scope(self) -> RateScope:
        return _SCOPES[self.client_id is not None, self.employee_id is not None, self.service_line_id is not None]

    def holds_on(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def price(self) -> HourlyPrice:
        return HourlyPrice(self.amount, self.currency, self.price_includes_tax, self.scope, self.id)


_SCOPES = {
    (True, False, True): RateScope.CLIENT_SERVICE_LINE,
    (True, False, False): RateScope.CLIENT,
    (False, True, True): RateScope.EMPLOYEE_SERVICE_LINE,
    (False, True, False): RateScope.EMPLOYEE,
    (False, False, True): RateScope.SERVICE_LINE,
    (False, False, False): RateScope.SELLER,
}


@dataclass(frozen=True, slots=True)
class RateQuestion:
    """Who worked for whom, on what, and when; `family` are other records of the same client."""

    client_id: int
    employee_id: int
    worked_on: date
    service_line_id: int | None = None
    family: Set[int] = frozenset()

    def admits(self, rate: Rate) -> bool:
        return (
            rate.holds_on(self.worked_on)
            and (rate.client_id in (None, self.client_id) or rate.client_id in self.family)
            and rate.employee_id in (None, self.employee_id)
            and rate.service_line_id in (None, self.service_line_id)
        )


def choose_price(
    rates: Iterable[Rate], question: RateQuestion, *, agreed: HourlyPrice | None = None
) -> HourlyPrice | None:
    """The price that holds: the contract's or offer's own, else that of the most specific rate, else none.

    The rates are those of one seller. Two rates of one scope cannot hold on one day; if so, that of the client's own
    record wins, then the newer.
    """
    if agreed is not None:
        return agreed
    fitting = [rate for rate in rates if question.admits(rate)]
    if not fitting:
        return None
    return min(fitting, key=lambda rate: _place(rate, question)).price()


def _place(rate: Rate, question: RateQuestion) -> tuple[int, bool, int, int]:
    return rate.scope, rate.client_id not in (None, question.client_id), -rate.valid_from.toordinal(), -rate.id


def ordinary_price(rates: Iterable[Rate], question: RateQuestion) -> HourlyPrice | None:
    """What anyone would pay: the price without any rate that was made for a client."""
    return choose_price((rate for rate in rates if rate.client_id is None), question)


def price_problem(price: HourlyPrice | None, *, invoice_currency: str) -> RateProblem | None:
    """Why time and materials cannot be approved at this price, if so. The currency is never converted."""
    if price is None:
        return RateProblem.MISSING
    return None if price.currency == invoice_currency else RateProblem.CURRENCY
