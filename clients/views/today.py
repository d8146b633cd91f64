"""Today: the page with which a working day begins."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.reports.attention_share import attention_by_tier
from clients.reports.portfolio import portfolio
from clients.reports.shown import base_currency
from clients.reports.worklist import worklist
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("task.see")
def today(request: SignedIn) -> HttpResponse:
    now = timezone.now()
    context = {
        "work": worklist(request.user, at=now),
        "mine": portfolio(request.user, at=now),
        "currency": base_currency(),
        "by_weight": request.GET.get("order") == "weight",
    }
    return page(request, "clients/today.html", context, fragment="list")


@require_safe
@requires("attention.see")
def attention_share(request: SignedIn) -> HttpResponse:
    """Who gets how much of our attention, against what the tiers ask for; Today loads it as a panel."""
    context = {"attention": attention_by_tier(request.user, at=timezone.now())}
    return page(request, "clients/attention_share.html", context, fragment="shares")
