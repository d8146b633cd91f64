"""What a payment settled, and which of it still stands."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from billing.models import Allocation, Payment


@dataclass(frozen=True, slots=True)
class Settled:
    """One row of the book; `stands` while it can be taken back."""

    row: Allocation
    stands: bool


def standing(payment: Payment) -> list[Settled]:
    """The payment's allocations in their order; those that later rows took back no longer stand."""
    rows = list(payment.allocations.select_related("invoice", "made_by").order_by("made_at", "pk"))
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.invoice_id] += row.amount
    return [Settled(row, row.amount > 0 and sums[row.invoice_id] > 0) for row in rows]
