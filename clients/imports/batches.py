"""The life of an import: staged and checked, written in one transaction or not at all, taken back while unused."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.utils.translation import gettext_lazy as _

from clients.imports.kinds import Kind, kinds
from clients.imports.reading import read_sheet
from clients.models import ClientFigure, ImportBatch, ImportRow
from crm.db import Record, worded
from crm.models import User

PROBLEM_LENGTH = 300
TOO_WIDE = _("This line has more cells than the header: a separator may stand inside a text without quotes.")


class Checked(NamedTuple):
    row: ImportRow
    form: forms.Form
    problems: list[list[str]]


@transaction.atomic
def stage_file(kind: Kind, *, content: bytes, file_name: str, by: User) -> ImportBatch:
    """Keeps the file's rows as text and says of each whether it could be imported. Raises ValidationError."""
    sheet = read_sheet(content)
    batch = ImportBatch.objects.create(
        kind=kind.code,
        file_name=file_name[:200],
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        headers=sheet.headers,
        mapping=kind.settle(kind.guess(sheet.headers), [cells for _number, cells in sheet.rows]),
        made_by=by,
    )
    rows = (ImportRow(batch=batch, number=number, cells=cells) for number, cells in sheet.rows)
    ImportRow.objects.bulk_create(rows, batch_size=1000)
    check_batch(batch, by=by)
    return batch


@transaction.atomic
def map_columns(batch: ImportBatch, *, mapping: dict[str, int], by: User) -> None:
    """Says which column fills which field, and checks all rows anew. Raises ValidationError `wrong_status`."""
    batch = _staged(batch)
    batch.mapping = {name: place for name, place in mapping.items() if 0 <= place < len(batch.headers)}
    batch.save(update_fields=["mapping"])
    check_batch(batch, by=by)


def check_batch(batch: ImportBatch, *, by: User) -> None:
    """Writes on each row what is wrong with it."""
    changed = []
    for checked in _checked_rows(batch, by):
        if checked.row.problems != checked.problems:
            checked.row.problems = checked.problems
            changed.append(checked.row)
    ImportRow.objects.bulk_update(changed, ["problems"], batch_size=1000)


@transaction.atomic
def import_rows(batch: ImportBatch, *, only_good: bool, by: User, at: datetime) -> int:
    """Writes all rows, or with `only_good` those without a problem; says how many. All or nothing.

    Raises ValidationError: `wrong_status` when it was imported before, `bad_rows` when some are bad and nobody
    agreed to leave them out, `empty` when none is good, and with the line named what the books refuse.
    """
    batch = _staged(batch)
    kind, rows = kinds()[batch.kind], list(_checked_rows(batch, by))
    good = [checked for checked in rows if not checked.problems]
    if len(good) < len(rows) and not only_good:
        raise ValidationError(_("Some rows cannot be imported. Look at them first."), code="bad_rows")
    if not good:
        raise ValidationError(_("No row can be imported."), code="empty")
    _write(kind, good, by)
    ImportRow.objects.bulk_update([checked.row for checked in good], ["made_id"], batch_size=1000)
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.DONE, imported_at=at)
    return len(good)


@transaction.atomic
def undo_import(batch: ImportBatch, *, by: User) -> int:
    """Takes back everything that the import made; says how much. Raises ValidationError once something is in use."""
    batch = ImportBatch.objects.locked().get(pk=batch.pk)
    if batch.state != ImportBatch.State.DONE:
        raise ValidationError(_("Only what was imported can be undone."), code="wrong_status")
    kind = kinds()[batch.kind]
    made = list(batch.rows.exclude(made_id=None).values_list("made_id", flat=True))
    rows = list(kind.model._default_manager.filter(pk__in=made).order_by("pk"))
    kind.undo(rows, by)
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.UNDONE)
    return len(rows)


def delete_unused(rows: Sequence[models.Model], _by: User) -> None:
    """Deletes rows that nothing but themselves refers to. Raises ValidationError `in_use` for the first other one."""
    if not rows:
        return
    collector = Collector(using=connection.alias)
    try:
        collector.collect(rows)
    except (ProtectedError, RestrictedError) as exc:
        raise _in_use() from exc
    if _has_others(collector, type(rows[0]), {row.pk for row in rows}):
        raise _in_use()
    type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).delete()


def refuse_changed(rows: Sequence[Record]) -> None:
    """Raises ValidationError `in_use` where somebody has changed a row since it was written."""
    if any(row.updated_at > row.created_at for row in rows):
        raise ValidationError(_("Somebody has changed these rows since; they cannot be taken back."), code="in_use")


def _has_others(collector: Collector, model: type[models.Model], own: set[Any]) -> bool:
    """Whether other rows would go with these or forget them. Figures are reckoned, links belong to the rows."""

    def counts(other: Any) -> bool:
        return other not in (model, ClientFigure) and other._meta.auto_created is not model

    gone = any(found for other, found in collector.data.items() if counts(other))
    linked = any(found.exists() for found in collector.fast_deletes if counts(found.model))
    updates: Any = collector.field_updates  # by field, lists of rows or of querysets
    told = (row for found in updates.values() for rows in found for row in rows)
    return gone or linked or any(not isinstance(row, model) or row.pk not in own for row in told)


def _in_use() -> ValidationError:
    return ValidationError(_("Something refers to these rows already; they cannot be taken back."), code="in_use")


def _staged(batch: ImportBatch) -> ImportBatch:
    row = ImportBatch.objects.locked().get(pk=batch.pk)
    if row.state != ImportBatch.State.STAGED:
        raise ValidationError(_("This file was imported already."), code="wrong_status")
    return row


def _write(kind: Kind, good: Sequence[Checked], by: User) -> None:
    if kind.write_all is None:
        for checked in good:
            checked.row.made_id = _written(kind, checked, by)
        return
    made = kind.write_all([checked.form for checked in good], by)
    for checked, row in zip(good, made, strict=True):
        checked.row.made_id = row.pk


def _written(kind: Kind, checked: Checked, by: User) -> int:
    try:
        with worded():
            return int(kind.write(checked.form, by).pk)
    except ValidationError as exc:
        message = _("Line %(number)s: %(why)s")
        given = {"number": checked.row.number, "why": " ".join(exc.messages)}
        raise ValidationError(message, exc.code if hasattr(exc, "code") else "refused", given) from exc


def _checked_rows(batch: ImportBatch, user: User) -> Iterator[Checked]:
    """Every row with its form and what is wrong with it; two rows of the same thing are the second one's problem."""
    kind = kinds()[batch.kind]
    known, seen = kind.known(user), dict[str, int]()
    labels = {field.name: str(field.label) for field in kind.fields}
    rows = list(batch.rows.all())
    wide = _overlong(batch, rows)
    for row in rows:
        form = kind.form(values_of(row, batch.mapping), known)
        problems = [["", str(TOO_WIDE)]] if row.number in wide else []
        problems += [[labels.get(name, ""), str(text)] for name, texts in form.errors.items() for text in texts]
        problems = problems or _said_before(kind.keys(form), row.number, seen)
        yield Checked(row, form, [[label, text[:PROBLEM_LENGTH]] for label, text in problems])


def _said_before(keys: Sequence[str], number: int, seen: dict[str, int]) -> list[list[str]]:
    """Notes what the line says, and names the line that said it first."""
    first = min((seen[key] for key in keys if key in seen), default=None)
    seen.update({key: number for key in keys if key not in seen})
    return [] if first is None else [["", str(_("Line %(number)s says the same.") % {"number": first})]]


def _overlong(batch: ImportBatch, rows: Sequence[ImportRow]) -> set[int]:
    """Lines of a text file with more cells than its header, unless most are so: there a separator stands in a cell."""
    width = max((place for place, header in enumerate(batch.headers, start=1) if header), default=0)
    width = max(width, 1 + max(batch.mapping.values(), default=0))
    found = {row.number for row in rows if any(row.cells[width:])} if batch.delimiter else set()
    return found if 2 * len(found) <= len(rows) else set()


def values_of(row: ImportRow, mapping: dict[str, int]) -> dict[str, str]:
    """The row's cells by the field that they fill."""
    return {name: row.cells[place] for name, place in mapping.items() if place < len(row.cells)}
