"""Pages of the shell itself: start, palette, badges, all places, health of the service, robots, errors."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm import health
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
    """200 while the product can be worked with, else 503; each part that does not work is named in both."""
    states = health.parts()
    return JsonResponse(states, status=HTTPStatus.OK if health.is_well(states) else HTTPStatus.SERVICE_UNAVAILABLE)


@login_not_required
@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
