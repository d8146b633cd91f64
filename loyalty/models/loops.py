"""The loop of a detractor: when we spoke, what was the cause, what we did, how it ended, and when we ask again."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.access import Role
from crm.db import Query, Record, audited
from loyalty.models.losses import LossReview
from loyalty.models.surveys import SurveyResponse
from loyalty.rules.nps import DETRACTS_TO

if TYPE_CHECKING:
    from crm.models import User


class LoopQuery(Query["DetractorLoop"]):
    def visible_to(self, user: "User") -> Self:
        """A partner sees every loop, an account manager those of own clients."""
        if user.is_in(Role.PARTNER):
            return self
        owned = Client.objects.owned_by(user)
        return self.filter(response__client__in=owned) if user.is_in(Role.ACCOUNT_MANAGER) else self.none()

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user)

    def standing(self) -> Self:
        """An answer that rose within its first day needs no loop any more."""
        return self.filter(response__score__lte=DETRACTS_TO)

    def open(self) -> Self:
        return self.standing().filter(closed_at=None)


class DetractorLoop(Record):
    """Of one answer of 0 to 6. Causes are those of losses, so that both can be counted together."""

    response = models.OneToOneField(SurveyResponse, models.CASCADE, related_name="loop", verbose_name=_("answer"))
    first_contact_at = models.DateTimeField(_("first spoken to"), null=True, blank=True)
    cause = models.CharField(_("cause"), max_length=16, choices=LossReview.Cause.choices, blank=True)
    action = models.TextField(_("what we did"), max_length=4000, blank=True)
    recovered = models.BooleanField(_("recovered?"), null=True, blank=True)
    asks_again = models.BooleanField(_("ask again once the pauses allow"), default=True)
    reask_on = models.DateField(_("asked again from"), null=True, blank=True, editable=False)
    reasked_at = models.DateTimeField(_("asked again at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = LoopQuery.as_manager()

    class Meta:
        verbose_name = _("loop of a detractor")
        verbose_name_plural = _("loops of detractors")
        ordering = ["-response__answered_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None)
                | Q(~Q(cause=""), ~Q(action=""), recovered__isnull=False, first_contact_at__isnull=False),
                name="loop_closed_in_words",
                violation_error_message=_(
                    "A loop closes with its first contact, the cause, what we did, and whether the person is recovered."
                ),
            ),
            models.CheckConstraint(
                condition=Q(reask_on=None) | Q(closed_at__isnull=False),
                name="loop_reasks_when_closed",
                violation_error_message=_("People are asked again only once their loop is closed."),
            ),
        ]
        indexes = [models.Index(fields=["reask_on"], name="loop_by_reask")]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.response.contact or self.response.client}, {self.response.score}"
