"""Scope requests: a list with files, a dialog for each, a panel on the card; and the policy that counts them."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.exports import SCOPE
from clients.filters.scope import ScopeListFilter
from clients.forms.scope import CareForm, ScopeForm
from clients.models import CarePolicy, Client, ScopeRequest
from clients.reports.boundaries import boundary_of
from clients.services.boundaries import save_request
from clients.views.acting import answer, own, valued_page
from clients.views.edits import FORM
from clients.views.undoing import before, undo_of
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import asked_id, stable
from crm.web.rights import SignedIn, requires

ACT = "components/act.html"


@require_safe
@requires("scope.see")
def scope_list(request: SignedIn) -> HttpResponseBase:
    rows = ScopeRequest.objects.visible_to(request.user)
    rows = rows.with_may_change(ScopeRequest.objects.changeable_by(request.user))
    rows = rows.select_related("client", "contact", "answered_by")
    found = ScopeListFilter(request.GET, rows, request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), SCOPE, form=form)
    context = {"filter": found, "page": valued_page(request, found.qs)}
    return page(request, "clients/scope_list.html", context, fragment="rows")


@require_safe
@requires("scope.see")
def client_boundaries(request: SignedIn, pk: int) -> HttpResponse:
    """A panel of the card, or a page of its own: what the client asks beyond the contract, beside the tier."""
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    context = {"client": client, "boundary": boundary_of(client, request.user, on=timezone.localdate())}
    return page(request, "clients/client_boundaries.html", context, fragment="panel")


@FORM
@requires("scope.change")
def scope_new(request: SignedIn) -> HttpResponse:
    client = Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
    row = ScopeRequest(client=client) if client else ScopeRequest()
    first = {"client": client, "asked_on": timezone.localdate()}
    form = ScopeForm(request.POST or None, instance=row, user=request.user, initial=first)
    return _act(request, form, _("New scope request"), gives=True)


@FORM
@requires("scope.change")
def scope_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(ScopeRequest.objects.select_related("client"), request.user, pk)
    form = ScopeForm(request.POST or None, instance=row, user=request.user, initial={"client": row.client})
    return _act(request, form, _("Scope request"))


def _act(request: SignedIn, form: ScopeForm, title: str, *, gives: bool = False) -> HttpResponse:
    stood = before(form.instance)
    return answer(
        request,
        form,
        lambda: save_request(form.filled(), by=request.user, at=timezone.now()),
        template=ACT,
        context={
            "title": title,
            "gives": gives,
            "back": reverse("clients:scope_list"),
            "back_words": _("Scope requests"),
        },
        said=lambda _row: _("The request is on record."),
        undo=undo_of(request, stood),
    )


@FORM
@requires("care.change")
def care_edit(request: SignedIn) -> HttpResponse:
    return answer(
        request,
        form := CareForm(request.POST or None, instance=CarePolicy.read()),
        form.save,
        template=ACT,
        context={
            "title": _("Care"),
            "lede": _("The honour target of promises, the plan after a first order, when to set the boundary."),
            "back": reverse("crm:settings"),
            "back_words": _("Settings"),
        },
        said=lambda _row: _("The policy of care is saved."),
    )
