"""Two records of one firm become one, and two again."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clients.forms.client import MergeForm
from clients.models import Client
from clients.services.merging import merge_client, unmerge_client
from clients.views.acting import act_once, answer, own
from clients.views.edits import FORM
from crm.web.pages import asked_id
from crm.web.rights import SignedIn, requires


@FORM
@requires("client.change")
def client_merge(request: SignedIn, pk: int) -> HttpResponse:
    """Only into a client that the person may change as well."""
    client = own(Client.objects.all(), request.user, pk)
    first = {"into": asked_id(request.GET.get("into")) or None}
    form = MergeForm(request.POST or None, user=request.user, client=client, initial=first)
    return answer(
        request,
        form,
        lambda: merge_client(client, into=form.cleaned_data["into"], at=timezone.now()),
        template="clients/client_merge.html",
        context={"client": client},
        said=lambda lost: _("%(name)s counts for %(other)s now.") % {"name": lost, "other": lost.merged_into},
    )


@require_POST
@requires("client.change")
def client_unmerge(request: SignedIn, pk: int) -> HttpResponse:
    client = own(Client.objects.all(), request.user, pk)
    return act_once(
        request,
        lambda: unmerge_client(client, at=timezone.now()),
        _("%(name)s stands for itself again.") % {"name": client},
        fallback=reverse("clients:client", args=[pk]),
    )
