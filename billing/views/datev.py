"""DATEV settings of each German company: its numbers at the adviser, its accounts, its debtors."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.datev import DatevForm, DebtorForm
from billing.models import DatevSettings, DebtorAccount
from billing.services.datev_settings import keep_datev_settings
from clients.models import Seller
from clients.views.acting import answer, attempt
from crm.db import worded
from crm.web.forms import posted
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires

GERMAN = "DE"


@require_safe
@requires("export.change")
def datev_list(request: SignedIn) -> HttpResponse:
    companies = Seller.objects.filter(country=GERMAN, is_active=True).select_related("datev")
    return page(request, "billing/datev_list.html", {"companies": companies})


@require_http_methods(["GET", "POST"])
@requires("export.change")
def datev_settings(request: SignedIn, pk: int) -> HttpResponse:
    seller = get_object_or_404(Seller.objects.filter(country=GERMAN), pk=pk)
    settings = DatevSettings.objects.filter(seller=seller).first() or DatevSettings(seller=seller)
    form = DatevForm(posted(request), instance=settings)
    kept = None
    if form.is_valid():
        kept = attempt(form, lambda: keep_datev_settings(settings, accounts=form.accounts()))
    if kept is not None:
        flash(request, _("The settings are kept; files that were made stay as they are."))
        return redirect("billing:datev_settings", seller.pk)
    debtors = DebtorAccount.objects.filter(settings__seller=seller).select_related("client").order_by("number")
    context = {"form": form, "seller": seller, "page": paginate(request, debtors)}
    return (respond_422 if form.is_bound else page)(request, "billing/datev_settings.html", context)


@require_http_methods(["GET", "POST"])
@requires("export.change")
def debtor_edit(request: SignedIn, pk: int) -> HttpResponse:
    debtor = get_object_or_404(DebtorAccount.objects.select_related("client", "settings"), pk=pk)
    form = DebtorForm(posted(request), instance=debtor)
    return answer(
        request,
        form,
        lambda: _kept(form),
        template="billing/debtor_edit.html",
        context={"debtor": debtor},
        said=lambda _row: _("The debtor account is kept."),
        fallback=reverse("billing:datev_settings", args=[debtor.settings.seller_id]),
    )


def _kept(form: DebtorForm) -> DebtorAccount:
    with worded():
        kept: DebtorAccount = form.save()
        return kept
