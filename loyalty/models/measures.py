"""Retention measures: what the firm does to keep clients, from when, for whom; their before and after is counted."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import ServiceLine
from clients.models.firm import Tier
from crm.access import Role
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class MeasureQuery(Query["RetentionMeasure"]):
    def visible_to(self, user: "User") -> Self:
        """Measures are the firm's, without a client's name: partners and account managers read all."""
        return self if user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER) else self.none()

    def changeable_by(self, user: "User") -> Self:
        return self if user.is_in(Role.PARTNER) else self.none()


class RetentionMeasure(Record):
    """For all clients, those of a tier, or those of a service line from their first use on.

    Never for clients picked by hand: who is picked today has not left before, so before would always look better.
    """

    class Kind(models.TextChoices):
        PROGRAMME = "loyalty_programme", _("loyalty programme")
        LOCK_IN = "lock_in", _("lock-in")
        CHURN = "churn_fight", _("fight against leaving")
        ORIENTATION = "client_orientation", _("client orientation")

    kind = models.CharField(_("kind"), max_length=18, choices=Kind.choices)
    name = models.CharField(_("measure"), max_length=160)
    description = models.TextField(_("what we do"), max_length=2000, blank=True)
    tier = models.CharField(_("only this tier"), max_length=3, choices=Tier.choices, blank=True)
    service_line = models.ForeignKey(
        ServiceLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only clients of this service"),
    )
    started_on = models.DateField(_("from"))
    ended_on = models.DateField(_("until"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who keeps it going")
    )

    objects = MeasureQuery.as_manager()

    class Meta:
        verbose_name = _("retention measure")
        verbose_name_plural = _("retention measures")
        ordering = ["-started_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="measure_in_order",
                violation_error_message=_("It ends before it begins."),
            )
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.name
