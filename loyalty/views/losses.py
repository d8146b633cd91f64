"""Lost clients: the page, and the review of one loss."""

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.views.acting import attempt
from crm.exports import export_response
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires
from loyalty.exports import LOSSES
from loyalty.forms import LossReviewForm
from loyalty.models import LossReview
from loyalty.reports.losses import SHOWS, losses_context
from loyalty.reports.retention import retention_context
from loyalty.services.reviews import asks_next_need, conclude_review, reviewable_from


@require_safe
@requires("loss.see")
def lost_list(request: SignedIn) -> HttpResponse:
    show = request.GET.get("show", "")
    context = losses_context(request.user, show=show if show in SHOWS else "all", on=timezone.localdate())
    return page(request, "loyalty/lost_list.html", context | retention_context())


@require_safe
@requires("loss.see")
def lost_export(request: SignedIn) -> FileResponse:
    rows = LossReview.objects.visible_to(request.user).order_by("-happened_on", "-pk")
    return export_response(request, rows, LOSSES, form=request.GET.get("format", "csv"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("loss.change")
def review_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Answers are kept as they come; concluding asks for all of them, and for the cooling-off to be over."""
    review = get_object_or_404(LossReview.objects.visible_to(request.user).select_related("client"), pk=pk)
    form = LossReviewForm(request.POST or None, instance=review)
    if request.method == "POST" and form.is_valid() and (words := _kept(request, form)):
        flash(request, words)
        return redirect("loyalty:lost_list")
    context = {
        "form": form,
        "review": review,
        "from_on": reviewable_from(review),
        "asks_next_need": asks_next_need(review),
    }
    return (respond_422 if form.is_bound else page)(request, "loyalty/review_edit.html", context)


def _kept(request: SignedIn, form: LossReviewForm) -> str:
    """What was done, in words; nothing if concluding was refused, and the form says why."""
    if "conclude" not in request.POST:
        form.save()
        return _("The review is saved.")
    by, at = request.user, timezone.now()
    done = attempt(form, lambda: conclude_review(form.instance, by=by, at=at))
    return _("The review is concluded.") if done else ""
