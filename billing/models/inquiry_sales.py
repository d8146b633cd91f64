"""What ended an inquiry as a sale: the offer that came of it, or the work that was drawn from a package."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.offers import Offer
from billing.models.time import TimeEntry
from clients.models import Inquiry
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class InquirySaleQuery(Query["InquirySale"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(inquiry__in=Inquiry.objects.visible_to(user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(inquiry__in=Inquiry.objects.changeable_by(user))

    def of_family(self, offer: Offer) -> Self:
        """Those that were linked to any version of the offer."""
        return self.filter(Q(offer=offer.family_id) | Q(offer__root=offer.family_id))


class InquirySale(Record):
    """Exactly one of the two; what was sold follows from it and stands on the inquiry."""

    inquiry = models.OneToOneField(Inquiry, models.CASCADE, related_name="sale", verbose_name=_("inquiry"))
    offer = models.ForeignKey(
        Offer, models.CASCADE, null=True, blank=True, related_name="inquiry_sales", verbose_name=_("offer")
    )
    entry = models.ForeignKey(
        TimeEntry, models.CASCADE, null=True, blank=True, related_name="inquiry_sales", verbose_name=_("work")
    )
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = InquirySaleQuery.as_manager()

    class Meta:
        verbose_name = _("sale from an inquiry")
        verbose_name_plural = _("sales from inquiries")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=False, entry=None) | Q(offer=None, entry__isnull=False),
                name="inquiry_sale_is_one",
                violation_error_message=_("Choose the offer or the work, one of them."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return str(self.offer or self.entry)
