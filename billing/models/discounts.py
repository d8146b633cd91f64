"""Discounts of a client, a contract or a tier: a visible line of the invoice, never a silently lower rate."""

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from billing.models.engagements import Engagement
from billing.models.guards import four_eyes
from billing.models.offers import Offer
from billing.models.rates import Rate, period_in_order
from billing.models.retainers import Retainer
from billing.models.seen import of_own
from clients.models import Client, ServiceLine
from clients.models.client import of_holders
from clients.models.firm import Tier
from crm.access import Role
from crm.db import PercentField, Query, Record, audited, no_overlap

if TYPE_CHECKING:
    from crm.models import User


CONTRACTS = ("offer", "retainer", "engagement")


class DiscountQuery(Query["Discount"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        if user.is_in(Role.ACCOUNT_MANAGER):
            return self.filter(Q(client=None) | of_own(user))
        return self.none()

    def changeable_by(self, user: "User") -> Self:
        """An account manager grants to own clients; what a whole tier gets is for partner and finance."""
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.visible_to(user).exclude(client=None)

    def waiting(self) -> Self:
        return self.filter(decided_at=None)

    def off_lines(self) -> Self:
        """What is taken off invoices; a price that was agreed low is in them already."""
        return self.exclude(covers=Discount.Covers.PRICE)

    def prices(self) -> Self:
        return self.filter(covers=Discount.Covers.PRICE)

    def in_force(self, *, clients: Collection[Client]) -> Self:
        """Approved discounts of these clients' contracts, of the clients and of their tiers, the most specific first.

        Those of clients merged into one hold as well, after its own.
        """
        own = of_holders(client.pk for client in clients) | Q(client=None, tier__in={client.tier for client in clients})
        rows = self.off_lines().filter(own, approved=True).select_related("client")
        return rows.order_by(
            *(models.F(name).asc(nulls_last=True) for name in CONTRACTS),
            Case(When(client=None, then=2), When(client__merged_into=None, then=0), default=1),
            models.F("service_line").asc(nulls_last=True),
            "-valid_from",
        )


class Discount(Record):
    """Per cent off hours, or off all that we do ourselves; never off expenses, licences and hours sold ahead.

    One that names a contract holds for what is billed under it alone, and goes before the client's and the tier's.
    Above the ceiling of the tier it waits for a partner who did not ask for it. So does a price that was agreed below
    the ordinary one: `covers` is then `price`, the rate or offer is named, and `percent` says how far below it lies.
    `margin_after` is the share of revenue that is left after it, as known when it was asked for, and again when it
    was decided.
    """

    class Covers(models.TextChoices):
        HOURS = "hours", _("hours")
        SERVICES = "services", _("hours, fixed prices and retainer fees")
        PRICE = "price", _("the agreed price itself, against the ordinary one")

    client = models.ForeignKey(
        Client, models.CASCADE, null=True, blank=True, related_name="discounts", verbose_name=_("client")
    )
    tier = models.CharField(_("tier"), max_length=3, choices=Tier.choices, blank=True)
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, null=True, blank=True, related_name="discounts", verbose_name=_("engagement")
    )
    offer = models.ForeignKey(
        Offer, models.PROTECT, null=True, blank=True, related_name="discounts", verbose_name=_("offer")
    )
    retainer = models.ForeignKey(
        Retainer, models.PROTECT, null=True, blank=True, related_name="discounts", verbose_name=_("retainer")
    )
    rate = models.ForeignKey(
        Rate, models.CASCADE, null=True, editable=False, related_name="discounts", verbose_name=_("rate")
    )
    covers = models.CharField(_("off"), max_length=8, choices=Covers.choices, default=Covers.HOURS)
    percent = PercentField(_("discount in per cent"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    approved = models.BooleanField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    margin_after = models.DecimalField(max_digits=21, decimal_places=6, null=True, editable=False)

    objects = DiscountQuery.as_manager()

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ["-valid_from", "-id"]
        constraints = [
            period_in_order("discount"),
            models.CheckConstraint(
                condition=Q(client__isnull=False, tier="") | Q(~Q(tier=""), client=None),
                name="discount_of_client_or_tier",
                violation_error_message=_("A discount is a client's or a tier's."),
            ),
            models.CheckConstraint(
                condition=Q(engagement=None, offer=None, retainer=None)
                | Q(client__isnull=False)
                & (Q(engagement=None, offer=None) | Q(engagement=None, retainer=None) | Q(offer=None, retainer=None)),
                name="discount_of_one_contract",
                violation_error_message=_("A discount names one contract of a client at most."),
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100),
                name="discount_percent_range",
                violation_error_message=_("A discount lies above 0 and up to 100 per cent."),
            ),
            models.CheckConstraint(
                condition=~Q(reason="") | Q(covers="price"),
                name="discount_reasoned",
                violation_error_message=_("A discount needs a reason."),
            ),
            models.CheckConstraint(
                condition=~Q(covers="price") & Q(rate=None)
                | Q(covers="price", client__isnull=False, engagement=None, retainer=None)
                & (Q(rate=None, offer__isnull=False) | Q(rate__isnull=False, offer=None)),
                name="discount_of_one_price",
                violation_error_message=_("A price that was agreed low is that of one rate or offer."),
            ),
            no_overlap(
                "client_id",
                "tier",
                "service_line_id",
                "engagement_id",
                "offer_id",
                "retainer_id",
                name="discount_no_overlap",
                message=_("There is another discount for that time."),
                condition=~Q(approved=False) & ~Q(covers="price"),
            ),
        ]
        triggers = [*audited(), four_eyes("decided_by_id", "NEW.made_by_id", name="discount_four_eyes")]

    def __str__(self) -> str:
        return f"{self.percent:g} %"

    @property
    def contract(self) -> Offer | Retainer | Engagement | None:
        return self.offer or self.retainer or self.engagement

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
