"""The NPS page with its answers, and the request to reckon all figures of loyalty anew."""

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clients.reports.shown import valued
from crm.exports import export_response
from crm.models import JobRun
from crm.periods import trailing_months
from crm.web.fragments import page, wants_fragment
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires
from loyalty.exports import GIVEN
from loyalty.forms import AnswersForm
from loyalty.reports.nps import BREAKDOWNS, CATEGORIES, answers_of, nps_context
from loyalty.tasks import FIGURES, REFIT, ask_for_figures, ask_for_refit

PAGE_SIZE = 25
STOP_POLLING = 286


@require_safe
@requires("survey.see")
def nps(request: SignedIn) -> HttpResponse:
    """For htmx only the answers behind the figures, by the same filter."""
    on, asked = timezone.localdate(), AnswersForm(request.GET).chosen()
    months = asked.pop("months")
    rows = answers_of(request.user, trailing_months(on, months), **asked)
    shown = paginate(request, rows, size=PAGE_SIZE)
    valued(shown.rows, request.user)
    kept = [(name, value) for name, value in asked.items() if value and name in BREAKDOWNS]
    context = {"page": shown, "asked": asked, "kept": kept, "categories": CATEGORIES}
    if not wants_fragment(request):
        context |= nps_context(user=request.user, on=on, at=timezone.now(), months=months)
    return page(request, "loyalty/nps.html", context | {"months": months}, fragment="answers")


@require_safe
@requires("survey.see")
def answer_export(request: SignedIn) -> FileResponse:
    """The answers behind the figures, as the page filters them."""
    asked = AnswersForm(request.GET).chosen()
    rows = answers_of(request.user, trailing_months(timezone.localdate(), asked.pop("months")), **asked)
    return export_response(request, rows, GIVEN, form=request.GET.get("format", "csv"))


@require_POST
@requires("job.run")
def figures_refresh(request: SignedIn) -> HttpResponse:
    """Asks for value, NPS and concentration as of today, in the background, and shows how far they are."""
    return _asked(request, ask_for_figures(by=request.user, on=timezone.localdate(), at=timezone.now()))


@require_POST
@requires("value.change")
def models_refit(request: SignedIn) -> HttpResponse:
    """Fits the models of the value to come anew, in the background, and shows how far that is."""
    return _asked(request, ask_for_refit(by=request.user, on=timezone.localdate(), at=timezone.now()))


def _asked(request: SignedIn, run: JobRun) -> HttpResponse:
    """How far a run is that was just asked for: its part for htmx, its page without."""
    if not wants_fragment(request):
        return redirect("loyalty:figures_run", run.pk)
    return page(request, "loyalty/figures_run.html", {"run": run}, fragment="run")


@require_safe
@requires("job.see")
def figures_run(request: SignedIn, pk: int) -> HttpResponse:
    """One run; htmx asks every second until the answer 286 says that it has ended."""
    run = get_object_or_404(JobRun, pk=pk, job__in=[FIGURES, REFIT])
    ended = run.state in (JobRun.State.DONE, JobRun.State.FAILED)
    status = STOP_POLLING if ended and wants_fragment(request) else 200
    return page(request, "loyalty/figures_run.html", {"run": run}, fragment="run", status=status)
