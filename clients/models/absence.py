"""When our people are away, why, and who stands in for them."""

from datetime import date
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from crm.access import Role
from crm.db import Query, Record, audited, no_overlap

if TYPE_CHECKING:
    from crm.models import User


class AbsenceQuery(Query["Absence"]):
    def visible_to(self, _user: "User") -> Self:
        """That somebody is away concerns everybody here; why does not (see the serializer and the page)."""
        return self

    def changeable_by(self, user: "User") -> Self:
        return self if user.is_in(Role.PARTNER) else self.filter(user=user)

    def with_shown_reason(self, user: "User") -> Self:
        """Adds `shown_reason`: null where it is neither one's own nor read by a partner."""
        reason = F("reason")
        told = reason if user.is_in(Role.PARTNER) else Case(When(user=user, then=reason))
        return self.annotate(shown_reason=told)

    def current(self, *, on: date) -> Self:
        return self.filter(from_on__lte=on, to_on__gte=on)

    def within(self, first: date, last: date) -> Self:
        """Those that touch a span of days, both inclusive."""
        return self.filter(from_on__lte=last, to_on__gte=first)


COVERS = """
UPDATE crm_user SET covers = coalesce(
    (SELECT jsonb_agg(jsonb_build_object('user', a.user_id, 'from', a.from_on, 'to', a.to_on) ORDER BY a.from_on)
     FROM clients_absence a WHERE a.deputy_id = crm_user.id), '[]'::jsonb)
WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.deputy_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.deputy_id END);
RETURN NULL;
"""


def told_to_deputy() -> pgtrigger.Trigger:
    """Keeps `User.covers` of old and new deputies what their absences say."""
    events = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    return pgtrigger.Trigger(name="told_to_deputy", when=pgtrigger.After, operation=events, func=COVERS)


class Absence(Record):
    """Whole days, both ends inclusive; the deputy acts for the absent person's clients while it lasts."""

    class Reason(models.TextChoices):
        HOLIDAY = "holiday", _("holiday")
        SICK = "sick", _("sick")
        TRAINING = "training", _("training")
        PARENTAL = "parental", _("parental leave")
        OTHER = "other", _("other")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences", verbose_name=_("person")
    )
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices, default=Reason.HOLIDAY)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="covered_absences",
        verbose_name=_("deputy"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = AbsenceQuery.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-from_on", "user"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="absence_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("user")),
                name="absence_deputy_is_another",
                violation_error_message=_("Nobody stands in for themselves."),
            ),
            no_overlap(
                "user_id",
                name="absence_once",
                start="from_on",
                end="to_on",
                message=_("This person is away already on some of these days."),
            ),
        ]
        indexes = [models.Index(fields=["deputy", "from_on"], name="absence_by_deputy")]
        triggers = [*audited(), told_to_deputy()]

    def __str__(self) -> str:
        return f"{self.user}: {self.from_on:%Y-%m-%d} – {self.to_on:%Y-%m-%d}"
