"""Acts on a package beside selling: a partner's extension, a refund, the end of clients' links; and the liability."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.exports import LIABILITY
from billing.forms.packages import CorrectionForm, ExtendForm, PackageTermsForm, PeriodForm, RefundForm
from billing.models import HourPackage, TimeEntry
from billing.reports.liability import liabilities
from billing.services.agreed_drafts import draft_sold_hours, uninvoiced_sales
from billing.services.corrections import credit_hours, creditable_minutes
from billing.services.extensions import extend_package
from billing.services.packages import change_terms
from billing.services.refunds import refund_package, refundable
from billing.services.statements import issue_statement
from billing.views.rate_questions import question_in
from clients.views.acting import answer, attempt, own
from crm.access import may
from crm.exports import export_response
from crm.links import revoke_link
from crm.models import SignedLink
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "POST"])
@requires("package.extend")
def package_extend(request: SignedIn, pk: int) -> HttpResponse:
    package, form = _package(request, pk), ExtendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        on, at = timezone.localdate(), timezone.now()
        try:
            extend_package(package, **form.cleaned_data, by=request.user, on=on, at=at)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            flash(request, _("The last day was moved."))
            return redirect("billing:package_detail", pk)
    return _dialog(request, "billing/package_extend.html", form, package)


@require_http_methods(["GET", "POST"])
@requires("package.refund")
def package_refund(request: SignedIn, pk: int) -> HttpResponse:
    """Offers all that is unused at what it cost; less may be given back, never more."""
    package = _package(request, pk)
    free = max(0, package.available_minutes)
    form = RefundForm(request.POST or None, initial={"minutes": free, "amount": refundable(package, free)})
    if request.method == "POST" and form.is_valid():
        on, at = timezone.localdate(), timezone.now()
        try:
            refund_package(package, **form.cleaned_data, by=request.user, on=on, at=at)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            flash(request, _("The hours are refunded."))
            return redirect("billing:package_detail", pk)
    return _dialog(request, "billing/package_refund.html", form, package)


@require_http_methods(["GET", "POST"])
@requires("invoice.draft")
def package_invoice(request: SignedIn, pk: int) -> HttpResponse:
    """Drafts anew what of the sold hours stands on no invoice; a changed VAT rate asks its question here."""
    package, form = _package(request, pk), forms.Form(request.POST or None)
    context: dict[str, Any] = {"form": form, "package": package, "sales": uninvoiced_sales(package)}
    if request.method == "GET":
        return page(request, "billing/package_invoice.html", context, fragment="dialog")
    form = context["form"] = forms.Form(request.POST)
    on = timezone.localdate()
    drafts = attempt(form, lambda: draft_sold_hours(package, by=request.user, on=on)) if form.is_valid() else None
    if not drafts:
        context |= question_in(form, user=request.user, back=request.path)
        return respond_422(request, "billing/package_invoice.html", context, fragment="dialog")
    flash(request, _("The draft is made."))
    if may(request.user, "invoice.see"):
        return redirect("billing:invoice_detail", drafts[0].pk)
    return redirect("billing:package_detail", pk)


@require_http_methods(["GET", "POST"])
@requires("package.change")
def package_correct(request: SignedIn, pk: int, entry: int) -> HttpResponse:
    """Gives hours of locked work back; offers all that the work drew and has not got back yet."""
    package = own(HourPackage.objects.with_balance(), request.user, pk)
    work = get_object_or_404(
        TimeEntry.objects.select_related("employee"), ledger_rows__account=package.account_id, pk=entry
    )
    form = CorrectionForm(request.POST or None, initial={"minutes": creditable_minutes(work, package)})
    return answer(
        request,
        form,
        lambda: credit_hours(
            work, package, **form.cleaned_data, by=request.user, on=timezone.localdate(), at=timezone.now()
        ),
        template="billing/package_correct.html",
        context={"package": package, "entry": work},
        said=lambda done: _("The hours are back on %(name)s.") % {"name": done.package.name},
        fallback=reverse("billing:package_detail", args=[pk]),
    )


@require_http_methods(["GET", "POST"])
@requires("package.change")
def package_terms(request: SignedIn, pk: int) -> HttpResponse:
    """Changes what holds for coming draws; those that were booked keep theirs."""
    package = own(HourPackage.objects.with_balance(), request.user, pk)
    form = PackageTermsForm(request.POST or None, instance=package)
    return answer(
        request,
        form,
        lambda: change_terms(
            package,
            lines=form.cleaned_data["service_lines"],
            burns=form.burns(),
            by=request.user,
            at=timezone.now(),
        ),
        template="billing/package_terms.html",
        context={"package": package},
        said=lambda _package: _("The terms are changed."),
        fallback=reverse("billing:package_detail", args=[pk]),
    )


@require_POST
@requires("package.change")
def package_issue(request: SignedIn, pk: int) -> HttpResponse:
    """The statement of a period is the client's from now on: its prepaid work changes by a correction only."""
    package, form = own(HourPackage.objects.all(), request.user, pk), PeriodForm(request.POST)
    on, at, period = timezone.localdate(), timezone.now(), form.cleaned_data if form.is_valid() else None
    if period and (done := attempt(form, lambda: issue_statement(package, **period, by=request.user, on=on, at=at))):
        flash(request, _("The statement is issued."))
        asked = urlencode({"first": done.first_on.isoformat(), "last": done.last_on.isoformat()})
        return redirect(f"{reverse('billing:package_statement', args=[pk])}?{asked}")
    return respond_422(request, "billing/package_statement.html", {"package": package, "form": form})


@require_POST
@requires("package.change")
def package_unshare(request: SignedIn, pk: int) -> HttpResponse:
    """Ends every link to this package that is still open."""
    package, at = _package(request, pk), timezone.now()
    if not HourPackage.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    for link in SignedLink.objects.usable(at=at).filter(purpose=SignedLink.Purpose.STATEMENT, subject_id=package.pk):
        revoke_link(link, at=at)
    flash(request, _("The client's links no longer open."))
    return redirect("billing:package_detail", pk)


@require_GET
@requires("invoice.see")
def package_liability(request: SignedIn) -> HttpResponse | FileResponse:
    """What is owed in hours, by package; this year unless a period is asked. `?format=csv` or `xlsx` is the file."""
    today, form = timezone.localdate(), PeriodForm(request.GET or None)
    if form.is_bound and not form.is_valid():
        return respond_422(request, "billing/package_liability.html", {"form": form})
    first, last = _period(form, today)
    found = liabilities(HourPackage.objects.visible_to(request.user), first=first, last=last)
    if chosen := request.GET.get("format"):
        return export_response(request, found.rows, LIABILITY, form=chosen, of=HourPackage)
    context = {"form": form, "found": found}
    return page(request, "billing/package_liability.html", context, fragment="rows")


def _period(form: PeriodForm, today: date) -> tuple[date, date]:
    asked = form.cleaned_data if form.is_bound else {}
    last = asked.get("last") or today
    first = asked.get("first") or last.replace(month=1, day=1)
    return first, last


def _package(request: SignedIn, pk: int) -> HourPackage:
    return get_object_or_404(HourPackage.objects.visible_to(request.user).with_balance(), pk=pk)


def _dialog(request: HttpRequest, template: str, form: Any, package: HourPackage) -> HttpResponse:
    show = respond_422 if form.is_bound else page
    return show(request, template, {"form": form, "package": package}, fragment="dialog")
