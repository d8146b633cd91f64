"""What a list exports: each column names its value once, for CSV by COPY, CSV by rows and XLSX alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.expressions import Combinable

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Kind(Enum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    HOURS = "hours"  # from minutes, as hours with two decimals
    DATE = "date"
    MOMENT = "moment"  # in the firm's time zone
    BOOLEAN = "boolean"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the machine's header; `source` an ORM path or expression (the name by default).

    `value` computes from the row in Python instead: such a table cannot use COPY.
    """

    name: str
    label: "str | _StrPromise"
    kind: Kind = Kind.TEXT
    source: str | Combinable = ""
    value: Callable[[Any], Any] | None = None
    places: int = 2
    choices: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def expression(self) -> Combinable:
        source = self.source or self.name
        return F(source) if isinstance(source, str) else source


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is the file's name without its ending; `title` the sheet's."""

    name: str
    title: "str | _StrPromise"
    columns: Sequence[Column]

    @property
    def is_sql(self) -> bool:
        """Whether the database alone can write it."""
        return all(column.value is None for column in self.columns)
