"""Key-client designations: given with a reason, confirmed, ended."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.forms.client import DesignationForm, EndForm
from clients.models import Client, KeyClientDesignation
from clients.services.designations import change_designation, end_designation
from clients.views.acting import answer, own
from clients.views.edits import FORM
from crm.web.rights import SignedIn, requires

Type = KeyClientDesignation.Type


@FORM
@requires("designation.change")
def designation_new(request: SignedIn, pk: int) -> HttpResponse:
    client = own(Client.objects.all(), request.user, pk)
    first = {"type": request.GET.get("type", Type.LARGE_REGULAR)}
    row = KeyClientDesignation(client=client)
    form = DesignationForm(request.POST or None, instance=row, today=timezone.localdate(), initial=first)
    return answer(
        request,
        form,
        form.save,
        template="clients/designation_new.html",
        context={"client": client},
        said=lambda made: _("%(name)s is a key client: %(type)s.") % {"name": client, "type": made.get_type_display()},
    )


@FORM
@requires("designation.change")
def designation_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Confirming a prospective client needs fresh figures and the next review ahead; the rest is plain correction."""
    row = own(KeyClientDesignation.objects.select_related("client"), request.user, pk)
    at = timezone.now()
    on = timezone.localdate(at)
    form = DesignationForm(request.POST or None, instance=row, today=on)
    return answer(
        request,
        form,
        lambda: change_designation(form.save(commit=False), changed=form.changed_data, at=at),
        template="clients/designation_edit.html",
        context={"client": row.client, "designation": row},
        said=lambda _saved: _("The designation is saved."),
    )


@FORM
@requires("designation.change")
def designation_end(request: SignedIn, pk: int) -> HttpResponse:
    row = own(KeyClientDesignation.objects.select_related("client"), request.user, pk)
    form = EndForm(request.POST or None, initial={"on": timezone.localdate()})
    return answer(
        request,
        form,
        lambda: end_designation(row, on=form.cleaned_data["on"], at=timezone.now()),
        template="clients/designation_end.html",
        context={"client": row.client, "designation": row},
        said=lambda _ended: _("The designation has ended and stays on record."),
    )
