"""Lifetime value: the ranking, one client's three figures with their inputs, the badge, the typical new client."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.models import Client
from crm.access import Role
from crm.models import Firm, User
from crm.web.fragments import page, wants_fragment
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires
from loyalty.reports.fits import models_context
from loyalty.reports.ranking import ranking_context
from loyalty.reports.value import ranking, segments_context, typical_context, value_context, value_inputs


@require_safe
@requires("value.amounts")
def value_list(request: SignedIn) -> HttpResponse:
    rows = ranking(request.user, request.GET.get("ordering", ""))
    context = {"page": paginate(request, rows), "currency": (currency := Firm.load().base_currency)}
    if not wants_fragment(request):
        context |= ranking_context(request.user, on=timezone.localdate(), currency=currency)
    return page(request, "loyalty/value_list.html", context, fragment="rows")


@require_safe
@requires("value.see")
def value_panel(request: SignedIn, pk: int) -> HttpResponse:
    """The three figures for the client card; as a page of its own with what they were made of."""
    client, on = _client(request.user, pk), timezone.localdate()
    context = value_context(client, user=request.user, on=on)
    if "valuation" in context and not wants_fragment(request):
        context |= value_inputs(client, on=on)
    return page(request, "loyalty/value_panel.html", context, fragment="panel")


@require_safe
@requires("value.see")
def value_badge(request: SignedIn, pk: int) -> HttpResponse:
    """What the client is worth in one chip, reckoned now: a new client has no figure of last night."""
    context = value_context(_client(request.user, pk), user=request.user, on=timezone.localdate())
    return page(request, "loyalty/value_badge.html", context, fragment="badge")


@require_safe
@requires("value.see")
def value_how(request: SignedIn, pk: int) -> HttpResponse:
    """The popover of the badge: all three figures and what the shown amount consists of."""
    context = value_context(_client(request.user, pk), user=request.user, on=timezone.localdate())
    return page(request, "loyalty/value_panel.html", context, fragment="figures")


@require_safe
@requires("value.see")
def value_typical(request: SignedIn) -> HttpResponse:
    """What a client of the chosen kind is worth, beside the form of a new client."""
    context = typical_context(request.GET, user=request.user)
    return page(request, "loyalty/value_typical.html", context, fragment="panel")


@require_safe
@requires("value.amounts")
def segment_list(request: SignedIn) -> HttpResponse:
    return page(request, "loyalty/segment_list.html", segments_context())


@require_safe
@requires("portfolio.see")
def model_report(request: SignedIn) -> HttpResponse:
    return page(request, "loyalty/model_report.html", models_context())


def _client(user: User, pk: int) -> Client:
    """Whoever sees only the card of a client sees no value of it; finance sees values everywhere."""
    seen = Client.objects.current().visible_to(user)
    if not user.is_in(Role.FINANCE):
        seen = seen.open_to(user)
    return get_object_or_404(seen.select_related("figures"), pk=pk)
