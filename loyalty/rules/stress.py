"""What if these clients left, or paid late: revenue, margin and months of cash after a named blow.

Money is Decimal and exact until it is rounded in the answer. What chance alone may bring is in `losses`.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from crm.money import quantise, round_half_up

DEFAULT_AVOIDABLE = Decimal("0.36")
"""Share of a lost client's direct cost that the firm can shed [our choice, a setting]."""
IN_MONTH = Decimal(365) / 12
"""Days."""


@dataclass(frozen=True, slots=True)
class Exposure[K]:
    """One client (or group): net revenue and margin of the window. Margin may be negative.

    `cost_known` is False where the margin leaves out a cost that nobody knows.
    """

    client: K
    revenue: Decimal
    margin: Decimal
    cost_known: bool = True


@dataclass(frozen=True, slots=True)
class FirmFigures:
    """What finance enters: cash now, fixed cost a month, avoidable share of direct cost; None is unknown."""

    cash: Decimal | None = None
    fixed_cost_monthly: Decimal | None = None
    avoidable_share: Decimal = DEFAULT_AVOIDABLE


UNKNOWN_FIRM = FirmFigures()

type CashNote = Literal["cash_missing", "fixed_cost_missing", "cash_does_not_run_out"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The firm after the named losses; amounts are of the whole window, before rounding they are exact.

    `stranded_cost` is direct cost of the lost clients that stays. `profit_*` are after fixed cost, None where
    it is unknown. `withheld` is the revenue that late payers owe at the height of the delay, after `late_days`
    (0 when nobody is late). `unknown_costs` are clients whose cost
    is not known and not taken off. `cash_months` (one decimal) is None for the reason in `cash_note`.
    """

    lost_share: Decimal | None
    revenue_before: Decimal
    revenue_after: Decimal
    margin_before: Decimal
    margin_after: Decimal
    stranded_cost: Decimal
    profit_before: Decimal | None
    profit_after: Decimal | None
    withheld: Decimal
    late_days: int
    cash_months: Decimal | None
    cash_note: CashNote | None
    unknown_costs: int = 0

    def withheld_after(self, months: int) -> Decimal:
        """What late payers owe after so many months: it grows day by day until the delay is reached. Exact."""
        passed = min(Decimal(self.late_days), IN_MONTH * months)
        return self.withheld * passed / self.late_days if self.late_days else Decimal(0)


def stress[K](
    exposures: Iterable[Exposure[K]],
    *,
    lost: Set[K] = frozenset(),
    late: Set[K] = frozenset(),
    days: int = 0,
    firm: FirmFigures = UNKNOWN_FIRM,
    months: int = 12,
) -> Outcome:
    """Lose the clients in `lost` for good and let those in `late` pay `days` later.

    Exposures are of a window of `months` months. The lost margin is gone and (1 - avoidable share) of their
    direct cost stays. Cash falls by the monthly loss and, while the delay builds up, by the late payers'
    revenue; a client both lost and late is lost. Shares are rounded to six decimals, amounts to cents.
    ValueError for names that have no exposure.
    """
    listed = _naming(lost | late, exposures)
    before, margin = _sums(listed)
    gone, gone_margin = _sums([exposure for exposure in listed if exposure.client in lost])
    owing, _ = _sums([exposure for exposure in listed if exposure.client in late - lost])
    stranded = (1 - firm.avoidable_share) * max(gone - gone_margin, Decimal(0))
    after = margin - gone_margin - stranded
    daily = max(owing, Decimal(0)) * 12 / months / 365
    cash_months, note = _runway(firm, after, months=months, daily=daily, days=days)
    return Outcome(
        lost_share=round_half_up(gone / before, 6) if before > 0 else None,
        revenue_before=quantise(before),
        revenue_after=quantise(before - gone),
        margin_before=quantise(margin),
        margin_after=quantise(after),
        stranded_cost=quantise(stranded),
        profit_before=_profit(margin, firm, months),
        profit_after=_profit(after, firm, months),
        withheld=quantise(daily * days),
        late_days=days if daily else 0,
        cash_months=cash_months,
        cash_note=note,
        unknown_costs=sum(not exposure.cost_known for exposure in listed),
    )


def runway(
    cash: Decimal, *, monthly_result: Decimal, withheld_monthly: Decimal = Decimal(0), delay_months: Decimal
) -> Decimal | None:
    """Months until the cash is gone, None if it never is; exact on a line with one bend.

    While late payers fall behind, cash moves by `monthly_result - withheld_monthly`, afterwards by
    `monthly_result`: what they withhold comes later, but always later. No cash at the start is 0 months.
    """
    if cash <= 0:
        return Decimal(0)
    first = monthly_result - withheld_monthly
    if delay_months > 0 and cash + first * delay_months <= 0:
        return cash / -first
    rest = cash + first * max(delay_months, Decimal(0))
    if monthly_result >= 0:
        return None
    return max(delay_months, Decimal(0)) + rest / -monthly_result


def _naming[K](named: Set[K], exposures: Iterable[Exposure[K]]) -> list[Exposure[K]]:
    listed = list(exposures)
    if unknown := named - {exposure.client for exposure in listed}:
        raise ValueError(f"no exposure for {sorted(map(str, unknown))}")
    return listed


def _sums[K](exposures: Sequence[Exposure[K]]) -> tuple[Decimal, Decimal]:
    revenue = sum((exposure.revenue for exposure in exposures), Decimal(0))
    return revenue, sum((exposure.margin for exposure in exposures), Decimal(0))


def _profit(margin: Decimal, firm: FirmFigures, months: int) -> Decimal | None:
    return None if firm.fixed_cost_monthly is None else quantise(margin - firm.fixed_cost_monthly * months)


def _runway(
    firm: FirmFigures, margin_after: Decimal, *, months: int, daily: Decimal, days: int
) -> tuple[Decimal | None, CashNote | None]:
    if firm.cash is None:
        return None, "cash_missing"
    if firm.fixed_cost_monthly is None:
        return None, "fixed_cost_missing"
    left = runway(
        firm.cash,
        monthly_result=margin_after / months - firm.fixed_cost_monthly,
        withheld_monthly=daily * IN_MONTH,
        delay_months=days / IN_MONTH,
    )
    return (None, "cash_does_not_run_out") if left is None else (round_half_up(left, 1), None)
