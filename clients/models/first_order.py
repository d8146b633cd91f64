"""The first order of a client: what it was, and until when its plan runs; the steps are tasks."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class FirstOrderQuery(Query["FirstOrder"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.open_to(user))

    def running(self, *, on: date) -> Self:
        return self.filter(ordered_on__lte=on, until_on__gte=on)


class FirstOrder(Record):
    """One for each client, once: a second order opens no second plan."""

    client = models.OneToOneField(Client, models.CASCADE, related_name="first_order", verbose_name=_("client"))
    ordered_on = models.DateField(_("ordered on"))
    until_on = models.DateField(_("plan until"))
    occasion = models.CharField(_("first order"), max_length=200)

    objects = FirstOrderQuery.as_manager()

    class Meta:
        verbose_name = _("first order")
        verbose_name_plural = _("first orders")
        ordering = ["-ordered_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gt=F("ordered_on")),
                name="first_order_plan_runs",
                violation_error_message=_("The plan ends after the order."),
            ),
        ]
        indexes = [models.Index(fields=["until_on"], name="first_order_by_end")]
        triggers = audited()

    def __str__(self) -> str:
        return self.occasion

    @property
    def days(self) -> int:
        return (self.until_on - self.ordered_on).days
