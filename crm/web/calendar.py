"""The calendar feed of a person: the links that programs read it by, and the feed itself."""

from datetime import datetime
from hashlib import sha256
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.calendar import make_feed, write_calendar
from crm.links import find_link, log_opening, open_links, revoke_link
from crm.models import SignedLink, User
from crm.models.links import LinkQuery
from crm.web.account_forms import CalendarForm
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, signed_in

FEED = SignedLink.Purpose.CALENDAR


@require_safe
@signed_in
def calendar(request: SignedIn) -> HttpResponse:
    """A part of the profile, and a page of its own."""
    feeds = _own(request, timezone.now()).annotate(read_at=Max("openings__at"))
    return page(request, "accounts/calendar.html", {"feeds": feeds}, fragment="part")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def calendar_new(request: SignedIn) -> HttpResponse:
    """The address is shown once, on the page that answers the POST, and never again."""
    form = CalendarForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        answer = respond_422 if form.errors else page
        return answer(request, "accounts/calendar_new.html", {"form": form}, fragment="dialog")
    secret = make_feed(request.user, name=form.cleaned_data["name"], at=timezone.now())
    address = settings.BASE_URL + reverse("calendar_feed", args=[secret])
    context = {"name": form.cleaned_data["name"], "address": address, "webcal": f"webcal:{address.partition(':')[2]}"}
    return page(request, "accounts/calendar_made.html", context, fragment="dialog")


@require_POST
@signed_in
def calendar_revoke(request: SignedIn, pk: int) -> HttpResponse:
    link = get_object_or_404(_own(request, timezone.now()), pk=pk)
    revoke_link(link, at=timezone.now())
    flash(request, _("The calendar link “%(name)s” no longer works.") % {"name": link.recipient})
    return redirect("accounts:profile")


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """What the person may see today; 410 once the link has ended or the person has left."""
    at = timezone.now()
    link = find_link(secret, FEED, at=at)
    person = User.objects.working().filter(pk=link.subject_id).first() if link else None
    if link is None or person is None:
        return HttpResponse(status=HTTPStatus.GONE, content_type="text/plain")
    _log_daily(link, request, at)
    content = write_calendar(person, on=timezone.localdate(at))
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


def _log_daily(link: SignedLink, request: HttpRequest, at: datetime) -> None:
    """Programs ask every few minutes: one line a day says that somebody still reads it."""
    if not link.openings.filter(at__date=timezone.localdate(at)).exists():
        log_opening(link, request, at=at)


def _own(request: SignedIn, at: datetime) -> LinkQuery:
    return open_links(FEED, subject_id=request.user.pk, at=at)
