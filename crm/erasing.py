"""Taking a person out of every table: what names them is replaced, rows that may not change are reported.

The foundation knows no person: it is handed patterns and looks through each text column of each table. Rows that are
otherwise only added to open for this alone, by a function of the database that leaves an audit row (crm.db.triggers).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import DataError, IntegrityError, InternalError, connection, models, transaction

from crm.models import AuditEntry, User
from crm.sought import LEFT_OUT, Sought

GONE = "[…]"
"""What stands where somebody was named: no word of any language."""
LEAST_LENGTH = 6
"""A column for fewer signs holds a code, neither a name nor an address nor a number."""
HARMLESS = frozenset({"touch", "audit", "tombstone"})
NOT_OURS = frozenset({"sessions", "contenttypes", "auth", "admin"})


@dataclass(frozen=True, slots=True)
class Place:
    """A table with the columns of it that may hold words."""

    model: type[models.Model]
    columns: "tuple[models.Field[Any, Any], ...]"

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)

    @property
    def is_guarded(self) -> bool:
        """Whether a trigger may refuse the change of a row."""
        triggers = getattr(self.model._meta, "triggers", ())
        return any(trigger.name not in HARMLESS for trigger in triggers)


@dataclass(frozen=True, slots=True)
class Left:
    """A row that names the person and may not change."""

    model: type[models.Model]
    pk: int


def begin_erasing(subject: models.Model, *, told: Mapping[str, Any]) -> None:
    """Opens columns of append-only rows until the transaction ends; the audit row that says so is written first."""
    statement = "WITH begun AS (SELECT anchor_begin_erasing(%s, %s, %s)) SELECT * FROM begun"  # WITH: it is signed
    with connection.cursor() as cursor:
        cursor.execute(statement, [subject._meta.db_table, subject.pk, json.dumps(dict(told))])


def end_erasing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('anchor.erasing', '', true)")


def places(but: Mapping[type[models.Model], Sequence[str]]) -> Iterator[Place]:
    """Every table but the staff's and the trail, which has rules of its own; `but` names columns to skip."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in NOT_OURS or model in (AuditEntry, User) or not model._meta.managed:
            continue
        skipped = but.get(model, ())
        columns = tuple(each for each in model._meta.concrete_fields if _is_wordy(each) and each.name not in skipped)
        if columns:
            yield Place(model, columns)


def _is_wordy(column: "models.Field[Any, Any]") -> bool:
    if column.choices or column.primary_key:
        return False
    short = column.max_length is not None and column.max_length < LEAST_LENGTH
    return isinstance(column, models.JSONField) or (
        isinstance(column, models.CharField | models.TextField) and not short
    )


def scrub(place: Place, sought: Sought, *, clients: Sequence[int] | None = None) -> tuple[int, list[Left]]:
    """Replaces what fits the pattern in all rows, or in those of some clients; says how many, and what had to stay."""
    where, params = _found(place, sought, clients)
    if not place.is_guarded and (count := _replaced(place, sought.pattern, where, params)) is not None:
        return count, []
    found = find(place, sought, clients=clients)
    left = [each for each in found if not _loosened(place, sought.pattern, each.pk)]
    return len(found) - len(left), left


def find(place: Place, sought: Sought, *, clients: Sequence[int] | None = None) -> list[Left]:
    """Rows in whose words it stands."""
    where, params = _found(place, sought, clients)
    table, key = map(connection.ops.quote_name, (place.table, place.key))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {table} WHERE {where} ORDER BY {key}", params)  # noqa: S608  # names of tables and columns, quoted
        return [Left(place.model, pk) for (pk,) in cursor.fetchall()]


def _loosened(place: Place, pattern: str, pk: int) -> bool:
    """Each column for itself: a document stays, the address to which it was sent does not. Whether all could change."""
    quote = connection.ops.quote_name
    changed = [
        _replaced(
            Place(place.model, (each,)),
            pattern,
            f"{quote(place.key)} = %s AND {quote(str(each.column))}::text ~ %s",
            [pk, pattern],
        )
        for each in place.columns
    ]
    return None not in changed


def _replaced(place: Place, pattern: str, where: str, params: list[Any]) -> int | None:
    """How many rows changed; None where the database refused."""
    try:
        with transaction.atomic():
            return _replace(place, pattern, where, params)
    except (InternalError, IntegrityError, DataError):
        return None


def _found(place: Place, sought: Sought, clients: Sequence[int] | None) -> tuple[str, list[Any]]:
    """One look at all texts of a row together, with a sign between them that stands in no name."""
    quote = connection.ops.quote_name
    texts = ", ".join(f"{quote(str(each.column))}::text" for each in place.columns)
    fits, params = _fits(f"concat_ws(chr(1), {texts})", sought)
    return (fits, params) if clients is None else (f"client_id = ANY(%s) AND {fits}", [list(clients), *params])


def _fits(text: str, sought: Sought) -> tuple[str, list[Any]]:
    """The needles first: they cost a tenth of the pattern."""
    needles = [f"%{each.replace('%', r'\%').replace('_', r'\_')}%" for each in sought.needles]
    condition = f"translate(lower({text}), %s, '') LIKE ANY(%s) AND {text} ~ %s"
    return condition, [LEFT_OUT, needles, sought.pattern]


def _replace(place: Place, pattern: str, where: str, params: list[Any]) -> int:
    quote = connection.ops.quote_name
    sets = ", ".join(_without(quote(str(each.column)), each) for each in place.columns)
    table = quote(place.table)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", [*[pattern] * len(place.columns), *params])  # noqa: S608  # names of tables and columns, quoted
        return int(cursor.rowcount)


def _without(column: str, field: "models.Field[Any, Any]") -> str:
    """An address that is the person's goes as a whole; the rest of a text stays."""
    if isinstance(field, models.EmailField | models.URLField):
        return f"{column} = CASE WHEN {column} ~ %s THEN '' ELSE {column} END"
    kind = "::jsonb" if isinstance(field, models.JSONField) else ""
    return f"{column} = regexp_replace({column}::text, %s, '{GONE}', 'g'){kind}"


def scrub_trail(sought: Sought, *, rows: Mapping[str, Sequence[int]] | None = None) -> int:
    """The same in the old and new values of the trail, of all things but colleagues, or of the rows named by table."""
    scopes: list[tuple[str, list[Any]]] = [("table_name <> %s", [User._meta.db_table])]
    if rows is not None:
        scopes = [("table_name = %s AND object_id = ANY(%s)", [name, list(ids)]) for name, ids in rows.items() if ids]
    sets = ", ".join(f"{side} = regexp_replace({side}::text, %s, '{GONE}', 'g')::jsonb" for side in ("old", "new"))
    fits, params = _fits("concat_ws(chr(1), old::text, new::text)", sought)
    count = 0
    with connection.cursor() as cursor:
        for scope, values in scopes:
            statement = f"UPDATE crm_auditentry SET {sets} WHERE {scope} AND {fits}"  # noqa: S608  # names of tables and columns, quoted
            cursor.execute(statement, [sought.pattern, sought.pattern, *values, *params])
            count += cursor.rowcount
    return count


BLANKED = """
(SELECT jsonb_object_agg(
    key, CASE WHEN key = ANY(%s) AND value NOT IN ('null', '""', '[]') THEN to_jsonb(%s::text) ELSE value END
 ) FROM jsonb_each({side}))
"""


def blank_trail(table: str, ids: Sequence[int], columns: Sequence[str]) -> None:
    """Takes every value of these columns out of the trail of these rows."""
    sets = ", ".join(f"{side} = {BLANKED.format(side=side)}" for side in ("old", "new"))
    where = "table_name = %s AND object_id = ANY(%s) AND (old ?| %s OR new ?| %s)"
    names = list(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE crm_auditentry SET {sets} WHERE {where}",  # noqa: S608  # names of tables and columns, quoted
            [names, GONE, names, GONE, table, list(ids), names, names],
        )
