"""Retainers: a period fee with an hour allowance; each period is drafted once and carries its own hour account."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from billing.models.hours import HourAccount, OveragePolicy
from billing.models.prices import price_shown
from billing.models.seen import of_open, of_own
from clients.models import CashDiscountTerms, Client, Seller, ServiceLine, cash_discount_whole
from crm.access import Role
from crm.db import CurrencyField, MinutesField, MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class RetainerQuery(Query["Retainer"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(of_open(user))

    def changeable_by(self, user: "User") -> Self:
        """An account manager changes the contracts of own clients."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(of_own(user)) if user.is_in(Role.ACCOUNT_MANAGER) else self.none()

    def matching(self, text: str) -> Self:
        return self.filter(Q(name__unaccent__icontains=text) | Q(client__name__unaccent__icontains=text))

    def priced_for(self, user: "User") -> Self:
        """Annotates `shows_price`: whether the person may see what it costs."""
        return self.annotate(shows_price=price_shown(user))

    def running(self, *, on: date) -> Self:
        return self.filter(Q(ended_on=None) | Q(ended_on__gte=on), starts_on__lte=on, status=Retainer.Status.ACTIVE)

    def ran(self, *, on: date) -> Self:
        """Running on a day, also one in the past, by its dates: whatever became of the contract since."""
        lasted = Q(ended_on=None, status=Retainer.Status.ACTIVE) | Q(ended_on__gte=on)
        return self.begun(on=on).filter(lasted)

    def under_notice(self, *, on: date) -> Self:
        """Still running on a day by which notice had been given."""
        return self.ran(on=on).filter(notice_given_on__lte=on)

    def to_come(self, *, on: date) -> Self:
        """Agreed and not over, begun or not, and those with a fee that was due and has no draft."""
        late = RetainerPeriod.objects.filter(retainer=OuterRef("pk"), fee__gt=0, invoice_line=None)
        lasting = Q(Q(ended_on=None) | Q(ended_on__gte=on), status=Retainer.Status.ACTIVE)
        return self.exclude(status=Retainer.Status.DRAFT).filter(lasting | Exists(late))

    def begun(self, *, on: date) -> Self:
        """Running and ended ones."""
        return self.filter(starts_on__lte=on).exclude(status=Retainer.Status.DRAFT)


class Retainer(Record, CashDiscountTerms):
    shows_price: bool  # what `priced_for()` adds to a row

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("running")
        ENDED = "ended", _("ended")

    class AllowancePeriod(models.TextChoices):
        MONTH = "month", _("a month")
        QUARTER = "quarter", _("a quarter")
        TERM = "term", _("the whole term")

    class Rollover(models.TextChoices):
        NONE = "none", _("lapse")
        UNLIMITED = "unlimited", _("carry over")
        CAPPED = "capped", _("carry over up to a limit")

    class BillIn(models.TextChoices):
        ADVANCE = "advance", _("in advance")
        ARREARS = "arrears", _("afterwards")

    class RenewalMode(models.TextChoices):
        AUTOMATIC = "automatic", _("renews by itself")
        ASK = "ask", _("ask the client")
        ENDS = "ends", _("ends")

    client = models.ForeignKey(Client, models.PROTECT, related_name="retainers", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    name = models.CharField(_("name"), max_length=160)
    service_lines = models.ManyToManyField(ServiceLine, blank=True, verbose_name=_("service lines"))
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lead"),
    )
    monthly_fee = MoneyField(_("fee a month"))
    fee_months = models.PositiveSmallIntegerField(_("months a fee covers"), default=1)
    currency = CurrencyField(_("currency"))
    price_includes_tax = models.BooleanField(_("includes VAT"), default=False)
    term_months = models.PositiveSmallIntegerField(_("term in months"), default=12)
    starts_on = models.DateField(_("starts on"))
    committed_until_on = models.DateField(_("committed until"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    notice_given_on = models.DateField(_("notice given on"), null=True, blank=True, editable=False)
    included_minutes = MinutesField(_("included hours"), default=0)
    allowance_period = models.CharField(
        _("hours for"), max_length=7, choices=AllowancePeriod.choices, default=AllowancePeriod.MONTH
    )
    rollover = models.CharField(_("unused hours"), max_length=9, choices=Rollover.choices, default=Rollover.NONE)
    rollover_cap_minutes = MinutesField(_("limit of carried hours"), default=0)
    carries_deficit = models.BooleanField(_("hours below zero are taken from the next period"), default=False)
    refunds_unused = models.BooleanField(_("unused hours are refunded"), default=False)
    prorates_allowance = models.BooleanField(_("a part period brings a part of the hours"), default=False)
    checkpoint_months = models.PositiveSmallIntegerField(_("months between checkpoints"), default=3)
    overage_policy = models.CharField(
        _("beyond the allowance"),
        max_length=14,
        choices=OveragePolicy.choices,
        default=OveragePolicy.BILL_OVERAGE,
    )
    overage_rate = MoneyField(_("overage rate an hour"), null=True, blank=True)
    negative_limit_minutes = MinutesField(_("may go below zero by"), default=0)
    bill_in = models.CharField(_("billed"), max_length=7, choices=BillIn.choices, default=BillIn.ADVANCE)
    auto_issue = models.BooleanField(_("issue without asking"), default=False)
    notice_days = models.PositiveSmallIntegerField(_("notice in days"), default=30)
    renewal_mode = models.CharField(_("renewal"), max_length=9, choices=RenewalMode.choices, default=RenewalMode.ASK)
    one_off_price = MoneyField(_("one-off price"), null=True, blank=True)
    one_off_minutes = MinutesField(_("one-off hours"), null=True, blank=True)
    one_off_months = models.PositiveSmallIntegerField(_("months that the one-off order covers"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=Status.choices, default=Status.DRAFT)

    objects = RetainerQuery.as_manager()

    class Meta:
        verbose_name = _("retainer")
        verbose_name_plural = _("retainers")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(monthly_fee__gte=0, included_minutes__gte=0, rollover_cap_minutes__gte=0),
                name="retainer_not_negative",
                violation_error_message=_("Fee and hours are not negative."),
            ),
            models.CheckConstraint(
                condition=Q(term_months__gte=1, fee_months__in=[1, 3]),
                name="retainer_term_positive",
                violation_error_message=_("A term has at least one month; a fee covers one month or three."),
            ),
            models.CheckConstraint(
                condition=Q(one_off_months=None) | Q(one_off_months__gte=1),
                name="retainer_one_off_covers_time",
                violation_error_message=_("A one-off order covers at least one month."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("starts_on")),
                name="retainer_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
            cash_discount_whole("retainer"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class RetainerPeriod(Record):
    """A period of a contract, once: its fee is drafted on `draft_on`, its hours lie in `account`."""

    retainer = models.ForeignKey(Retainer, models.CASCADE, related_name="periods")
    starts_on = models.DateField()
    ends_on = models.DateField()
    draft_on = models.DateField()
    fee = MoneyField()
    account = models.OneToOneField(HourAccount, models.PROTECT, null=True, blank=True, related_name="retainer_period")
    invoice_line = models.OneToOneField(
        "billing.InvoiceLine", models.SET_NULL, null=True, blank=True, related_name="retainer_period"
    )

    class Meta:
        ordering = ["retainer", "starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["retainer", "starts_on"], name="retainer_period_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="retainer_period_in_order"),
        ]
        triggers = audited()
