"""The history of a client's master data: audit rows with the people, companies and clients named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _

from clients.models import Client
from crm.models import AuditEntry

LIMIT = 100


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Entry:
    audit: AuditEntry
    changes: list[Change]

    @property
    def is_first(self) -> bool:
        return self.audit.action == "insert"


def history(client: Client) -> list[Entry]:
    """The newest changes with readable values; one statement for the rows and one for each table they refer to."""
    rows = list(AuditEntry.objects.of(client).select_related("actor")[:LIMIT])
    names = _names(rows)
    return [Entry(row, list(_changes(row, names))) for row in rows]


def _changes(row: AuditEntry, names: Mapping[str, Mapping[int, str]]) -> Iterable[Change]:
    fields = {field.column: field for field in Client._meta.concrete_fields}
    old, new = row.old or {}, row.new or {}
    for column in {**old, **new}:
        field = fields.get(column)
        if field is not None and (old.get(column) or new.get(column)):
            words = names.get(column, {})
            yield Change(str(field.verbose_name), _shown(field, old, words), _shown(field, new, words))


def _shown(field: "models.Field[object, object]", values: Mapping[str, object], names: Mapping[int, str]) -> str:
    value = values.get(field.column or "")
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.is_relation:
        return names.get(int(str(value)), f"#{value}")
    return str(dict(field.flatchoices).get(value, value))


def _names(rows: Iterable[AuditEntry]) -> dict[str, dict[int, str]]:
    """What the foreign keys in these rows point at, by column."""
    found: dict[str, dict[int, str]] = {}
    for field in Client._meta.concrete_fields:
        if field.is_relation and field.related_model and field.column:
            values = {side.get(field.column) for row in rows for side in (row.old or {}, row.new or {})}
            keys = {int(value) for value in values if value}
            model = field.related_model
            related = model._default_manager.filter(pk__in=keys) if keys and not isinstance(model, str) else ()
            found[field.column] = {target.pk: str(target) for target in related}
    return found
