"""Money that came in: booked with a proposal of what it settles, applied later, taken back; the list and its files."""

from decimal import Decimal
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.exports import PAYMENTS
from billing.filters.invoices import PaymentListFilter
from billing.forms.payments import SETTLE, PaymentForm, SettleForm
from billing.models import Allocation, Invoice, Payment
from billing.models.payments import PaymentQuery
from billing.reports.payments import standing
from billing.services.payments import (
    allocate_payment,
    book_payment,
    propose_allocations,
    settle_oldest,
    take_back_allocation,
)
from clients.models import Client, Seller
from clients.views.acting import act_once, attempt, valued_page
from crm.access import may
from crm.db import by_name
from crm.exports import export_response
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import stable
from crm.web.rights import SignedIn, requires

NEW = "billing/payment_new.html"
DETAIL = "billing/payment_detail.html"


@require_safe
@requires("payment.see")
def payment_list(request: SignedIn) -> HttpResponse:
    filtered = _filtered(request)
    context = {
        "filter": filtered,
        "page": valued_page(request, _rows(filtered)),
        "query": request.GET.urlencode(),
        "is_filtered": bool({*request.GET} - {"page", "ordering"}),
        "may_book": may(request.user, "payment.change"),
    }
    return page(request, "billing/payment_list.html", context, fragment="rows")


@require_safe
@requires("payment.see")
def payment_export(request: SignedIn) -> FileResponse:
    return export_response(request, stable(_rows(_filtered(request))), PAYMENTS, form=request.GET.get("format", ""))


@require_http_methods(["GET", "POST"])
@requires("payment.change")
def payment_new(request: SignedIn) -> HttpResponse:
    """Books a payment. While the choices change, a GET shows what it would settle."""
    form = _form(request)
    if request.method == "GET":
        return page(request, NEW, {"form": form}, fragment="dialog")
    payment = attempt(form, lambda: _book(request, form)) if form.is_valid() else None
    if payment is None:
        return respond_422(request, NEW, {"form": form}, fragment="dialog")
    flash(request, _("Payment booked."))
    return redirect("billing:payment_detail", payment.pk)


@require_safe
@requires("payment.see")
def payment_detail(request: SignedIn, pk: int) -> HttpResponse:
    return page(request, DETAIL, _context(request, _payment(request, pk)), fragment="body")


@require_POST
@requires("payment.change")
def payment_allocate(request: SignedIn, pk: int) -> HttpResponse:
    """Settles invoices from what is left of a payment."""
    payment = _payment(request, pk)
    form = SettleForm(request.POST, owed=_owed(request, payment.client, payment.seller, payment.currency))
    made = None
    if form.is_valid():
        made = attempt(
            form, lambda: allocate_payment(payment, settles=form.settles(), by=request.user, at=timezone.now())
        )
    if made is None:
        return respond_422(request, DETAIL, _context(request, payment) | {"form": form}, fragment="body")
    flash(request, _("Applied."))
    return redirect("billing:payment_detail", pk)


@require_POST
@requires("payment.change")
def allocation_take_back(request: SignedIn, pk: int) -> HttpResponse:
    """What the payment settled is owed again, and the money is the client's credit."""
    seen = Payment.objects.visible_to(request.user)
    allocation = get_object_or_404(Allocation.objects.filter(payment__in=seen), pk=pk)
    return act_once(
        request,
        lambda: take_back_allocation(allocation, by=request.user, at=timezone.now()),
        _("Taken back; the money is the client's credit."),
        fallback=reverse("billing:payment_detail", args=[allocation.payment_id]),
    )


def _filtered(request: SignedIn) -> PaymentListFilter:
    rows = Payment.objects.visible_to(request.user).select_related("client", "seller")
    return PaymentListFilter(request.GET, queryset=rows, request=request)


def _rows(filtered: PaymentListFilter) -> PaymentQuery:
    rows: PaymentQuery = filtered.qs if filtered.is_valid() else filtered.queryset.none()
    return rows.with_unapplied()


def _payment(request: SignedIn, pk: int) -> Payment:
    rows = Payment.objects.visible_to(request.user).with_unapplied()
    return get_object_or_404(rows.select_related("client", "seller", "made_by"), pk=pk)


def _owed(request: SignedIn, client: Client, seller: Seller, currency: str) -> list[Invoice]:
    return list(Invoice.objects.visible_to(request.user).owed_by(client, seller=seller, currency=currency))


def _proposed(payment: Payment, owed: list[Invoice]) -> dict[Invoice, Decimal]:
    """Money that settles nothing yet looks for its invoice; what is left over goes to the oldest debt."""
    if payment.unapplied_amount == payment.amount:
        return propose_allocations(owed, payment.amount, paid_on=payment.received_on)
    return settle_oldest(owed, payment.unapplied_amount)


def _form(request: SignedIn) -> PaymentForm:
    """The form with one field for each open invoice of what is chosen; a GET proposes amounts for them."""
    clients = Client.objects.visible_to(request.user).current().order_by(by_name("name"), "pk")
    asked = _starting(request) | (request.POST or request.GET).dict()
    chosen = _chosen(asked, clients)
    owed: list[Invoice] = []
    if {"client", "seller", "currency"} <= chosen.keys():
        owed = _owed(request, chosen["client"], chosen["seller"], chosen["currency"])
    paid_on = chosen.get("received_on") or timezone.localdate()
    proposed = propose_allocations(owed, chosen["amount"], paid_on=paid_on) if chosen.get("amount") else {}
    if request.method == "POST":
        named = any(name.startswith(SETTLE) for name in request.POST)
        given = asked if named else asked | {f"{SETTLE}{row.pk}": str(amount) for row, amount in proposed.items()}
        return PaymentForm(given, clients=clients, owed=owed, paid_on=paid_on)
    return PaymentForm(initial=asked, clients=clients, owed=owed, proposed=proposed, paid_on=paid_on)


def _chosen(asked: dict[str, Any], clients: Any) -> dict[str, Any]:
    """What is filled in rightly so far."""
    form = PaymentForm(asked, clients=clients)
    form.is_valid()
    return form.cleaned_data


def _starting(request: SignedIn) -> dict[str, Any]:
    """The client's usual company and currency, or everything of the invoice that `?invoice=` names."""
    starting: dict[str, Any] = {"received_on": timezone.localdate().isoformat()}
    given = request.GET
    if (key := given.get("invoice", "")).isdecimal() and len(key) < 19:
        invoice = Invoice.objects.visible_to(request.user).unpaid().filter(pk=key).select_related("client").first()
        if invoice:
            of = {"client": invoice.client.holder_id, "seller": invoice.seller_id, "currency": invoice.currency}
            return starting | of | {"amount": str(invoice.balance_amount), "reference": invoice.number}
    if (key := given.get("client", "")).isdecimal() and len(key) < 19:
        client = Client.objects.visible_to(request.user).filter(pk=key).first()
        if client:
            starting |= {"seller": client.default_seller_id, "currency": client.currency}
    return starting


def _book(request: SignedIn, form: PaymentForm) -> Payment:
    return book_payment(form.receipt(), settles=form.settles(), by=request.user, at=timezone.now())


def _context(request: SignedIn, payment: Payment) -> dict[str, Any]:
    may_change = may(request.user, "payment.change")
    context: dict[str, Any] = {"payment": payment, "allocations": standing(payment), "may_change": may_change}
    context["refunds"] = payment.refunds.select_related("made_by")
    context["may_return"] = payment.refunded_amount < payment.amount
    if may_change and payment.unapplied_amount > 0:
        owed = _owed(request, payment.client, payment.seller, payment.currency)
        context["form"] = SettleForm(owed=owed, proposed=_proposed(payment, owed), paid_on=payment.received_on)
    return context
