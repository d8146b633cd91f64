"""The running timer on the page and in the top bar."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from billing.forms.time import LineForm, TimerForm
from billing.models import Timer
from billing.services.timer import discard_timer, start_timer, stop_timer
from billing.views.time import PAGE, week_context
from clients.views.acting import answer, attempt
from clients.views.interactions import named_client
from crm.web.fragments import flash, page, respond_422, wants_fragment, warn
from crm.web.rights import SignedIn, requires


@require_safe
@requires("time.see")
def timer_chip(request: SignedIn) -> HttpResponse:
    """The running timer in the top bar of every page; empty when none runs."""
    return page(request, "billing/timer_chip.html", {"timer": Timer.objects.running_of(request.user)})


@require_http_methods(["GET", "POST"])
@requires("time.log")
def timer_new(request: SignedIn) -> HttpResponse:
    """Starts the timer from anywhere: for the client of the card, with what is being done."""
    form = TimerForm(request.POST or None, user=request.user, initial={"client": named_client(request)})
    response = answer(
        request,
        form,
        lambda: start_timer(form.timer(), at=timezone.now()),
        template="billing/timer_new.html",
        context={},
        said=lambda timer: _("The timer runs for %(client)s.") % {"client": timer.client},
        fallback=reverse("billing:time_week"),
    )
    return trigger_client_event(response, "timer")


@require_POST
@requires("time.log")
def timer_start(request: SignedIn) -> HttpResponse:
    """Starts the timer for the line: the client and what is being done; a duration is not needed."""
    form = LineForm(request.POST, user=request.user, today=timezone.localdate(), timed=True)
    entry = form.reading.entry if form.is_valid() and form.reading else None
    if entry:
        timer = Timer(
            user=request.user, client=entry.client, engagement=entry.engagement, description=entry.description
        )
        if attempt(form, lambda: start_timer(timer, at=timezone.now())):
            return _back(request)
    return respond_422(request, PAGE, week_context(request, form=form), fragment="line")


@require_POST
@requires("time.log")
def timer_stop(request: SignedIn) -> HttpResponse:
    """Stops it and saves what it measured, as the kind of time that was chosen."""
    kind, reason = request.POST.get("billing_type", ""), request.POST.get("reason", "")
    try:
        entry = stop_timer(request.user, at=timezone.now(), billing_type=kind, reason=reason)
        flash(request, _("Timer stopped and saved."), undo=reverse("billing:time_delete", args=[entry.pk]))
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
    return _back(request)


@require_POST
@requires("time.log")
def timer_discard(request: SignedIn) -> HttpResponse:
    try:
        discard_timer(request.user)
        flash(request, _("Timer discarded."))
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
    return _back(request)


def _back(request: SignedIn) -> HttpResponse:
    """The page anew; the chip in the top bar hears the event."""
    if not wants_fragment(request):
        return redirect("billing:time_week")
    return trigger_client_event(page(request, PAGE, week_context(request), fragment="work"), "timer")
