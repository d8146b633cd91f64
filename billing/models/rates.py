"""Dated prices: what an hour costs the client and us, what VAT and currencies stood at; none overlaps in its scope."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.seen import of_open
from clients.models import Client, Seller, ServiceLine
from crm.access import Role
from crm.db import CurrencyField, MoneyField, PercentField, Query, RateField, Record, audited, no_overlap

if TYPE_CHECKING:
    from crm.models import User


def period_in_order(label: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
        name=f"{label}_period_in_order",
        violation_error_message=_("It ends before it begins."),
    )


class RateQuery(Query["Rate"]):
    def agreed(self) -> Self:
        """Without those that lie too far below the ordinary price and that no partner has approved."""
        return self.filter(approved=True)

    def dated(self, *, on: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)

    def valid(self, *, on: date) -> Self:
        return self.agreed().dated(on=on)

    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        if user.is_in(Role.ACCOUNT_MANAGER):
            return self.filter(Q(client=None) | of_open(user))
        return self.none()


class Rate(Record):
    """A price per hour. With no client, employee or service line it is the seller's default.

    A client's price far below the ordinary one waits, `approved` is null, until a partner decides its discount.
    """

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="rates", verbose_name=_("own company"))
    client = models.ForeignKey(
        Client, models.CASCADE, null=True, blank=True, related_name="rates", verbose_name=_("client")
    )
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="rates",
        verbose_name=_("employee"),
    )
    service_line = models.ForeignKey(
        ServiceLine,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="rates",
        verbose_name=_("service line"),
    )
    amount = MoneyField(_("amount an hour"))
    currency = CurrencyField(_("currency"))
    price_includes_tax = models.BooleanField(_("includes VAT"), default=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    approved = models.BooleanField(_("approved"), null=True, default=True, editable=False)

    objects = RateQuery.as_manager()

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ["seller", "client", "employee", "service_line", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(client=None) | Q(employee=None),
                name="rate_client_or_employee",
                violation_error_message=_("A rate is for a client or for an employee, not for both."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="rate_not_negative",
                violation_error_message=_("A rate is not negative."),
            ),
            period_in_order("rate"),
            no_overlap(
                "seller_id",
                "client_id",
                "employee_id",
                "service_line_id",
                name="rate_no_overlap",
                message=_("Another rate of the same scope is valid in this period."),
                condition=~Q(approved=False),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def clean(self) -> None:
        check_period(self)


def check_period(row: "Rate | CostRate | VatRate") -> None:
    """ValidationError at `valid_to` before the database is asked for overlaps: it refuses to build such a range."""
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        raise ValidationError({"valid_to": ValidationError(_("It ends before it begins."), code="order")})


class CostRateQuery(Query["CostRate"]):
    def valid(self, *, on: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)


class CostRate(Record):
    """What an hour of an employee costs us, in the base currency."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cost_rates")
    cost_per_hour = MoneyField(_("cost an hour"))
    currency = CurrencyField(_("currency"), default="EUR")
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = CostRateQuery.as_manager()

    class Meta:
        verbose_name = _("cost rate")
        verbose_name_plural = _("cost rates")
        ordering = ["employee", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cost_per_hour__gte=0),
                name="cost_rate_not_negative",
                violation_error_message=_("A cost is not negative."),
            ),
            period_in_order("cost_rate"),
            no_overlap("employee_id", name="cost_rate_no_overlap", message=_("Another cost is valid in this period.")),
        ]
        triggers = audited()

    def clean(self) -> None:
        check_period(self)


class VatRate(Record):
    """A statutory VAT rate: the date of supply decides which one holds."""

    class Category(models.TextChoices):
        STANDARD = "S", _("standard")
        REDUCED = "R", _("reduced")

    country = models.CharField(_("country"), max_length=2)
    category = models.CharField(_("category"), max_length=1, choices=Category.choices)
    rate = PercentField(_("VAT in per cent"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        ordering = ["country", "category", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__range=(0, 100)),
                name="vat_rate_range",
                violation_error_message=_("VAT lies between 0 and 100 per cent."),
            ),
            period_in_order("vat_rate"),
            no_overlap("country", "category", name="vat_rate_no_overlap", message=_("Another rate is valid then.")),
        ]
        triggers = audited()

    def clean(self) -> None:
        check_period(self)


class RateChangeAnswer(Record):
    """What was agreed for a gross price when the statutory rate changed; asked once per agreement and new rate.

    `agreement` names the contract, for example `retainer:7`, `offer:12` or `rate:3`.
    """

    class Choice(models.TextChoices):
        PRICE_STAYS = "price_stays", _("the price stays")
        VAT_ON_TOP = "vat_on_top", _("VAT goes on top")

    client = models.ForeignKey(Client, models.CASCADE, related_name="rate_change_answers")
    agreement = models.CharField(max_length=40)
    agreed_percent = PercentField(_("agreed with VAT of"))
    new_percent = PercentField(_("VAT now"))
    choice = models.CharField(_("agreed"), max_length=11, choices=Choice.choices)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("answer to a change of VAT")
        verbose_name_plural = _("answers to a change of VAT")
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "client", "new_percent"],
                name="rate_change_answered_once",
                violation_error_message=_("This question was already answered."),
                violation_error_code="already_done",
            ),
        ]
        triggers = audited()


class ExchangeRateQuery(Query["ExchangeRate"]):
    def newest(self, *, base: str, quote: str, on: date) -> "ExchangeRate | None":
        """The last rate on or before the day; billing.services.currencies decides whether it is too old."""
        return self.filter(base=base, quote=quote, valid_on__lte=on).order_by("-valid_on", "source").first()


class ExchangeRate(Record):
    """One unit of `base` is worth `rate` units of `quote` on that day."""

    base = CurrencyField(_("of one"))
    quote = CurrencyField(_("in"))
    rate = RateField(_("rate"))
    valid_on = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=12, default="manual")

    objects = ExchangeRateQuery.as_manager()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["-valid_on", "base", "quote"]
        constraints = [
            models.UniqueConstraint(
                fields=["base", "quote", "valid_on", "source"],
                name="exchange_rate_once",
                violation_error_message=_("This source already has a rate for that day."),
            ),
            models.CheckConstraint(
                condition=Q(rate__gt=0),
                name="exchange_rate_positive",
                violation_error_message=_("A rate is greater than zero."),
            ),
        ]
        triggers = audited()
