"""VAT rates by date and number series of each own company, after the first-run guide has set the first ones."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.terms import SeriesForm, VatRateForm
from billing.models import Series, VatRate
from billing.services.vat_rates import start_vat_rate
from billing.views.terms import saved, shown_form
from crm.web.fragments import flash, page
from crm.web.rights import SignedIn, requires

FORM = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@requires("vat_rate.change")
def vat_rate_list(request: SignedIn) -> HttpResponse:
    return page(request, "billing/vat_rate_list.html", {"rows": VatRate.objects.all()})


@FORM
@requires("vat_rate.change")
def vat_rate_new(request: SignedIn) -> HttpResponse:
    form = VatRateForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    if saved(request, form, lambda: start_vat_rate(form.instance)):
        flash(request, _("The rate holds for supplies from its day on."))
        return redirect("billing:vat_rate_list")
    return shown_form(request, "billing/vat_rate_new.html", form)


@FORM
@requires("vat_rate.change")
def vat_rate_edit(request: SignedIn, pk: int) -> HttpResponse:
    rate = get_object_or_404(VatRate, pk=pk)
    form = VatRateForm(request.POST or None, instance=rate)
    if saved(request, form, form.save):
        flash(request, _("The rate is corrected; issued documents keep theirs."))
        return redirect("billing:vat_rate_list")
    return shown_form(request, "billing/vat_rate_edit.html", form, rate=rate)


@require_safe
@requires("series.change")
def series_list(request: SignedIn) -> HttpResponse:
    rows = Series.objects.select_related("seller").prefetch_related("years")
    return page(request, "billing/series_list.html", {"rows": rows})


@FORM
@requires("series.change")
def series_new(request: SignedIn) -> HttpResponse:
    form = SeriesForm(request.POST or None)
    if saved(request, form, form.save):
        flash(request, _("The series begins with its first number."))
        return redirect("billing:series_list")
    return shown_form(request, "billing/series_new.html", form)


@FORM
@requires("series.change")
def series_edit(request: SignedIn, pk: int) -> HttpResponse:
    series = get_object_or_404(Series, pk=pk)
    form = SeriesForm(request.POST or None, instance=series)
    if saved(request, form, form.save):
        flash(request, _("The series is saved; numbers go on from the last one."))
        return redirect("billing:series_list")
    return shown_form(request, "billing/series_edit.html", form, series=series)
