"""Promises: the board, and the acts on one promise."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.exports import PROMISES
from clients.filters.treatment import PromiseListFilter
from clients.forms.picks import meant_client
from clients.forms.promise import EarlyWarningForm, PromiseForm, RedateForm
from clients.models import CarePolicy, Promise, PromiseDate
from clients.reports.board import board, judged_rows, promises_of
from clients.reports.card import Judged
from clients.reports.day import day_of
from clients.reports.extras import promises_first_words
from clients.reports.shown import shown_clients
from clients.services.early_warnings import check_may_warn_early, may_warn_early, warn_early
from clients.services.promise_rates import judge_promise, lateness_of
from clients.services.promises import keep_promise, make_promise, mark_on_track, reopen_promise, withdraw_promise
from clients.services.warnings import warn_client, warning_mail
from clients.views.acting import act_once, answer, own
from clients.views.edits import FORM
from clients.views.interactions import named_client
from clients.views.lists import typed_of
from crm.access import may
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import asked_day
from crm.web.rights import SignedIn, requires

REDATE = "clients/promise_redate.html"


@require_safe
@requires("extra.change")
def promises_first(request: SignedIn) -> HttpResponse:
    """What stands before an extra for the client that a form names; `?of=` names the field."""
    client = meant_client(request.user, typed_of(request))
    words = promises_first_words(request.user, client, at=timezone.now())
    return page(request, "clients/promises_first.html", {"words": words}, fragment="words")


@require_safe
@requires("promise.see")
def promise_list(request: SignedIn) -> HttpResponseBase:
    """`?whose=firm` is the whole firm as far as the person sees it, else what waits for the person."""
    whose, at = "firm" if request.GET.get("whose") == "firm" else "mine", timezone.now()
    found = PromiseListFilter(request.GET, promises_of(request.user, whose=whose), request=request)
    rows = found.qs if found.is_valid() else found.queryset.none()
    if form := request.GET.get("format"):
        return export_response(request, judged_rows(rows, at=at), PROMISES, form=form, of=Promise)
    context = {
        "filter": found,
        "board": board(request.user, rows, at=at),
        "whose": whose,
        "may_third": may(request.user, "promise.third_date"),
        "honour_target": CarePolicy.read().honour_share,
    }
    return page(request, "clients/promise_list.html", context, fragment="board")


@require_safe
@requires("promise.see")
def promise(request: SignedIn, pk: int) -> HttpResponse:
    now = timezone.now()
    row = get_object_or_404(Promise.objects.visible_to(request.user).with_chain(), pk=pk)
    client = shown_clients(request.user, [row.client_id]).get(row.client_id, row.client)
    context = {
        "row": Judged(row, judge_promise(row, at=now)),
        "lateness": lateness_of([row], at=now).get(pk),
        "promise": row,
        "client": client,
        "may_change": Promise.objects.changeable_by(request.user).filter(pk=pk).exists(),
        "may_third": may(request.user, "promise.third_date"),
        "may_warn_early": may(request.user, "promise.change") and may_warn_early(row, request.user, at=now),
    }
    return page(request, "clients/promise.html", context, fragment="body")


@FORM
@requires("promise.change")
def promise_new(request: SignedIn) -> HttpResponse:
    form = PromiseForm(request.POST or None, user=request.user, initial={"client": named_client(request)})
    if "part" in request.GET:
        return page(request, "clients/promise_new.html", {"form": form}, fragment="people")
    return answer(
        request,
        form,
        lambda: make_promise(**form.act, at=timezone.now()),
        template="clients/promise_new.html",
        context={},
        said=lambda made: _("Promise to %(name)s noted.") % {"name": made.client},
    )


@require_POST
@requires("promise.change")
def promise_keep(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Promise.objects.all(), request.user, pk)
    now = timezone.now()
    return act_once(
        request,
        lambda: keep_promise(row, kept_at=now, at=now),
        _("Promise kept."),
        undo=reverse("clients:promise_reopen", args=[pk]),
    )


@require_POST
@requires("promise.change")
def promise_on_track(request: SignedIn, pk: int) -> HttpResponse:
    """The answer "keep" to the question of the last day."""
    row = own(Promise.objects.all(), request.user, pk)
    return act_once(request, lambda: mark_on_track(row, at=timezone.now()), _("It will be kept: noted."))


@FORM
@requires("promise.change")
def promise_warn_early(request: SignedIn, pk: int) -> HttpResponse:
    """The lead of an engagement says early that it will not hold: its maker is asked."""
    row = get_object_or_404(Promise.objects.visible_to(request.user).select_related("client", "made_by"), pk=pk)
    form, now = EarlyWarningForm(request.POST or None), timezone.now()
    check_may_warn_early(row, request.user)
    return answer(
        request,
        form,
        lambda: warn_early(row, reason=form.cleaned_data["reason"], by=request.user, at=now),
        template="components/act.html",
        context={
            "title": _("Early warning"),
            "lede": row.text,
            "button": _("Warn"),
            "back": reverse("clients:promise", args=[pk]),
            "back_words": _("Promise"),
        },
        said=lambda warned: _("%(person)s is asked: keep it, or warn the client?") % {"person": warned.made_by},
    )


@require_POST
@requires("promise.change")
def promise_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Promise.objects.all(), request.user, pk)
    return act_once(
        request,
        lambda: withdraw_promise(row, at=timezone.now()),
        _("The client took it back."),
        undo=reverse("clients:promise_reopen", args=[pk]),
    )


@require_POST
@requires("promise.change")
def promise_reopen(request: SignedIn, pk: int) -> HttpResponse:
    """Undo of the two acts above."""
    row = own(Promise.objects.all(), request.user, pk)
    back = reverse("clients:promise", args=[pk])
    return act_once(
        request, lambda: reopen_promise(row, at=timezone.now()), _("The promise is open again."), fallback=back
    )


@FORM
@requires("promise.change")
def promise_redate(request: SignedIn, pk: int) -> HttpResponse:
    """Warn the client and give another date; a third one only for a partner. Without script, "look" shows the day."""
    row = own(Promise.objects.with_chain(), request.user, pk)
    looks = bool(request.POST.get("look"))
    mail = warning_mail(row)
    first = {"seen": row.current_due_at.isoformat(), "informed_at": timezone.localtime(), "channel": "call"}
    typed = request.POST.dict() if looks else {}
    form = RedateForm(None if looks else request.POST or None, initial=first | typed)
    context = _redate_context(request, row, form) | {"mail": mail}
    if looks:
        return page(request, REDATE, {**context, "form": form}, fragment="dialog")
    return answer(
        request,
        form,
        lambda: _warn(request, row, form),
        template=REDATE,
        context=context,
        said=lambda _step: _("Warning logged. The second date must hold."),
    )


def _redate_context(request: SignedIn, row: Promise, form: RedateForm) -> dict[str, object]:
    on = asked_day(str(form["due_on"].value() or ""))
    return {
        "promise": row,
        "client": shown_clients(request.user, [row.client_id]).get(row.client_id, row.client),
        "row": Judged(row, judge_promise(row, at=timezone.now())),
        "needs_partner": bool(row.dates.all()) and not may(request.user, "promise.third_date"),
        "day": day_of(row, on, viewer=request.user) if on else None,
    }


def _warn(request: SignedIn, row: Promise, form: RedateForm) -> PromiseDate:
    given = form.cleaned_data
    same = {name: given[name] for name in ("seen", "channel", "words")}
    return warn_client(row, by=request.user, at=timezone.now(), **same, **form.act)


@require_safe
@requires("promise.see")
def promise_day(request: SignedIn, pk: int) -> HttpResponse:
    """What the maker has on a day that is thought of: "can you hold it?"."""
    row = get_object_or_404(Promise.objects.visible_to(request.user).select_related("made_by"), pk=pk)
    on = asked_day(request.GET.get("due_on", ""))
    context = {"promise": row, "day": day_of(row, on, viewer=request.user) if on else None}
    return page(request, "clients/promise_day.html", context, fragment="load")
