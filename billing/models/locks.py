"""Locks of closed periods; the newest of a kind counts."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Seller
from crm.db import Query, append_only
from crm.db.triggers import audit_trail

# One key for the whole firm: writers of time share it, whoever closes a period takes it alone and so waits for them.
TAKE_LOCK = "PERFORM pg_advisory_xact_lock(430053); RETURN NEW;"


class LockQuery(Query["PeriodLock"]):
    def newest(self, kind: str, *, seller: Seller | None = None) -> "PeriodLock | None":
        """The lock that counts: the newest one, even if its date is earlier."""
        return self.filter(kind=kind, seller=seller).order_by("-id").first()


class PeriodLock(models.Model):
    """Closes a period; the newest row of a kind (and seller) counts. Never changed, only followed by another."""

    class Kind(models.TextChoices):
        TIME = "time", _("time")
        DOCUMENTS = "documents", _("documents")

    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    seller = models.ForeignKey(
        Seller, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("own company")
    )
    locked_until_on = models.DateField(_("locked until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = LockQuery.as_manager()

    class Meta:
        verbose_name = _("period lock")
        verbose_name_plural = _("period locks")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="time", seller=None) | Q(kind="documents", seller__isnull=False),
                name="lock_documents_name_seller",
                violation_error_message=_("Documents are locked for one own company, time for all."),
            ),
        ]
        triggers = [
            append_only(),
            audit_trail(),
            pgtrigger.Trigger(name="alone", when=pgtrigger.Before, operation=pgtrigger.Insert, func=TAKE_LOCK),
        ]
