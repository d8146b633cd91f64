"""One URL, two answers: a plain request gets the page, htmx the fragment of the same template."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django_htmx.http import trigger_client_event

type Context = Mapping[str, Any]


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part; a page restored from its history needs the whole."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def page(
    request: HttpRequest,
    template: str,
    context: Context | None = None,
    *,
    fragment: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """Renders the page, or `template#fragment` for htmx; the answer varies by HX-Request."""
    name = f"{template}#{fragment}" if fragment and wants_fragment(request) else template
    response = render(request, name, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def respond_422(
    request: HttpRequest, template: str, context: Context | None = None, *, fragment: str = ""
) -> HttpResponse:
    """The form again with its errors and all that was typed; pages answer so for wrong input and wrong state."""
    return page(request, template, context, fragment=fragment, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def respond_409(
    request: HttpRequest, template: str, context: Context | None = None, *, fragment: str = ""
) -> HttpResponse:
    """Both versions side by side: somebody else saved in the meantime, and nothing is overwritten silently."""
    return page(request, template, context, fragment=fragment, status=HTTPStatus.CONFLICT)


class Button(NamedTuple):
    """What a toast offers: a POST to our own address."""

    url: str
    label: str


def flash(request: HttpRequest, text: object, *, undo: str = "", button: Button | None = None) -> None:
    """Says in the past what was done, with Undo (a URL that takes a POST) or another act for eight seconds.

    It shows as a toast after a swap and as a message after a redirect: the middleware carries it.
    """
    offered = button or (Button(undo, gettext("Undo")) if undo else None)
    messages.success(request, str(text), extra_tags=" ".join(offered) if offered else "")


def button_of(said: Message) -> Button | None:
    """What `flash` offered with a message; an address has no blank in it, a label may."""
    url, _blank, label = (said.extra_tags or "").partition(" ")
    return Button(url, label) if url else None


def warn(request: HttpRequest, text: object) -> None:
    """Says what did not happen, and why."""
    messages.error(request, str(text))


def done_here(request: HttpRequest, fallback: str) -> HttpResponse:
    """After a POST that may come from any page: that page again, fresh, unless it was the form's own."""
    url = back_url(request, fallback)
    return redirect(fallback if urlsplit(url).path == request.path else url)


def after_act(request: HttpRequest, fallback: str) -> HttpResponse:
    """A dialog closes and the page under it refreshes; a form on a page of its own leads on to the next page."""
    if not wants_fragment(request):
        return done_here(request, fallback)
    if urlsplit(request.headers.get("HX-Current-URL", "")).path != request.path:
        return nothing_but("changed")
    return done_here(request, fallback)


def close_dialog(response: HttpResponse) -> HttpResponse:
    """The dialog over the page closes once the answer stands in the page."""
    return trigger_client_event(response, "closeDialog", after="settle")


def nothing_but(event: str, **detail: Any) -> HttpResponse:
    """204 that closes the dialog and raises one event, on which parts of the page refresh themselves."""
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    return trigger_client_event(trigger_client_event(response, "closeDialog"), event, detail)


def back_url(request: HttpRequest, fallback: str) -> str:
    """`?next=` or the referring page, if it is ours; a word without a slash is no address but the name of one."""
    given = _given_url(request)
    safe = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given if safe and given.startswith(("/", "http")) and "/" in given else fallback


def _given_url(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next")
    return asked or request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
