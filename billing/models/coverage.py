"""What pays for an entry of time, part by part: an account, an offer, its own price, or nobody yet."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.hours import HourAccount, LedgerRow
from billing.models.offers import Offer
from billing.models.time import TimeEntry
from crm.db import CurrencyField, MinutesField, MoneyField, Query, RateField


class Coverage(models.Model):
    """What pays for a part of an entry. Before approval the rows are the plan (pending); approval books them."""

    class Source(models.TextChoices):
        PACKAGE = "package", _("package")
        RETAINER = "retainer", _("retainer")
        TIME_AND_MATERIALS = "time_and_materials", _("by time spent")
        OFFER = "offer", _("offer")
        NONE = "none", _("awaiting top-up")

    entry = models.ForeignKey(TimeEntry, models.CASCADE, related_name="coverages")
    position = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=18, choices=Source.choices)
    account = models.ForeignKey(HourAccount, models.PROTECT, null=True, blank=True, related_name="coverages")
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, blank=True, related_name="coverages")
    minutes = MinutesField()
    drawn_minutes = MinutesField(default=0)
    factor = RateField(default=1)
    rate_amount = MoneyField(null=True, blank=True)
    amount = MoneyField(default=0)
    currency = CurrencyField(blank=True)
    price_includes_tax = models.BooleanField(default=False)
    ledger_row = models.OneToOneField(LedgerRow, models.PROTECT, null=True, blank=True, related_name="coverage")
    is_billed = models.BooleanField(default=False)

    objects = Query["Coverage"].as_manager()

    class Meta:
        ordering = ["entry", "position"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "position"], name="coverage_position"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="coverage_has_minutes"),
            models.CheckConstraint(
                condition=Q(source__in=["package", "retainer"], account__isnull=False)
                | ~Q(source__in=["package", "retainer"]) & Q(account=None),
                name="coverage_names_account",
            ),
            models.CheckConstraint(
                condition=~Q(is_billed=True) | ~Q(source="none"), name="coverage_none_never_invoiced"
            ),
        ]
        indexes = [
            models.Index(
                fields=["entry"],
                condition=Q(source="time_and_materials", is_billed=False),
                name="coverage_wip",
            ),
            models.Index(fields=["account"], name="coverage_by_account"),
            models.Index(
                fields=["account"],
                include=["drawn_minutes"],
                condition=Q(account__isnull=False, ledger_row=None),
                name="coverage_pending",
            ),
        ]

    @property
    def balance_before(self) -> int | None:
        """What the account held before this part was drawn; None while it is only planned."""
        return self.ledger_row.balance_minutes - self.ledger_row.minutes if self.ledger_row else None

    @property
    def is_multi_purpose(self) -> bool:
        """Whether its VAT falls due with this use and not with the sale of the hours."""
        package = getattr(self.account, "package", None)
        return package is not None and package.multi_purpose

    @property
    def source_id(self) -> int | None:
        """The id of what pays: package, retainer or offer; the rest is paid by nobody in particular."""
        if self.account is None:
            return self.offer_id
        package = getattr(self.account, "package", None)
        return package.pk if package else self.account.retainer_period.retainer_id
