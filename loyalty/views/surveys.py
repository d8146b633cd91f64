"""Surveys: make one, see whom it reaches and whom not, send it, read the answers; and the public page."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.links import find_link, log_opening
from crm.models import SignedLink
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.rights import SignedIn, requires
from loyalty.forms import AnswerForm, SurveyForm
from loyalty.models import Survey, SurveyInvitation, SurveyResponse
from loyalty.reports.nps import nps_context, survey_context
from loyalty.services.surveys import record_answer, refuse_surveys, start_survey
from loyalty.tasks import enqueue_refresh, enqueue_sending

LANGUAGES = ("en", "ru", "de")


@require_GET
@requires("survey.see")
def nps(request: SignedIn) -> HttpResponse:
    return page(request, "loyalty/nps.html", nps_context(request.GET, user=request.user, on=timezone.localdate()))


@require_GET
@requires("survey.see")
def survey_detail(request: SignedIn, pk: int) -> HttpResponse:
    survey = get_object_or_404(Survey.objects.visible_to(request.user), pk=pk)
    return page(request, "loyalty/survey_detail.html", survey_context(survey, on=timezone.localdate()))


@require_http_methods(["GET", "POST"])
@requires("survey.change")
def survey_new(request: SignedIn) -> HttpResponse:
    form = SurveyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        survey = form.save(commit=False)
        survey.made_by = request.user
        survey.save()
        return redirect("loyalty:survey_detail", survey.pk)
    show = respond_422 if form.is_bound else page
    return show(request, "loyalty/survey_new.html", {"form": form}, fragment="dialog")


@require_POST
@requires("survey.change")
def survey_send(request: SignedIn, pk: int) -> HttpResponse:
    survey = get_object_or_404(Survey.objects.visible_to(request.user), pk=pk)
    try:
        count = start_survey(survey, at=timezone.now(), on=timezone.localdate())
    except ValidationError as error:
        warn(request, " ".join(error.messages))
    else:
        enqueue_sending()
        words = translation.ngettext("%(count)s person will be asked.", "%(count)s people will be asked.", count)
        flash(request, words % {"count": count})
    return redirect("loyalty:survey_detail", pk)


@require_POST
@requires("survey.change")
def figures_refresh(request: SignedIn) -> HttpResponse:
    """Asks for value, NPS and concentration as of today, in the background."""
    enqueue_refresh()
    flash(request, _("The figures are being reckoned anew."))
    return redirect("loyalty:nps")


@login_not_required
@require_http_methods(["GET", "POST"])
def survey_answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The public page of one link. A GET only shows, with the score of the mail's link chosen; a POST answers."""
    at = timezone.now()
    link = find_link(secret, SignedLink.Purpose.SURVEY, at=at)
    if link is None:
        return page(request, "loyalty/survey_ended.html", status=HTTPStatus.GONE)
    log_opening(link, request, at=at)
    invitation = SurveyInvitation.objects.select_related("survey", "contact__client").get(pk=link.subject_id)
    language = request.GET.get("language", invitation.contact.language)
    with translation.override(language if language in LANGUAGES else "en"):
        return _answer(request, invitation)


def _answer(request: HttpRequest, invitation: SurveyInvitation) -> HttpResponse:
    given = SurveyResponse.objects.filter(survey=invitation.survey, contact=invitation.contact).first()
    form = AnswerForm(request.POST or None, initial=_initial(request, given))
    context = {"form": form, "invitation": invitation, "given": given, "languages": LANGUAGES}
    if request.method == "GET":
        return page(request, "loyalty/survey_answer.html", context)
    if not form.is_valid():
        return respond_422(request, "loyalty/survey_answer.html", context)
    try:
        _record(invitation, form)
    except ValidationError as error:
        form.add_error(None, error)
        return respond_422(request, "loyalty/survey_answer.html", context)
    return page(request, "loyalty/survey_thanks.html", context)


def _record(invitation: SurveyInvitation, form: AnswerForm) -> None:
    chosen, at = form.cleaned_data, timezone.now()
    if chosen["refuse"]:
        refuse_surveys(invitation.contact, at=at)
    if chosen["score"] is not None:
        record_answer(
            invitation.survey,
            invitation.contact,
            score=chosen["score"],
            comment=chosen["comment"],
            at=at,
            language=translation.get_language() or "",
        )
        enqueue_refresh()


def _initial(request: HttpRequest, given: SurveyResponse | None) -> dict[str, object]:
    if given is not None:
        return {"score": given.score, "comment": given.comment}
    score = request.GET.get("score", "")
    return {"score": int(score)} if score.isdecimal() and int(score) <= 10 else {}
