"""Runs of background jobs, once per (job, subject, as-of date), with progress that a person can read."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.db import Query


class JobQuery(Query["JobRun"]):
    def running(self) -> Self:
        return self.filter(state=JobRun.State.RUNNING)


class JobRun(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    job = models.CharField(_("job"), max_length=60)
    subject = models.CharField(_("subject"), max_length=60, blank=True, default="")
    as_of_on = models.DateField(_("as of"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    done_count = models.IntegerField(default=0)
    total_count = models.IntegerField(default=0)
    message = models.TextField(blank=True, default="")
    warnings = models.JSONField(default=list)
    tries = models.PositiveSmallIntegerField(
        default=1
    )  # which run in a row this is, since workers died in those before

    objects = JobQuery.as_manager()

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "subject", "as_of_on"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_runs_once_at_a_time",
                violation_error_message=_("This job is already running."),
                violation_error_code="already_running",
            ),
        ]

    @property
    def percent(self) -> int:
        return round(100 * self.done_count / self.total_count) if self.total_count else 0
