"""Pages of a list: 50 rows in a stable order, one row more to know whether there is a next page, a capped count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date

SIZE = 50
CAP = 1000
MARGIN = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Page[M]:
    """`count` stops at the cap: then `is_capped` and a page says "more than 1000"."""

    rows: Sequence[M]
    number: int
    has_next: bool
    count: int
    is_capped: bool
    size: int = SIZE

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)


def page_number(request: HttpRequest) -> int:
    """`?page=`, at least 1; nonsense is the first page."""
    text = request.GET.get("page", "1")
    return max(1, min(int(text), 100_000)) if text.isascii() and text.isdigit() else 1


def stable[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """The same order on every page: the primary key breaks ties."""
    order = rows.query.order_by or rows.model._meta.ordering or ()
    return rows if {"pk", "-pk", "id", "-id"} & set(map(str, order)) else rows.order_by(*order, "pk")


def paginate[M: Model](
    request: HttpRequest, rows: QuerySet[M], *, size: int = SIZE, known: int | None = None
) -> Page[M]:
    """The page that `?page=` names: two queries, whatever the length of the list; one where its count is `known`."""
    number = page_number(request)
    start = (number - 1) * size
    fetched = list(stable(rows)[start : start + size + 1])
    counted = rows.order_by()[: CAP + 1].count() if known is None else known
    return Page(fetched[:size], number, len(fetched) > size, min(counted, CAP), counted > CAP, size)


def paginate_rows[R](request: HttpRequest, rows: Sequence[R], *, size: int = SIZE) -> Page[R]:
    """The same for rows that were reckoned: they come in their order."""
    number = page_number(request)
    start = (number - 1) * size
    return Page(
        rows[start : start + size], number, len(rows) > start + size, min(len(rows), CAP), len(rows) > CAP, size
    )


def asked_day(text: str | None) -> date | None:
    """A day from an address or a form; None for what is no day, and for one whose week or morrow does not exist."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day if day and date.min + MARGIN <= day <= date.max - MARGIN else None


def asked_id(text: str | None) -> int:
    """An id out of an address; anything else that somebody typed there is 0, which names nothing."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
