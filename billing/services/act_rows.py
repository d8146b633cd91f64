"""The rows of an act of services as they are kept with it."""

from collections.abc import Iterable
from decimal import Decimal

from billing.models import ServiceAct
from billing.rules.service_acts import ActRow

CHARGED = "S"  # the category of a line with VAT (EN 16931, BT-151)


def rows_of(act: ServiceAct) -> list[ActRow]:
    """What the act states, as it was written."""
    return [
        ActRow(text, Decimal(quantity), unit, Decimal(net), Decimal(vat), None if rate is None else Decimal(rate))
        for text, quantity, unit, net, vat, rate in act.rows
    ]


def as_json(rows: Iterable[ActRow]) -> list[list[str | None]]:
    """Rows as they are kept: exact amounts as text."""
    return [[row.text, f"{row.quantity:f}", row.unit, f"{row.net:f}", f"{row.vat:f}", _rate(row)] for row in rows]


def _rate(row: ActRow) -> str | None:
    return None if row.rate is None else f"{row.rate:f}"
