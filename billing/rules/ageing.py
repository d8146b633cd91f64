"""What is owed, by how long it is overdue; days of sales outstanding."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from crm.money import round_half_up


class Bucket(StrEnum):
    CURRENT = "current"
    UP_TO_30 = "d1_30"
    UP_TO_60 = "d31_60"
    UP_TO_90 = "d61_90"
    OVER_90 = "d90_plus"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """The unpaid rest of a document, gross; negative for a credit that is not applied yet."""

    client_id: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open amounts by bucket. All of one currency."""

    current: Decimal = Decimal(0)
    d1_30: Decimal = Decimal(0)
    d31_60: Decimal = Decimal(0)
    d61_90: Decimal = Decimal(0)
    d90_plus: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.current + self.overdue

    @property
    def overdue(self) -> Decimal:
        return self.d1_30 + self.d31_60 + self.d61_90 + self.d90_plus


def days_past_due(due_on: date, *, on: date) -> int:
    """Whole days after the due day; the due day itself is not overdue."""
    return max(0, (on - due_on).days)


def bucket_of(due_on: date, *, on: date) -> Bucket:
    days = days_past_due(due_on, on=on)
    bounds = ((0, Bucket.CURRENT), (30, Bucket.UP_TO_30), (60, Bucket.UP_TO_60), (90, Bucket.UP_TO_90))
    return next((bucket for last, bucket in bounds if days <= last), Bucket.OVER_90)


def age_items(items: Iterable[OpenItem], *, on: date) -> Ageing:
    """The open items of one client, or of all, by bucket."""
    sums = dict.fromkeys(Bucket, Decimal(0))
    for item in items:
        sums[bucket_of(item.due_on, on=on)] += item.amount
    return Ageing(**{bucket.value: amount for bucket, amount in sums.items()})


def age_by_client(items: Iterable[OpenItem], *, on: date) -> dict[int, Ageing]:
    """One row per client, in the order in which clients first appear."""
    by_client: dict[int, list[OpenItem]] = {}
    for item in items:
        by_client.setdefault(item.client_id, []).append(item)
    return {client_id: age_items(own, on=on) for client_id, own in by_client.items()}


def days_sales_outstanding(*, receivables: Decimal, gross_billed: Decimal, days: int) -> Decimal | None:
    """Receivables / gross billed in the window x its days, to a tenth of a day; None where nothing was billed."""
    if gross_billed <= 0:
        return None
    return round_half_up(Fraction(receivables) * days / Fraction(gross_billed), 1)
