"""Direct channels: who at a client holds whose card, e-mail address or direct number, and on what ground."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from crm.access import Role
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class GrantQuery(Query["DirectChannelGrant"]):
    def visible_to(self, user: "User") -> Self:
        """Those of clients that are open to the person, and whoever holds a line to the person."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(Q(client__in=Client.objects.open_to(user)) | Q(employee=user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.changeable_by(user))

    def current(self) -> Self:
        return self.filter(revoked_on=None)


class DirectChannelGrant(Record):
    """`review_since_on` says since when its ground is gone: a person decides, nothing is revoked by itself."""

    may_change: bool  # what `with_may_change()` adds to a row

    class Channel(models.TextChoices):
        CARD = "card", _("card")
        MAIL = "mail", _("e-mail")
        PHONE = "phone", _("direct phone")

    class Basis(models.TextChoices):
        TIER = "tier", _("tier")
        DESIGNATION = "designation", _("key client")
        REVENUE = "revenue", _("revenue")
        OVERRIDE = "override", _("a partner’s decision")

    client = models.ForeignKey(Client, models.CASCADE, related_name="channel_grants", verbose_name=_("client"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="channel_grants", verbose_name=_("who holds it"))
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="channel_grants", verbose_name=_("whose")
    )
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    granted_on = models.DateField(_("granted on"))
    basis = models.CharField(_("ground"), max_length=11, choices=Basis.choices, editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    review_since_on = models.DateField(_("ground gone since"), null=True, blank=True, editable=False)
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True, editable=False)

    objects = GrantQuery.as_manager()

    class Meta:
        verbose_name = _("direct channel")
        verbose_name_plural = _("direct channels")
        ordering = ["-granted_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "employee", "channel"],
                condition=Q(revoked_on=None),
                name="channel_granted_once",
                violation_error_message=_("This person holds this channel already."),
            ),
            models.CheckConstraint(
                condition=~Q(basis="override") | (Q(approved_by__isnull=False) & ~Q(reason="")),
                name="channel_override_reasoned",
                violation_error_message=_("A partner’s decision says who decided and why."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_on=None) | Q(revoked_on__gte=F("granted_on")),
                name="channel_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "channel"], name="channel_by_client"),
            models.Index(fields=["employee", "channel"], name="channel_by_employee"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.contact}: {self.get_channel_display()}, {self.employee}"

    def is_current(self, *, on: date) -> bool:
        return self.granted_on <= on and (self.revoked_on is None or self.revoked_on > on)
