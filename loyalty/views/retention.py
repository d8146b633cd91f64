"""Retention: do anchors hold, and did our measures; nothing is called proven before its interval says so."""

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.views.acting import answer, own
from clients.views.edits import FORM
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires
from loyalty.exports import RETENTION
from loyalty.forms import MeasureForm
from loyalty.models import RetentionMeasure, RetentionSnapshot
from loyalty.reports.retention import firm_index, hazard_rows, measure_rows, retention_context, retention_table

ACT = "components/act.html"


@require_safe
@requires("loss.see")
def retention(request: SignedIn) -> HttpResponse:
    today, shown = timezone.localdate(), retention_context()
    context = shown | {
        "hazards": hazard_rows(shown["retention"]),
        "index": firm_index(on=today),
        "measures": measure_rows(request.user, on=today),
    }
    return page(request, "loyalty/retention.html", context, fragment="measures")


@require_safe
@requires("loss.see")
def retention_export(request: SignedIn) -> FileResponse:
    rows = retention_table(RetentionSnapshot.objects.order_by("-as_of_on").first())
    return export_response(request, rows, RETENTION, form=request.GET.get("format", "csv"), of=RetentionSnapshot)


@FORM
@requires("measure.change")
def measure_new(request: SignedIn) -> HttpResponse:
    first = {"started_on": timezone.localdate(), "owner": request.user.pk}
    return _answer(request, MeasureForm(request.POST or None, initial=first), _("New measure"))


@FORM
@requires("measure.change")
def measure_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(RetentionMeasure.objects.all(), request.user, pk)
    return _answer(request, MeasureForm(request.POST or None, instance=row), row.name)


def _answer(request: SignedIn, form: MeasureForm, title: str) -> HttpResponse:
    return answer(
        request,
        form,
        form.save,
        template=ACT,
        context={"title": title, "back": reverse("loyalty:retention"), "back_words": _("Retention")},
        said=lambda _row: _("The measure is saved."),
    )
