"""Engagements, hourly prices and period locks: the terms under which time is logged and billed."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.forms.terms import EngagementForm, LockForm, RateForm
from billing.models import Engagement, PeriodLock, Rate
from billing.services.engagements import change_engagement, close_engagement, open_engagement
from billing.services.locks import lock_period
from billing.services.low_prices import keep_rate
from clients.models import Client
from clients.views.acting import valued_page
from crm.access import may
from crm.db import by_name
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires


@require_GET
@requires("engagement.see")
def engagement_list(request: SignedIn) -> HttpResponse:
    changeable = Engagement.objects.changeable_by(request.user)
    rows = Engagement.objects.visible_to(request.user).with_may_change(changeable)
    rows = rows.select_related("client", "lead", "service_line")
    if not request.GET.get("all"):
        rows = rows.open()
    if text := request.GET.get("q", "").strip()[:100]:
        rows = rows.filter(client__in=Client.objects.matching(text, request.user)) | rows.filter(name__icontains=text)
    context = {"page": valued_page(request, rows.order_by(by_name("client__name"), "pk")), "query": request.GET}
    return page(request, "billing/engagement_list.html", context, fragment="rows")


@require_http_methods(["GET", "POST"])
@requires("engagement.change")
def engagement_new(request: SignedIn) -> HttpResponse:
    initial = {"client": request.GET.get("client"), "lead": request.user, "started_on": timezone.localdate()}
    form = EngagementForm(request.POST or None, user=request.user, initial=initial)
    if saved(request, form, lambda: open_engagement(form.instance, members=list(form.cleaned_data["members"]))):
        flash(request, _("The engagement is open."))
        return redirect("billing:engagement_list")
    return shown_form(request, "billing/engagement_new.html", form)


@require_http_methods(["GET", "POST"])
@requires("engagement.change")
def engagement_edit(request: SignedIn, pk: int) -> HttpResponse:
    engagement = _changeable(request, pk)
    form = EngagementForm(request.POST or None, instance=engagement, user=request.user)
    today = timezone.localdate()
    if saved(
        request, form, lambda: change_engagement(engagement, members=list(form.cleaned_data["members"]), on=today)
    ):
        flash(request, _("The engagement is changed."))
        return redirect("billing:engagement_list")
    return shown_form(request, "billing/engagement_edit.html", form, engagement=engagement)


@require_POST
@requires("engagement.change")
def engagement_close(request: SignedIn, pk: int) -> HttpResponse:
    try:
        close_engagement(_changeable(request, pk), on=timezone.localdate())
    except ValidationError as error:
        warn(request, " ".join(error.messages))
    else:
        flash(request, _("The engagement is closed."))
    return redirect("billing:engagement_list")


@require_GET
@requires("rate.see")
def rate_list(request: SignedIn) -> HttpResponse:
    """All prices, the most specific scope first, as the choice goes."""
    rows = Rate.objects.visible_to(request.user).select_related("seller", "client", "employee", "service_line")
    if not request.GET.get("all"):
        rows = rows.dated(on=timezone.localdate())
    ordered = rows.order_by(
        "seller", by_name("client__name"), by_name("employee__last_name"), "service_line__name", "-valid_from"
    )
    context = {"page": paginate(request, ordered), "query": request.GET}
    return page(request, "billing/rate_list.html", context, fragment="rows")


@require_http_methods(["GET", "POST"])
@requires("rate.change")
def rate_new(request: SignedIn) -> HttpResponse:
    form = RateForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    if saved(request, form, lambda: keep_rate(form.instance, by=request.user, at=timezone.now())):
        flash(request, _rate_kept(form.instance) or _("The rate is kept; it changes nothing that is approved."))
        return redirect("billing:rate_list")
    return shown_form(request, "billing/rate_new.html", form)


@require_http_methods(["GET", "POST"])
@requires("rate.change")
def rate_edit(request: SignedIn, pk: int) -> HttpResponse:
    rate = get_object_or_404(Rate.objects.visible_to(request.user), pk=pk)
    form = RateForm(request.POST or None, instance=rate)
    if saved(request, form, lambda: keep_rate(rate, by=request.user, at=timezone.now())):
        flash(request, _rate_kept(rate) or _("The rate is changed; it changes nothing that is approved."))
        return redirect("billing:rate_list")
    return shown_form(request, "billing/rate_edit.html", form, rate=rate)


@require_http_methods(["GET", "POST"])
@requires("lock.see")
def lock_list(request: SignedIn) -> HttpResponse:
    """The locks that count, their history, and the form for the next one."""
    form = LockForm(request.POST or None)
    if request.method == "POST":
        _require_lock_right(request)
        if saved(request, form, lambda: lock_period(form.instance, by=request.user, at=timezone.now())):
            flash(request, _("The period is locked."))
            return redirect("billing:lock_list")
    locks = PeriodLock.objects.select_related("seller", "made_by")
    context = {"form": form, "locks": locks[:50], "newest": _newest()}
    return (respond_422 if form.is_bound else page)(request, "billing/lock_list.html", context)


def _rate_kept(rate: Rate) -> str:
    return "" if rate.approved else _("The rate waits for a partner: it lies too far below the ordinary price.")


def _newest() -> list[PeriodLock]:
    """The lock that counts for each kind and own company."""
    rows = PeriodLock.objects.order_by("kind", "seller_id", "-id").distinct("kind", "seller_id")
    return list(rows.select_related("seller", "made_by"))


def _require_lock_right(request: SignedIn) -> None:
    if not may(request.user, "lock.change"):
        raise PermissionDenied


def _changeable(request: SignedIn, pk: int) -> Engagement:
    engagement = get_object_or_404(Engagement.objects.visible_to(request.user), pk=pk)
    if not Engagement.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return engagement


def saved(request: SignedIn, form: "ModelForm[Any]", save: Callable[[], object]) -> bool:
    """Whether a POST was valid and saved; what a service or a constraint refuses stands in the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        save()
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def shown_form(request: SignedIn, template: str, form: "ModelForm[Any]", **context: object) -> HttpResponse:
    show = respond_422 if form.is_bound else page
    return show(request, template, {"form": form, **context}, fragment="dialog")
