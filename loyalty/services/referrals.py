"""What clients that were sent to us have brought since: written to the referrals, and counted for image clients."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Sum

from billing.services.rate_gaps import total_of
from clients.models import KeyClientDesignation, Referral
from clients.models.client import holder_of
from clients.services.referrals import write_referred
from loyalty.rules.value import Flow
from loyalty.services.holders import survivors
from loyalty.services.purchases import ZERO, flows_of

Type = KeyClientDesignation.Type


class Referred(NamedTuple):
    """Of the clients that one sent us: how many, their net revenue and their margin after cost to serve since then."""

    clients: int = 0
    revenue: Decimal = ZERO
    margin: Decimal = ZERO


NOBODY = Referred()


@transaction.atomic
def refresh_referrals(*, on: date, only: Referral | None = None) -> int:
    """Counts what each referred client has brought from the day of its referral to this one; of one, or of all."""
    rows = [only] if only else list(Referral.objects.select_related("client"))
    if not rows:
        return 0
    merged, flows = survivors(), flows_of(only.client if only else None, on=on)
    held = {row.pk: flows.get(merged.get(row.client_id, row.client_id), ()) for row in rows}
    amounts = {row.pk: _since(row.referred_on, held[row.pk]) for row in rows}
    return write_referred(amounts, as_of=on)


def referred_by_image(*, on: date) -> Mapping[int, Referred]:
    """By image client, what those that it sent us have brought; two statements."""
    image = KeyClientDesignation.objects.active(on=on).filter(type=Type.IMAGE)
    magnets = set(image.order_by().values_list(holder_of(), flat=True))
    rows = Referral.objects.order_by().values_list(holder_of("referrer"))
    sums = rows.annotate(Count("pk"), Sum("revenue_since"), Sum("margin_since"))
    return {
        client: Referred(count, revenue or ZERO, margin or ZERO)
        for client, count, revenue, margin in sums
        if client in magnets
    }


def _since(first: date, flows: "list[Flow] | tuple[()]") -> tuple[Decimal, Decimal | None]:
    """Revenue and margin from a day on; no margin where a cost is not known."""
    recent = [flow for flow in flows if flow.on >= first]
    revenue, cost = sum((flow.revenue for flow in recent), ZERO), total_of(flow.cost for flow in recent)
    return revenue, None if cost is None else revenue - cost
