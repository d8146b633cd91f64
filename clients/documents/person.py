"""Everything held about a person, as one JSON, or as a ZIP with a table for each kind of thing (GDPR 15 and 20).

What the exporting colleague may not see is left out and named, so that nobody takes a part for the whole.
"""

import codecs
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from clients.models import Contact
from clients.services.holdings import Holding, Person, holdings, person_of
from crm.access import Role, may, visible
from crm.exports.delimited import line
from crm.exports.dialects import Dialect, safe_text
from crm.models import AuditEntry, User

FORMS = {"json": "application/json", "zip": "application/zip"}
TOLD = ("at", "action", "table_name", "object_id", "old", "new")
type Rows = list[dict[str, Any]]


def person_export(contact: Contact, user: User, *, at: datetime) -> dict[str, Any]:
    """`held` by kind, `trail` of what was written about them, and `left_out`: kinds for others' eyes."""
    person = _open_to(user, person_of(contact))
    seen = [each for each in holdings() if not each.right or may(user, each.right)]
    rows = {each.code: (each, visible(each.rows(person), user)) for each in seen}
    held = {code: _told(each, found, user) for code, (each, found) in rows.items()}
    return {
        "person": str(contact),
        "as_of": at,
        "held": {code: told for code, told in held.items() if told},
        "trail": _trail(rows.values()),
        "left_out": sorted({each.code for each in holdings()} - set(rows)) + _withheld(person, user),
    }


def written(told: Mapping[str, Any], form: str) -> bytes:
    """The bytes of `json` or `zip`. KeyError for another form."""
    whole = json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()
    return {"json": lambda: whole, "zip": lambda: _zipped(told, whole)}[form]()


def _open_to(user: User, person: Person) -> Person:
    """Of the clients where the person worked only those that the colleague sees in full."""
    rows = Contact.objects.open_to(user).filter(pk__in=person.ids).values_list("pk", "client_id")
    return replace(person, ids=tuple(pk for pk, _client in rows), clients=tuple({client for _pk, client in rows}))


def _told(holding: Holding, rows: QuerySet[Any], user: User) -> Rows:
    told = list(rows.order_by("pk").values(*holding.shown))
    if holding.code == "contacts":
        return [row if _may_read(row["notes_class"], user) else row | {"private_notes": None} for row in told]
    return told


def _may_read(notes_class: str, user: User) -> bool:
    return notes_class != Contact.NotesClass.PARTNER or user.is_in(Role.PARTNER)


def _withheld(person: Person, user: User) -> list[str]:
    hidden = Contact.objects.filter(pk__in=person.ids, notes_class=Contact.NotesClass.PARTNER).exclude(private_notes="")
    return [] if user.is_in(Role.PARTNER) or not hidden else ["private_notes"]


def _trail(rows: Iterable[tuple[Holding, QuerySet[Any]]]) -> Rows:
    """What the trail keeps of the person and of the rows that an erasure would blank."""
    found: Rows = []
    for holding, seen in rows:
        if holding.code == "contacts" or holding.blanked:
            ids = list(seen.values_list("pk", flat=True))
            entries = AuditEntry.objects.filter(table_name=seen.model._meta.db_table, object_id__in=ids)
            found += map(dict, entries.order_by("at", "pk").values(*TOLD))
    return found


def _zipped(told: Mapping[str, Any], whole: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("person.json", whole)
        for code, rows in [*told["held"].items(), ("trail", told["trail"])]:
            packed.writestr(f"{code}.csv", _table(rows))
    return file.getvalue()


def _table(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """For a spreadsheet, which takes no cell for a formula."""
    plain = Dialect()
    lines = [line(list(rows[0]), plain)] if rows else []
    lines += [line([safe_text(_cell(value)) for value in row.values()], plain) for row in rows]
    return codecs.BOM_UTF8 + b"".join(lines)


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).strip('"')
