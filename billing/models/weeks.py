"""Weeks that finance has marked as complete, of a person or of a client.

A mark refuses nothing: work of the week that comes or changes later is logged, and opens the week again in the list.
"""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.access import Role
from crm.db import MinutesField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class CompleteWeekQuery(Query["CompleteWeek"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.is_in(Role.PARTNER, Role.FINANCE) else self.none()

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user)

    def standing(self) -> Self:
        return self.filter(undone_at=None)


class CompleteWeek(Record):
    """Names a person or a client, never both; a mark that was taken back stays, with who did it.

    `minutes` is what was worked in it then: less tells that work went since.
    """

    monday = models.DateField(_("week from"))
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complete_weeks",
        verbose_name=_("employee"),
    )
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="complete_weeks", verbose_name=_("client")
    )
    minutes = MinutesField(_("minutes worked"), default=0, editable=False)
    completed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    completed_at = models.DateTimeField(_("completed at"), editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True, editable=False)

    objects = CompleteWeekQuery.as_manager()

    class Meta:
        verbose_name = _("complete week")
        verbose_name_plural = _("complete weeks")
        ordering = ["-completed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(employee=None, client__isnull=False) | Q(employee__isnull=False, client=None),
                name="complete_week_of_one",
                violation_error_message=_("A week is that of a person or that of a client."),
                violation_error_code="one_of",
            ),
            models.CheckConstraint(
                condition=Q(monday__iso_week_day=1),
                name="complete_week_from_monday",
                violation_error_message=_("A week begins on a Monday."),
                violation_error_code="no_monday",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="complete_week_undone_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["monday", "employee"],
                condition=Q(undone_at=None, client=None),
                name="complete_week_of_person_once",
                violation_error_message=_("This week is complete already."),
                violation_error_code="already_done",
            ),
            models.UniqueConstraint(
                fields=["monday", "client"],
                condition=Q(undone_at=None, employee=None),
                name="complete_week_of_client_once",
                violation_error_message=_("This week is complete already."),
                violation_error_code="already_done",
            ),
        ]
        triggers = [*audited()]

    def __str__(self) -> str:
        return f"{self.employee or self.client}, {self.monday.isoformat()}"
