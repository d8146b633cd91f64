"""Settings of the firm towards its clients: tier policies, service lines, own companies with their accounts."""

from django.db import transaction
from django.db.models import ProtectedError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.exports import SELLERS, SERVICE_LINES, TIERS
from clients.forms.firm import BankAccountForm, SellerForm, ServiceLineForm, TierPolicyForm
from clients.models import BankAccount, Seller, ServiceLine, TierPolicy
from clients.views.acting import answer
from clients.views.edits import FORM
from crm.exports import export_response
from crm.web.fragments import flash, page, respond_409, respond_422, warn
from crm.web.rights import SignedIn, requires


@require_safe
@requires("tier.change")
def tier_list(request: SignedIn) -> HttpResponseBase:
    if form := request.GET.get("format"):
        return export_response(request, TierPolicy.objects.all(), TIERS, form=form)
    return page(request, "clients/tier_list.html", {"policies": TierPolicy.objects.all()})


@FORM
@requires("tier.change")
def tier_edit(request: SignedIn, pk: int) -> HttpResponse:
    policy = get_object_or_404(TierPolicy, pk=pk)
    form = TierPolicyForm(request.POST or None, instance=policy)
    return answer(
        request,
        form,
        form.save,
        template="clients/tier_edit.html",
        context={"policy": policy},
        said=lambda saved: _("Tier %(tier)s is saved.") % {"tier": saved},
    )


@require_safe
@requires("service_line.change")
def service_line_list(request: SignedIn) -> HttpResponseBase:
    if form := request.GET.get("format"):
        return export_response(request, ServiceLine.objects.all(), SERVICE_LINES, form=form)
    return page(request, "clients/service_line_list.html", {"lines": ServiceLine.objects.all()})


@FORM
@requires("service_line.change")
def service_line_new(request: SignedIn) -> HttpResponse:
    form = ServiceLineForm(request.POST or None)
    return answer(
        request,
        form,
        form.save,
        template="clients/service_line_new.html",
        context={},
        said=lambda made: _("%(name)s is a service line.") % {"name": made},
    )


@FORM
@requires("service_line.change")
def service_line_edit(request: SignedIn, pk: int) -> HttpResponse:
    line = get_object_or_404(ServiceLine, pk=pk)
    form = ServiceLineForm(request.POST or None, instance=line)
    return answer(
        request,
        form,
        form.save,
        template="clients/service_line_edit.html",
        context={"line": line},
        said=lambda saved: _("%(name)s is saved.") % {"name": saved},
    )


@require_safe
@requires("seller.change")
def seller_list(request: SignedIn) -> HttpResponseBase:
    if form := request.GET.get("format"):
        return export_response(request, Seller.objects.order_by("name", "pk"), SELLERS, form=form)
    return page(request, "clients/seller_list.html", {"sellers": Seller.objects.prefetch_related("bank_accounts")})


@FORM
@requires("seller.change")
def seller_new(request: SignedIn) -> HttpResponse:
    form = SellerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        seller = form.save()
        flash(request, _("%(name)s is an own company.") % {"name": seller})
        return redirect("clients:seller_edit", seller.pk)
    return (respond_422 if form.errors else page)(request, "clients/seller_new.html", {"form": form})


@FORM
@requires("seller.change")
@transaction.atomic
def seller_edit(request: SignedIn, pk: int) -> HttpResponse:
    rows = Seller.objects.select_for_update() if request.method == "POST" else Seller.objects.all()
    seller = get_object_or_404(rows, pk=pk)
    form = SellerForm(request.POST or None, instance=seller)
    context = {"form": form, "seller": seller, "accounts": seller.bank_accounts.all()}
    if request.method == "POST" and form.is_valid():
        if form.is_stale:
            return respond_409(request, "clients/seller_edit.html", context)
        form.save()
        flash(request, _("%(name)s is saved.") % {"name": seller})
        return redirect("clients:seller_edit", pk)
    return (respond_422 if form.errors else page)(request, "clients/seller_edit.html", context)


@FORM
@requires("seller.change")
def account_new(request: SignedIn, pk: int) -> HttpResponse:
    seller = get_object_or_404(Seller, pk=pk)
    account = BankAccount(seller=seller, currency=seller.currency)
    form = BankAccountForm(request.POST or None, instance=account)
    return answer(
        request,
        form,
        form.save,
        template="clients/account_new.html",
        context={"seller": seller},
        said=lambda _made: _("The account is added."),
    )


@FORM
@requires("seller.change")
def account_edit(request: SignedIn, pk: int) -> HttpResponse:
    account = get_object_or_404(BankAccount.objects.select_related("seller"), pk=pk)
    form = BankAccountForm(request.POST or None, instance=account)
    return answer(
        request,
        form,
        form.save,
        template="clients/account_edit.html",
        context={"seller": account.seller, "account": account},
        said=lambda _saved: _("The account is saved."),
    )


@require_POST
@requires("seller.change")
def account_delete(request: SignedIn, pk: int) -> HttpResponse:
    account = get_object_or_404(BankAccount.objects.select_related("seller"), pk=pk)
    try:
        account.delete()
    except ProtectedError:
        warn(request, _("This account has bank statements: it stays with them."))
        return redirect("clients:seller_edit", account.seller_id)
    return _back(request, account.seller, _("The account is removed."))


def _back(request: SignedIn, seller: Seller, words: str) -> HttpResponse:
    flash(request, words)
    return redirect("clients:seller_edit", seller.pk)
