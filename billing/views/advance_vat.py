"""Advance VAT invoices of Russian companies: which receipts owe one, those made, and one with its deductions."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.documents.advance_vat_files import advance_vat_content, missing_for_advance_upd
from billing.exports.advance_vat import ADVANCE_VAT
from billing.filters.advance_vat import AdvanceVatListFilter
from billing.forms.advance_vat import ReceiptsForm
from billing.forms.service_acts import WithdrawForm
from billing.models import AdvanceVatFile, AdvanceVatInvoice, Invoice
from billing.services.advance_receipts import Receipt, awaiting_receipts
from billing.services.advance_vat import (
    deduct_paid_back,
    issue_advance_vat,
    moved_away,
    paid_back_amount,
    rows_stated,
    withdraw_advance_vat,
)
from clients.views.acting import act_once, answer
from crm.access import may
from crm.exports import export_response
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires

PAGE = "billing/advance_vat_list.html"
SHOWN = 200
TYPES = {AdvanceVatFile.Format.PDF: "application/pdf", AdvanceVatFile.Format.UPD: "application/xml"}


@require_safe
@requires("service_act.see")
def advance_vat_list(request: SignedIn) -> HttpResponse | FileResponse:
    """What waits and what was made. `?format=csv` or `xlsx` is the file of the list as it is filtered."""
    if form := request.GET.get("format"):
        return export_response(request, _filtered(request).qs, ADVANCE_VAT, form=form)
    part = "rows" if request.headers.get("HX-Target") == "rows" else "work"
    return page(request, PAGE, _context(request), fragment=part)


@require_POST
@requires("service_act.change")
def advance_vat_make(request: SignedIn) -> HttpResponse:
    """Makes a VAT invoice of each receipt that is ticked; those that were refused are named with the reason."""
    receipts = _waiting(request)
    form = ReceiptsForm(request.POST, receipts=receipts[:SHOWN])
    if not form.is_valid():
        return respond_422(request, PAGE, _context(request, form=form, receipts=receipts), fragment="work")
    made, refused = _make(request, form)
    if refused:
        context = _context(request, refused=refused, made=made)
        return respond_422(request, PAGE, context, fragment="work")
    words = ngettext("%(n)s advance VAT invoice is made.", "%(n)s advance VAT invoices are made.", made)
    flash(request, words % {"n": made})
    return redirect("billing:advance_vat_list")


@require_safe
@requires("service_act.see")
def advance_vat_detail(request: SignedIn, pk: int) -> HttpResponse:
    advance = _advance(request, pk)
    deductions = advance.deductions.select_related("act__withdrawal", "act__package", "refund", "made_by")
    context = {
        "advance": advance,
        "rows": rows_stated(advance),
        "deductions": deductions,
        "missing": list(missing_for_advance_upd(advance)),
        "paid_back": paid_back_amount(advance),
        "moved": moved_away(advance),
        "may_change": may(request.user, "service_act.change"),
    }
    return page(request, "billing/advance_vat_detail.html", context, fragment="body")


@require_safe
@requires("service_act.see")
def advance_vat_file(request: SignedIn, pk: int, form: str) -> HttpResponse:
    """The same bytes each time; a UPD that lacks something says what."""
    if form not in AdvanceVatFile.Format.values:
        raise Http404
    kind = AdvanceVatFile.Format(form)
    try:
        name, content = advance_vat_content(_advance(request, pk), kind)
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
        return redirect("billing:advance_vat_detail", pk)
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
    return HttpResponse(content, content_type=TYPES[kind], headers=headers)


@require_http_methods(["GET", "POST"])
@requires("service_act.change")
def advance_vat_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Takes a wrong one back, so that its money may have another one."""
    advance = _advance(request, pk)
    form, today = WithdrawForm(request.POST or None), timezone.localdate()
    return answer(
        request,
        form,
        lambda: withdraw_advance_vat(advance, **form.cleaned_data, on=today, by=request.user, at=timezone.now()),
        template="billing/advance_vat_withdraw.html",
        context={"advance": advance},
        said=lambda _withdrawal: _("It is taken back; the money waits for another one."),
        fallback=reverse("billing:advance_vat_detail", args=[pk]),
    )


@require_POST
@requires("service_act.change")
def advance_vat_deduct(request: SignedIn, pk: int) -> HttpResponse:
    """Deducts the VAT of money that was paid back."""
    advance = _advance(request, pk)
    return act_once(
        request,
        lambda: deduct_paid_back(advance, on=timezone.localdate(), by=request.user, at=timezone.now()),
        _("The VAT of what was paid back is deducted."),
        fallback=reverse("billing:advance_vat_detail", args=[pk]),
    )


def _make(request: SignedIn, form: ReceiptsForm) -> tuple[int, list[tuple[Receipt, ValidationError]]]:
    made, refused = 0, []
    for receipt, number, day in form.chosen():
        try:
            issue_advance_vat(
                receipt.payment,
                receipt.invoice,
                issued_on=day,
                payment_number=number,
                by=request.user,
                at=timezone.now(),
            )
            made += 1
        except ValidationError as error:
            refused.append((receipt, error))
    return made, refused


def _advance(request: SignedIn, pk: int) -> AdvanceVatInvoice:
    rows = AdvanceVatInvoice.objects.visible_to(request.user).with_rest()
    return get_object_or_404(rows.select_related("invoice__client", "payment", "seller", "withdrawal"), pk=pk)


def _waiting(request: SignedIn) -> list[Receipt]:
    return awaiting_receipts(Invoice.objects.visible_to(request.user), until=timezone.localdate())


def _filtered(request: SignedIn) -> AdvanceVatListFilter:
    rows = AdvanceVatInvoice.objects.visible_to(request.user).with_rest()
    rows = rows.select_related("invoice__client", "seller", "withdrawal")
    return AdvanceVatListFilter(request.GET, queryset=rows, request=request)


def _context(request: SignedIn, **more: Any) -> dict[str, Any]:
    filtered, today = _filtered(request), timezone.localdate()
    receipts = more.pop("receipts", None) or _waiting(request)
    form = more.pop("form", None) or ReceiptsForm(receipts=receipts[:SHOWN], initial={"issued_on": today})
    return {
        "waiting": [(row, form.ticks(row), form.number_of(row), row.is_late(today)) for row in receipts[:SHOWN]],
        "late": sum(row.is_late(today) for row in receipts),
        "is_cut": len(receipts) > SHOWN,
        "form": form,
        "filter": filtered,
        "page": paginate(request, filtered.qs if filtered.is_valid() else AdvanceVatInvoice.objects.none()),
        "is_filtered": bool({*request.GET} - {"page", "ordering"}),
        "may_change": may(request.user, "service_act.change"),
        **more,
    }
