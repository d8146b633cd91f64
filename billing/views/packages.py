"""Hour packages: the list, one package with its burn-down and ledger, selling, topping up, statements."""

from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.documents.statements import render_statement, statement_file
from billing.exports import PACKAGES, STATEMENT
from billing.forms.packages import PackageForm, PeriodForm, TopUpForm, VoidForm
from billing.models import HourPackage
from billing.models.packages import PackageQuery
from billing.reports.package_ledger import with_free
from billing.reports.packages import (
    correctable_entries,
    lead_of,
    package_context,
    shared_context,
    statement,
    statement_lines,
    top_up_price,
)
from billing.services.agreed_drafts import uninvoiced_sales
from billing.services.packages import sell_package, top_up, void_package
from billing.services.statements import holds_all, issued_for, share_package
from clients.models import Client
from clients.views.acting import valued_page
from crm.access import may
from crm.db import by_name
from crm.exports import export_response
from crm.links import find_link, log_opening
from crm.models import SignedLink
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires


@require_GET
@requires("package.see")
def package_list(request: SignedIn) -> HttpResponse:
    """Packages in use, those with the least hours left first; `?all=1` shows used up and expired ones too."""
    rows = _rows(request)
    shown = valued_page(request, rows.order_by(F("account__balance_minutes") * 1.0 / F("purchased_minutes"), "pk"))
    context = {"page": shown, "query": request.GET, "may_sell": may(request.user, "package.change")}
    return page(request, "billing/package_list.html", context, fragment="rows")


@require_GET
@requires("package.see")
def package_export(request: SignedIn, form: str) -> FileResponse:
    return export_response(request, _rows(request).order_by(by_name("client__name"), "pk"), PACKAGES, form=form)


@require_GET
@requires("package.see")
def package_detail(request: SignedIn, pk: int) -> HttpResponse:
    package = get_object_or_404(HourPackage.objects.visible_to(request.user).with_balance(), pk=pk)
    amounts = may(request.user, "invoice.see") or package.seller.consultants_see_rates
    show = request.GET.get("show", "")
    context = package_context(package, on=timezone.localdate(), amounts=amounts, show=show)
    changes = HourPackage.objects.changeable_by(request.user).filter(pk=pk).exists()
    context |= shared_context(package, at=timezone.now()) | {
        "can_change": changes,
        "correctable": correctable_entries(context["ledger"]) if changes else set(),
        "may_offer": changes and may(request.user, "offer.send"),
        "may_extend": may(request.user, "package.extend"),
        "may_refund": may(request.user, "package.refund"),
        "uninvoiced": uninvoiced_sales(package) if may(request.user, "invoice.change") else [],
    }
    return page(request, "billing/package_detail.html", context, fragment="ledger")


@require_http_methods(["GET", "POST"])
@requires("package.change")
def package_new(request: SignedIn) -> HttpResponse:
    initial = {"valid_from": timezone.localdate(), **{name: request.GET.get(name) for name in ("client", "hours")}}
    form = PackageForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid() and (sold := _sell(request, form)):
        flash(request, _("The package is sold: %(name)s.") % {"name": sold.name})
        return redirect("billing:package_detail", sold.pk)
    return _form(request, "billing/package_new.html", form)


@require_http_methods(["GET", "POST"])
@requires("package.change")
def package_top_up(request: SignedIn, pk: int) -> HttpResponse:
    package = _changeable(request, pk)
    hours = 100 if request.GET.get("hours") == "100" else 50
    form = TopUpForm(request.POST or None, initial={"hours": hours * 60, "price": top_up_price(package, hours * 60)})
    if request.method == "POST" and form.is_valid() and _add_hours(request, package, form):
        flash(request, _("The package is topped up."))
        return redirect("billing:package_detail", pk)
    return _form(request, "billing/package_top_up.html", form, package=package)


@require_http_methods(["GET", "POST"])
@requires("package.change")
def package_void(request: SignedIn, pk: int) -> HttpResponse:
    package, form = _changeable(request, pk), VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        on, at, reason = timezone.localdate(), timezone.now(), form.cleaned_data["reason"]
        try:
            void_package(package, reason=reason, by=request.user, on=on, at=at)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            flash(request, _("The package is void."))
            return redirect("billing:package_detail", pk)
    return _form(request, "billing/package_void.html", form, package=package)


@require_GET
@requires("package.see")
def package_statement(request: SignedIn, pk: int) -> HttpResponse | FileResponse:
    """The statement of a period on the screen and on paper, or as a file with `?format=csv` or `xlsx`."""
    package = get_object_or_404(HourPackage.objects.visible_to(request.user).with_balance(), pk=pk)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return respond_422(request, "billing/package_statement.html", {"package": package, "form": form})
    period = form.cleaned_data
    if request.GET.get("format") == "pdf":
        return _pdf(package, **period, working_copy=issued_for(package, **period) is None)
    if chosen := request.GET.get("format"):
        lines = statement_lines(package, statement(package, **period))
        return export_response(request, lines, STATEMENT, form=chosen, of=HourPackage)
    context = {
        "package": package,
        "form": form,
        "statement": statement(package, **period),
        "issued": issued_for(package, **period),
        "can_issue": HourPackage.objects.changeable_by(request.user).filter(pk=pk).exists(),
    }
    return page(request, "billing/package_statement.html", context)


@require_POST
@requires("package.change")
def package_share(request: SignedIn, pk: int) -> HttpResponse:
    """Makes a link for the client, shown once; what the client reads there until today is a statement issued."""
    package = _changeable(request, pk)
    secret = share_package(package, by=request.user, on=timezone.localdate(), at=timezone.now())
    return page(request, "billing/package_share.html", {"package": package, "secret": secret}, fragment="dialog")


@login_not_required
@require_GET
def package_public(request: HttpRequest, secret: str) -> HttpResponse:
    """What the client sees: balance and draws in their language, no prices, no notes."""
    at = timezone.now()
    link = find_link(secret, SignedLink.Purpose.STATEMENT, at=at)
    if link is None:
        return page(request, "billing/link_ended.html", status=HTTPStatus.GONE)
    log_opening(link, request, at=at)
    package = HourPackage.objects.with_balance().get(pk=link.subject_id)
    if request.GET.get("format") == "pdf":
        return _pdf(package, working_copy=not holds_all(package))
    with translation.override(package.client.language):
        context = package_context(package, on=timezone.localdate(), amounts=False)
        context["lead"] = lead_of(package)
        context["rows"] = with_free(package, statement(package).rows)
        return page(request, "billing/package_public.html", context)


def _pdf(
    package: HourPackage, *, first: date | None = None, last: date | None = None, working_copy: bool = False
) -> HttpResponse:
    on, found = timezone.localdate(), statement(package, first=first, last=last)
    content = render_statement(package, found, on=on, working_copy=working_copy)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{statement_file(package, on)}"'
    return response


def _rows(request: SignedIn) -> PackageQuery:
    rows = HourPackage.objects.visible_to(request.user).with_balance()
    if text := request.GET.get("q", "").strip()[:100]:
        rows = rows.filter(client__in=Client.objects.matching(text, request.user)) | rows.filter(name__icontains=text)
    if not request.GET.get("all"):
        rows = rows.valid(on=timezone.localdate()).exclude(account__balance_minutes=0)
    return rows


def _sell(request: SignedIn, form: PackageForm) -> HourPackage | None:
    on, at, lines = timezone.localdate(), timezone.now(), form.cleaned_data["service_lines"]
    try:
        return sell_package(form.instance, service_lines=list(lines), by=request.user, on=on, at=at)
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _add_hours(request: SignedIn, package: HourPackage, form: TopUpForm) -> bool:
    on, at, chosen = timezone.localdate(), timezone.now(), form.cleaned_data
    try:
        top_up(package, minutes=chosen["hours"], price=chosen["price"], by=request.user, on=on, at=at)
    except ValidationError as error:
        form.add_error(None, error)
    return not form.errors


def _changeable(request: SignedIn, pk: int) -> HourPackage:
    """404 for what one may not see, 403 for what one may see only."""
    package = get_object_or_404(HourPackage.objects.visible_to(request.user).with_balance(), pk=pk)
    if not HourPackage.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return package


def _form(request: SignedIn, template: str, form: Any, **context: object) -> HttpResponse:
    show = respond_422 if form.is_bound else page
    return show(request, template, {"form": form, **context}, fragment="dialog")
