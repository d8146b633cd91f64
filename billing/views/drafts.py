"""Drafts: issued together or one by one, made from work, written, and dropped."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.invoices import BulkIssueForm, IssueForm
from billing.forms.lines import TextsForm
from billing.models import Invoice
from billing.reports.drafts import all_drafts, draft_rows
from billing.reports.e_invoices import DraftState, draft_state
from billing.services.currencies import DayRates
from billing.services.drafts import ask_again, change_texts, delete_draft
from billing.services.invoice_runs import queue_drafts
from billing.services.issuing import issue_invoice, problems_of
from billing.tasks import ask_for_issuing
from billing.views.draft_lists import narrowed, rows_of
from clients.views.acting import answer, attempt
from crm.models import User
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.pages import asked_id
from crm.web.rights import SignedIn, requires

AT_ONCE, SHOWN, MOST_LOOKS = 20, 50, 30
ISSUE, DELETE = "billing/invoice_issue.html", "billing/invoice_delete.html"


@require_http_methods(["GET", "POST"])
@requires("invoice.issue")
def invoice_bulk_issue(request: SignedIn) -> HttpResponse:
    """Asks once more and issues the chosen drafts, or with `?every` all ready ones that the list's filter finds.

    Each that fails is named, the others stand.
    """
    rates = DayRates(timezone.localdate())
    found = narrowed(request)
    every = "every" in request.GET
    chosen = rows_of(found) if every else found.queryset.filter(pk__in=_asked(request))
    drafts = all_drafts(chosen, rates=rates)
    starting = {"issued_on": rates.on, "draft": [] if every else request.GET.getlist("draft")}
    form = BulkIssueForm(request.POST or None, initial=starting, drafts=found.queryset, every=every)
    if request.method == "POST" and form.is_valid():
        asked = found.queryset.in_bulk(drafts.ready) if every else {}
        return _issue_all(request, [*asked.values()] or form.named(), on=form.cleaned_data["issued_on"])
    ids = drafts.ready if every else drafts.ids
    rows = draft_rows(found.queryset, ids[:SHOWN], rates=rates)
    context = {"form": form, "rows": rows, "count": len(ids), "every": every, "query": request.GET.urlencode()}
    return (respond_422 if form.is_bound else page)(
        request, "billing/invoice_bulk_issue.html", context, fragment="dialog"
    )


@require_http_methods(["GET", "POST"])
@requires("invoice.issue")
def invoice_issue(request: SignedIn, pk: int) -> HttpResponse:
    """Issues one draft under the next number; what stands against it is said in the form."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    form = IssueForm(request.POST or None, initial={"issued_on": timezone.localdate()})
    context = {"form": form, "invoice": invoice, "problems": problems_of(invoice), "check": _check(invoice)}
    if request.method == "GET":
        return page(request, ISSUE, context, fragment="dialog")
    issued = attempt(form, lambda: _issue(request, invoice, form)) if form.is_valid() else None
    if issued is None:
        return respond_422(request, ISSUE, context, fragment="dialog")
    flash(request, _("Invoice %(number)s is issued.") % {"number": issued.number})
    return redirect("billing:invoice_detail", pk)


@require_safe
@requires("invoice.see")
def invoice_check(request: SignedIn, pk: int) -> HttpResponse:
    """How the check of a draft's e-invoice stands; a page asks it again while it waits, for a minute."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).drafts().select_related("client"), pk=pk)
    looks = min(asked_id(request.GET.get("looks", "0")), MOST_LOOKS)
    context = {"invoice": invoice, "check": _check(invoice), "looks": looks + 1, "is_slow": looks >= MOST_LOOKS}
    return page(request, "billing/invoice_check.html", context, fragment="check")


@require_http_methods(["GET", "POST"])
@requires("invoice.change")
def invoice_edit(request: SignedIn, pk: int) -> HttpResponse:
    """The texts of a draft: the client's reference, and what is printed below the lines."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    form = TextsForm(request.POST or None, instance=invoice)
    return answer(
        request,
        form,
        lambda: change_texts(invoice, **form.cleaned_data),
        template="billing/invoice_edit.html",
        context={"invoice": invoice},
        said=lambda _draft: _("Texts changed."),
        fallback=reverse("billing:invoice_detail", args=[pk]),
    )


@require_http_methods(["GET", "POST"])
@requires("invoice.change")
def invoice_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Asks once more and drops a draft; its work can be drafted again."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).select_related("client"), pk=pk)
    form, context = forms.Form(request.POST), {"invoice": invoice}
    if request.method == "GET":
        return page(request, DELETE, context | {"form": form}, fragment="dialog")
    if not form.is_valid() or attempt(form, lambda: _delete(invoice)) is None:
        return respond_422(request, DELETE, context | {"form": form}, fragment="dialog")
    flash(request, _("The draft is gone; its work waits to be drafted again."))
    return redirect("billing:invoice_list")


def _check(draft: Invoice) -> DraftState:
    """Its state; what a client or own company changed since makes it pending, and a worker is asked anew."""
    found = draft_state(draft)
    if found.state == "pending":
        ask_again(draft)
    return found


def _asked(request: SignedIn) -> list[int]:
    given = request.POST if request.method == "POST" else request.GET
    return [asked_id(pk) for pk in given.getlist("draft")]


def _issue(request: SignedIn, invoice: Invoice, form: IssueForm) -> Invoice:
    return issue_invoice(invoice, issued_on=form.cleaned_data["issued_on"], by=request.user, at=timezone.now())


def _delete(invoice: Invoice) -> bool:
    delete_draft(invoice)
    return True


def _issue_all(request: SignedIn, drafts: list[Invoice], *, on: date) -> HttpResponse:
    """A handful at once; more, or what is not checked yet, in the background, with progress shown."""
    if len(drafts) <= AT_ONCE and all(draft_state(draft).state != "pending" for draft in drafts):
        _issue_each(request, drafts, on=on)
        return redirect("billing:invoice_list")
    queue_drafts(drafts, on=on, by=request.user)
    try:
        run = ask_for_issuing(by=request.user, on=timezone.localdate(), at=timezone.now())
    except ValidationError:  # the run that goes on takes them along
        return redirect("crm:jobs")
    return redirect("crm:job_run", run.pk)


def _issue_each(request: SignedIn, drafts: list[Invoice], *, on: date) -> None:
    issued = [draft for draft in drafts if _issued(request, draft, on=on, by=request.user)]
    if issued:
        words = ngettext("%(n)s invoice issued.", "%(n)s invoices issued.", len(issued)) % {"n": len(issued)}
        flash(request, words)


def _issued(request: SignedIn, draft: Invoice, *, on: date, by: User) -> bool:
    try:
        issue_invoice(draft, issued_on=on, by=by, at=timezone.now())
    except ValidationError as error:
        words = {"client": draft.client.name, "reason": " ".join(error.messages)}
        warn(request, _("%(client)s was not issued: %(reason)s") % words)
        return False
    return True
