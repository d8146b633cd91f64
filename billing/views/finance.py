"""Finance's first page, and what each client owes by age."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing.exports import AGEING
from billing.reports.finance import SHOWN
from billing.reports.finance import finance_home as home_of
from billing.reports.owed import debtors, owed_on
from clients.models import Client
from clients.reports.shown import show_values
from crm.access import may
from crm.exports import export_response
from crm.web.fragments import page, respond_422
from crm.web.rights import SignedIn, requires


@require_safe
@requires("invoice.see")
def finance_home(request: SignedIn) -> HttpResponse:
    """What is owed, to issue, to chase, waiting and closed, on one page."""
    user = request.user
    context = {
        "home": home_of(user, on=timezone.localdate()),
        "shown": SHOWN,
        "may_issue": may(user, "invoice.issue"),
        "may_send": may(user, "dunning.change"),
        "may_lock": may(user, "lock.see"),
        "may_decide": may(user, "write_off.approve"),
    }
    return page(request, "billing/finance_home.html", context, fragment="body")


class AgeingForm(forms.Form):
    """The day at whose end it is read."""

    on = forms.DateField(label=_("On"))


@require_safe
@requires("invoice.see")
def ageing(request: SignedIn) -> HttpResponse | FileResponse:
    """What each client owes by days past due, today or at the end of `?on=`. `?format=csv` or `xlsx` is the file."""
    today = timezone.localdate()
    form = AgeingForm({"on": request.GET.get("on") or today})
    if not form.is_valid():
        return respond_422(request, "billing/ageing.html", {"form": form}, fragment="rows")
    owed = owed_on(request.user, on=form.cleaned_data["on"], today=today)
    rows = debtors(owed)
    if chosen := request.GET.get("format"):
        return export_response(request, rows, AGEING, form=chosen, of=Client)
    show_values((row.client for row in rows), request.user)
    return page(request, "billing/ageing.html", {"form": form, "owed": owed, "rows": rows}, fragment="rows")
