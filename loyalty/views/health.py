"""Health: the list, one client's card with evidence, the weights in versions, and whether the score foretold losses."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.models import Client
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires
from loyalty.forms import HealthWeightsForm
from loyalty.models import HealthWeights
from loyalty.reports.health import backtest_context, band_counts, health_context, health_rows, scored_clients
from loyalty.services.backtests import kept_backtest


@require_safe
@requires("health.see")
def health_list(request: SignedIn) -> HttpResponse:
    band = request.GET.get("band", "")
    rows = scored_clients(request.user, band=band, ordering=request.GET.get("ordering", ""))
    found, today = paginate(request, rows), timezone.localdate()
    context = {"page": found, "rows": health_rows(found.rows, today=today), "band": band}
    return page(request, "loyalty/health_list.html", context | {"counts": band_counts(request.user)}, fragment="rows")


@require_safe
@requires("health.see")
def health_panel(request: SignedIn, pk: int) -> HttpResponse:
    """The card for the client's page; as a page of its own with its history."""
    client = get_object_or_404(Client.objects.current().visible_to(request.user).open_to(request.user), pk=pk)
    context = health_context(client, user=request.user, today=timezone.localdate())
    return page(request, "loyalty/health_panel.html", context, fragment="panel")


@require_safe
@requires("portfolio.see")
def health_backtest(request: SignedIn) -> HttpResponse:
    kept = kept_backtest()
    context = backtest_context(*kept) if kept else {"test": None}
    return page(request, "loyalty/health_backtest.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("loyalty_policy.change")
def health_weights(request: SignedIn) -> HttpResponse:
    form = HealthWeightsForm(request.POST or None, current=HealthWeights.current())
    form.instance.made_by = request.user
    if request.method == "POST" and form.is_valid():
        form.save()
        flash(request, _("The new weights hold from the next night on; earlier scores keep theirs."))
        return redirect("loyalty:health_weights")
    context = {"form": form, "versions": HealthWeights.objects.select_related("made_by")}
    return (respond_422 if form.is_bound else page)(request, "loyalty/health_weights.html", context)
