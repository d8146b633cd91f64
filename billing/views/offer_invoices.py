"""Fixed prices on invoices: an advance, or what is left of the price."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.offer_acts import OfferInvoiceForm
from billing.models import Invoice, Offer
from billing.services.fixed_offers import draft_fixed_offer, draft_offer_advance
from billing.views.rate_questions import question_in
from clients.views.acting import attempt
from crm.access import may
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

TEMPLATE = "billing/offer_invoice.html"


@require_http_methods(["GET", "POST"])
@requires("invoice.draft")
def offer_invoice(request: SignedIn, pk: int) -> HttpResponse:
    """Drafts the invoice of a fixed price; a consultant who sees no invoices stays on the offer."""
    seen = Offer.objects.visible_to(request.user).priced_for(request.user).invoiceable_by(request.user)
    rows = seen.filter(basis=Offer.Basis.FIXED).with_billed_amounts()
    offer = get_object_or_404(rows.select_related("client"), pk=pk)
    if not offer.shows_price:
        raise Http404
    form = OfferInvoiceForm(request.POST or None, initial={"what": "rest"})
    context = {"form": form, "offer": offer}
    if request.method == "GET":
        return page(request, TEMPLATE, context, fragment="dialog")
    draft = attempt(form, lambda: _draft(request, offer, form)) if form.is_valid() else None
    if draft is None:
        context |= question_in(form, user=request.user, back=request.path)
        return respond_422(request, TEMPLATE, context, fragment="dialog")
    flash(request, _("The draft is made."))
    if may(request.user, "invoice.see"):
        return redirect("billing:invoice_detail", draft.pk)
    return redirect("billing:offer_detail", pk)


def _draft(request: SignedIn, offer: Offer, form: OfferInvoiceForm) -> Invoice:
    on = timezone.localdate()
    if form.cleaned_data["what"] == "advance":
        return draft_offer_advance(offer, amount=form.cleaned_data["amount"], by=request.user, on=on)
    return draft_fixed_offer(offer, by=request.user, on=on)
