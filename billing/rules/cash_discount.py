"""Cash discount (Skonto): how much may be left out, and what of it is net and VAT.

It was agreed beforehand, so no credit note is written: the basis of the VAT falls by itself (§ 17 UStG).
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from billing.rules.vat import VatGroup
from crm.money import allocate, quantise, vat_from_gross


def cash_discount(claimed: Decimal, *, percent: Decimal, currency: str) -> Decimal:
    """The part of what is claimed, with VAT, that who pays in time may keep."""
    return quantise(Fraction(claimed) * Fraction(percent) / 100, currency)


def split_discount(amount: Decimal, groups: Sequence[VatGroup], *, currency: str) -> list[VatGroup]:
    """A discount spread over the groups of its invoice by their gross, the VAT taken out of each part."""
    weights = [group.net_amount + group.vat_amount for group in groups]
    if not sum(weights):
        return []
    parts = allocate(amount, weights, currency=currency)
    return [
        VatGroup(group.category, group.percent, *vat_from_gross(part, group.percent, currency=currency))
        for part, group in zip(parts, groups, strict=True)
        if part
    ]
