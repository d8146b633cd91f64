"""Engagements: agreed work with terms, a lead who answers to the client, and members who work on it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.offers import Offer
from billing.models.retainers import Retainer
from billing.models.seen import of_open, of_own
from clients.models import Client, Seller, ServiceLine
from crm.access import Role
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class EngagementQuery(Query["Engagement"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(of_open(user) | Q(lead=user) | Q(members__user=user)).distinct()

    def changeable_by(self, user: "User") -> Self:
        """A partner changes every engagement, an account manager those of own clients."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(of_own(user))

    def open(self) -> Self:
        return self.filter(status=Engagement.Status.OPEN)


class Engagement(Record):
    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    client = models.ForeignKey(Client, models.PROTECT, related_name="engagements", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    name = models.CharField(_("name"), max_length=160)
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="led_engagements", verbose_name=_("lead")
    )
    offer = models.ForeignKey(
        Offer, models.PROTECT, null=True, blank=True, related_name="engagements", verbose_name=_("offer")
    )
    retainer = models.ForeignKey(
        Retainer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="engagements",
        verbose_name=_("retainer"),
    )
    contract_reference = models.CharField(
        _("contract"), max_length=80, blank=True, help_text=_("Its number and day, as documents name it.")
    )
    order_reference = models.CharField(
        _("client's order"), max_length=80, blank=True, help_text=_("The number by which the client knows it.")
    )
    status = models.CharField(_("status"), max_length=6, choices=Status.choices, default=Status.OPEN)
    started_on = models.DateField(_("started on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = EngagementQuery.as_manager()

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        ordering = ["-started_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None, status="open") | Q(closed_on__gte=F("started_on"), status="closed"),
                name="engagement_closed_after_start",
                violation_error_message=_("A closed engagement has a closing date after its start."),
            ),
        ]
        indexes = [models.Index(fields=["client", "status"], name="engagement_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class EngagementMember(Record):
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="engagement_memberships")
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "user"],
                condition=Q(to_on=None),
                name="engagement_member_once",
                violation_error_message=_("This person is already on the engagement."),
            ),
        ]
        triggers = audited()
