"""The cells of the timesheet grid: one by htmx as it is left, all of them by a form without JavaScript."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.forms.time import DurationField
from billing.models import TimeEntry
from billing.reports.week import Cell, Row, Week, load_week
from billing.services.time import change_entry, delete_entry, log_entry
from billing.views.time import week_url
from crm.periods import week_start
from crm.web.fragments import flash, page, respond_422, wants_fragment, warn
from crm.web.rights import SignedIn, requires

TEMPLATE = "billing/time_cells.html"
PREFIX = "cell-"


@require_POST
@requires("time.log")
def time_cells(request: SignedIn) -> HttpResponse:
    names = [name for name in request.POST if name.startswith(PREFIX)]
    if not names:
        raise Http404
    return _one(request, names[0]) if wants_fragment(request) else _all(request, names)


def _one(request: SignedIn, name: str) -> HttpResponse:
    row, cell = _found(_week(request, name), name)
    try:
        _fill(request, row, cell)
    except ValidationError as refused:
        words = " ".join(refused.messages)
        context = {"row": row, "cell": cell, "error": words, "typed": request.POST[name]}
        return respond_422(request, TEMPLATE, context, fragment="wrong")
    week = _week(request, name)
    row, cell = _found(week, name)
    minutes = next(day.minutes for day in week.days if day.on == cell.on)
    context = {"row": row, "cell": cell, "week": week, "day_minutes": minutes, "oob_sum": True}
    return page(request, TEMPLATE, context, fragment="cell")


def _all(request: SignedIn, names: list[str]) -> HttpResponse:
    week = _week(request, names[0])
    refused = []
    for row, cell in filter(None, map(week.cell, names)):
        try:
            _fill(request, row, cell)
        except ValidationError as error:
            refused.append(f"{row.client}, {cell.on:%d.%m.}: {' '.join(error.messages)}")
    for words in refused:
        warn(request, words)
    if not refused:
        flash(request, _("Timesheet saved."))
    return redirect(week_url(week.monday))


def _fill(request: SignedIn, row: Row, cell: Cell) -> None:
    """Makes the cell's work last as long as typed; an emptied cell deletes it, an untouched one stays."""
    minutes: int | None = DurationField(required=False).clean(request.POST[cell.name])
    if (minutes or 0) == cell.minutes:
        return
    if cell.is_fixed:
        raise ValidationError(_("Change it in the list of the day."), code="wrong_status")
    by: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    entry = cell.entries[0] if cell.entries else None
    if entry is None:
        log_entry(_new(request, row, cell, minutes or 0), **by)
    elif minutes:
        change_entry(entry, changes={"minutes": minutes, "started_at": None, "ended_at": None}, **by)
    else:
        delete_entry(entry, **by)


def _new(request: SignedIn, row: Row, cell: Cell, minutes: int) -> TimeEntry:
    """Another day of the same work, described as it was the last time."""
    sample = row.sample
    return TimeEntry(
        employee=request.user,
        client=sample.client,
        engagement=sample.engagement,
        service_line_id=sample.service_line_id,
        billing_type=sample.billing_type,
        reason=sample.reason,
        description=sample.description,
        worked_on=cell.on,
        minutes=minutes,
    )


def _week(request: SignedIn, name: str) -> Week:
    try:
        on = date.fromisoformat(name[-10:])
    except ValueError as unreadable:
        raise Http404 from unreadable
    return load_week(request.user, monday=week_start(on), today=timezone.localdate(), with_last=True)


def _found(week: Week, name: str) -> tuple[Row, Cell]:
    found = week.cell(name)
    if found is None:
        raise Http404
    return found
