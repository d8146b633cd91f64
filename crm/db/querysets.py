"""The base queryset: a relation touched in a loop costs one query, because rows fetch for their peers."""

from collections.abc import Sequence
from typing import Self

from django.db import models


class Query[M: models.Model](models.QuerySet[M]):
    """Base of all querysets; its manager fetches missing relations for all rows of a result at once."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._fetch_mode = models.FETCH_PEERS

    def locked(self, *, of: Sequence[str] = ("self",)) -> Self:
        """Rows locked for update in id order, so that two transactions never wait for each other in a ring.

        Keys never change, so the lock lets other transactions insert rows that point at these.
        """
        return self.order_by("pk").select_for_update(of=of, no_key=True)

    def with_may_change(self, changeable: models.QuerySet[M]) -> Self:
        """Annotates `may_change`: whether the row is among those that somebody may change, for lists with links."""
        mine = models.Exists(changeable.filter(pk=models.OuterRef("pk")))
        return self.annotate(may_change=mine)
