"""Exports: what is new for each format, a new batch, the history, the bytes of a batch, and closing its period."""

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.exports.batches import advances_of, documents_of, everything, make_batch, unexported, with_company
from billing.exports.formats import format_named, formats
from billing.filters.exports import ExportListFilter
from billing.forms.exports import ExportForm
from billing.models import ExportBatch, PeriodLock
from billing.reports.exports import proposed_locks, waiting_exports
from billing.reports.finance import closed_documents
from billing.services.locks import lock_period
from clients.models import Seller
from clients.views.acting import act_once, attempt
from crm.access import may
from crm.periods import month_end, month_start
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires

NEW = "billing/export_new.html"


@require_safe
@requires("export.see")
def export_list(request: SignedIn) -> HttpResponse:
    rows = ExportBatch.objects.visible_to(request.user).select_related("seller", "made_by", "client")
    filtered = ExportListFilter(request.GET, queryset=rows.defer("file__content").select_related("file"))
    context: dict[str, Any] = {
        "filter": filtered,
        "page": paginate(request, filtered.qs if filtered.is_valid() else rows.none()),
        "is_filtered": bool({*request.GET} - {"page"}),
        "formats": formats(),
        "may_export": may(request.user, "export.change"),
        "waiting": waiting_exports(),
    }
    return page(request, "billing/export_list.html", context, fragment="rows")


@require_http_methods(["GET", "POST"])
@requires("export.change")
def export_new(request: SignedIn) -> HttpResponse:
    """Makes a batch. While the choices change, a GET says what it would hold."""
    if request.method == "GET":
        return page(request, NEW, _preview(request), fragment="dialog")
    form = ExportForm(request.POST)
    if form.is_valid():
        made = attempt(form, lambda: make_batch(form.asked(), by=request.user, at=timezone.now()))
        if made is not None:
            batch, is_new = made
            flash(request, _("The export is made.") if is_new else _("Nothing is new: this is the export of then."))
            return redirect("billing:export_detail", batch.pk)
    return respond_422(request, NEW, {"form": form}, fragment="dialog")


@require_safe
@requires("export.see")
def export_detail(request: SignedIn, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    may_lock = may(request.user, "lock.change")
    context = {
        "batch": batch,
        "form": formats().get(batch.format),
        "page": paginate(request, documents_of(batch).select_related("client", "corrects")),
        "advances": advances_of(batch).select_related("invoice__client"),
        "hours": batch.hours.select_related("package__client"),
        "locks": _proposed(batch) if may_lock else [],
    }
    return page(request, "billing/export_detail.html", context, fragment="body")


@require_safe
@requires("export.see")
def export_file(request: SignedIn, pk: int) -> HttpResponse:
    """The bytes that were written once."""
    file = _batch(request, pk).file
    name = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    return HttpResponse(bytes(file.content), content_type=file.content_type, headers={"Content-Disposition": name})


@require_POST
@requires("lock.change")
def export_lock(request: SignedIn, pk: int, seller: int) -> HttpResponse:
    """Closes the period of a batch for one company, as the batch proposes."""
    batch = _batch(request, pk)
    company = next((each for each in _proposed(batch) if each.pk == seller), None)
    if company is None:
        raise Http404
    reason = _("Export %(number)s") % {"number": batch.pk}
    lock = PeriodLock(kind=PeriodLock.Kind.DOCUMENTS, seller=company, locked_until_on=batch.to_on, reason=reason)
    return act_once(
        request,
        lambda: lock_period(lock, by=request.user, at=timezone.now()),
        _("The period is locked."),
        fallback=reverse("billing:export_detail", args=[pk]),
    )


def _batch(request: SignedIn, pk: int) -> ExportBatch:
    rows = ExportBatch.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("seller", "client", "made_by", "file").defer("file__content"), pk=pk)


def _proposed(batch: ExportBatch) -> list[Seller]:
    return proposed_locks(batch, closed_documents(), on=timezone.localdate())


def _preview(request: SignedIn) -> dict[str, Any]:
    """The form with what is chosen so far, and how many documents it means."""
    chosen = _usual(timezone.localdate()) | request.GET.dict()
    form, tried = ExportForm(initial=chosen), ExportForm(chosen)
    context: dict[str, Any] = {"form": form, "known": None}
    if tried.is_valid():
        kind = format_named(tried.cleaned_data["format"])
        asked = with_company(kind, tried.asked())
        n, new = everything(asked).count, unexported(asked).count
        context |= {"known": True, "kind": kind, "all": n, "new": new, "left": n - new}
    return context


def _usual(today: date) -> dict[str, Any]:
    """The month that is over, as a file in the reader's language."""
    last = month_start(today) - timedelta(days=1)
    first, last = month_start(last), month_end(last)
    return {
        "format": "csv",
        "from_on": first.isoformat(),
        "to_on": last.isoformat(),
        "language": (get_language() or "en")[:2],
    }
