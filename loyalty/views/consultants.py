"""The quality of work by person, and how far people of one service lie apart."""

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.exports import export_response
from crm.models import User
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires
from loyalty.exports import CONSULTANTS
from loyalty.filters import QualityOfWorkFilter
from loyalty.reports.consultants import quality_report


@require_safe
@requires("consultant_quality.see")
def consultant_list(request: SignedIn) -> HttpResponseBase:
    """A partner reads everybody and the spreads, others themselves; `?format=` gives the rows as a file."""
    found = QualityOfWorkFilter(request.GET, User.objects.all(), request=request)
    line = found.form.cleaned_data["line"] if found.is_valid() else None
    shown = set(found.qs.values_list("pk", flat=True)) if request.GET.get("search") else None
    report = quality_report(request.user, at=timezone.now(), shown=shown, line=line)
    if form := request.GET.get("format"):
        return export_response(request, report.people, CONSULTANTS, form=form, of=User)
    return page(request, "loyalty/consultant_list.html", {"report": report, "filter": found}, fragment="rows")
