"""Celery edges and jobs of loyalty: each makes one service call at a time and may run twice.

Figures are refreshed nightly and on request as a job whose progress people see; the outbox of surveys is drained
by a job when a survey starts and by beat in any case.
"""

from datetime import date, datetime

from celery import shared_task
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.jobs import Job, Progress, ask_job, enqueue, register_job
from crm.models import JobRun, User
from loyalty.models import Survey, SurveyInvitation
from loyalty.services.alerts import raise_alerts
from loyalty.services.backtests import keep_backtest, keep_calibration
from loyalty.services.concentration import refresh_concentration
from loyalty.services.deliveries import ask_after_deliveries
from loyalty.services.dependence import refresh_dependence
from loyalty.services.health import refresh_health
from loyalty.services.invitations import send_invitations, send_reminders
from loyalty.services.loops import ask_again, renew_loops
from loyalty.services.loyalty_tests import renew_tests
from loyalty.services.nps import refresh_nps
from loyalty.services.residuals import refresh_residuals
from loyalty.services.retention import refresh_retention
from loyalty.services.reviews import open_reviews
from loyalty.services.values import refresh_values

FIGURES = "loyalty_figures"
SENDING = "survey_mails"
REFIT = "loyalty_models"
STEPS, REFIT_STEPS = 5, 2


def do_refresh_figures(progress: Progress) -> None:
    """Value, NPS, concentration, health, losses and retention as of the run's day, each whole or not at all."""
    on = progress.as_of_on
    progress.expect(STEPS)
    clients = refresh_values(on=on)
    progress.advance()
    refresh_residuals(on=on)
    refresh_nps(on=on)
    renew_loops(at=timezone.now())
    progress.advance()
    raise_alerts(*refresh_concentration(on=on), at=timezone.now())
    refresh_dependence(on=on)
    progress.advance()
    refresh_health(on=on, at=timezone.now())
    progress.advance()
    keep_calibration(on=on)
    keep_backtest(on=on)
    open_reviews(on=on, at=timezone.now())
    renew_tests(on=on, at=timezone.now())
    refresh_retention(on=on)
    progress.advance()
    words = ngettext("%(count)s client valued.", "%(count)s clients valued.", clients)
    progress.conclude(words % {"count": clients})


def do_refit_models(progress: Progress) -> None:
    """The models on what the books say now, and every value to come by them."""
    progress.expect(REFIT_STEPS)
    refresh_values(on=progress.as_of_on)
    progress.advance()
    clients = refresh_residuals(on=progress.as_of_on, refit=True)
    progress.advance()
    words = ngettext("Models fitted; %(count)s client valued.", "Models fitted; %(count)s clients valued.", clients)
    progress.conclude(words % {"count": clients})


def do_send_survey(progress: Progress) -> None:
    """The outbox of one survey, mail by mail."""
    survey = int(progress.subject)
    progress.expect(SurveyInvitation.objects.unsent().filter(survey=survey).count())
    sent = send_invitations(at=timezone.now(), survey=survey, limit=100_000, tell=progress.advance)
    progress.conclude(ngettext("%(count)s mail sent.", "%(count)s mails sent.", sent) % {"count": sent})


def register_jobs() -> None:
    register_job(Job(FIGURES, _("Value, NPS, concentration and health"), do_refresh_figures))
    register_job(Job(REFIT, _("Models of the value to come"), do_refit_models))
    register_job(Job(SENDING, _("Mails of a survey"), do_send_survey))


def ask_for_figures(*, by: User, on: date, at: datetime) -> JobRun:
    """A run of today's figures, or the one that waits or runs already."""
    return _ask(FIGURES, "", by=by, on=on, at=at)


def ask_for_refit(*, by: User, on: date, at: datetime) -> JobRun:
    return _ask(REFIT, "", by=by, on=on, at=at)


def ask_for_sending(survey: Survey, *, by: User, on: date, at: datetime) -> JobRun:
    return _ask(SENDING, str(survey.pk), by=by, on=on, at=at)


def _ask(job: str, subject: str, *, by: User, on: date, at: datetime) -> JobRun:
    try:
        run = ask_job(job, as_of_on=on, by=by, at=at, subject=subject)
    except ValidationError:
        busy = JobRun.objects.filter(job=job, subject=subject, as_of_on=on)
        return busy.exclude(state__in=[JobRun.State.DONE, JobRun.State.FAILED]).latest("pk")
    enqueue("crm.tasks.run_job", run.pk)
    return run


def enqueue_nps() -> None:
    """After an answer; beat does the same every quarter of an hour, so a lost message only delays."""
    enqueue(refresh_nps_today)


@shared_task
def refresh_nps_today() -> None:
    refresh_nps(on=timezone.localdate())


@shared_task
def send_surveys() -> None:
    """What no job has sent: a mail server was down, or a worker died."""
    send_invitations(at=timezone.now())


@shared_task
def remind_survey_people() -> None:
    send_reminders(at=timezone.now())


@shared_task
def ask_again_today() -> None:
    """People of closed loops, once the pauses allow it."""
    ask_again(on=timezone.localdate(), at=timezone.now())


@shared_task
def ask_after_deliveries_today() -> None:
    """The rows are the outbox; the mails leave within minutes."""
    ask_after_deliveries(on=timezone.localdate(), at=timezone.now())
