"""Contacts: people at a client, with private notes that only few open, each opening on record."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.forms.contact import ContactForm, GreetingForm, MoveForm, NotesForm
from clients.models import Client, Contact, Erasure, Interaction, Promise
from clients.models.contact import ContactQuery
from clients.reports.card import mark_of
from clients.reports.shown import shown_clients
from clients.rules.promises import Rates
from clients.services.greetings import send_greeting
from clients.services.people import move_contact
from clients.services.promise_rates import rates_of
from clients.views.acting import answer, own
from clients.views.edits import FORM
from crm.access import Role, may
from crm.trail import note_act
from crm.web.fragments import flash, page, respond_409, respond_422
from crm.web.rights import SignedIn, requires

LATEST = 20
YEAR = timedelta(days=365)


@require_safe
@requires("contact.see")
def contact(request: SignedIn, pk: int) -> HttpResponse:
    person = get_object_or_404(Contact.objects.visible_to(request.user).with_touch(), pk=pk)
    client = shown_clients(request.user, [person.client_id])[person.client_id]
    touches = Interaction.objects.visible_to(request.user).filter(contacts=person)
    touches = touches.with_may_change(Interaction.objects.changeable_by(request.user))
    context = {
        "person": person,
        "client": client,
        "mark": mark_of(person.nps_score),
        "touches": touches.prefetch_related("employees")[:LATEST],
        "listens_to": person.listens_to.select_related("speaker"),
        "heard_by": person.heard_by.select_related("listener"),
        "known_from": _elsewhere(request, Contact.objects.filter(moved_to=person)),
        "moved_to": _elsewhere(request, person.moved_to.all()),
        "asked": _asked(request, person),
        "rates": _rates(request, person) if client.is_open else None,
        "may_change": Contact.objects.changeable_by(request.user).filter(pk=pk).exists(),
    }
    return page(request, "clients/contact.html", context)


def _rates(request: SignedIn, person: Contact) -> Rates | None:
    """How our promises to the person were kept that fell due in a year."""
    if not may(request.user, "promise.see"):
        return None
    now = timezone.now()
    made = Promise.objects.visible_to(request.user).filter(contact=person, due_at__range=(now - YEAR, now))
    return rates_of(made, at=now)


@FORM
@requires("contact.change")
def contact_new(request: SignedIn, pk: int) -> HttpResponse:
    client = own(Client.objects.all(), request.user, pk)
    form = ContactForm(request.POST or None, instance=Contact(client=client, language=client.language))
    return answer(
        request,
        form,
        form.save,
        template="clients/contact_new.html",
        context={"client": client},
        said=lambda made: _("%(person)s is noted at %(name)s.") % {"person": made, "name": client},
    )


@FORM
@requires("contact.change")
@transaction.atomic
def contact_edit(request: SignedIn, pk: int) -> HttpResponse:
    person = own(Contact.objects.locked() if request.method == "POST" else Contact.objects.all(), request.user, pk)
    form = ContactForm(request.POST or None, instance=person)
    context = {"form": form, "person": person, "client": person.client}
    if request.method == "POST" and form.is_valid():
        if form.is_stale:
            return respond_409(request, "clients/contact_edit.html", context)
        form.save()
        flash(request, _("%(person)s is saved.") % {"person": person})
        return redirect("clients:contact", person.pk)
    return (respond_422 if form.errors else page)(request, "clients/contact_edit.html", context)


@FORM
@requires("contact.change")
def contact_notes(request: SignedIn, pk: int) -> HttpResponse:
    """Private notes: only whoever keeps the client opens them, and the trail says when."""
    person = own(Contact.objects.select_related("client"), request.user, pk)
    if person.notes_class == Contact.NotesClass.PARTNER and not request.user.is_in(Role.PARTNER):
        raise PermissionDenied
    form = NotesForm(request.POST or None, instance=person)
    if request.method != "POST":
        note_act("opening", person, at=timezone.now(), detail={"opened": "private_notes"})
    return answer(
        request,
        form,
        form.save,
        template="clients/contact_notes.html",
        context={"person": person, "client": person.client},
        said=lambda _saved: _("The private notes are saved."),
    )


@FORM
@requires("contact.change")
def contact_move(request: SignedIn, pk: int) -> HttpResponse:
    """A person who changes employer is moved, not deleted: the history stays with the old client."""
    person = own(Contact.objects.select_related("client"), request.user, pk)
    form = MoveForm(request.POST or None, user=request.user, initial={"on": timezone.localdate()})
    return answer(
        request,
        form,
        lambda: move_contact(
            person, to=form.cleaned_data["client"], on=form.cleaned_data["on"], by=request.user, at=timezone.now()
        ),
        template="components/act.html",
        context={"title": _("Works elsewhere now"), "lede": _("What was said stays here."), **_back(person)},
        said=lambda made: _("%(person)s is noted at %(name)s.") % {"person": made, "name": made.client},
    )


@FORM
@requires("interaction.add")
def greeting_new(request: SignedIn, pk: int) -> HttpResponse:
    """Words for one person; nothing is sent to many."""
    person = get_object_or_404(Contact.objects.open_to(request.user).here().select_related("client"), pk=pk)
    form = GreetingForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: send_greeting(person, text=form.cleaned_data["text"], by=request.user, at=timezone.now()),
        template="components/act.html",
        context={"title": _("Greeting for %(person)s") % {"person": person}, "lede": person.interests, **_back(person)},
        said=lambda _row: _("The greeting is noted."),
    )


def _asked(request: SignedIn, person: Contact) -> Erasure | None:
    """The request to be erased that stands or was carried out; of a person who moved, whichever of their contacts."""
    if not may(request.user, "erasure.see"):
        return None
    rows = Erasure.objects.visible_to(request.user).filter(contact=person)
    return rows.exclude(state=Erasure.State.WITHDRAWN).first()


def _elsewhere(request: SignedIn, rows: ContactQuery) -> list[Contact]:
    """The same person at other clients, where the reader may see them."""
    return list(rows.visible_to(request.user).select_related("client"))


def _back(person: Contact) -> dict[str, str]:
    return {"back": reverse("clients:contact", args=[person.pk]), "back_words": str(person)}
