"""What every request passes through: the person's language, answers that htmx understands, who acts and from where."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.messages import ERROR, get_messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.shortcuts import resolve_url
from django.utils import translation
from django_htmx.http import trigger_client_event

from crm.acting import acting
from crm.web.fragments import button_of

type Answer = Callable[[HttpRequest], HttpResponseBase]


def client_address(request: HttpRequest) -> str:
    """The caller's address; behind N trusted proxies it is the Nth from the right of X-Forwarded-For."""
    hops = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops][:45]
    return str(request.META.get("REMOTE_ADDR", ""))


class PreferencesMiddleware:
    """A member reads in the language of their profile; a stranger as LocaleMiddleware found."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.language != translation.get_language():
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


class AnswersMiddleware:
    """For htmx, a redirect becomes a navigation and messages become toasts.

    So a view redirects and says what was done once, and both kinds of request get their form of it. A session
    that has ended answers 401 and leads to sign-in, and afterwards back to the page, not to the fragment.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true":
            return response
        if isinstance(response, HttpResponseRedirectBase):
            return _navigation(request, response)
        return _with_toasts(request, response)


def _navigation(request: HttpRequest, response: HttpResponseRedirectBase) -> HttpResponse:
    sign_in = resolve_url(settings.LOGIN_URL)
    ended = urlsplit(response.url).path == sign_in
    answer = HttpResponse(status=HTTPStatus.UNAUTHORIZED if ended else HTTPStatus.NO_CONTENT)
    answer.headers["HX-Redirect"] = _sign_in_from(request, sign_in) if ended else response.url
    answer.cookies = response.cookies
    return answer


def _sign_in_from(request: HttpRequest, sign_in: str) -> str:
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    page = urlunsplit(("", "", shown.path or "/", shown.query, ""))
    return f"{sign_in}?{urlencode({'next': page})}"


def _with_toasts(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    toasts = [
        {"text": str(said), "button": button_of(said), "tone": "bad" if said.level >= ERROR else "ok"}
        for said in get_messages(request)
    ]
    if toasts and isinstance(response, HttpResponse):
        trigger_client_event(response, "toast", {"all": toasts})
    return response


class AuditMiddleware:
    """Tells the database who acts and from where, so that its audit rows can say so."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        actor = request.user.pk if request.user.is_authenticated else None
        with acting(actor, origin=f"{client_address(request)} {request.method} {request.path}"):
            return self.get_response(request)
