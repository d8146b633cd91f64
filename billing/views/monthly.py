"""Monthly reports: whose is sent and whose is not, the report as the client reads it, sending it."""

from datetime import date
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.documents.monthly import PDF, monthly_document, monthly_file, render_monthly, send_monthly
from billing.exports import MONTHLY
from billing.filters.monthly import MonthlyListFilter
from billing.forms.monthly import MonthlySendForm
from billing.models import MonthlyReport
from billing.reports.monthly import untold_extras
from billing.services.monthly import mail_again
from clients.models import Client
from clients.reports.shown import show_values
from clients.views.acting import answer, own
from crm.access import may
from crm.exports import export_response
from crm.periods import add_months, month_start
from crm.web.fragments import page
from crm.web.pages import asked_day, asked_id, paginate, stable
from crm.web.rights import SignedIn, requires

FIRST_YEAR, LAST_YEAR = 2000, 2100
SHOWN = ("month_on", "sent_at", "recipient", "mailed_at", "mail_error")


@require_safe
@requires("monthly_report.see")
def monthly_list(request: SignedIn) -> HttpResponseBase:
    """`?month=2026-10` names the month, the one before this without it; all clients in our care, sent or not."""
    month_on = asked_day(f"{request.GET.get('month', '')}-01") or _last_month()
    sent = MonthlyReport.objects.filter(client=OuterRef("pk"), month_on=month_on)
    shown = {f"report_{name}": Subquery(sent.values(name)) for name in SHOWN}
    rows = Client.objects.visible_to(request.user).open_to(request.user).in_care().annotate(**shown)
    found = MonthlyListFilter(request.GET, rows.select_related("account_manager"), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), MONTHLY, form=form)
    listed = paginate(request, found.qs)
    show_values(listed.rows, request.user)
    context = {"filter": found, "page": listed, "month": month_on}
    return page(request, "billing/monthly_list.html", context, fragment="rows")


@require_safe
@requires("monthly_report.see")
def monthly_latest(request: SignedIn) -> HttpResponse:
    """From a client's card: the report of the month before; `?client=` names whose."""
    client = _client(request, asked_id(request.GET.get("client")))
    return redirect(_url("monthly_detail", client.pk, _last_month()))


@require_safe
@requires("monthly_report.see")
def monthly_detail(request: SignedIn, pk: int, year: int, month: int) -> HttpResponse:
    """What was sent, as it was sent; else what would be sent now. `?format=pdf` is the same as a file."""
    client, month_on = _client(request, pk), _month(year, month)
    sent = MonthlyReport.objects.filter(client=client, month_on=month_on).select_related("sent_by").first()
    at, on = timezone.now(), timezone.localdate()
    document = sent.document if sent else monthly_document(client, month_on, at=at)
    if request.GET.get("format") == "pdf":
        return _pdf(client, month_on, document, on=timezone.localdate(sent.sent_at) if sent else on)
    show_values([client], request.user)
    context = {
        "client": client,
        "month": month_on,
        "before": _url("monthly_detail", pk, add_months(month_on, -1)),
        "after": _url("monthly_detail", pk, add_months(month_on, 1))
        if month_on < month_start(timezone.localdate(at))
        else "",
        "sent": sent,
        "document": document,
        "untold": 0 if sent else untold_extras(client, month_on, at=at),
        "may_send": may(request.user, "monthly_report.change")
        and Client.objects.changeable_by(request.user).filter(pk=pk).exists(),
        "send_url": _url("monthly_send", pk, month_on),
    }
    return page(request, "billing/monthly_detail.html", context, fragment="body")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("monthly_report.change")
def monthly_send(request: SignedIn, pk: int, year: int, month: int) -> HttpResponse:
    """Sends the report, or what was sent once more."""
    client, month_on = own(Client.objects.all(), request.user, pk), _month(year, month)
    sent = MonthlyReport.objects.filter(client=client, month_on=month_on).first()
    form = MonthlySendForm(request.POST or None, client=client, is_sent=sent is not None)

    def act() -> MonthlyReport:
        said = form.cleaned_data
        if sent:
            return mail_again(sent, contact=said["contact"], at=timezone.now())
        return send_monthly(client, month_on, **said, by=request.user, at=timezone.now())

    return answer(
        request,
        form,
        act,
        template="components/act.html",
        context={
            "title": _("Mail it again") if sent else _("Send the report"),
            "lede": client.name,
            "button": _("Send"),
            "back": _url("monthly_detail", pk, month_on),
            "back_words": _("Monthly report"),
        },
        said=lambda report: _("The report goes to %(to)s.") % {"to": report.recipient},
    )


def _client(request: SignedIn, pk: int) -> Client:
    return get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)


def _month(year: int, month: int) -> date:
    """The first day; 404 for what is no month, and for one that has not begun."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12) or date(year, month, 1) > timezone.localdate():
        raise Http404
    return date(year, month, 1)


def _last_month() -> date:
    return add_months(month_start(timezone.localdate()), -1)


def _url(name: str, pk: int, month_on: date) -> str:
    return reverse(f"billing:{name}", args=[pk, month_on.year, month_on.month])


def _pdf(client: Client, month_on: date, document: dict[str, Any], *, on: date) -> HttpResponse:
    name = content_disposition_header(as_attachment=True, filename=monthly_file(client, month_on))
    content = render_monthly(document, on=on)
    return HttpResponse(content, content_type=PDF, headers={"Content-Disposition": name or "attachment"})
