"""What was sold from an inquiry: a panel on its page, and the act that links the offer or the work."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.inquiry_sales import InquiryLinkForm
from billing.models import InquirySale, Offer, TimeEntry
from billing.services.inquiry_sales import link_sale, unlink_sale
from clients.models import Inquiry
from clients.views.acting import act_once, answer, own
from crm.access import may
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("inquiry.see")
def inquiry_sale(request: SignedIn, pk: int) -> HttpResponse:
    rows = Inquiry.objects.visible_to(request.user).with_may_change(Inquiry.objects.changeable_by(request.user))
    inquiry = get_object_or_404(rows.select_related("client", "service_line"), pk=pk)
    link = InquirySale.objects.filter(inquiry=inquiry).select_related("offer", "entry").first()
    context = {
        "inquiry": inquiry,
        "link": link,
        "sees_offer": bool(link and Offer.objects.visible_to(request.user).filter(pk=link.offer_id or 0).exists()),
        "sees_work": bool(link and TimeEntry.objects.visible_to(request.user).filter(pk=link.entry_id or 0).exists()),
        "may_change": may(request.user, "inquiry.change") and inquiry.may_change,
        "may_offer": may(request.user, "offer.change"),
    }
    return page(request, "billing/inquiry_sale.html", context, fragment="panel")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("inquiry.change")
def inquiry_link(request: SignedIn, pk: int) -> HttpResponse:
    inquiry = own(Inquiry.objects.select_related("client"), request.user, pk)
    form = InquiryLinkForm(request.POST or None, inquiry=inquiry, user=request.user)
    return answer(
        request,
        form,
        lambda: link_sale(inquiry, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="components/act.html",
        context={
            "title": _("What came of it"),
            "lede": inquiry.text,
            "button": _("Link"),
            "back": reverse("clients:inquiry", args=[pk]),
            "back_words": _("Inquiry"),
        },
        said=lambda _link: _("The inquiry is linked to what came of it."),
        undo=reverse("billing:inquiry_unlink", args=[pk]),
    )


@require_POST
@requires("inquiry.change")
def inquiry_unlink(request: SignedIn, pk: int) -> HttpResponse:
    inquiry = own(Inquiry.objects.all(), request.user, pk)
    link = get_object_or_404(InquirySale, inquiry=inquiry)
    back = reverse("clients:inquiry", args=[pk])
    return act_once(request, lambda: unlink_sale(link), _("The link is taken back."), fallback=back)
