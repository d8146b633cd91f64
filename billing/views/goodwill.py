"""Goodwill: what was given to whom against the year's budget, what was refused, and where free work spreads."""

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.expenses import BudgetForm
from billing.models import GoodwillBudget, GoodwillDecision
from billing.reports.goodwill import free_shares, goodwill_by_client
from billing.services.goodwill import budget_minutes, keep_budget
from clients.models import Client
from clients.reports.shown import show_values
from clients.views.acting import answer
from crm.access import may
from crm.web.fragments import page
from crm.web.pages import asked_id
from crm.web.rights import SignedIn, requires

NEWEST = 20
FIRST_YEAR, LAST_YEAR = 2000, 2100


@require_safe
@requires("goodwill.see")
def goodwill_list(request: SignedIn) -> HttpResponse:
    """`?year=` names the year; own clients for account managers, all for partner and finance."""
    year = _year(request.GET.get("year"), timezone.localdate())
    decisions = GoodwillDecision.objects.visible_to(request.user).select_related("client", "decided_by")
    rows = goodwill_by_client(request.user, year=year, on=timezone.localdate())
    newest = decisions.filter(decided_at__year=year)[:NEWEST]
    show_values((row.client for row in [*rows, *newest]), request.user)
    context = {
        "year": year,
        "rows": rows,
        "decisions": newest,
        "spreading": [row for row in free_shares(on=timezone.localdate()) if row.is_contagious],
        "shows_cost": may(request.user, "cost.see"),
        "may_change": may(request.user, "goodwill.change"),
    }
    return page(request, "billing/goodwill_list.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("goodwill.change")
def goodwill_budget(request: SignedIn, pk: int, year: int) -> HttpResponse:
    """A client's own budget of a year in place of the tier's."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    row = GoodwillBudget.objects.filter(client=client, year=year).first() or GoodwillBudget(client=client, year=year)
    first = {"minutes": budget_minutes(client, year=year)}
    form = BudgetForm(request.POST or None, instance=row, initial=None if row.pk else first)
    back = f"{reverse('billing:goodwill_list')}?year={year}"
    return answer(
        request,
        form,
        lambda: keep_budget(form.save(commit=False), on=timezone.localdate()),
        template="components/act.html",
        context={
            "title": _("Goodwill budget %(year)s") % {"year": year},
            "lede": client.name,
            "back": back,
            "back_words": _("Goodwill"),
        },
        said=lambda _saved: _("The budget is saved."),
        fallback=back,
    )


def _year(text: str | None, today: date) -> int:
    year = asked_id(text)
    return year if FIRST_YEAR <= year <= LAST_YEAR else today.year
