"""What can be told: each event names a table, an act and the values that mark it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models

from crm.models import AuditEntry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

INSERT, UPDATE, DELETE = "insert", "update", "delete"


@dataclass(frozen=True, slots=True)
class Event:
    """`now` holds values that the act must have set, `only` what the object must be.

    `resource` is where the API shows the object.
    """

    code: str
    label: "str | _StrPromise"
    model: type[models.Model]
    resource: str
    actions: tuple[str, ...] = (INSERT,)
    now: Mapping[str, Any] = field(default_factory=dict)
    only: models.Q | None = None

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def is_told_by(self, entry: AuditEntry) -> bool:
        """Whether the entry of the trail is this event: its table, its act, and the values that it newly set."""
        if entry.table_name != self.table or entry.action not in self.actions:
            return False
        new = entry.new or {}
        return all(new.get(column) == value for column, value in self.now.items())

    def choose(self, entries: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
        """Those of the entries that are this event, with at most one query."""
        told = [entry for entry in entries if self.is_told_by(entry)]
        if self.only is None or not told:
            return iter(told)
        rows = self.model._default_manager.filter(self.only, pk__in={entry.object_id for entry in told})
        meant = set(rows.values_list("pk", flat=True))
        return (entry for entry in told if entry.object_id in meant)


_events: dict[str, Event] = {}


def register_events(*events: Event) -> None:
    """From an app's `ready()`; the same code again replaces one."""
    _events.update({event.code: event for event in events})


def all_events() -> Mapping[str, Event]:
    return dict(sorted(_events.items()))
