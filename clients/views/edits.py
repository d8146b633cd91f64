"""New and changed clients: master data, tier, status, people who work for them."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.forms.client import ClientForm, EndForm, MemberForm, NewClientForm, StatusForm, TierForm
from clients.forms.task import SnoozeForm
from clients.models import Client, ClientMember
from clients.panels import Place, panels_for
from clients.services.attention import snooze_attention
from clients.services.clients import pass_tasks
from clients.services.facts import add_member, end_member
from clients.services.status import confirm_status
from clients.services.tiers import confirm_tier
from clients.views.acting import answer, own
from crm.web.fragments import flash, page, respond_409, respond_422
from crm.web.rights import SignedIn, requires

FORM = require_http_methods(["GET", "HEAD", "POST"])


@FORM
@requires("client.add")
def client_new(request: SignedIn) -> HttpResponse:
    """Shows who it may be already before it saves; ticking "another client" saves all the same."""
    first = {"account_manager": request.user.pk, "language": request.user.language}
    form = NewClientForm(request.POST or None, user=request.user, initial=first)
    if request.method == "POST" and form.is_valid():
        client = form.save()
        flash(request, _("%(name)s is now a client of the house.") % {"name": client})
        return redirect("clients:client", client.pk)
    context = {"form": form, "panels": panels_for(request.user, Place.NEW_CLIENT)}
    context["duplicates"] = form.duplicates() if request.method == "POST" else []
    return (respond_422 if form.errors else page)(request, "clients/client_new.html", context)


@require_safe
@requires("client.add")
def client_duplicates(request: SignedIn) -> HttpResponse:
    """The same hint while somebody is typing."""
    form = NewClientForm(request.GET, user=request.user)
    return page(request, "clients/client_duplicates.html", {"duplicates": form.duplicates()}, fragment="hint")


@FORM
@requires("client.change")
@transaction.atomic
def client_edit(request: SignedIn, pk: int) -> HttpResponse:
    client = own(Client.objects.locked() if request.method == "POST" else Client.objects.all(), request.user, pk)
    form = ClientForm(request.POST or None, instance=client, user=request.user)
    context = {"form": form, "client": client}
    if request.method == "POST" and form.is_valid():
        if form.is_stale:
            return respond_409(request, "clients/client_edit.html", context)
        pass_tasks(form.save(), giver=form.initial["account_manager"])
        flash(request, _("%(name)s is saved.") % {"name": client})
        return redirect("clients:client", client.pk)
    return (respond_422 if form.errors else page)(request, "clients/client_edit.html", context)


@FORM
@requires("tier.change")
def client_tier(request: SignedIn, pk: int) -> HttpResponse:
    client = own(Client.objects.all(), request.user, pk)
    suggested = request.GET.get("tier", "")
    form = TierForm(request.POST or None, initial={"tier": suggested or client.tier})
    return answer(
        request,
        form,
        lambda: confirm_tier(
            client, **form.cleaned_data, by=request.user, at=timezone.now(), suggested=bool(suggested)
        ),
        template="clients/client_tier.html",
        context={"client": client},
        said=lambda change: _("Tier changed: %(tier)s.") % {"tier": change.get_new_display()},
    )


@FORM
@requires("client.change")
def client_status(request: SignedIn, pk: int) -> HttpResponse:
    client = own(Client.objects.all(), request.user, pk)
    first = {"status": request.GET.get("status", client.status), "on": timezone.localdate()}
    form = StatusForm(request.POST or None, initial=first)
    return answer(
        request,
        form,
        lambda: confirm_status(client, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="clients/client_status.html",
        context={"client": client},
        said=lambda change: _("Status: %(status)s.") % {"status": change.get_new_display()},
    )


@FORM
@requires("task.change")
def client_snooze(request: SignedIn, pk: int) -> HttpResponse:
    """Puts the reminder to talk with the client away until a day, with a reason."""
    client = own(Client.objects.all(), request.user, pk)
    now = timezone.now()
    form = SnoozeForm(request.POST or None, today=timezone.localdate(now))
    return answer(
        request,
        form,
        lambda: snooze_attention(
            client, until=form.until_at, reason=form.cleaned_data["reason"], by=request.user, at=now
        ),
        template="clients/client_snooze.html",
        context={"client": client},
        said=lambda _task: _("%(name)s will come back.") % {"name": client},
    )


@FORM
@requires("member.change")
def member_new(request: SignedIn, pk: int) -> HttpResponse:
    client = own(Client.objects.all(), request.user, pk)
    form = MemberForm(request.POST or None, today=timezone.localdate())
    return answer(
        request,
        form,
        lambda: add_member(
            client,
            user=form.cleaned_data["user"],
            on=form.cleaned_data["from_on"],
            role=form.cleaned_data["role"],
        ),
        template="clients/member_new.html",
        context={"client": client},
        said=lambda member: _("%(person)s works for %(name)s.") % {"person": member.user, "name": client},
    )


@FORM
@requires("member.change")
def member_end(request: SignedIn, pk: int) -> HttpResponse:
    member = own(ClientMember.objects.select_related("client", "user"), request.user, pk)
    form = EndForm(request.POST or None, initial={"on": timezone.localdate()})
    return answer(
        request,
        form,
        lambda: end_member(member, on=form.cleaned_data["on"]),
        template="clients/member_end.html",
        context={"member": member, "client": member.client},
        said=lambda ended: _("%(person)s no longer works for %(name)s.") % {"person": ended.user, "name": ended.client},
    )
