"""Own companies under the Russian simplified regime whose income asks for VAT: exempt up to a limit of the year before.

Income is money received (NK RF art. 346.17), as payments tell it; what a company earned elsewhere is not known here.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.models import Payment, Refund
from billing.rules.vat import exempt_income
from clients.models import Seller


@dataclass(frozen=True, slots=True)
class OverLimit:
    """Received in the year before, in roubles, and how much of it would have been free of VAT."""

    seller: Seller
    year: int
    received: Decimal
    limit: Decimal


def over_limit(*, on: date) -> list[OverLimit]:
    """Companies that charge no VAT in the year of a day and should."""
    limit = exempt_income(on.year)
    if limit is None:
        return []
    sellers = Seller.objects.filter(is_active=True, country="RU", vat_regime=Seller.VatRegime.SIMPLIFIED)
    rows = [OverLimit(seller, on.year, _received(seller, on.year - 1), limit) for seller in sellers]
    return [row for row in rows if row.received > limit]


def _received(seller: Seller, year: int) -> Decimal:
    came = Payment.objects.filter(seller=seller, currency="RUB", received_on__year=year)
    went = Refund.objects.filter(payment__in=came)
    received, left = (rows.aggregate(total=Sum("amount"))["total"] or Decimal("0.00") for rows in (came, went))
    return Decimal(received - left)
