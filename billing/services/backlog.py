"""Committed revenue: the fees of a retainer that are still to come, each as its invoice will count it, without VAT."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError

from billing.models import Retainer
from billing.rules.retainers import BillIn, Period, list_periods
from billing.rules.vat import Line, RateChange, StatutoryRate, total_document
from billing.services.agreed_prices import AgreedPrices, TaxedPrice
from billing.services.fee_rows import period_fee
from billing.services.fees import agreement_of
from billing.services.retainers import ONE_DAY, term_of


@dataclass(frozen=True, slots=True)
class ComingFee:
    """A fee without a draft; `draft_on` is the day on which it is to be drafted, also for one that is late."""

    draft_on: date
    net: Decimal


KnownRates = dict[str, tuple[StatutoryRate, ...]]


def coming_fees(retainer: Retainer, *, on: date, known: KnownRates | None = None) -> list[ComingFee]:
    """Fees that are due later than the day, up to the day that the client is bound to, and earlier ones not drafted.

    Many contracts share the statutory rates in `known`, by country.
    """
    prices = AgreedPrices(retainer.client, known={} if known is None else known)
    bill_in = BillIn(retainer.bill_in)
    return [
        ComingFee(period.draft_on(bill_in), _net(retainer, period, prices))
        for period in coming_periods(retainer, on=on)
    ]


def backlog_of(retainer: Retainer, *, on: date) -> Decimal:
    """The fees still to come, without VAT, in the contract's currency."""
    if retainer.status == Retainer.Status.DRAFT:
        return Decimal(0)
    return sum((fee.net for fee in coming_fees(retainer, on=on)), Decimal(0))


def coming_periods(retainer: Retainer, *, on: date) -> list[Period]:
    """Periods whose fee is still to come.

    One that has begun counts until its fee is drafted; a later one if it begins while the client is bound.
    """
    term = term_of(retainer, on=on)
    until = max(on, min(term.last_on, retainer.committed_until_on or term.last_on))
    drafted = {row.starts_on for row in retainer.periods.all() if row.invoice_line_id}
    bill_in = BillIn(retainer.bill_in)
    return [
        period
        for period in list_periods(term, months=retainer.fee_months)
        if period.days.start <= until and (period.draft_on(bill_in) > on or period.days.start not in drafted)
    ]


def _net(retainer: Retainer, period: Period, prices: AgreedPrices) -> Decimal:
    """What the fee's invoice line will count as revenue."""
    fee = period_fee(retainer, period)
    if not retainer.price_includes_tax:
        return fee
    price = _price(retainer, period, prices)
    line = Line(fee, price.tax, price.agreed_percent, price.change)
    return total_document([line], basis="gross", currency=retainer.currency).net_amount


def _price(retainer: Retainer, period: Period, prices: AgreedPrices) -> TaxedPrice:
    """As it was agreed, where nobody said yet what a changed rate means, or the rate of that day is not known."""
    agreement, last_on = agreement_of(retainer, on=period.days.start), period.days.end - ONE_DAY
    try:
        return prices.of_agreement(retainer.seller, agreement, includes_tax=True, supplied_on=last_on)
    except ValidationError:
        taxes = prices.taxes_of(retainer.seller)
        agreed = taxes.agreed_percent(agreement.agreed_on)
        return TaxedPrice(taxes.tax(agreement.agreed_on), agreed, RateChange.PRICE_STAYS)
