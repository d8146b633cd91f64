"""What a partner or finance sets: limits, bands and pauses, years of segments, the firm's own figures."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Firm
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires
from loyalty.forms import FirmFigureForm, PolicyForm, SegmentYearsForm
from loyalty.models import FirmFigure, LoyaltyPolicy, SegmentYears
from loyalty.services.badges import save_policy

FORM = require_http_methods(["GET", "HEAD", "POST"])


@FORM
@requires("loyalty_policy.change")
def policy_edit(request: SignedIn) -> HttpResponse:
    form = PolicyForm(request.POST or None, instance=LoyaltyPolicy.load())
    if request.method == "POST" and form.is_valid():
        save_policy(form.save(commit=False), on=timezone.localdate())
        flash(request, _("The settings are saved: badges and bands at once, the rest from the next figures on."))
        return redirect("loyalty:policy_edit")
    show = respond_422 if form.is_bound else page
    return show(request, "loyalty/policy_edit.html", {"form": form})


@require_safe
@requires("firm_figure.change")
def firm_figure_list(request: SignedIn) -> HttpResponse:
    context = {"rows": FirmFigure.objects.select_related("made_by")}
    return page(request, "loyalty/firm_figure_list.html", context)


@FORM
@requires("firm_figure.change")
def firm_figure_new(request: SignedIn) -> HttpResponse:
    fresh = FirmFigure(made_by=request.user, currency=Firm.load().base_currency)
    form = FirmFigureForm(request.POST or None, instance=fresh, initial={"valid_on": timezone.localdate()})
    return _answer(request, form, "loyalty/firm_figure_new.html", _("The firm's figures are kept."))


@FORM
@requires("firm_figure.change")
@transaction.atomic
def firm_figure_edit(request: SignedIn, pk: int) -> HttpResponse:
    form = FirmFigureForm(request.POST or None, instance=get_object_or_404(FirmFigure.objects.locked(), pk=pk))
    return _answer(request, form, "loyalty/firm_figure_edit.html", _("The firm's figures are corrected."))


@FORM
@requires("loyalty_policy.change")
def segment_years_new(request: SignedIn) -> HttpResponse:
    form = SegmentYearsForm(request.POST or None, initial=request.GET.dict())
    form.instance.made_by = request.user
    return _answer(request, form, "loyalty/segment_years_new.html", _("The years hold from the next figures on."))


@require_POST
@requires("loyalty_policy.change")
def segment_years_delete(request: SignedIn, pk: int) -> HttpResponse:
    get_object_or_404(SegmentYears, pk=pk).delete()
    flash(request, _("The firm's years hold again from the next figures on."))
    return redirect("loyalty:segment_list")


def _answer(request: SignedIn, form: FirmFigureForm | SegmentYearsForm, template: str, words: str) -> HttpResponse:
    """Saves a right form and returns to its list; shows any other again."""
    if request.method == "POST" and form.is_valid():
        form.save()
        flash(request, words)
        return redirect("loyalty:firm_figure_list" if isinstance(form, FirmFigureForm) else "loyalty:segment_list")
    show = respond_422 if form.is_bound else page
    return show(request, template, {"form": form}, fragment="dialog")
