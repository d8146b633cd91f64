"""Drafts: issued together or one by one, made from work, written, and dropped."""

from datetime import date

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from billing.forms.invoices import BulkIssueForm
from billing.models import Invoice
from billing.reports.drafts import draft_rows
from billing.services.issuing import issue_invoice
from crm.models import User
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "POST"])
@requires("invoice.issue")
def invoice_bulk_issue(request: SignedIn) -> HttpResponse:
    """Asks once more and issues the chosen drafts one by one; each that fails is named, the others stand."""
    drafts = Invoice.objects.visible_to(request.user).drafts()
    form = BulkIssueForm(request.POST or None, initial={"issued_on": timezone.localdate()}, drafts=drafts)
    if request.method == "POST" and form.is_valid():
        _issue_each(request, list(form.cleaned_data["draft"]), on=form.cleaned_data["issued_on"])
        return redirect("billing:invoice_list")
    asked = (request.POST if form.is_bound else request.GET).getlist("draft")
    chosen = drafts.filter(pk__in=[pk for pk in asked if pk.isdecimal() and len(pk) < 19])
    context = {"form": form, "rows": draft_rows(chosen, on=timezone.localdate())}
    return (respond_422 if form.is_bound else page)(
        request, "billing/invoice_bulk_issue.html", context, fragment="dialog"
    )


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
