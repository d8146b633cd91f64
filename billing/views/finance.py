"""Finance's first page."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.reports.finance import SHOWN
from billing.reports.finance import finance_home as home_of
from crm.access import may
from crm.web.fragments import page
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
