"""One thing for a person to do, with source and due moment; Today and the digest are views of tasks."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from crm.access import Role
from crm.db import MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


BY_HAND = Q(closed_by__isnull=False) | Q(state="dismissed")


class TaskQuery(Query["Task"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER):
            return self
        people = user.people_on(timezone.localdate())
        return self.filter(Q(assignee__in=people) | Q(client__in=Client.objects.owned_by(user)))

    def waiting_for(self, user: "User", *, on: date) -> Self:
        """Those of the person and of everybody for whom they stand in on that day."""
        return self.filter(assignee__in=user.people_on(on))

    def due(self, *, at: datetime) -> Self:
        """Open now: never snoozed, or the snooze has passed."""
        return self.filter(Q(state=Task.State.OPEN) | Q(state=Task.State.SNOOZED, snoozed_until_at__lte=at))

    def answered(self, kind: str, *, since: datetime, at: datetime) -> Self:
        """Tasks of a kind that somebody has put away until later, or closed lately: not to be asked again yet."""
        away = Q(state=Task.State.SNOOZED, snoozed_until_at__gt=at)
        return self.filter(away | Q(BY_HAND, closed_at__gte=since), kind=kind)

    def closed_by_hand(self, *, since: datetime) -> Self:
        """Closed by a person, not settled because the cause was gone for a while."""
        return self.filter(BY_HAND, closed_at__gte=since)

    def unfinished(self) -> Self:
        return self.filter(state__in=[Task.State.OPEN, Task.State.SNOOZED])


class Task(Record):
    """`kind` and `source` (for example `detractor`, `survey-response:17`) identify it; one open task each."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SNOOZED = "snoozed", _("snoozed")
        DONE = "done", _("done")
        DISMISSED = "dismissed", _("not relevant")

    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="tasks")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="tasks")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks")
    kind = models.CharField(_("kind"), max_length=40)
    source = models.CharField(_("source"), max_length=80)
    title = models.CharField(_("what to do"), max_length=200)
    detail = models.CharField(_("why now"), max_length=300, blank=True)
    meter = models.JSONField(null=True, blank=True)  # {"percent": "8.5", "text": "8.5 of 100 h"}, drawn as a bar
    url = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(_("due"))
    value_at_stake = MoneyField(_("value at stake"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    snoozed_until_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = TaskQuery.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source"],
                condition=Q(state__in=["open", "snoozed"]),
                name="task_once_open",
                violation_error_message=_("There is already an open task for this."),
            ),
            models.CheckConstraint(
                condition=~Q(state="snoozed") | Q(snoozed_until_at__isnull=False) & ~Q(reason=""),
                name="task_snooze_reasoned",
                violation_error_message=_("Snoozing needs a date and a reason."),
            ),
        ]
        indexes = [models.Index(fields=["assignee", "state", "due_at"], name="task_by_assignee")]
        triggers = audited()

    def __str__(self) -> str:
        return self.title
