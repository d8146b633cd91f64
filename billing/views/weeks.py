"""Finance completes weeks: what each still lacks, the ready ones marked together, a mark taken back."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from billing.models import CompleteWeek
from billing.reports.weeks import newest_complete, open_weeks
from billing.services.weeks import Whose, complete_weeks, undo_week
from clients.views.acting import act_once
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

PAGE = "billing/week_list.html"


@require_safe
@requires("week.see")
def week_list(request: SignedIn) -> HttpResponse:
    """`?by=person|client` says whose weeks."""
    return page(request, PAGE, _context(_whose(request)), fragment="work")


@require_POST
@requires("week.change")
def week_complete(request: SignedIn) -> HttpResponse:
    """Marks what is ticked, all or none."""
    whose = _whose(request)
    try:
        weeks = [_named(whose, text) for text in request.POST.getlist("week")[:500]]
        done = complete_weeks(weeks, by=request.user, at=timezone.now())
    except (ValidationError, PermissionDenied) as refused:
        said = refused.messages if isinstance(refused, ValidationError) else [str(refused)]
        return respond_422(request, PAGE, {**_context(whose), "refused": said}, fragment="work")
    flash(request, ngettext("%(n)s week is complete.", "%(n)s weeks are complete.", len(done)) % {"n": len(done)})
    return redirect(f"{reverse('billing:week_list')}?by={whose}")


@require_POST
@requires("week.change")
def week_undo(request: SignedIn, pk: int) -> HttpResponse:
    week = get_object_or_404(CompleteWeek.objects.visible_to(request.user), pk=pk)
    back = f"{reverse('billing:week_list')}?by={Whose.PERSON if week.employee_id else Whose.CLIENT}"
    return act_once(
        request,
        lambda: undo_week(week, by=request.user, at=timezone.now()),
        _("The week is open again."),
        fallback=back,
    )


def _named(whose: Whose, text: str) -> CompleteWeek:
    """`2026-06-08:12`: the Monday and whose week it is."""
    day, _colon, key = text.partition(":")
    try:
        return CompleteWeek(monday=date.fromisoformat(day), **{f"{whose.column}_id": int(key[:18])})
    except ValueError:
        raise ValidationError(_("Choose at least one week."), code="required") from None


def _whose(request: SignedIn) -> Whose:
    asked = request.POST.get("by") or request.GET.get("by")
    return Whose(asked) if asked in set(Whose) else Whose.PERSON


def _context(whose: Whose) -> dict[str, Any]:
    return {
        "weeks": open_weeks(whose=whose, on=timezone.localdate()),
        "complete": newest_complete(whose),
        "ways": [(Whose.PERSON, _("Person")), (Whose.CLIENT, _("Client"))],
    }
