"""The loop of one detractor: kept as it goes on, closed in words."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.views.acting import attempt
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires
from loyalty.forms import LoopForm
from loyalty.models import DetractorLoop
from loyalty.reports.loops import loop_context
from loyalty.services.loops import close_loop


@require_http_methods(["GET", "HEAD", "POST"])
@requires("loop.change")
def loop_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Answers are kept as they come; closing asks for all of them."""
    rows = DetractorLoop.objects.visible_to(request.user).select_related("response__client", "response__contact")
    loop = get_object_or_404(rows, pk=pk)
    form = LoopForm(request.POST or None, instance=loop, at=timezone.now())
    if request.method == "POST" and form.is_valid() and (words := _kept(request, form)):
        flash(request, words)
        return redirect("loyalty:nps")
    context = loop_context(loop, user=request.user) | {"form": form}
    return (respond_422 if form.is_bound else page)(request, "loyalty/loop_edit.html", context)


def _kept(request: SignedIn, form: LoopForm) -> str:
    """What was done, in words; nothing if closing was refused, and the form says why."""
    if "close" not in request.POST:
        form.save()
        return _("The loop is saved.")
    done = attempt(form, lambda: close_loop(form.instance, by=request.user, at=timezone.now()))
    return _("The loop is closed.") if done else ""
