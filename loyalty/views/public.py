"""The public page of a survey: a GET only shows and logs the opening, because mail scanners follow links."""

from datetime import datetime
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crm.links import find_link, log_opening
from crm.models import SignedLink, User
from crm.web.fragments import page, respond_422
from loyalty.forms import AnswerForm
from loyalty.models import Survey, SurveyInvitation, SurveyResponse
from loyalty.services.answers import is_changeable, record_answer, refuse_surveys
from loyalty.tasks import enqueue_nps

LANGUAGES = tuple(User.Language.choices)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey_answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The score of the mail's link stands chosen; only the pressed button answers."""
    at = timezone.now()
    invitation = _invitation(request, secret, at=at)
    if invitation is None:
        return page(request, "loyalty/survey_ended.html", status=HTTPStatus.GONE)
    with translation.override(_language(request, invitation)):
        return _answer(request, invitation, secret, at=at)


@login_not_required
@never_cache
@require_safe
def survey_thanks(request: HttpRequest, secret: str) -> HttpResponse:
    at = timezone.now()
    invitation = _invitation(request, secret, at=at)
    if invitation is None:
        return page(request, "loyalty/survey_ended.html", status=HTTPStatus.GONE)
    with translation.override(_language(request, invitation)):
        return page(request, "loyalty/survey_thanks.html", _context(invitation, secret, at=at))


def _invitation(request: HttpRequest, secret: str, *, at: datetime) -> SurveyInvitation | None:
    """Whose link it is, with the opening logged; None when it is unknown, ended, revoked, or its survey is closed."""
    link = find_link(secret, SignedLink.Purpose.SURVEY, at=at)
    if link is None:
        return None
    log_opening(link, request, at=at)
    asked = SurveyInvitation.objects.filter(pk=link.subject_id).exclude(survey__state=Survey.State.CLOSED)
    related = asked.select_related(
        "survey", "link", "contact__client__account_manager", "contact__client__default_seller"
    )
    return related.first()


def _language(request: HttpRequest, invitation: SurveyInvitation) -> str:
    asked = request.GET.get("language", invitation.contact.language)
    return asked if asked in dict(LANGUAGES) else "en"


def _context(invitation: SurveyInvitation, secret: str, *, at: datetime) -> dict[str, object]:
    given = SurveyResponse.objects.filter(survey=invitation.survey, contact=invitation.contact).first()
    return {
        "invitation": invitation,
        "given": given,
        "closed": given is not None and not is_changeable(given, at=at),
        "languages": LANGUAGES,
        "secret": secret,
    }


def _answer(request: HttpRequest, invitation: SurveyInvitation, secret: str, *, at: datetime) -> HttpResponse:
    context = _context(invitation, secret, at=at)
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=_initial(request, context["given"]))
    if request.method != "POST":
        return page(request, "loyalty/survey_answer.html", context | {"form": form})
    try:
        if form.is_valid():
            _record(invitation, form, at=at)
            return redirect(_thanks(secret))
    except ValidationError as error:
        form.add_error(None, error)
    return respond_422(request, "loyalty/survey_answer.html", context | {"form": form})


def _thanks(secret: str) -> str:
    """The thanks keep the language the answer was written in."""
    return reverse("loyalty:survey_thanks", args=[secret], query={"language": translation.get_language()})


def _record(invitation: SurveyInvitation, form: AnswerForm, *, at: datetime) -> None:
    chosen = form.cleaned_data
    if chosen["refuse"]:
        refuse_surveys(invitation.contact, at=at)
    if chosen["score"] is None:
        return
    record_answer(
        invitation.survey,
        invitation.contact,
        score=chosen["score"],
        comment=chosen["comment"],
        call_back=chosen["call_back"],
        language=translation.get_language() or "",
        at=at,
    )
    enqueue_nps()


def _initial(request: HttpRequest, given: object) -> dict[str, object]:
    if isinstance(given, SurveyResponse):
        return {"score": given.score, "comment": given.comment, "call_back": given.call_back}
    score = request.GET.get("score", "")
    return {"score": int(score)} if score.isascii() and score.isdecimal() and int(score) <= 10 else {}
