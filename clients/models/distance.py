"""Distance: personal relationships between our people and people of a client, as they declare them."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from crm.access import Role
from crm.db import MoneyField, Query, Record, Singleton, audited

if TYPE_CHECKING:
    from crm.models import User


class RelationshipQuery(Query["PersonalRelationship"]):
    def visible_to(self, user: "User") -> Self:
        """A private matter: for partners and the one who declared it."""
        return self if user.is_in(Role.PARTNER) else self.filter(employee=user)

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user)

    def current(self) -> Self:
        return self.filter(ended_on=None)


class PersonalRelationship(Record):
    """While one lasts, discount, goodwill and write-off for the client need a second person (see services.distance)."""

    class Kind(models.TextChoices):
        FAMILY = "family", _("family")
        FRIEND = "friend", _("friends")
        BUSINESS = "business", _("common business")
        OTHER = "other", _("other")

    client = models.ForeignKey(Client, models.CASCADE, related_name="relationships", verbose_name=_("client"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="relationships", verbose_name=_("with whom"))
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="relationships", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.FRIEND)
    note = models.CharField(_("note"), max_length=300, blank=True)
    declared_on = models.DateField(_("declared on"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = RelationshipQuery.as_manager()

    class Meta:
        verbose_name = _("personal relationship")
        verbose_name_plural = _("personal relationships")
        ordering = ["-declared_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["employee", "contact"],
                condition=Q(ended_on=None),
                name="relationship_once",
                violation_error_message=_("This relationship is declared already."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("declared_on")),
                name="relationship_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
        ]
        triggers = audited("note")

    def __str__(self) -> str:
        return f"{self.employee}, {self.contact}"


class DistancePolicy(Singleton, Record):
    """What a person at a client may receive of us in a calendar year, in the base currency."""

    gift_cap = MoneyField(_("gifts and hospitality a year and person"), default=100)

    class Meta:
        verbose_name = _("policy of distance")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="distance_policy_is_one"),
            models.CheckConstraint(
                condition=Q(gift_cap__gte=0),
                name="distance_cap_not_negative",
                violation_error_message=_("A cap is not negative."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
