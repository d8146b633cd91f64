"""Calls, meetings and messages: logged from anywhere in a few seconds, corrected later."""

from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.forms.interaction import InteractionForm
from clients.models import Client, Interaction
from clients.panels import touch_acts_for
from clients.services.inquiries import lacks_channel
from clients.services.interactions import change_interaction, log_interaction
from clients.views.acting import answer, own
from clients.views.edits import FORM
from crm.access import may
from crm.web.fragments import Button, page
from crm.web.rights import SignedIn, requires

OF_ROW = (
    "kind",
    "direction",
    "initiated_by",
    "reason",
    "via",
    "mode",
    "minutes",
    "summary",
    "sentiment",
    "cost",
    "is_missed",
)


@FORM
@requires("interaction.add")
def interaction_new(request: SignedIn) -> HttpResponse:
    """`?client=` names whom; `?part=people` is the list of people after a client was chosen."""
    now = timezone.localtime()
    first = {"client": named_client(request), "kind": request.GET.get("kind", Interaction.Kind.CALL)}
    form = InteractionForm(request.POST or None, user=request.user, now=now, initial=first)
    if "part" in request.GET:
        return page(request, "clients/interaction_new.html", {"form": form}, fragment="people")
    return answer(
        request,
        form,
        lambda: _log(request, form),
        template="clients/interaction_new.html",
        context={},
        said=_said,
        then=lambda row: _offered(request, row),
    )


@FORM
@requires("interaction.add")
def interaction_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Interaction.objects.select_related("client"), request.user, pk)
    form = InteractionForm(request.POST or None, instance=row, user=request.user, now=timezone.localtime())
    return answer(
        request,
        form,
        lambda: _correct(row, form),
        template="clients/interaction_edit.html",
        context={"interaction": row},
        said=lambda _saved: _("The entry is corrected."),
    )


def _offered(request: SignedIn, row: Interaction) -> Button | None:
    """To route what came without a channel; else what an upper floor makes of it: time, where it took some."""
    if may(request.user, "inquiry.change") and lacks_channel(row):
        return Button(f"{reverse('clients:inquiry_new')}?client={row.client_id}", _("Route it"))
    open_acts = [act for act in touch_acts_for(request.user, [row]).get(row.pk, []) if not act.is_done]
    return Button(open_acts[0].url, str(open_acts[0].label)) if open_acts else None


def named_client(request: SignedIn) -> Model | str | None:
    """A client by id from a link, or by name as somebody types it."""
    text = request.GET.get("client", "")
    if not text.isascii() or not text.isdigit():
        return text or None
    return Client.objects.visible_to(request.user).filter(pk=text[:18]).first()


def _log(request: SignedIn, form: InteractionForm) -> Interaction:
    given = form.cleaned_data
    return log_interaction(
        given["client"],
        by=request.user,
        at=timezone.now(),
        occurred_at=given["occurred_at"],
        contacts=list(given["contacts"]),
        employees=list(given["employees"]),
        not_secret=given["not_secret"],
        **{name: given[name] for name in OF_ROW},
    )


def _correct(row: Interaction, form: InteractionForm) -> Interaction:
    given = form.cleaned_data
    for name in (*OF_ROW, "client", "occurred_at"):
        setattr(row, name, given[name])
    people = {"contacts": list(given["contacts"]), "employees": list(given["employees"])}
    return change_interaction(row, at=timezone.now(), not_secret=given["not_secret"], **people)


def _said(row: Interaction) -> str:
    words = {
        Interaction.Kind.CALL: _("Call with %(name)s logged."),
        Interaction.Kind.MEETING: _("Meeting with %(name)s logged."),
    }
    return words.get(Interaction.Kind(row.kind), _("Contact with %(name)s logged.")) % {"name": row.client}
