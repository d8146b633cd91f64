"""Why a client is key, apart from its tier: the five designations, each with its own rule."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from crm.db import MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class DesignationQuery(Query["KeyClientDesignation"]):
    def active(self, *, on: date) -> Self:
        return self.filter(Q(until_on=None) | Q(until_on__gte=on), since_on__lte=on)

    def visible_to(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.open_to(user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.changeable_by(user))

    def to_review(self, *, on: date) -> Self:
        return self.active(on=on).filter(review_on__lte=on)


class KeyClientDesignation(Record):
    class Type(models.TextChoices):
        LARGE_REGULAR = "large_regular", _("large and permanent")
        PROSPECTIVE = "prospective", _("prospective")
        IMAGE = "image", _("image")
        TESTER = "tester", _("tester")
        SPECIAL = "special", _("special")

    client = models.ForeignKey(Client, models.CASCADE, related_name="designations", verbose_name=_("client"))
    type = models.CharField(_("type"), max_length=14, choices=Type.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    since_on = models.DateField(_("since"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    current_value = MoneyField(_("current value a year"), null=True, blank=True)
    potential_value = MoneyField(_("potential value a year"), null=True, blank=True)
    review_on = models.DateField(_("review on"), null=True, blank=True)
    quality_yardstick = models.BooleanField(_("quality yardstick"), default=False)

    objects = DesignationQuery.as_manager()

    class Meta:
        verbose_name = _("key-client designation")
        verbose_name_plural = _("key-client designations")
        ordering = ["client", "type"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "type"],
                condition=Q(until_on=None),
                name="designation_once",
                violation_error_message=_("This client already holds this designation."),
            ),
            models.CheckConstraint(
                condition=~Q(type="special") | ~Q(reason=""),
                name="designation_special_reasoned",
                violation_error_message=_("Say in words why this client is special."),
            ),
            models.CheckConstraint(
                condition=~Q(type="prospective")
                | Q(current_value__isnull=False, potential_value__isnull=False, review_on__isnull=False),
                name="designation_prospective_valued",
                violation_error_message=_(
                    "A prospective client needs its current and potential value and a review date."
                ),
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("since_on")),
                name="designation_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.get_type_display()

    def clean(self) -> None:
        """The rules of the types, said at the field that is missing; the constraints hold them in any case."""
        needed: dict[str, tuple[str, ...]] = {
            self.Type.SPECIAL: ("reason",),
            self.Type.PROSPECTIVE: ("current_value", "potential_value", "review_on"),
        }
        words = {"reason": _("Say in words why this client is special.")}
        required = _("A prospective client needs its current and potential value and a review date.")
        missing = [name for name in needed.get(self.type, ()) if getattr(self, name) in (None, "")]
        if missing:
            raise ValidationError(
                {name: ValidationError(words.get(name, required), code="required") for name in missing}
            )
