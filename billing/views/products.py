"""The catalogue: its list, its items, and taking one onto a draft."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.products import ProductForm, TakeForm
from billing.models import Invoice, Product
from billing.services.advances import set_off_advances
from billing.services.catalogue import add_product
from clients.views.acting import act_once, answer
from crm.access import may
from crm.web.fragments import page
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires


@require_safe
@requires("product.see")
def product_list(request: SignedIn) -> HttpResponse:
    """What is sold besides hours; what is no longer sold with `?all`."""
    rows = Product.objects.select_related("seller", "service_line")
    if not request.GET.get("all"):
        rows = rows.in_use()
    if text := request.GET.get("q", "").strip()[:100]:
        rows = rows.filter(name__icontains=text) | rows.filter(code__icontains=text)
    context: dict[str, Any] = {
        "page": paginate(request, rows),
        "query": request.GET,
        "may_change": may(request.user, "product.change"),
    }
    return page(request, "billing/product_list.html", context, fragment="rows")


@require_http_methods(["GET", "POST"])
@requires("product.change")
def product_new(request: SignedIn) -> HttpResponse:
    form = ProductForm(request.POST or None, initial={"quantity": 1, "unit": "C62"})
    return _answer(request, form, {}, _("The item stands in the catalogue."))


@require_http_methods(["GET", "POST"])
@requires("product.change")
def product_edit(request: SignedIn, pk: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=pk)
    form = ProductForm(request.POST or None, instance=product)
    return _answer(request, form, {"product": product}, _("The item is changed; no invoice changes."))


@require_http_methods(["GET", "POST"])
@requires("invoice.change")
def invoice_product_add(request: SignedIn, pk: int) -> HttpResponse:
    """Takes an item of the catalogue onto a draft."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).select_related("seller", "client"), pk=pk)
    form = TakeForm(request.POST or None, invoice=invoice)
    return answer(
        request,
        form,
        lambda: add_product(invoice, **form.cleaned_data, on=timezone.localdate()),
        template="billing/invoice_product_add.html",
        context={"invoice": invoice},
        said=lambda _line: _("Line added."),
        fallback=reverse("billing:invoice_detail", args=[pk]),
    )


@require_POST
@requires("invoice.change")
def invoice_set_off(request: SignedIn, pk: int) -> HttpResponse:
    """Sets off the client's open advances on a draft, which becomes a final invoice."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    return act_once(
        request,
        lambda: set_off_advances(invoice),
        _("The advances are set off."),
        fallback=reverse("billing:invoice_detail", args=[pk]),
    )


def _answer(request: SignedIn, form: ProductForm, context: dict[str, Any], said: str) -> HttpResponse:
    return answer(
        request,
        form,
        form.save,
        template="billing/product_form.html",
        context=context,
        said=lambda _product: said,
        fallback=reverse("billing:product_list"),
    )
