"""Inquiries without a direct channel: routed with a reply, answered by a promised moment, ended as what they were."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.exports import INQUIRIES
from clients.filters.channels import InquiryListFilter
from clients.forms.channels import EndingForm, InquiryForm
from clients.models import Client, Inquiry
from clients.models.inquiry import InquiryQuery
from clients.panels import Place, panels_for
from clients.reports.inquiries import results
from clients.reports.shown import valued
from clients.services.inquiries import end_inquiry, route_inquiry
from clients.views.acting import answer, own
from clients.views.channels import ACT, FOR_PERSON
from clients.views.edits import FORM
from crm.exports import export_response
from crm.models import User
from crm.web.fragments import page
from crm.web.pages import asked_id, paginate, stable
from crm.web.rights import SignedIn, requires


def _inquiries(user: User) -> InquiryQuery:
    rows = Inquiry.objects.visible_to(user).with_may_change(Inquiry.objects.changeable_by(user))
    return rows.select_related("client", "contact", "owner", "wanted", "promise", "service_line")


@require_safe
@requires("inquiry.see")
def inquiry_list(request: SignedIn) -> HttpResponseBase:
    """Open ones first."""
    found = InquiryListFilter(request.GET, _inquiries(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), INQUIRIES, form=form)
    ordered = found.qs if "ordering" in request.GET else found.qs.order_by("-ended_at", "received_at", "pk")
    shown = paginate(request, ordered)
    valued(shown.rows, request.user)
    return page(request, "clients/inquiry_list.html", {"filter": found, "page": shown}, fragment="rows")


@require_safe
@requires("inquiry.see")
def inquiry_results(request: SignedIn) -> HttpResponse:
    return page(request, "clients/inquiry_results.html", {"results": results(request.user, at=timezone.now())})


@require_safe
@requires("inquiry.see")
def inquiry(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(_inquiries(request.user), pk=pk)
    valued([row], request.user)
    panels = [reverse(panel.url_name, args=[pk]) for panel in panels_for(request.user, Place.INQUIRY)]
    return page(request, "clients/inquiry.html", {"inquiry": row, "panels": panels}, fragment="body")


@FORM
@requires("inquiry.change")
def inquiry_new(request: SignedIn) -> HttpResponse:
    """`?client=` names whom; `?part=people` are the people of the client that was chosen."""
    client = Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
    row = Inquiry(client=client) if client else Inquiry()
    owner = client.account_manager_id if client else None
    first = {"client": client, "received_at": timezone.localtime(), "owner": owner or request.user.pk}
    form = InquiryForm(request.POST or None, instance=row, user=request.user, initial=first)
    if "part" in request.GET:
        return page(request, FOR_PERSON, {"form": form}, fragment="people")
    return answer(
        request,
        form,
        lambda: route_inquiry(form.filled(), by=request.user, at=timezone.now()),
        template=FOR_PERSON,
        context={
            "title": _("Route an inquiry"),
            "lede": _("From somebody without a direct channel: say what they were told, and who answers."),
            "back": reverse("clients:inquiry_list"),
            "back_words": _("Inquiries"),
        },
        said=lambda made: _("%(person)s answers, and has promised it.") % {"person": made.owner},
    )


@FORM
@requires("inquiry.change")
def inquiry_end(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Inquiry.objects.all(), request.user, pk)
    form = EndingForm(request.POST or None, initial={"service_line": row.service_line_id})
    return answer(
        request,
        form,
        lambda: end_inquiry(row, form.ending, at=timezone.now()),
        template=ACT,
        context={
            "title": _("What came of it"),
            "lede": row.text,
            "back": reverse("clients:inquiry", args=[pk]),
            "back_words": _("Inquiry"),
        },
        said=lambda _row: _("The inquiry has ended."),
    )
