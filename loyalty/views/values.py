"""Lifetime value: the ranking, one client's three figures with their inputs, the typical new client, the settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clients.models import Client
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires
from loyalty.forms import FirmFigureForm, PolicyForm
from loyalty.models import LoyaltyPolicy
from loyalty.reports.value import ranking, typical_context, value_context


@require_GET
@requires("value.amounts")
def value_list(request: SignedIn) -> HttpResponse:
    rows = ranking(request.user)
    return page(request, "loyalty/value_list.html", {"page": paginate(request, rows)}, fragment="rows")


@require_GET
@requires("value.see")
def value_panel(request: SignedIn, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user).select_related("figures"), pk=pk)
    context = value_context(client, user=request.user)
    return page(request, "loyalty/value_panel.html", context, fragment="panel")


@require_GET
@requires("value.see")
def value_typical(request: SignedIn) -> HttpResponse:
    """What a client of the chosen kind is worth, beside the form of a new client."""
    context = typical_context(request.GET, user=request.user)
    return page(request, "loyalty/value_typical.html", context, fragment="panel")


@require_http_methods(["GET", "POST"])
@requires("loyalty_policy.change")
def policy_edit(request: SignedIn) -> HttpResponse:
    form = PolicyForm(request.POST or None, instance=LoyaltyPolicy.load())
    if request.method == "POST" and form.is_valid():
        form.save()
        flash(request, _("The settings hold from the next figures on."))
        return redirect("loyalty:policy_edit")
    return _form(request, "loyalty/policy_edit.html", form)


@require_http_methods(["GET", "POST"])
@requires("firm_figure.change")
def firm_figure_new(request: SignedIn) -> HttpResponse:
    form = FirmFigureForm(request.POST or None, initial={"valid_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        form.instance.made_by = request.user
        form.save()
        flash(request, _("The firm's figures are kept."))
        return redirect("home")
    return _form(request, "loyalty/firm_figure_new.html", form)


def _form(request: HttpRequest, template: str, form: PolicyForm | FirmFigureForm) -> HttpResponse:
    show = respond_422 if form.is_bound else page
    return show(request, template, {"form": form}, fragment="dialog")
