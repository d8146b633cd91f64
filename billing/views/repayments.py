"""Money that leaves again: a client's credit paid back, a payment returned by the client's bank."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.payments import LeavingForm, RefundForm
from billing.models import Payment
from billing.services.repayments import refund_payment, return_payment
from clients.views.acting import answer
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "POST"])
@requires("payment.change")
def payment_refund(request: SignedIn, pk: int) -> HttpResponse:
    """Pays back what settles nothing, or a part of it."""
    payment = _payment(request, pk)
    starting = {"paid_on": timezone.localdate(), "amount": payment.unapplied_amount}
    form = RefundForm(request.POST or None, initial=starting)
    return answer(
        request,
        form,
        lambda: refund_payment(payment, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="billing/payment_refund.html",
        context={"payment": payment},
        said=lambda _refund: _("Paid back."),
        fallback=reverse("billing:payment_detail", args=[pk]),
    )


@require_http_methods(["GET", "POST"])
@requires("payment.change")
def payment_return(request: SignedIn, pk: int) -> HttpResponse:
    """The bank took the payment back; what it settled is owed again."""
    payment = _payment(request, pk)
    form = LeavingForm(request.POST or None, initial={"paid_on": timezone.localdate()})
    return answer(
        request,
        form,
        lambda: return_payment(payment, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="billing/payment_return.html",
        context={"payment": payment},
        said=lambda _refund: _("The payment is returned; its invoices are owed again."),
        fallback=reverse("billing:payment_detail", args=[pk]),
    )


def _payment(request: SignedIn, pk: int) -> Payment:
    rows = Payment.objects.visible_to(request.user).with_unapplied()
    return get_object_or_404(rows.select_related("client", "seller"), pk=pk)
