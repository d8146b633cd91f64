"""The need register: a list, a panel on the card, a dialog for each, and the ticking of services at delivery."""

from functools import partial

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clients.exports import NEEDS
from clients.filters import NeedListFilter
from clients.forms.needs import DropForm, MentionForm, NeedForm
from clients.models import Client, Need
from clients.reports.needs import need_rows
from clients.services.needs import change_need, mention_services, move_need, note_need
from clients.views.acting import act_once, answer, own, valued_page
from clients.views.edits import FORM
from clients.views.undoing import before, undo_of
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import asked_id, stable
from crm.web.rights import SignedIn, requires

ACT = "components/act.html"


@require_safe
@requires("need.see")
def need_list(request: SignedIn) -> HttpResponseBase:
    found = NeedListFilter(request.GET, need_rows(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), NEEDS, form=form)
    context = {"filter": found, "page": valued_page(request, found.qs)}
    return page(request, "clients/need_list.html", context, fragment="rows")


@require_safe
@requires("need.see")
def client_needs(request: SignedIn, pk: int) -> HttpResponse:
    """A panel of the card, or a page of its own: what is open, and the last that are over."""
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    rows = need_rows(request.user).filter(client__in=client.family)
    return page(request, "clients/client_needs.html", {"client": client, "needs": rows[:12]}, fragment="panel")


@FORM
@requires("need.change")
def need_new(request: SignedIn) -> HttpResponse:
    """`?client=` and `?service_line=` fill in what is known."""
    client = Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
    row = Need(client=client, currency=client.currency) if client else Need()
    first = {"client": client, "service_line": asked_id(request.GET.get("service_line")) or None}
    form = NeedForm(request.POST or None, instance=row, user=request.user, initial=first)
    return answer(
        request,
        form,
        lambda: note_need(form.filled(), by=request.user, on=timezone.localdate()),
        template=ACT,
        context={"title": _("New need"), **_back()},
        said=lambda _row: _("The need is noted."),
        undo=undo_of(request, None),
    )


@FORM
@requires("need.change")
def need_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Need.objects.select_related("client"), request.user, pk)
    form = NeedForm(request.POST or None, instance=row, user=request.user, initial={"client": row.client})
    stood = before(row)
    return answer(
        request,
        form,
        lambda: change_need(form.filled()),
        template=ACT,
        context={"title": _("Need"), "lede": row.client.name, **_back()},
        said=lambda _row: _("The need is saved."),
        undo=undo_of(request, stood),
    )


@FORM
@requires("need.change")
def need_drop(request: SignedIn, pk: int) -> HttpResponse:
    """The client does not want it: why, so that it is not suggested again for a year."""
    row = own(Need.objects.select_related("client", "service_line"), request.user, pk)
    form = DropForm(request.POST or None)
    undo = reverse("clients:need_move", args=[pk, row.status])
    return answer(
        request,
        form,
        lambda: move_need(row, to=Need.Status.DROPPED, on=timezone.localdate(), **form.cleaned_data),
        template=ACT,
        context={"title": _("Not wanted"), "lede": f"{row.client.name}: {row}", **_back()},
        said=lambda _row: _("Not wanted: it is not suggested again for a year."),
        undo=undo,
    )


@require_POST
@requires("need.change")
def need_move(request: SignedIn, pk: int, state: str) -> HttpResponse:
    """Forward by a button, back by Undo."""
    if state not in Need.Status.values:
        raise Http404
    row = own(Need.objects.all(), request.user, pk)
    words = _("The need is now: %(state)s.") % {"state": Need.Status(state).label}
    undo = reverse("clients:need_move", args=[pk, row.status])
    act = partial(move_need, row, to=state, on=timezone.localdate())
    return act_once(request, act, words, undo=undo, fallback=reverse("clients:need_list"))


@FORM
@requires("need.change")
def service_mention(request: SignedIn, pk: int) -> HttpResponse:
    """At delivery: which neighbouring services were spoken of."""
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    first = {"evidence": request.GET.get("occasion", "")[:500]}
    form = MentionForm(request.POST or None, client=client, initial=first)
    return answer(
        request,
        form,
        lambda: mention_services(client, **form.cleaned_data, by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": _("Mentioned at delivery"), "lede": client.name, **_back()},
        said=_mentioned,
    )


def _mentioned(made: list[Need]) -> str:
    words = ngettext("%(n)s service is noted as mentioned.", "%(n)s services are noted as mentioned.", len(made))
    return words % {"n": len(made)}


def _back() -> dict[str, str]:
    return {"back": reverse("clients:need_list"), "back_words": _("Needs")}
