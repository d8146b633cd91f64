"""Pairs of clients that somebody looked at and called different: they are not suggested again as one."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class DistinctQuery(Query["DistinctPair"]):
    def visible_to(self, user: "User") -> Self:
        """Both names have to be known to the person."""
        known = Client.objects.visible_to(user)
        return self.filter(client__in=known, other__in=known)

    def changeable_by(self, user: "User") -> Self:
        mine = Client.objects.changeable_by(user)
        return self.visible_to(user).filter(Q(client__in=mine) | Q(other__in=mine))


class DistinctPair(Record):
    """`client` is the one of the two with the lower number, so that a pair stands once."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_("client"))
    other = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_("other client"))
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("said by"), editable=False
    )

    objects = DistinctQuery.as_manager()

    class Meta:
        verbose_name = _("pair of different clients")
        verbose_name_plural = _("pairs of different clients")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "other"],
                name="distinct_pair_once",
                violation_error_message=_("It is on record already that these are two clients."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=Q(client__lt=F("other")),
                name="distinct_pair_ordered",
                violation_error_message=_("A client is not different from itself."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.client} ≠ {self.other}"
