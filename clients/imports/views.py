"""Import pages: choose a file, look at every row before anything is written, confirm, undo."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.imports import batches
from clients.imports.cells import doubtful_day
from clients.imports.kinds import Kind, kinds, kinds_for, plain_header, repeated_headers
from clients.imports.reading import MOST_BYTES
from clients.models import ImportBatch, ImportRow
from crm.access import may
from crm.exports import dialect_for
from crm.exports.delimited import line
from crm.exports.dialects import safe_text
from crm.models import Firm, User
from crm.web.forms import posted
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires

BAD_SHOWN = 100
SHOWN = 20
SAMPLE = 500
GOOD_SHOWN = 20


class FileForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What it holds"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX up to 20 MB and 5 000 rows, the first row names the columns."),
    )

    def __init__(self, *args: Any, kinds: Mapping[str, Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 (narrows the type for mypy)
        choice.choices = [(kind.code, kind.label) for kind in kinds.values()]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 20 MB."), code="too_large")
        return file


class MappingForm(forms.Form):
    """For each field the column that fills it."""

    def __init__(self, data: Any, *, batch: ImportBatch, kind: Kind) -> None:
        super().__init__(data, initial=batch.mapping)
        twice = repeated_headers(batch.headers)
        columns = [(place, column_name(header, place, twice)) for place, header in enumerate(batch.headers)]
        for field in kind.fields:
            self.fields[field.name] = forms.TypedChoiceField(
                label=field.label, choices=[("", "–"), *columns], coerce=int, empty_value=None, required=False
            )

    @property
    def mapping(self) -> dict[str, int]:
        return {name: place for name, place in self.cleaned_data.items() if place is not None}


def column_name(header: str, place: int, twice: Sequence[str]) -> str:
    """The header, with its place where that alone tells it from another one."""
    number = _("column %(n)s") % {"n": place + 1}
    if plain_header(header) in {plain_header(each) for each in twice}:
        return f"{header} ({number})"
    return header or number


@require_http_methods(["GET", "HEAD", "POST"])
@requires("time.import")
def import_new(request: SignedIn) -> HttpResponse:
    usable = kinds_for(request.user)
    first = request.GET.get("kind", next(iter(usable)))
    form = FileForm(posted(request), request.FILES or None, initial={"kind": first}, kinds=usable)
    if form.is_valid():
        try:
            batch = staged(request, form)
        except ValidationError as refused:
            form.add_error("file", refused)
        else:
            return redirect("imports:import_batch", batch.pk)
    rows = ImportBatch.objects.visible_to(request.user).filter(kind__in=usable).select_related("made_by")
    context = {"form": form, "kinds": usable, "page": paginate(request, rows, size=SHOWN)}
    return (respond_422 if form.errors else page)(request, "imports/import_new.html", context, fragment="rows")


def staged(request: SignedIn, form: FileForm) -> ImportBatch:
    file = form.cleaned_data["file"]
    kind = kinds()[form.cleaned_data["kind"]]
    return batches.stage_file(kind, content=file.read(), file_name=file.name, by=request.user)


@require_safe
@requires("time.import")
def import_batch(request: SignedIn, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    context = batch_context(batch) | {"is_setting_up": is_setting_up(request.user)}
    return page(request, "imports/import_batch.html", context, fragment="rows")


@require_POST
@requires("time.import")
def import_map(request: SignedIn, pk: int) -> HttpResponse:
    """The columns as the person sees them; all rows are checked again."""
    batch = _batch(request, pk)
    form = MappingForm(request.POST, batch=batch, kind=kinds()[batch.kind])
    if form.is_valid():
        try:
            batches.map_columns(batch, mapping=form.mapping, by=request.user)
        except ValidationError as refused:
            warn(request, " ".join(refused.messages))
    return redirect("imports:import_batch", pk)


@require_POST
@requires("time.import")
def import_confirm(request: SignedIn, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    only_good = request.POST.get("only_good") == "yes"
    try:
        count = batches.import_rows(batch, only_good=only_good, by=request.user, at=timezone.now())
    except ValidationError as refused:
        batches.check_batch(batch, by=request.user)
        context = batch_context(batch) | {"refused": " ".join(refused.messages)}
        return respond_422(request, "imports/import_batch.html", context)
    flash(request, ngettext("%(n)s row is imported.", "%(n)s rows are imported.", count) % {"n": count})
    return redirect("imports:import_batch", pk)


@require_POST
@requires("time.import")
def import_undo(request: SignedIn, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    try:
        count = batches.undo_import(batch, by=request.user)
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
    else:
        flash(request, ngettext("%(n)s row is taken back.", "%(n)s rows are taken back.", count) % {"n": count})
    return redirect("imports:import_batch", pk)


@require_safe
@requires("time.import")
def import_example(request: SignedIn, code: str) -> HttpResponseBase:
    """An example file to fill in, in the reader's language."""
    kind = kinds_for(request.user).get(code)
    if kind is None:
        raise Http404
    rows = [[str(field.label) for field in kind.fields], [field.example for field in kind.fields]]
    return _file(request, rows, f"{code}-example.csv")


@require_safe
@requires("time.import")
def import_bad(request: SignedIn, pk: int) -> HttpResponseBase:
    """Every bad row as it came, with what is wrong with it: to be mended and chosen again."""
    batch = _batch(request, pk)
    rows = [[*batch.headers, _("line"), _("what is wrong")]]
    rows += [[*map(safe_text, row.cells), str(row.number), safe_text(problems_of(row))] for row in batch.rows.bad()]
    return _file(request, rows, "rows-to-mend.csv")


def problems_of(row: ImportRow) -> str:
    return " ".join(f"{label}: {text}" if label else text for label, text in row.problems)


def _file(request: SignedIn, rows: Sequence[Sequence[str]], name: str) -> HttpResponse:
    dialect = dialect_for(request.LANGUAGE_CODE)
    body = b"\xef\xbb\xbf" + b"".join(line(row, dialect) for row in rows)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=disposition)


def _batch(request: SignedIn, pk: int) -> ImportBatch:
    """404 for what others imported, and for a kind that the person may not import."""
    batch = get_object_or_404(ImportBatch.objects.visible_to(request.user).select_related("made_by"), pk=pk)
    if batch.kind not in kinds_for(request.user):
        raise Http404
    return batch


def is_setting_up(user: User) -> bool:
    """Whether the person is being led through the first steps, and so wants to go back to them."""
    return may(user, "firm.change") and Firm.load().onboarded_at is None


def batch_context(batch: ImportBatch) -> dict[str, Any]:
    """The batch with its counts, its bad rows by line and the first good ones, as they would be read."""
    kind = kinds()[batch.kind]
    used = [field for field in kind.fields if field.name in batch.mapping]
    good, bad = batch.rows.good(), batch.rows.bad()
    return {
        "batch": batch,
        "kind": kind,
        "doubtful": doubtful_in(batch),
        "layout": kind.layout_of(batch.headers),
        "form": MappingForm(None, batch=batch, kind=kind),
        "fields": used,
        "good_count": good.count(),
        "bad_count": bad.count(),
        "good": [shown(row, used, batch) for row in good[:GOOD_SHOWN]],
        "bad": [shown(row, used, batch) for row in bad[:BAD_SHOWN]],
        "twice": repeated_headers(batch.headers),
        "missing": [field for field in kind.fields if field.required and field.name not in batch.mapping],
    }


def doubtful_in(batch: ImportBatch) -> str:
    """A day whose month might stand first, in a file that does not tell."""
    place = next((batch.mapping[name] for name in ("worked_on", "occurred_on") if name in batch.mapping), None)
    cells = batch.rows.values_list("cells", flat=True)[:SAMPLE]
    return "" if place is None else doubtful_day([row[place] for row in cells])


def shown(row: Any, fields: list[Any], batch: ImportBatch) -> dict[str, Any]:
    values = batches.values_of(row, batch.mapping)
    return {"row": row, "cells": [(field.label, values.get(field.name, "")) for field in fields]}
