"""The register of direct channels: who holds whose card, mail or number; granted, reviewed, taken back."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.exports import CHANNELS, REACH
from clients.filters.channels import GrantListFilter
from clients.forms.channels import GrantForm, KeepForm, RevokeForm
from clients.models import Client, DirectChannelGrant
from clients.models.channel import GrantQuery
from clients.reports.channels import reach
from clients.reports.shown import valued
from clients.services.call_backs import Calls, calls_of
from clients.services.channels import grant_channel, keep_channel, revoke_channel
from clients.views.acting import answer, own
from clients.views.edits import FORM
from crm.access import may
from crm.exports import export_response
from crm.models import User
from crm.web.fragments import page
from crm.web.pages import asked_id, paginate, stable
from crm.web.rights import SignedIn, requires

ACT, FOR_PERSON = "components/act.html", "clients/for_person.html"


def _grants(user: User) -> GrantQuery:
    rows = DirectChannelGrant.objects.visible_to(user)
    return rows.with_may_change(DirectChannelGrant.objects.changeable_by(user)).select_related(
        "client", "contact", "employee", "approved_by", "granted_by"
    )


@require_safe
@requires("channel.see")
def grant_list(request: SignedIn) -> HttpResponseBase:
    """Current ones, unless those that were taken back are asked for."""
    rows = _grants(request.user)
    found = GrantListFilter(request.GET, rows, request=request)
    shown = found.qs if request.GET.get("revoked") else found.qs.filter(revoked_on=None)
    if form := request.GET.get("format"):
        return export_response(request, stable(shown), CHANNELS, form=form)
    rows_of_page = paginate(request, shown)
    valued(rows_of_page.rows, request.user)
    context = {"filter": found, "page": rows_of_page, "calls": calls_of(rows_of_page.rows, at=timezone.now())}
    return page(request, "clients/grant_list.html", context, fragment="rows")


@require_safe
@requires("channel.see")
def channel_reach(request: SignedIn) -> HttpResponseBase:
    rows = reach(request.user)
    if form := request.GET.get("format"):
        return export_response(request, rows, REACH, form=form, of=DirectChannelGrant)
    return page(request, "clients/channel_reach.html", {"rows": rows})


@require_safe
@requires("channel.see")
def grant(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(_grants(request.user), pk=pk)
    valued([row], request.user)
    calls = calls_of([row], at=timezone.now()).get(row.pk, Calls())
    return page(request, "clients/grant.html", {"grant": row, "calls": calls}, fragment="body")


@FORM
@requires("channel.change")
def grant_new(request: SignedIn) -> HttpResponse:
    """`?client=` names whom; `?part=people` are the people of the client that was chosen."""
    client = Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
    row = DirectChannelGrant(client=client) if client else DirectChannelGrant()
    first = {"client": client, "granted_on": timezone.localdate(), "employee": request.user.pk}
    form = GrantForm(request.POST or None, instance=row, user=request.user, initial=first)
    if "part" in request.GET:
        return page(request, FOR_PERSON, {"form": form}, fragment="people")
    return answer(
        request,
        form,
        lambda: grant_channel(form.filled(), by=request.user, at=timezone.now()),
        template=FOR_PERSON,
        context={"title": _("New direct channel"), **_back()},
        said=lambda made: _("%(person)s holds the channel.") % {"person": made.contact},
    )


@FORM
@requires("channel.override")
def grant_keep(request: SignedIn, pk: int) -> HttpResponse:
    row = own(DirectChannelGrant.objects.select_related("contact"), request.user, pk)
    form = KeepForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: keep_channel(row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": _("Let the channel stand"), "lede": str(row), **_back(pk)},
        said=lambda _row: _("The channel stays."),
    )


@FORM
@requires("channel.change")
def grant_revoke(request: SignedIn, pk: int) -> HttpResponse:
    row = own(DirectChannelGrant.objects.select_related("contact"), request.user, pk)
    form = RevokeForm(request.POST or None, initial={"on": timezone.localdate()})
    return answer(
        request,
        form,
        lambda: revoke_channel(row, on=form.cleaned_data["on"], by=request.user, at=timezone.now()),
        template=ACT,
        context={"title": _("Take the channel back"), "lede": str(row), "button": _("Take it back"), **_back(pk)},
        said=lambda _row: _("The channel is taken back."),
    )


@require_safe
@requires("channel.see")
def client_channels(request: SignedIn, pk: int) -> HttpResponse:
    """A panel of the card, or a page of its own."""
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    rows = _grants(request.user).current().filter(client__in=client.family)
    may_grant = may(request.user, "channel.change") and Client.objects.changeable_by(request.user).filter(pk=pk)
    context = {"client": client, "grants": rows, "may_grant": bool(may_grant)}
    return page(request, "clients/client_channels.html", context, fragment="panel")


def _back(pk: int | None = None) -> dict[str, str]:
    if pk:
        return {"back": reverse("clients:grant", args=[pk]), "back_words": _("Direct channel")}
    return {"back": reverse("clients:grant_list"), "back_words": _("Direct channels")}
