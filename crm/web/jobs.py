"""Background jobs: what ran, what runs with its progress, and "Run now"."""

from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.jobs import JOBS, ask_job, enqueue
from crm.models import JobRun
from crm.tasks import run_job
from crm.web.fragments import flash, page, wants_fragment, warn
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires

STOP_POLLING = 286


@require_safe
@requires("job.see")
def jobs(request: SignedIn) -> HttpResponse:
    """Every known job with its last run, then all runs, newest first."""
    newest = JobRun.objects.order_by("job", "-asked_at", "-id").distinct("job")
    latest = {run.job: _worded(run) for run in newest}
    known = [(job, latest.get(job.code)) for job in JOBS.values()]
    found = paginate(request, JobRun.objects.select_related("asked_by").order_by("-asked_at", "-id"))
    for run in found.rows:
        _worded(run)
    context = {"known": known, "page": found}
    return page(request, "crm/jobs.html", context, fragment="rows")


@require_POST
@requires("job.run")
def job_ask(request: SignedIn, code: str) -> HttpResponse:
    if code not in JOBS:
        raise Http404
    try:
        run = ask_job(code, as_of_on=timezone.localdate(), by=request.user, at=timezone.now())
    except ValidationError as refused:
        warn(request, refused.messages[0])
        return redirect("crm:jobs")
    enqueue(run_job, run.pk)
    flash(request, _("%(job)s starts in the background.") % {"job": JOBS[code].label})
    return redirect("crm:job_run", run.pk)


@require_safe
@requires("job.see")
def job_run(request: SignedIn, pk: int) -> HttpResponse:
    """One run; while it goes on, its progress asks again every second, and 286 tells htmx to stop."""
    run = _worded(get_object_or_404(JobRun.objects.select_related("asked_by"), pk=pk))
    is_over = run.state in (JobRun.State.DONE, JobRun.State.FAILED)
    context = {"run": run, "is_over": is_over}
    if wants_fragment(request):
        status = STOP_POLLING if is_over else HTTPStatus.OK
        return render(request, "crm/job_run.html#progress", context, status=status)
    return page(request, "crm/job_run.html", context)


def _worded(run: JobRun) -> JobRun:
    """The run with the words for its job and for what it is of, where the job is known."""
    job = JOBS.get(run.job)
    words = {"label": job.label, "about": job.subjects.get(run.subject, run.subject)} if job else {"label": run.job}
    vars(run).update({"about": run.subject} | words)
    return run
