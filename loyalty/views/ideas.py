"""Ideas for client orientation: board and list, a dialog for each, a session by touch point, a panel on the card."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clients.models import Client, Complaint, Interaction
from clients.reports.shown import valued
from clients.views.acting import act_once, answer, attempt, own
from clients.views.edits import FORM
from crm.access import may
from crm.exports import export_response
from crm.models import User
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import asked_id, paginate, stable
from crm.web.rights import SignedIn, requires
from loyalty.exports import IDEAS
from loyalty.filters import IdeaListFilter
from loyalty.forms import IdeaForm, SessionForm
from loyalty.models import Idea, LossReview, LoyaltyTest
from loyalty.reports.ideas import board_columns, idea_rows, with_effects
from loyalty.services.ideas import move_idea, note_session, save_idea

ACT = "components/act.html"
IN_PANEL = 6
SOURCES: dict[str, tuple[Any, str, str]] = {
    "interaction": (Interaction, "interaction.see", Idea.Source.CONVERSATION),
    "test": (LoyaltyTest, "loyalty_test.see", Idea.Source.TEST),
    "complaint": (Complaint, "complaint.see", Idea.Source.COMPLAINT),
    "review": (LossReview, "loss.see", Idea.Source.LOSS),
}


@require_safe
@requires("idea.see")
def idea_list(request: SignedIn) -> HttpResponseBase:
    """The board; with `?view=list` every idea in a table."""
    found = IdeaListFilter(request.GET, idea_rows(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), IDEAS, form=form)
    today, view = timezone.localdate(), "list" if request.GET.get("view") == "list" else "board"
    if view == "board":
        context: dict[str, Any] = {"columns": board_columns(found.qs, request.user, on=today)}
    else:
        shown = paginate(request, found.qs)
        with_effects(valued(shown.rows, request.user), on=today)
        context = {"page": shown}
    return page(request, "loyalty/idea_list.html", {"filter": found, "view": view, **context}, fragment="rows")


@FORM
@requires("idea.change")
def idea_new(request: SignedIn) -> HttpResponse:
    """`?client=`, `?interaction=`, `?test=`, `?complaint=` and `?review=` say what it comes from."""
    row = _begun(request)
    form = IdeaForm(request.POST or None, instance=row, user=request.user, initial={"client": row.client})
    return _answer(request, form, _("New idea"), _("The idea is noted."))


@FORM
@requires("idea.change")
def idea_edit(request: SignedIn, pk: int) -> HttpResponse:
    """`?to=` proposes the next state."""
    row = own(Idea.objects.select_related("client"), request.user, pk)
    to = request.GET.get("to", "")
    first = {"client": row.client} | ({"state": to} if to in Idea.State.values else {})
    form = IdeaForm(request.POST or None, instance=row, user=request.user, initial=first)
    return _answer(request, form, _("Idea"), _("The idea is saved."))


@require_POST
@requires("idea.change")
def idea_move(request: SignedIn, pk: int, state: str) -> HttpResponse:
    if state not in Idea.State.values:
        raise Http404
    row = own(Idea.objects.select_related("client"), request.user, pk)
    words = _("The idea is now: %(state)s.") % {"state": Idea.State(state).label}
    undo = reverse("loyalty:idea_move", args=[pk, row.state])
    by, at = request.user, timezone.now()
    return act_once(
        request, lambda: move_idea(row, to=state, by=by, at=at), words, undo=undo, fallback=reverse("loyalty:idea_list")
    )


@FORM
@requires("idea.change")
def idea_session(request: SignedIn) -> HttpResponse:
    form = SessionForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid() and (made := attempt(form, lambda: _noted(request, form))):
        words = ngettext("%(count)s idea is noted.", "%(count)s ideas are noted.", len(made)) % {"count": len(made)}
        flash(request, words)
        return redirect("loyalty:idea_list")
    return (respond_422 if form.is_bound else page)(request, "loyalty/idea_session.html", {"form": form})


@require_safe
@requires("idea.see")
def client_ideas(request: SignedIn, pk: int) -> HttpResponse:
    """A panel of the card, or a page of its own: what came from this client."""
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    rows = with_effects(idea_rows(request.user).filter(client__in=client.family)[:IN_PANEL], on=timezone.localdate())
    return page(request, "loyalty/client_ideas.html", {"client": client, "ideas": rows}, fragment="panel")


def _begun(request: SignedIn) -> Idea:
    """An idea with what the address knows of it; what the person may not see is not taken over."""
    idea = Idea(noted_on=timezone.localdate())
    for name, (model, right, source) in SOURCES.items():
        row = _source(request.user, model, right, asked_id(request.GET.get(name)))
        if row is not None:
            setattr(idea, name, row)
            idea.source, idea.client = source, row.client
    asked = Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
    idea.client = idea.client or asked
    return idea


def _source(user: User, model: Any, right: str, pk: int) -> Any:
    return model.objects.visible_to(user).filter(pk=pk).first() if pk and may(user, right) else None


def _noted(request: SignedIn, form: SessionForm) -> list[Idea]:
    fields, by, at = form.cleaned_data, request.user, timezone.now()
    on = timezone.localdate(at)
    return note_session(
        touch_point=fields["touch_point"], found=form.found(), client=fields["client"], on=on, by=by, at=at
    )


def _answer(request: SignedIn, form: IdeaForm, title: str, said: str) -> HttpResponse:
    return answer(
        request,
        form,
        lambda: save_idea(form.filled(), by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": title, "back": reverse("loyalty:idea_list"), "back_words": _("Ideas")},
        said=lambda _row: said,
    )
