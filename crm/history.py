"""The trail of one object in words: field names, chosen labels and people's names instead of columns and ids.

Upper floors register the models whose History may be asked for; access is the object's own visibility.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from crm.access import Role, may, visible
from crm.models import AuditEntry, User
from crm.people import names_of
from crm.web.formats import write_day, write_time


@dataclass(frozen=True, slots=True)
class Tracked:
    """`hidden` maps columns to the right that shows their values.

    `within` names a queryset method for who sees the row but not all of it, such as the card of a client.
    """

    model: type[models.Model]
    right: str
    hidden: Mapping[str, str]
    within: str


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as it is shown: who did what to which thing."""

    entry: AuditEntry
    actor: str
    thing: str
    changes: Sequence[Change]


_tracked: dict[str, Tracked] = {}
_open_trails: set[str] = set()


def register_history(
    *models_: type[models.Model],
    right: str = "audit.see",
    hidden: Mapping[str, str] | None = None,
    within: str = "visible_to",
) -> None:
    """From an app's `ready()`: whoever has the right and sees the object sees its history."""
    _tracked.update({model._meta.db_table: Tracked(model, right, hidden or {}, within) for model in models_})


def tracked(table: str) -> Tracked | None:
    return _tracked.get(table)


def register_trail(*models_: type[models.Model]) -> None:
    """From an app's `ready()`: things whose entries in the trail also those may read who are no partners."""
    _open_trails.update(model._meta.db_table for model in models_)


def trail_of(user: User) -> models.QuerySet[AuditEntry]:
    """What of the whole trail the person may read: a partner all, finance what the floors say is theirs."""
    rows = AuditEntry.objects.all()
    return rows if user.is_in(Role.PARTNER) else rows.filter(table_name__in=_open_trails)


def visible_row(table: str, pk: int, user: User) -> models.Model | None:
    """The object whose history the person asks for, if they may see it; None is a 404."""
    found = tracked(table)
    if found is None or not may(user, found.right) or not 0 < pk < 2**63:
        return None
    rows = visible(found.model._default_manager.all(), user)
    if found.within != "visible_to" and not user.is_in(Role.PARTNER):
        rows = getattr(rows, found.within)(user)
    return rows.filter(pk=pk).first()


def tables() -> list[tuple[str, str]]:
    """Every audited table with the name of its things, by name."""
    audited = (model for model in apps.get_models() if any(t.name == "audit" for t in _triggers(model)))
    return sorted(
        ((model._meta.db_table, str(model._meta.verbose_name)) for model in audited), key=lambda each: each[1]
    )


def tell(entries: Iterable[AuditEntry], user: User) -> list[Told]:
    """The entries in words, with at most one query for all people and one for each other kind of thing named."""
    entries = list(entries)
    models_ = {model._meta.db_table: model for model in apps.get_models()}
    named = _names(entries, models_, user)
    return [_told(entry, models_.get(entry.table_name), named, user) for entry in entries]


def _told(entry: AuditEntry, model: type[models.Model] | None, named: "Names", user: User) -> Told:
    actor = named.get((User, entry.actor_id or 0), _("the system")) if entry.actor_id else _("the system")
    thing = str(model._meta.verbose_name) if model else entry.table_name
    found = tracked(entry.table_name)
    changes = list(_changes(entry, model, named, found.hidden if found else {}, user))
    return Told(entry, actor, thing, changes)


type Names = dict[tuple[type[models.Model], int], str]


def _names(entries: list[AuditEntry], models_: Mapping[str, type[models.Model]], user: User) -> Names:
    """The names of everything that the entries point at and the reader may see."""
    wanted: dict[type[models.Model], set[int]] = {User: {entry.actor_id for entry in entries if entry.actor_id}}
    for entry in entries:
        for column, value in _values(entry):
            target = _target(models_.get(entry.table_name), column)
            if target is not None and isinstance(value, int):
                wanted.setdefault(target, set()).add(value)
    people = {(User, pk): name for pk, name in names_of(list(wanted.pop(User))).items()}
    return people | {
        (model, row.pk): str(row)
        for model, ids in wanted.items()
        for row in visible(model._default_manager.filter(pk__in=ids), user)
    }


def _values(entry: AuditEntry) -> Iterator[tuple[str, Any]]:
    for side in (entry.old, entry.new):
        yield from (side or {}).items()


def _changes(
    entry: AuditEntry, model: type[models.Model] | None, named: Names, hidden: Mapping[str, str], user: User
) -> Iterator[Change]:
    """One change for each column; a new or deleted row tells only what it held."""
    old, new = entry.old or {}, entry.new or {}
    for column in dict.fromkeys([*old, *new]):
        before, after = old.get(column), new.get(column)
        if column == "id" or (before in (None, "") and after in (None, "")):
            continue
        if column in hidden and not may(user, hidden[column]):
            yield Change(_label(model, column), "…", "…")
            continue
        yield Change(_label(model, column), _shown(model, column, before, named), _shown(model, column, after, named))


def _field(model: type[models.Model] | None, column: str) -> "models.Field[Any, Any] | None":
    fields = model._meta.concrete_fields if model else ()
    return next((field for field in fields if field.column == column), None)


def _target(model: type[models.Model] | None, column: str) -> type[models.Model] | None:
    field = _field(model, column)
    return field.related_model if isinstance(field, models.ForeignKey) else None


def _label(model: type[models.Model] | None, column: str) -> str:
    field = _field(model, column)
    return str(field.verbose_name) if field else column


def _shown(model: type[models.Model] | None, column: str, value: Any, named: Names) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    target = _target(model, column)
    if target is not None and isinstance(value, int):
        return named.get((target, value), f"#{value}")
    field = _field(model, column)
    choices = dict(field.flatchoices) if field else {}
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)[:300]
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items())[:300]
    return str(choices[value] if value in choices else _written(field, value))[:300]


def _written(field: "models.Field[Any, Any] | None", value: Any) -> str:
    """Days and moments as they stand on pages; the trail keeps them as JSON does."""
    if isinstance(field, models.DateTimeField) and (moment := parse_datetime(str(value))):
        return f"{write_day(timezone.localtime(moment).date())}, {write_time(moment)}"
    if isinstance(field, models.DateField) and (day := parse_date(str(value))):
        return write_day(day)
    return str(value)


def _triggers(model: type[models.Model]) -> Sequence[Any]:
    return getattr(model._meta, "triggers", ())
