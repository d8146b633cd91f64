"""Surveys: make one, see whom it reaches and whom not, send it, follow its mails, read its answers, close it."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.reports.shown import valued
from clients.views.acting import own
from crm.web.fragments import flash, page, respond_422, wants_fragment, warn
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires
from loyalty.forms import SurveyForm
from loyalty.models import Survey
from loyalty.reports.nps import survey_context, survey_progress
from loyalty.services.surveys import close_survey, start_survey
from loyalty.tasks import ask_for_sending

STOP_POLLING = 286
PAGE_SIZE = 25


@require_safe
@requires("survey.see")
def survey_detail(request: SignedIn, pk: int) -> HttpResponse:
    survey = get_object_or_404(Survey.objects.visible_to(request.user), pk=pk)
    context = survey_context(survey, user=request.user, on=timezone.localdate())
    context["page"] = paginate(request, context.pop("answers"), size=PAGE_SIZE)
    valued(context["page"].rows, request.user)
    context["may_change"] = Survey.objects.changeable_by(request.user).filter(pk=pk).exists()
    return page(request, "loyalty/survey_detail.html", context, fragment="answers")


@require_safe
@requires("survey.see")
def survey_mails(request: SignedIn, pk: int) -> HttpResponse:
    """How many mails have left; htmx asks every second until the answer 286 says that all have."""
    survey = get_object_or_404(Survey.objects.visible_to(request.user), pk=pk)
    ended = survey.state != Survey.State.SENDING
    status = STOP_POLLING if ended and wants_fragment(request) else 200
    context = {"survey": survey, **survey_progress(survey, user=request.user)}
    return page(request, "loyalty/survey_mails.html", context, fragment="mails", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("survey.change")
def survey_new(request: SignedIn) -> HttpResponse:
    form = SurveyForm(request.POST or None, user=request.user, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        return redirect("loyalty:survey_detail", form.save().pk)
    show = respond_422 if form.is_bound else page
    return show(request, "loyalty/survey_new.html", {"form": form}, fragment="dialog")


@require_POST
@requires("survey.change")
def survey_send(request: SignedIn, pk: int) -> HttpResponse:
    survey, at, on = own(Survey.objects.all(), request.user, pk), timezone.now(), timezone.localdate()
    try:
        count = start_survey(survey, at=at, on=on)
    except ValidationError as error:
        warn(request, " ".join(error.messages))
        return redirect("loyalty:survey_detail", pk)
    ask_for_sending(survey, by=request.user, on=on, at=at)
    words = ngettext("%(count)s person is being asked.", "%(count)s people are being asked.", count)
    flash(request, words % {"count": count})
    return redirect("loyalty:survey_detail", pk)


@require_POST
@requires("survey.change")
def survey_close(request: SignedIn, pk: int) -> HttpResponse:
    try:
        close_survey(own(Survey.objects.all(), request.user, pk), at=timezone.now())
    except ValidationError as error:
        warn(request, " ".join(error.messages))
    else:
        flash(request, _("The survey is closed; its links no longer work."))
    return redirect("loyalty:survey_detail", pk)


@require_POST
@requires("survey.change")
def survey_delete(request: SignedIn, pk: int) -> HttpResponse:
    """A draft that was never sent leaves without a trace but its audit row."""
    survey = own(Survey.objects.all(), request.user, pk)
    if survey.state != Survey.State.DRAFT:
        warn(request, _("A survey that was sent is kept."))
        return redirect("loyalty:survey_detail", pk)
    survey.delete()
    flash(request, _("The draft is deleted."))
    return redirect("loyalty:nps")
