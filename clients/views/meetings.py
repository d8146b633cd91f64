"""Meetings that are planned; held ones are interactions."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.forms.meeting import MeetingForm
from clients.services.meetings import plan_meeting
from clients.views.acting import answer
from clients.views.edits import FORM
from clients.views.interactions import named_client
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@FORM
@requires("interaction.add")
def meeting_new(request: SignedIn) -> HttpResponse:
    """`?client=` names with whom; `?part=people` is the choice of people after a client was chosen."""
    form = MeetingForm(request.POST or None, user=request.user, initial={"client": named_client(request)})
    if "part" in request.GET:
        return page(request, "clients/meeting_new.html", {"form": form}, fragment="people")
    return answer(
        request,
        form,
        lambda: plan_meeting(**form.act, by=request.user, at=timezone.now()),
        template="clients/meeting_new.html",
        context={},
        said=lambda made: _("The meeting with %(name)s is planned.") % {"name": made and made.client},
    )
