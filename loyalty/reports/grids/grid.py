"""One table of figures, whatever it tells: heads with the way their cells are written, and rows of plain values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crm.exports import Column, Kind, Table

type Style = Literal["text", "number", "percent", "signed", "day"]

KINDS = {"number": Kind.DECIMAL, "percent": Kind.DECIMAL, "signed": Kind.DECIMAL, "day": Kind.DATE, "text": Kind.TEXT}
SHARE_PLACES = 6
"""Shares leave as fractions of one with as many decimals as the API gives them."""
SHOWN = 50
"""Rows that a page shows; a file holds all."""


@dataclass(frozen=True, slots=True)
class Head:
    """A column: `name` is the machine's, `label` the reader's. Percent cells are fractions of one."""

    name: str
    label: str
    style: Style = "text"
    places: int = 0

    def column(self, place: int) -> Column:
        places = SHARE_PLACES if self.style == "percent" else self.places
        kind = Kind.INTEGER if self.style in ("number", "signed") and not self.places else KINDS[self.style]
        return Column(self.name, self.label, kind, value=_cell_at(place), places=places)


@dataclass(frozen=True, slots=True)
class Grid:
    """`code` names its address; a cell is None where a figure is unknown.

    `links` are pages of the first cells, `query` what the figures were asked with where the page's own address does
    not say it.
    """

    code: str
    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Any]]
    links: Sequence[str] = ()
    query: str | None = None

    @property
    def lines(self) -> list[tuple[str, Any, list[tuple[Head, Any]]]]:
        """Link, first cell and the others with their heads, of the rows that a page shows."""
        links = [*self.links, *[""] * len(self.rows)]
        rows = list(zip(links, self.rows, strict=False))[:SHOWN]
        return [(link, first, list(zip(self.heads[1:], rest, strict=True))) for link, (first, *rest) in rows]

    @property
    def beyond(self) -> int:
        """How many rows only the file holds."""
        return max(0, len(self.rows) - SHOWN)

    @property
    def table(self) -> Table:
        columns = [head.column(place) for place, head in enumerate(self.heads)]
        return Table(self.code.replace("_", "-"), self.title, columns)


def _cell_at(place: int) -> Callable[[Sequence[Any]], Any]:
    def cell(row: Sequence[Any]) -> Any:
        return row[place]

    return cell
