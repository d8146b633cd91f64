"""The next best action on the client card: what, why, and two ways to put it away."""

from datetime import timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.models import Client
from clients.views.acting import settled
from crm.models import User
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires
from loyalty.models import SkippedAct
from loyalty.reports.next_actions import shown_next
from loyalty.rules.next_action import ActKind
from loyalty.services.next_actions import next_acts, skip_act

SNOOZE, NOT_RELEVANT = 7, 90


class SkipForm(forms.Form):
    kind = forms.ChoiceField(choices=SkippedAct.Kind.choices)
    subject = forms.RegexField(r"^\d*$", required=False, max_length=20)
    days = forms.TypedChoiceField(choices=[(days, days) for days in (SNOOZE, NOT_RELEVANT)], coerce=int)


@require_safe
@requires("health.see")
def next_panel(request: SignedIn, pk: int) -> HttpResponse:
    client = _client(request.user, pk)
    acts = shown_next(next_acts(client, at=timezone.now()), client, today=timezone.localdate())
    context = {"client": client, "best": acts[0] if acts else None, "others": acts[1:], "days": (SNOOZE, NOT_RELEVANT)}
    return page(request, "loyalty/next_panel.html", context, fragment="panel")


@require_POST
@requires("health.see")
def next_skip(request: SignedIn, pk: int) -> HttpResponse:
    client, form = _client(request.user, pk), SkipForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
    chosen = form.cleaned_data
    until = timezone.localdate() + timedelta(days=chosen["days"])
    kind, subject = ActKind(chosen["kind"]), chosen["subject"]
    row = skip_act(client, kind=kind, subject=subject, until=until, by=request.user)
    words = _("Put away. The next one takes its place.")
    return settled(request, words, undo=reverse("loyalty:next_undo", args=[row.pk]), fallback=client_url(client))


@require_POST
@requires("health.see")
def next_undo(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(SkippedAct.objects.visible_to(request.user), pk=pk)
    row.delete()
    return settled(request, _("It is back."), fallback=client_url(row.client))


def client_url(client: Client) -> str:
    return reverse("clients:client", args=[client.pk])


def _client(user: User, pk: int) -> Client:
    return get_object_or_404(Client.objects.current().visible_to(user).open_to(user), pk=pk)
