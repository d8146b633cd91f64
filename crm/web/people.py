"""People of the firm: who is here, invitations, changes by a partner, hand-over and leaving."""

from typing import cast

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm import people as services
from crm.db import by_name
from crm.exports import Column, Kind, Table, export_response
from crm.jobs import enqueue
from crm.models import ApiToken, User
from crm.models.users import SERVICE
from crm.tasks import send_invitations
from crm.tokens import revoke_token
from crm.web.accounts import new_token
from crm.web.forms import posted
from crm.web.fragments import done_here, flash, page, respond_422
from crm.web.pages import paginate
from crm.web.people_forms import HandOverForm, InvitationForm, PeopleFilter, PersonForm
from crm.web.rights import SignedIn, requires

PEOPLE = Table(
    "people",
    _("People"),
    [
        Column("username", _("Login")),
        Column("first_name", _("First name")),
        Column("last_name", _("Last name")),
        Column("email", _("E-mail")),
        Column("phone", _("Phone")),
        Column("position", _("Position")),
        Column("roles", _("Roles"), value=lambda person: ", ".join(person.roles)),
        Column("weekly_minutes", _("Minutes a week"), Kind.INTEGER),
        Column("is_active", _("Active"), Kind.BOOLEAN),
        Column("last_login", _("Last signed in"), Kind.MOMENT),
    ],
)


@require_safe
@requires("user.see")
def people(request: SignedIn) -> HttpResponse:
    chosen = PeopleFilter(
        request.GET, User.objects.order_by("-is_active", by_name("last_name"), by_name("first_name")), request=request
    )
    context = {"filter": chosen, "page": paginate(request, chosen.qs)}
    return page(request, "crm/people.html", context, fragment="rows")


@require_safe
@requires("user.change")
def people_export(request: SignedIn, form: str) -> HttpResponseBase:
    chosen = PeopleFilter(
        request.GET, User.objects.order_by(by_name("last_name"), by_name("first_name")), request=request
    )
    return export_response(request, chosen.qs, PEOPLE, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("user.change")
def person_invite(request: SignedIn) -> HttpResponse:
    form = InvitationForm(posted(request))
    if form.is_valid():
        try:
            person = services.invite_person(form.save(commit=False), at=timezone.now())
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            enqueue(send_invitations)
            return invited(request, person)
    return (respond_422 if form.errors else page)(request, "crm/person_invite.html", {"form": form}, fragment="dialog")


def invited(request: SignedIn, someone: User) -> HttpResponse:
    if someone.is_service:
        flash(request, _("%(name)s is a service account now. Make the token for its program.") % {"name": someone})
        return redirect("crm:person", someone.pk)
    flash(request, _("%(name)s is invited; the mail is on its way.") % {"name": someone})
    return done_here(request, reverse("crm:people"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("user.change")
def person(request: SignedIn, pk: int) -> HttpResponse:
    """One colleague, to be changed."""
    someone = get_object_or_404(User, pk=pk)
    form = PersonForm(posted(request), instance=User.objects.get(pk=pk))
    if form.is_valid():
        form.save()
        flash(request, _("%(name)s is saved.") % {"name": someone})
        return redirect("crm:person", pk)
    tokens = someone.tokens.filter(revoked_at=None)
    context = {"form": form, "person": someone, "tokens": tokens, "held": services.held_by(someone)}
    return (respond_422 if form.errors else page)(request, "crm/person.html", context)


@require_POST
@requires("user.change")
def person_invite_again(request: SignedIn, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    services.invite_again(someone, at=timezone.now())
    enqueue(send_invitations)
    flash(request, _("A new invitation is on its way to %(address)s.") % {"address": someone.email})
    return redirect("crm:person", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("user.change")
def person_hand_over(request: SignedIn, pk: int) -> HttpResponse:
    """Hands over what the person holds and, unless they only pause, lets them go: in one act."""
    someone = get_object_or_404(User, pk=pk)
    form = HandOverForm(posted(request), person=someone)
    if form.is_valid():
        try:
            moved = hand_over(request, someone, form)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            count = sum(moved.values())
            flash(request, ngettext("%(n)s thing handed over.", "%(n)s things handed over.", count) % {"n": count})
            return redirect("crm:person", pk)
    context = {"form": form, "person": someone, "held": services.held_by(someone)}
    return (respond_422 if form.errors else page)(request, "crm/person_hand_over.html", context, fragment="dialog")


def hand_over(request: SignedIn, someone: User, form: HandOverForm) -> dict[str, int]:
    successor, now = form.cleaned_data["to"], timezone.now()
    on = timezone.localdate(now)
    if form.cleaned_data["leaves"]:
        return services.let_go(someone, successor=successor, by=request.user, on=on, at=now)
    if successor is None:
        raise ValidationError({"to": _("Choose who takes over.")})
    return services.hand_over(someone, to=cast("User", successor), on=on)


@require_POST
@requires("user.change")
def person_take_back(request: SignedIn, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    services.take_back(someone)
    flash(request, _("%(name)s may sign in again.") % {"name": someone})
    return redirect("crm:person", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("user.change")
def person_token_new(request: SignedIn, pk: int) -> HttpResponse:
    """Only for a service account: nobody else may hold what speaks in a colleague's name."""
    program = get_object_or_404(User.objects.filter(SERVICE), pk=pk, is_active=True)
    return new_token(request, program, back=reverse("crm:person", args=[pk]))


@require_POST
@requires("user.change")
def person_token_revoke(request: SignedIn, pk: int, token: int) -> HttpResponse:
    found = get_object_or_404(ApiToken, pk=token, user=pk)
    revoke_token(found, at=timezone.now())
    flash(request, _("The token “%(name)s” no longer works.") % {"name": found.name})
    return redirect("crm:person", pk)
