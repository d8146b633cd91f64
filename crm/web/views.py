"""Pages of the shell itself: start, palette, badges, all places, health of the service, robots, errors."""

from http import HTTPStatus

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from crm.web.context import count_badges
from crm.web.fragments import page
from crm.web.navigation import home_url, places
from crm.web.rights import SignedIn, signed_in
from crm.web.search import actions_for, commands, search

QUERY_LENGTH = 100


@require_safe
@signed_in
def home(request: SignedIn) -> HttpResponse:
    return redirect(home_url(request.user))


@require_safe
@signed_in
def search_page(request: SignedIn) -> HttpResponse:
    """What the palette shows; without scripts a page of its own."""
    user = request.user
    query = request.GET.get("q", "").strip()[:QUERY_LENGTH]
    subject = request.GET.get("subject", "")
    groups = actions_for(user, subject) if subject else search(user, query)
    found = [] if subject else commands(user, query)
    count = sum(len(group.hits) for group in groups) + len(found)
    context = {"groups": groups, "commands": found, "query": query, "count": count}
    return page(request, "search.html", context, fragment="results")


@require_safe
@signed_in
def badges(request: SignedIn) -> HttpResponse:
    """Counts of the sidebar and the bell, out of band."""
    user = request.user
    items = [item for item in places(user).values() if item.badge]
    counted = count_badges(user, on=timezone.localdate())
    return render(request, "shell/badges.html", {"items": items, "badges": counted})


@require_safe
@signed_in
def more(request: SignedIn) -> HttpResponse:
    """All places, for a phone without scripts."""
    return render(request, "more.html")


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503 that names the failing part."""
    parts = {"database": _database(), "broker": _broker()}
    healthy = all(state == "ok" for state in parts.values())
    return JsonResponse(parts, status=HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return "ok"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OperationalError, OSError):
        return "does not answer"
    return "ok"


@login_not_required
@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
