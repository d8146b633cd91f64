"""The recapitulative statement of a German company (Zusammenfassende Meldung, UStG § 18a): services to businesses in
the EU, by VAT ID and in whole euros.

The file is the one that ELSTER and the BZSt take in: UTF-8, the version of the interface, the names of the columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.money import round_half_up
from crm.periods import add_months, month_end

VERSION = "#v3.0"
HEAD = "USt-IdNr.,Betrag (Euro),Art der Leistung"
SERVICE = "S"  # sonstige Leistung; L are goods, D triangular trade, which this firm does not sell
MOST_ROWS = 1500
QUARTER_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Supplied:
    """A service to a VAT ID, net in euros; below zero for what a credit note takes back."""

    vat_id: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class ZmRow:
    """`net` exactly, `whole` as the form takes it: rounded once, on the sum."""

    vat_id: str
    net: Decimal

    @property
    def whole(self) -> int:
        return int(round_half_up(self.net, 0))


def is_zm_period(first: date, last: date) -> bool:
    """A calendar month or a calendar quarter, as a whole."""
    if first.day != 1:
        return False
    quarter = first.month % QUARTER_MONTHS == 1 and last == month_end(add_months(first, QUARTER_MONTHS - 1))
    return quarter or last == month_end(first)


def zm_rows(supplies: Iterable[Supplied]) -> list[ZmRow]:
    """A row for each VAT ID, in their order; what comes to nothing is not declared."""
    sums: dict[str, Decimal] = {}
    for supply in supplies:
        vat_id = "".join(supply.vat_id.split()).upper()
        sums[vat_id] = sums.get(vat_id, Decimal(0)) + supply.net
    return [ZmRow(vat_id, net) for vat_id, net in sorted(sums.items()) if net]


def write_zm(rows: Iterable[ZmRow]) -> bytes:
    """The file; a sum that rounds to nothing stays out."""
    lines = [f"{row.vat_id},{row.whole},{SERVICE}" for row in rows if row.whole]
    return "".join(f"{line}\r\n" for line in (VERSION, HEAD, *lines)).encode()
