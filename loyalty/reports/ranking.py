"""Clients in fifths of recency, frequency and money, with the quadrant of value and potential where that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Max, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import RevenueDay
from clients.models import Client, KeyClientDesignation
from crm.models import User
from crm.money import quantise
from crm.periods import trailing_months
from loyalty.reports.grids.grid import Grid, Head
from loyalty.rules.ranking import FEWEST, Bought, Quadrant, Scores, Wallet, middle_ranks, quadrant, rfm
from loyalty.services.concentration import fraction
from loyalty.services.holders import survivors

MONTHS = 24
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One client; `bought` and `scores` are None without an invoice in 24 months, `potential` where nobody knows it."""

    client: Client
    bought: Bought | None
    scores: Scores | None
    potential: KeyClientDesignation | None
    elsewhere: Fraction | None
    quadrant: Quadrant | None


def ranked_clients(user: User, *, on: date) -> list[Ranked]:
    """Those of whom the person sees amounts, scored among all clients of the firm; the best scores first.

    Empty below ten clients with an invoice. A prospective client that has not bought yet stands at the end.
    """
    bought = _bought(on)
    if len(bought) < FEWEST:
        return []
    scores = dict(zip(bought, rfm(list(bought.values())), strict=True))
    value = dict(zip(bought, middle_ranks([each.frequency * each.money for each in bought.values()]), strict=True))
    known = _potentials(on)
    seen = Client.objects.current().money_open_to(user).filter(pk__in={*bought, *known})
    rows = [
        Ranked(client, bought.get(client.pk), scores.get(client.pk), *_placed(value, known, client.pk, on))
        for client in seen.order_by("name", "pk")
    ]
    return sorted(rows, key=lambda row: -row.scores.code if row.scores else 0)


def _placed(
    value: Mapping[int, Fraction], known: Mapping[int, KeyClientDesignation], client: int, on: date
) -> tuple[KeyClientDesignation | None, Fraction | None, Quadrant | None]:
    """A potential whose review is overdue is shown, but places nobody."""
    potential = known.get(client)
    if potential is None or potential.current_value is None or potential.potential_value is None:
        return None, None, None
    elsewhere = Wallet(potential.current_value, potential.potential_value).elsewhere
    if elsewhere is None or is_overdue(potential, on=on):
        return potential, elsewhere, None
    return potential, elsewhere, quadrant(value.get(client, NOTHING), elsewhere)


def is_overdue(potential: KeyClientDesignation, *, on: date) -> bool:
    return potential.review_on is not None and potential.review_on < on


def _bought(on: date) -> dict[int, Bought]:
    """Purchases of 24 months by client, with what stands of them; whose invoices were all credited bought nothing."""
    merged = survivors()
    sums: dict[int, tuple[date, int, Decimal]] = {}
    rows = RevenueDay.objects.within(trailing_months(on, MONTHS)).order_by().values_list("client")
    figures = {
        "last": Max("issued_on", filter=Q(standing_amount__gt=0)),
        "number": Sum("invoice_count"),
        "total": Sum("standing_amount"),
    }
    for client, last, count, amount in rows.annotate(**figures):
        holder = merged.get(client, client)
        day, number, total = sums.get(holder, (date.min, 0, Decimal(0)))
        sums[holder] = (max(day, last or date.min), number + count, total + amount)
    return {
        client: Bought((on - last).days, count, quantise(amount / count))
        for client, (last, count, amount) in sums.items()
        if count > 0 and last > date.min
    }


def _potentials(on: date) -> dict[int, KeyClientDesignation]:
    prospective = KeyClientDesignation.objects.active(on=on).filter(type=KeyClientDesignation.Type.PROSPECTIVE)
    return {row.client_id: row for row in prospective.order_by("since_on", "pk")}


def quadrant_words() -> Mapping[Quadrant, str]:
    return {
        Quadrant.PROTECT: _("protect"),
        Quadrant.INVEST: _("invest"),
        Quadrant.DEVELOP: _("develop"),
        Quadrant.MAINTAIN: _("maintain"),
    }


def quadrant_of(row: Ranked) -> str:
    """In words, unknown ones too."""
    if row.quadrant is not None:
        return quadrant_words()[row.quadrant]
    return _("potential not known") if row.potential is None else _("potential to be reviewed")


def ranking_grid(rows: Sequence[Ranked], *, currency: str) -> Grid:
    return Grid(
        "rfm",
        _("Recency, frequency, money"),
        [
            Head("client", _("Client")),
            Head("recency_days", _("Days since the last invoice"), "number"),
            Head("frequency", _("Invoices, 24 months"), "number"),
            Head("money", f"{_('Average invoice')}, {currency}", "number", 2),
            *(Head(letter.lower(), letter, "number") for letter in "RFM"),
            Head("elsewhere", _("Potential elsewhere"), "percent"),
            Head("review_on", _("Review on"), "day"),
            Head("quadrant", _("What to do")),
        ],
        [_cells(row) for row in rows],
        [reverse("loyalty:value_panel", args=[row.client.pk]) for row in rows],
    )


def _cells(row: Ranked) -> tuple[Any, ...]:
    elsewhere = None if row.elsewhere is None else fraction(float(row.elsewhere))
    review_on = row.potential.review_on if row.potential else None
    bought, scores = row.bought or (None,) * 3, row.scores or (None,) * 3
    return (row.client.name, *bought, *scores, elsewhere, review_on, quadrant_of(row))


def ranking_context(user: User, *, on: date, currency: str) -> dict[str, Any]:
    rows = ranked_clients(user, on=on)
    return {
        "ranked": len(rows),
        "potentials": sum(row.quadrant is not None for row in rows),
        "ranking_grid": ranking_grid(rows, currency=currency),
        "fewest": FEWEST,
    }


def ranking_shape(rows: Sequence[Ranked], *, on: date, currency: str) -> dict[str, Any]:
    """For the API; figures of clients that have not bought, and potentials that nobody knows, are null."""
    window = trailing_months(on, MONTHS)
    note = None if rows else _("Not enough data: scores take %(n)s clients with an invoice.") % {"n": FEWEST}
    shown = [_row_shape(row) for row in rows]
    return {"currency": currency, "from": window.start, "to": window.last, "rows": shown, "note": note}


def _row_shape(row: Ranked) -> dict[str, Any]:
    bought, scores, potential = row.bought, row.scores, row.potential
    return {
        "client": row.client.pk,
        "name": row.client.name,
        "recency_days": bought.recency_days if bought else None,
        "frequency": bought.frequency if bought else None,
        "average": f"{bought.money:.2f}" if bought else None,
        "r": scores.recency if scores else None,
        "f": scores.frequency if scores else None,
        "m": scores.money if scores else None,
        "score": scores.code if scores else None,
        "elsewhere": None if row.elsewhere is None else f"{fraction(float(row.elsewhere)):.6f}",
        "review_on": potential.review_on if potential else None,
        "quadrant": row.quadrant,
    }
