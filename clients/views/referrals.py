"""Referrals: the list of all, the panel on the client card, and writing one down."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.exports import REFERRALS
from clients.filters.referrals import ReferralListFilter
from clients.forms.referral import ReferralForm
from clients.models import Client, Referral
from clients.reports.referrals import referrals_of
from clients.reports.shown import base_currency
from clients.services.referrals import save_referral
from clients.views.acting import answer, own, settled, valued_page
from clients.views.edits import FORM
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import stable
from crm.web.rights import SignedIn, requires


@require_safe
@requires("referral.see")
def client_referrals(request: SignedIn, pk: int) -> HttpResponse:
    """A panel of the card, or a page of its own."""
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    context = {
        "client": client,
        "referrals": referrals_of(client, request.user),
        "currency": base_currency(),
        "may_change": Client.objects.changeable_by(request.user).filter(pk=pk).exists(),
    }
    return page(request, "clients/client_referrals.html", context, fragment="panel")


@require_safe
@requires("referral.see")
def referral_list(request: SignedIn) -> HttpResponseBase:
    """Who sent us whom, as far as the person sees both, with what came of it."""
    rows = Referral.objects.visible_to(request.user).with_shown_amounts(request.user)
    found = ReferralListFilter(request.GET, rows.select_related("client", "referrer", "contact"), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), REFERRALS, form=form)
    context = {"filter": found, "page": valued_page(request, found.qs), "currency": base_currency()}
    return page(request, "clients/referral_list.html", context, fragment="rows")


@FORM
@requires("referral.change")
def referral_new(request: SignedIn, pk: int) -> HttpResponse:
    referrer, on = own(Client.objects.all(), request.user, pk), timezone.localdate()
    form = ReferralForm(request.POST or None, referrer=referrer, user=request.user, initial={"referred_on": on})
    return answer(
        request,
        form,
        lambda: save_referral(form.filled(), on=on),
        template="components/act.html",
        context={
            "title": _("New referral"),
            "lede": referrer.name,
            "back": reverse("clients:client", args=[pk]),
            "back_words": referrer.name,
        },
        said=lambda made: _("%(name)s came through %(referrer)s.") % {"name": made.client, "referrer": referrer},
    )


@require_POST
@requires("referral.change")
def referral_delete(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Referral.objects.select_related("client"), request.user, pk)
    row.delete()
    back = reverse("clients:client", args=[row.referrer_id])
    return settled(request, _("The referral is deleted."), fallback=back)
