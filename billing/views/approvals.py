"""Approval of time in bulk: by week, person or client, with warnings and what it is worth."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.time import DecisionForm, RejectForm
from billing.models import TimeEntry
from billing.reports.approvals import By, drawn_on_log, load_approvals
from billing.reports.goodwill import sides_of
from billing.reports.planned import sees_rates
from billing.services.approvals import approve_entries, reject_entries
from billing.services.currencies import base_currency
from billing.services.decisions import decide_entry, is_partners
from billing.services.draws import give_back_draw
from clients.reports.shown import show_values
from clients.views.acting import answer, own
from crm.web.fragments import flash, page, respond_409, respond_422
from crm.web.rights import SignedIn, requires

PAGE = "billing/approval_list.html"


@require_safe
@requires("time.approve")
def approval_list(request: SignedIn) -> HttpResponse:
    """`?by=week|person|client` groups what waits."""
    return page(request, PAGE, _context(request), fragment="work")


@require_POST
@requires("time.approve")
def approval_approve(request: SignedIn) -> HttpResponse:
    """Approves what is ticked, all or none; whoever comes second is told so with 409."""
    return _decide(
        request,
        lambda ids: len(approve_entries(ids, by=request.user, at=timezone.now())),
        lambda n: ngettext("%(n)s entry approved.", "%(n)s entries approved.", n) % {"n": n},
    )


@require_POST
@requires("time.approve")
def approval_reject(request: SignedIn) -> HttpResponse:
    """Gives back what is ticked, with a comment for its writer."""
    form = RejectForm(request.POST)
    if not form.is_valid():
        return respond_422(request, PAGE, {**_context(request), "form": form}, fragment="work")
    return _decide(
        request,
        lambda ids: len(reject_entries(ids, comment=form.cleaned_data["comment"], by=request.user, at=timezone.now())),
        lambda n: ngettext("%(n)s entry given back.", "%(n)s entries given back.", n) % {"n": n},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("time.approve")
def approval_give_back(request: SignedIn, pk: int) -> HttpResponse:
    """Reverses work that was drawn when it was logged, with a comment for its writer."""
    entry = own(TimeEntry.objects.select_related("client", "employee"), request.user, pk)
    form = RejectForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: give_back_draw(entry, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="components/act.html",
        context={
            "title": _("Give back"),
            "lede": _("The hours return to the package; the entry is a draft again."),
            "button": _("Give back with this comment"),
            "back": reverse("billing:approval_list"),
            "back_words": _("Time approval"),
        },
        said=lambda _row: _("Given back; the hours are on the package again."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("time.approve")
def approval_decide(request: SignedIn, pk: int) -> HttpResponse:
    """Settles the choice that an entry owes before it can be approved."""
    entry = own(TimeEntry.objects.select_related("client", "employee"), request.user, pk)
    form = DecisionForm(request.POST or None, occasion=entry.needs_decision)
    return answer(
        request,
        form,
        lambda: decide_entry(entry, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="billing/approval_decide.html",
        context={
            "entry": entry,
            "for_a_partner": is_partners(entry, by=request.user),
            "sides": sides_of(entry, user=request.user),
            "shows_price": sees_rates(entry, request.user),
            "base_currency": base_currency(),
        },
        said=lambda row: _("Decided.") if not row.needs_decision else _("Over the budget: a partner decides now."),
    )


def _decide(request: SignedIn, act: Callable[[list[int]], int], said: Callable[[int], str]) -> HttpResponse:
    ids = [int(pk) for pk in request.POST.getlist("entry") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    known = TimeEntry.objects.visible_to(request.user).filter(pk__in=ids)
    try:
        flash(request, said(act(list(known.values_list("pk", flat=True)))))
    except ValidationError as refused:
        return _refused(request, refused)
    except PermissionDenied as refused:
        return respond_422(request, PAGE, {**_context(request), "refused": [str(refused)]}, fragment="work")
    return redirect(f"{reverse('billing:approval_list')}?by={_by(request)}")


def _refused(request: SignedIn, refused: ValidationError) -> HttpResponse:
    """The list as it is now with what stood in the way; 409 when somebody else was quicker."""
    codes = {error.code for error in refused.error_list} if hasattr(refused, "error_list") else set()
    respond = respond_409 if codes & {"already_done", "wrong_status"} else respond_422
    return respond(request, PAGE, {**_context(request), "refused": refused.messages}, fragment="work")


def _by(request: SignedIn) -> By:
    asked = request.POST.get("by") or request.GET.get("by")
    return By(asked) if asked in set(By) else By.WEEK


def _context(request: SignedIn) -> dict[str, Any]:
    approvals, drawn = load_approvals(request.user, by=_by(request)), drawn_on_log(request.user)
    show_values((entry.client for entry in [*approvals.entries, *drawn]), request.user)
    return {
        "approvals": approvals,
        "drawn": drawn,
        "ways": [(By.WEEK, _("Week")), (By.PERSON, _("Person")), (By.CLIENT, _("Client"))],
        "form": RejectForm(),
    }
