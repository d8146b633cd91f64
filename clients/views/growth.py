"""What we do before we are asked, and clients who speak for us: lists, dialogs, a panel on the card."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.exports import ADVOCACY, PROACTIVE
from clients.filters import AdvocacyListFilter, ProactiveListFilter
from clients.forms.growth import AdvocacyForm, ProactiveForm
from clients.models import Advocacy, Client, ProactiveAct
from clients.services.growth import save_advocacy, save_proactive
from clients.views.acting import answer, own, valued_page
from clients.views.edits import FORM
from clients.views.undoing import before, undo_of
from crm.access import may
from crm.exports import export_response
from crm.models import User
from crm.web.fragments import page
from crm.web.pages import asked_id, stable
from crm.web.rights import SignedIn, requires

ACT = "components/act.html"
IN_PANEL = 5


def _acts(user: User) -> Any:
    rows = ProactiveAct.objects.visible_to(user).with_may_change(ProactiveAct.objects.changeable_by(user))
    return rows.select_related("client", "service_line", "contact", "logged_by")


def _advocates(user: User) -> Any:
    rows = Advocacy.objects.visible_to(user).with_may_change(Advocacy.objects.changeable_by(user))
    return rows.select_related("client", "contact")


@require_safe
@requires("proactive.see")
def proactive_list(request: SignedIn) -> HttpResponseBase:
    found = ProactiveListFilter(request.GET, _acts(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), PROACTIVE, form=form)
    context = {"filter": found, "page": valued_page(request, found.qs)}
    return page(request, "clients/proactive_list.html", context, fragment="rows")


@FORM
@requires("proactive.change")
def proactive_new(request: SignedIn) -> HttpResponse:
    client = _asked(request)
    row = ProactiveAct(client=client, currency=client.currency) if client else ProactiveAct()
    first = {"client": client, "acted_on": timezone.localdate()}
    form = ProactiveForm(request.POST or None, instance=row, user=request.user, initial=first)
    return _act(request, form, _("New proactive act"))


@FORM
@requires("proactive.change")
def proactive_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(ProactiveAct.objects.select_related("client"), request.user, pk)
    form = ProactiveForm(request.POST or None, instance=row, user=request.user, initial={"client": row.client})
    return _act(request, form, _("Proactive act"))


def _act(request: SignedIn, form: ProactiveForm, title: str) -> HttpResponse:
    stood = before(form.instance)
    return answer(
        request,
        form,
        lambda: save_proactive(form.filled(), by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": title, "back": reverse("clients:proactive_list"), "back_words": _("Proactive acts")},
        said=lambda _row: _("The act is on record."),
        undo=undo_of(request, stood),
    )


@require_safe
@requires("advocacy.see")
def advocacy_list(request: SignedIn) -> HttpResponseBase:
    found = AdvocacyListFilter(request.GET, _advocates(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), ADVOCACY, form=form)
    context = {"filter": found, "page": valued_page(request, found.qs)}
    return page(request, "clients/advocacy_list.html", context, fragment="rows")


@FORM
@requires("advocacy.change")
def advocacy_new(request: SignedIn) -> HttpResponse:
    client = _asked(request)
    row = Advocacy(client=client) if client else Advocacy()
    first = {"client": client, "asked_on": timezone.localdate()}
    form = AdvocacyForm(request.POST or None, instance=row, user=request.user, initial=first)
    return _advocacy(request, form, _("New advocacy"))


@FORM
@requires("advocacy.change")
def advocacy_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Advocacy.objects.select_related("client"), request.user, pk)
    form = AdvocacyForm(request.POST or None, instance=row, user=request.user, initial={"client": row.client})
    return _advocacy(request, form, row.title)


def _advocacy(request: SignedIn, form: AdvocacyForm, title: str) -> HttpResponse:
    stood = before(form.instance)
    return answer(
        request,
        form,
        lambda: save_advocacy(form.filled(), by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": title, "back": reverse("clients:advocacy_list"), "back_words": _("Advocacy")},
        said=lambda _row: _("It is on record."),
        undo=undo_of(request, stood),
    )


@require_safe
@requires("proactive.see")
def client_growth(request: SignedIn, pk: int) -> HttpResponse:
    """A panel of the card, or a page of its own: the last acts, and what the client does for us."""
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    mine = {"client__in": client.family}
    advocates = _advocates(request.user).filter(**mine)[:IN_PANEL] if may(request.user, "advocacy.see") else []
    context = {"client": client, "acts": _acts(request.user).filter(**mine)[:IN_PANEL], "advocates": advocates}
    return page(request, "clients/client_growth.html", context, fragment="panel")


def _asked(request: SignedIn) -> Client | None:
    return Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
