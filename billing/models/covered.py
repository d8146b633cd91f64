"""What pays for work in plain words, read for any number of entries in the statement that reads them."""

from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, TextField
from django.db.models.functions import Cast, Coalesce, JSONObject

from billing.models.coverage import Coverage


class CoveredPart(TypedDict):
    """A row of coverage; `id` names the package, retainer or offer that pays, `amount` has two decimals."""

    source: str
    id: int | None
    minutes: int
    amount: str | None
    currency: str


def covered_parts() -> ArraySubquery:
    """The parts of the outer entry in order, each as `part_of` says it."""
    payer = Coalesce("account__package__pk", "account__retainer_period__retainer_id", F("offer_id"))
    part = JSONObject(
        source="source", id=payer, minutes="minutes", amount=Cast("amount", TextField()), currency="currency"
    )
    return ArraySubquery(Coverage.objects.filter(entry=OuterRef("pk")).order_by("position").values_list(part))


def part_of(row: Coverage) -> CoveredPart:
    return {
        "source": row.source,
        "id": row.source_id,
        "minutes": row.minutes,
        "amount": f"{row.amount:.2f}",
        "currency": row.currency,
    }
