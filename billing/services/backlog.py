"""Committed revenue: the fees of a retainer that are still to come, each as its invoice will count it, without VAT."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError

from billing.models import Discount, InvoiceLine, Retainer
from billing.rules.retainers import BillIn, Period, list_periods
from billing.rules.vat import Line, RateChange, StatutoryRate, reckons_per_line, tax_of, total_document
from billing.services.agreed_prices import AgreedPrices, TaxedPrice
from billing.services.discounts import discount_lines, discounts_of
from billing.services.drafts import LineDraft
from billing.services.fee_rows import only_service_line, period_fee
from billing.services.fees import agreement_of
from billing.services.retainers import ONE_DAY, term_of
from crm.money import Basis


@dataclass(frozen=True, slots=True)
class ComingFee:
    """A fee without a draft; `draft_on` is the day on which it is to be drafted, also for one that is late."""

    draft_on: date
    net: Decimal


@dataclass(frozen=True, slots=True)
class Known:
    """What many contracts share: statutory rates by country, discounts in force by client."""

    discounts: Mapping[int, Sequence[Discount]]
    rates: dict[str, tuple[StatutoryRate, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, retainers: Iterable[Retainer]) -> Self:
        """One query for the discounts; the rates of a country are read when one is asked for."""
        holders = {retainer.client.holder_id: retainer.client.holder for retainer in retainers}
        return cls(discounts_of(list(holders.values())))


def coming_fees(retainer: Retainer, *, on: date, known: Known | None = None) -> list[ComingFee]:
    """Fees that are due later than the day, up to the day that the client is bound to, and earlier ones not drafted."""
    shared = known or Known.of([retainer])
    prices, bill_in = AgreedPrices(retainer.client, known=shared.rates), BillIn(retainer.bill_in)
    service = only_service_line(retainer)
    return [
        ComingFee(period.draft_on(bill_in), _net(_line(retainer, period, prices, service), retainer, shared))
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


def _net(fee: LineDraft, retainer: Retainer, known: Known) -> Decimal:
    """What the fee's invoice will count as revenue, its discount taken off."""
    client, currency = retainer.client.holder, retainer.currency
    off = discount_lines(client, [fee], currency=currency, retainer_id=retainer.pk, known=known.discounts[client.pk])
    lines = [Line(line.worth(currency), line.tax, line.agreed_percent, line.change) for line in (fee, *off)]
    basis: Basis = "gross" if retainer.price_includes_tax else "net"
    per_line = reckons_per_line(retainer.seller.country)
    return total_document(lines, basis=basis, currency=currency, per_line=per_line).net_amount


def _line(retainer: Retainer, period: Period, prices: AgreedPrices, service_line_id: int | None) -> LineDraft:
    price = _price(retainer, period, prices)
    return LineDraft(
        kind=InvoiceLine.Kind.RETAINER,
        description="",
        tax=price.tax,
        unit_price=period_fee(retainer, period),
        service_line_id=service_line_id,
        supplied_from=period.days.start,
        supplied_to=period.days.end - ONE_DAY,
        agreed_percent=price.agreed_percent,
        change=price.change,
    )


def _price(retainer: Retainer, period: Period, prices: AgreedPrices) -> TaxedPrice:
    """As it was agreed, where nobody said yet what a changed rate means, or the rate of that day is not known."""
    agreement, last_on = agreement_of(retainer, on=period.days.start), period.days.end - ONE_DAY
    try:
        includes_tax = retainer.price_includes_tax
        return prices.of_agreement(retainer.seller, agreement, includes_tax=includes_tax, supplied_on=last_on)
    except ValidationError:
        taxes = prices.taxes_of(retainer.seller)
        agreed = taxes.agreed_percent(agreement.agreed_on)
        tax = tax_of(taxes.treatment, percent=agreed or Decimal(0), regime=taxes.regime)
        return TaxedPrice(tax, agreed, RateChange.PRICE_STAYS)
