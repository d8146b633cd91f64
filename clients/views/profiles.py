"""The business profile: a panel on the card and beside an offer that is written, its form, competitors seen there."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.forms.profile import CompetitorForm, ProfileForm, filled
from clients.models import BusinessProfile, Client, CompetitorSeen
from clients.services.profiles import note_competitor, profile_of, save_profile, stale_after
from clients.views.acting import act_once, answer, own
from clients.views.edits import FORM
from clients.views.undoing import undo_of
from crm.access import may
from crm.web.fragments import page
from crm.web.pages import asked_id
from crm.web.rights import SignedIn, requires

ACT, PANEL = "components/act.html", "clients/client_profile.html"
SHOWN = 6


def _open(request: SignedIn, pk: int) -> Client:
    return get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)


@require_safe
@requires("profile.see")
def client_profile(request: SignedIn, pk: int) -> HttpResponse:
    """A panel of the card, or a page of its own."""
    return page(request, PANEL, _shown(request, _open(request, pk)), fragment="panel")


@require_safe
@requires("profile.see")
def profile_aside(request: SignedIn) -> HttpResponse:
    """`?client=`: what is known of the client for whom an offer is written; nothing while none is chosen."""
    found = Client.objects.visible_to(request.user).open_to(request.user).filter(pk=asked_id(request.GET.get("client")))
    client = found.first()
    return page(request, PANEL, _shown(request, client) if client else {}, fragment="panel" if client else "nothing")


@FORM
@requires("profile.change")
def profile_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Whoever opens it to check it says that it is true as of today."""
    client, on = _open(request, pk), timezone.localdate()
    row = profile_of(client, on=on)
    form = ProfileForm(request.POST or None, instance=row, initial={"reviewed_on": on, "stale_on": stale_after(on)})
    return answer(
        request,
        form,
        lambda: save_profile(filled(form), by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": _("Business profile"), "lede": client.name, **_back(client)},
        said=lambda _row: _("The business profile is saved."),
    )


@FORM
@requires("profile.change")
def competitor_new(request: SignedIn, pk: int) -> HttpResponse:
    client = _open(request, pk)
    form = CompetitorForm(
        request.POST or None, instance=CompetitorSeen(client=client), initial={"seen_on": timezone.localdate()}
    )
    return answer(
        request,
        form,
        lambda: note_competitor(filled(form), by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": _("Competitor seen"), "lede": client.name, **_back(client)},
        said=lambda made: _("%(name)s is on record.") % {"name": made},
        undo=undo_of(request, None),
    )


@require_POST
@requires("profile.change")
def competitor_delete(request: SignedIn, pk: int) -> HttpResponse:
    row = own(CompetitorSeen.objects.select_related("client"), request.user, pk)
    back = reverse("clients:client_profile", args=[row.client_id])
    return act_once(request, row.delete, _("The sighting is taken off the record."), fallback=back)


def _shown(request: SignedIn, client: Client) -> dict[str, object]:
    profile = BusinessProfile.objects.filter(client=client).select_related("written_by").first()
    return {
        "client": client,
        "profile": profile,
        "is_stale": bool(profile and profile.is_stale(on=timezone.localdate())),
        "competitors": client.competitors_seen.all()[:SHOWN],
        "may_write": may(request.user, "profile.change"),
    }


def _back(client: Client) -> dict[str, str]:
    return {"back": reverse("clients:client", args=[client.pk]), "back_words": client.name}
