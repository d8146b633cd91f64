"""Internal handover notes: the list, one note with its words, its form, and the successor's word that it was read."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.exports.successions import SUCCESSIONS
from billing.filters.successions import SuccessionListFilter
from billing.forms.successions import NoteForm, ReplaceForm, filled
from billing.models import Engagement, SuccessionNote
from billing.models.succession import SuccessionQuery
from billing.services.successions import known_values, read_note, replace_member, write_note
from clients.reports.shown import show_values
from clients.views.acting import act_once, answer, own
from crm.exports import export_response
from crm.models import User
from crm.web.fragments import page
from crm.web.pages import paginate, stable
from crm.web.rights import SignedIn, requires

FORM = require_http_methods(["GET", "HEAD", "POST"])
ACT = "components/act.html"


def _notes(user: User) -> SuccessionQuery:
    rows = SuccessionNote.objects.visible_to(user).with_may_change(SuccessionNote.objects.changeable_by(user))
    return rows.select_related("engagement__client", "predecessor", "successor", "written_by")


@require_safe
@requires("succession.see")
def succession_list(request: SignedIn) -> HttpResponseBase:
    found = SuccessionListFilter(request.GET, _notes(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), SUCCESSIONS, form=form)
    shown = paginate(request, found.qs)
    show_values((row.engagement.client for row in shown.rows), request.user)
    return page(request, "billing/succession_list.html", {"filter": found, "page": shown}, fragment="rows")


@require_safe
@requires("succession.see")
def succession(request: SignedIn, pk: int) -> HttpResponse:
    note = get_object_or_404(_notes(request.user), pk=pk)
    show_values([note.engagement.client], request.user)
    return page(request, "billing/succession.html", {"note": note}, fragment="body")


@FORM
@requires("succession.change")
def succession_write(request: SignedIn, pk: int) -> HttpResponse:
    note = own(SuccessionNote.objects.select_related("engagement__client", "successor"), request.user, pk)
    form = NoteForm(request.POST or None, instance=note)
    return answer(
        request,
        form,
        lambda: write_note(filled(form), by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": _("Handover note"), "lede": str(note), **_back(pk)},
        said=lambda made: _("The note is written; %(person)s is asked to read it.") % {"person": made.successor},
    )


@require_POST
@requires("succession.see")
def succession_read(request: SignedIn, pk: int) -> HttpResponse:
    note = get_object_or_404(SuccessionNote.objects.visible_to(request.user), pk=pk)
    words = _("That you have read it is on record.")
    back = reverse("billing:succession", args=[pk])
    return act_once(request, lambda: read_note(note, by=request.user, at=timezone.now()), words, fallback=back)


@FORM
@requires("succession.change")
def succession_new(request: SignedIn, pk: int) -> HttpResponse:
    """Somebody on the engagement is replaced, with the note in the same act."""
    engagement = own(Engagement.objects.select_related("client", "lead"), request.user, pk)
    first = {"since_on": timezone.localdate(), "values": known_values(engagement)}
    form = ReplaceForm(
        request.POST or None, instance=SuccessionNote(engagement=engagement), engagement=engagement, initial=first
    )
    return answer(
        request,
        form,
        lambda: replace_member(filled(form), by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": _("Replace a person"), "lede": engagement.name, **_back()},
        said=lambda made: _("%(person)s takes over and is asked to read the note.") % {"person": made.successor},
    )


def _back(pk: int | None = None) -> dict[str, str]:
    words = {"back_words": _("Handover notes")}
    return words | {"back": reverse("billing:succession", args=[pk]) if pk else reverse("billing:succession_list")}
