"""The time page: one typed line, the week as a grid and by day, submitting it; phone first, also without script."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.time import EntryForm, LineForm
from billing.models import TimeEntry, Timer
from billing.reports.planned import pieces_of
from billing.reports.week import load_week
from billing.services.approvals import submit_week
from billing.services.follow_up import allowance_for
from billing.services.time import change_entry, delete_entry, log_entry, preview_entry
from billing.views.undo import remember
from clients.views.acting import act_once, answer, attempt, own
from crm.db.querysets import Query
from crm.models import User
from crm.periods import week_start
from crm.web.formats import write_clock
from crm.web.fragments import flash, page, respond_422, wants_fragment
from crm.web.pages import asked_day
from crm.web.rights import SignedIn, requires

PAGE = "billing/time_week.html"
FORM = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@requires("time.see")
def time_week(request: SignedIn) -> HttpResponse:
    """`?on=` names the day, and so the week; `?rows=last` adds the rows of the week before without their hours."""
    return page(request, PAGE, week_context(request), fragment="week")


@require_safe
@requires("time.log")
def time_parse(request: SignedIn) -> HttpResponse:
    """What the line says, while it is typed: tokens, choices, and the package before and after."""
    form = _line_form(request, request.GET)
    return page(request, "billing/time_parse.html", parse_context(form, request.user), fragment="tokens")


@require_POST
@requires("time.log")
def time_add(request: SignedIn) -> HttpResponse:
    """Saves the line. A line that comes twice with one key, from a phone without a connection, is saved once."""
    form = _line_form(request, request.POST)
    if form.is_valid() and form.reading and form.reading.entry:
        entry = form.reading.entry
        entry.external_source, entry.external_id = _key(request)
        if attempt(form, lambda: log_entry(entry, by=request.user, at=timezone.now())) or _came_before(form):
            return _added(request, entry)
    return respond_422(request, PAGE, week_context(request, form=form), fragment="line")


@FORM
@requires("time.log")
def time_edit(request: SignedIn, pk: int) -> HttpResponse:
    entry = own(_entries(), request.user, pk)
    form = EntryForm(request.POST or None, instance=entry, user=request.user)
    before = remember(request, entry, by="change") if request.method == "POST" else ""
    return answer(
        request,
        form,
        lambda: change_entry(entry, changes=form.changes(), by=request.user, at=timezone.now()),
        template="billing/time_edit.html",
        context={"entry": entry},
        said=lambda _row: _("Entry changed."),
        undo=before,
    )


@require_POST
@requires("time.log")
def time_delete(request: SignedIn, pk: int) -> HttpResponse:
    entry = own(_entries(), request.user, pk)
    undo = remember(request, entry, by="delete")
    return act_once(
        request,
        lambda: delete_entry(entry, by=request.user, at=timezone.now()),
        _("Entry deleted."),
        undo=undo,
        fallback=week_url(entry.worked_on),
    )


@require_POST
@requires("time.log")
def time_submit(request: SignedIn) -> HttpResponse:
    """Hands the drafts of the week over for approval."""
    on = _day(request.POST.get("on"), timezone.localdate())
    try:
        count = len(submit_week(request.user, monday=week_start(on), at=timezone.now()))
    except ValidationError as refused:
        return respond_422(request, PAGE, {**week_context(request, on=on), "refused": refused.messages})
    flash(request, ngettext("%(n)s entry submitted.", "%(n)s entries submitted.", count) % {"n": count})
    return redirect(week_url(on))


def week_context(request: SignedIn, *, on: date | None = None, form: LineForm | None = None) -> dict[str, Any]:
    """Everything that the page shows."""
    today = timezone.localdate()
    asked = request.POST if request.method == "POST" else request.GET
    on = on or _day(asked.get("on"), today)
    week = load_week(request.user, monday=week_start(on), today=today, with_last=request.GET.get("rows") == "last")
    default = None if on == today else on
    timer = Timer.objects.running_of(request.user)
    parsed = parse_context(form, request.user) if form else {}
    return {
        "week": week,
        "on": on,
        "day": week.on(on),
        "form": form or LineForm(user=request.user, today=today, initial={"on": default}),
        "timer": timer,
        "allowance": allowance_for(timer.client, timer.engagement, on=today) if timer else None,
        **parsed,
    }


def parse_context(form: LineForm, user: User) -> dict[str, Any]:
    """What is known about the line by now; the plan only where the line is complete."""
    form.is_valid()
    reading = form.reading
    context: dict[str, Any] = {"form": form, "reading": reading, "pieces": (), "warnings": ()}
    entry = reading.entry if reading else None
    plan = attempt(form, lambda: preview_entry(entry)) if entry else None
    if plan:
        context |= {"pieces": pieces_of(plan, user=user), "warnings": plan.warnings}
    return context


def week_url(on: date) -> str:
    return f"{reverse('billing:time_week')}?on={on.isoformat()}"


def _entries() -> Query[TimeEntry]:
    return TimeEntry.objects.select_related("client", "engagement", "seller")


def _line_form(request: SignedIn, typed: Any) -> LineForm:
    return LineForm(typed, user=request.user, today=timezone.localdate())


def _day(text: str | None, today: date) -> date:
    return asked_day(text) or today


def _key(request: SignedIn) -> tuple[str, str]:
    key = request.headers.get("Idempotency-Key", "")[:80]
    return ("page", f"{request.user.pk}:{key}") if key else ("", "")


def _came_before(form: LineForm) -> bool:
    """Whether the only objection is that this very line was saved before."""
    return [error.code for error in form.non_field_errors().as_data()] == ["external_id_taken"]


def _added(request: SignedIn, entry: TimeEntry) -> HttpResponse:
    saved = entry if entry.pk else get_object_or_404(TimeEntry, external_id=entry.external_id)
    words = _("%(time)s for %(client)s saved.") % {"time": write_clock(saved.minutes), "client": saved.client}
    flash(request, words, undo=reverse("billing:time_delete", args=[saved.pk]))
    if not wants_fragment(request):
        return redirect(week_url(saved.worked_on))
    return page(
        request, PAGE, {**week_context(request, on=saved.worked_on), "added": saved, "oob": True}, fragment="added"
    )
