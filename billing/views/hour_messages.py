"""One click after saving: the client is told what was used and what is left."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from billing.documents.hour_messages import words_of
from billing.forms.time import TellForm
from billing.models import HourMessage, TimeEntry
from billing.services.hour_messages import compose, take_back_message, tell_draw
from clients.views.acting import act_once, answer, own
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "HEAD", "POST"])
@requires("time.log")
def time_tell(request: SignedIn, pk: int) -> HttpResponse:
    """GET shows whom one would tell what; a POST tells, without a choice whoever comes first."""
    entry = own(TimeEntry.objects.select_related("client", "seller"), request.user, pk)
    form = TellForm(request.POST if request.method == "POST" else None, client=entry.client)
    return answer(
        request,
        form,
        lambda: tell_draw(entry, contact=form.cleaned_data["contact"], by=request.user, at=timezone.now()),
        template="billing/time_tell.html",
        context={"entry": entry, **_preview(request, entry)},
        said=lambda message: (
            _("In half a minute %(to)s is told: %(what)s.") % {"to": message.recipient, "what": words_of(message)[0]}
        ),
        undo=reverse("billing:time_untell", args=[entry.pk]),
    )


@require_POST
@requires("time.log")
def time_untell(request: SignedIn, pk: int) -> HttpResponse:
    message = get_object_or_404(HourMessage.objects.visible_to(request.user), entry=pk)
    return act_once(request, lambda: take_back_message(message, by=request.user), _("Nobody is told."))


def _preview(request: SignedIn, entry: TimeEntry) -> dict[str, Any]:
    """The words for the dialog; where there is nothing to tell or nobody to tell it, why."""
    if request.method == "POST":
        return {}
    try:
        message = compose(entry)
    except ValidationError as refused:
        return {"refused": refused.messages}
    message.made_by = request.user
    return {"words": words_of(message), "message": message}
