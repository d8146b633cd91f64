"""The lines of a draft: written by hand, changed, moved without dragging, removed; sums follow at once."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.lines import LineForm, WordsForm, initial_of
from billing.models import Invoice, InvoiceLine
from billing.reports.sums import sum_with
from billing.services.drafts import HAND_KINDS, add_hand_line, change_line, move_line, remove_line, rewrite_line
from clients.views.acting import act_once, answer
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires

NEW, EDIT = "billing/invoice_line_new.html", "billing/invoice_line_edit.html"


@require_http_methods(["GET", "POST"])
@requires("invoice.change")
def invoice_line_new(request: SignedIn, pk: int) -> HttpResponse:
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    today = timezone.localdate()
    starting = {"quantity": 1, "unit": "HUR", "kind": InvoiceLine.Kind.FIXED, "vat": "S", "supplied_on": today}
    form = LineForm(request.POST or None, initial=starting, invoice=invoice)
    return answer(
        request,
        form,
        lambda: add_hand_line(invoice, form.written(), on=today),
        template=NEW,
        context={"invoice": invoice},
        said=lambda _line: _("Line added."),
        fallback=_url(invoice),
    )


@require_http_methods(["GET", "POST"])
@requires("invoice.change")
def invoice_line_edit(request: SignedIn, pk: int) -> HttpResponse:
    """A line by hand in full; of a line made of work only the words."""
    line = _line(request, pk)
    today = timezone.localdate()
    is_worked = line.kind not in HAND_KINDS or line.billed.exists()
    words = WordsForm(request.POST or None, instance=line)
    form = LineForm(request.POST or None, initial=initial_of(line), invoice=line.invoice)
    return answer(
        request,
        words if is_worked else form,
        lambda: change_line(line, **words.cleaned_data) if is_worked else rewrite_line(line, form.written(), on=today),
        template=EDIT,
        context={"invoice": line.invoice, "line": line, "is_worked": is_worked},
        said=lambda _line: _("Line changed."),
        fallback=_url(line.invoice),
    )


@require_safe
@requires("invoice.change")
def invoice_line_sum(request: SignedIn, pk: int) -> HttpResponse:
    """What the line being typed comes to, with VAT, and the draft with it; silent while it is incomplete."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).select_related("seller"), pk=pk)
    form = LineForm(request.GET, invoice=invoice)
    asked = request.GET.get("line", "")
    old = invoice.lines.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None
    try:
        found = sum_with(invoice, form.written(), on=timezone.localdate(), instead_of=old) if form.is_valid() else None
    except ValidationError:  # a day without a VAT rate is named when it is saved
        found = None
    return page(request, "billing/invoice_line_sum.html", {"invoice": invoice, "sum": found}, fragment="sum")


@require_POST
@requires("invoice.change")
def invoice_line_delete(request: SignedIn, pk: int) -> HttpResponse:
    line = _line(request, pk)
    return act_once(request, lambda: remove_line(line), _("Line removed."), fallback=_url(line.invoice))


@require_POST
@requires("invoice.change")
def invoice_line_move(request: SignedIn, pk: int) -> HttpResponse:
    """One place up, or down with `?down`; undone by the opposite button."""
    line = _line(request, pk)
    up = "down" not in request.POST
    return act_once(request, lambda: move_line(line, up=up), _("Line moved."), fallback=_url(line.invoice))


def _line(request: SignedIn, pk: int) -> InvoiceLine:
    seen = Invoice.objects.visible_to(request.user)
    return get_object_or_404(InvoiceLine.objects.filter(invoice__in=seen).select_related("invoice__seller"), pk=pk)


def _url(invoice: Invoice) -> str:
    return reverse("billing:invoice_detail", args=[invoice.pk])
