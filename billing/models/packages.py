"""Packages of hours bought ahead; their balance is that of their account (billing.models.hours)."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from billing.models.hours import HourAccount, LedgerRow, OveragePolicy, pending_minutes
from billing.models.seen import of_open, of_own
from billing.rules.alerts import used_percent
from clients.models import Client, Seller, ServiceLine
from crm.access import Role
from crm.db import CurrencyField, MinutesField, MoneyField, Query, RateField, Record, audited

if TYPE_CHECKING:
    from crm.models import User

EXTENDED_WITH_REASON = """
IF NEW.expires_on IS DISTINCT FROM OLD.expires_on AND NOT EXISTS (
    SELECT FROM billing_packageextension
    WHERE package_id = NEW.id AND until_on IS NOT DISTINCT FROM NEW.expires_on
      AND from_on IS NOT DISTINCT FROM OLD.expires_on
) THEN
    RAISE EXCEPTION 'The last day changes by an extension.' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'package_extended_with_reason';
END IF;
RETURN NEW;
"""

LOW_PERCENT = 80


class PackageQuery(Query["HourPackage"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(of_open(user))

    def changeable_by(self, user: "User") -> Self:
        """A partner and finance change every package, an account manager those of own clients."""
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(of_own(user))

    def valid(self, *, on: date) -> Self:
        """The worked date decides; both bounds are inclusive."""
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=on), valid_from__lte=on, voided_on=None)

    def held(self, *, on: date) -> Self:
        """With hours left at the end of a day, also one in the past: by the ledger, whatever became of them since."""
        booked = LedgerRow.objects.filter(account=OuterRef("account"), occurred_on__lte=on).order_by()
        left = booked.values("account").annotate(left=Sum("minutes")).values("left")
        inside = self.filter(Q(expires_on=None) | Q(expires_on__gte=on), valid_from__lte=on)
        return inside.filter(Q(voided_on=None) | Q(voided_on__gt=on)).annotate(left=Subquery(left)).filter(left__gt=0)

    def in_cover_order(self) -> Self:
        """Priority, expiry (never last), granted before paid, valid from, id."""
        return self.order_by("priority", F("expires_on").asc(nulls_last=True), "kind", "valid_from", "id")

    def with_balance(self) -> Self:
        """With the account, and `pending_minutes` that drafts and submitted entries plan to draw."""
        return self.select_related("account", "client", "seller").annotate(pending_minutes=pending_minutes("account"))

    def open(self) -> Self:
        return self.filter(voided_on=None)

    def ended(self, *, on: date) -> Self:
        """Whose last valid day has passed, with hours that nobody has ended yet."""
        return self.filter(expires_on__lt=on, voided_on=None, account__balance_minutes__gt=0)


class HourPackage(Record):
    """Hours bought ahead. `kind` sorts granted before paid."""

    pending_minutes: int  # from with_balance()

    class Kind(models.TextChoices):
        GRANTED = "granted", _("granted")
        PAID = "paid", _("paid")

    client = models.ForeignKey(Client, models.PROTECT, related_name="packages", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    account = models.OneToOneField(HourAccount, models.PROTECT, related_name="package", editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices, default=Kind.PAID)
    grant_reason = models.CharField(_("reason of the grant"), max_length=200, blank=True)
    purchased_minutes = MinutesField(_("hours bought"))
    refunded_minutes = MinutesField(default=0, editable=False)
    price = MoneyField(_("price"))
    currency = CurrencyField(_("currency"))
    price_includes_tax = models.BooleanField(_("price includes VAT"), default=False)
    valid_from = models.DateField(_("valid from"))
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    service_lines = models.ManyToManyField(ServiceLine, blank=True, verbose_name=_("service lines"))
    multi_purpose = models.BooleanField(
        _("multi-purpose"),
        default=False,
        help_text=_(
            "The hours may go into services of different VAT rates or places: VAT falls due when they are used, not "
            "with their sale (§ 3(15) UStG). The price includes it."
        ),
    )
    pay_before_use = models.BooleanField(_("paid before use"), default=False)
    overage_policy = models.CharField(
        _("beyond the package"),
        max_length=14,
        choices=OveragePolicy.choices,
        default=OveragePolicy.BILL_OVERAGE,
    )
    overage_rate = MoneyField(_("overage rate an hour"), null=True, blank=True)
    negative_limit_minutes = MinutesField(_("may go below zero by"), default=0)
    draw_on_log = models.BooleanField(_("draw when logged"), default=True)
    burn_factor = RateField(_("burn factor"), default=1)
    factor_on_overage = models.BooleanField(_("the factor counts beyond the package too"), default=False)
    invoice_line = models.OneToOneField(
        "billing.InvoiceLine", models.SET_NULL, null=True, blank=True, related_name="package"
    )
    grace_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="graces", editable=False)
    voided_on = models.DateField(null=True, blank=True, editable=False)

    objects = PackageQuery.as_manager()

    class Meta:
        verbose_name = _("hour package")
        verbose_name_plural = _("hour packages")
        ordering = ["client", "priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(purchased_minutes__gt=0),
                name="package_has_minutes",
                violation_error_message=_("A package has at least one minute."),
            ),
            models.CheckConstraint(
                condition=Q(kind="paid") | ~Q(grant_reason=""),
                name="package_grant_reasoned",
                violation_error_message=_("A granted package needs a reason."),
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("valid_from")),
                name="package_expires_after_start",
                violation_error_message=_("It expires before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(burn_factor__gt=0, price__gte=0, negative_limit_minutes__gte=0),
                name="package_terms_positive",
                violation_error_message=_("Price and limits are not negative, the factor is above zero."),
            ),
            models.CheckConstraint(
                condition=Q(multi_purpose=False)
                | Q(~Q(overage_policy="allow_negative"), kind="paid", price_includes_tax=True),
                name="package_multi_purpose_is_sold",
                violation_error_message=_(
                    "Multi-purpose hours are sold at a price that includes the VAT, and cannot go below zero."
                ),
            ),
        ]
        indexes = [models.Index(fields=["client", "valid_from"], name="package_by_client")]
        triggers = [
            *audited(),
            pgtrigger.Trigger(
                name="extended",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=EXTENDED_WITH_REASON,
            ),
        ]

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        "package_extended_with_reason": ValidationError(
            _("The last day changes by an extension with a reason."), code="reason_required"
        )
    }

    @property
    def used_percent(self) -> int:
        """Whole per cent of the hours credited that are gone; over 100 below zero."""
        return used_percent(credited=self.credited_minutes, balance=self.account.balance_minutes)

    @property
    def credited_minutes(self) -> int:
        """What the client may use in all: hours given back for money were no use of the package."""
        left: int = self.purchased_minutes - self.refunded_minutes
        return left

    @property
    def is_low(self) -> bool:
        return self.used_percent >= LOW_PERCENT

    def __str__(self) -> str:
        return self.name

    @property
    def available_minutes(self) -> int:
        """What is left when all that is pending has been drawn; needs with_balance()."""
        return int(self.account.balance_minutes - self.pending_minutes)
