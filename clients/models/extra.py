"""Extras: more than the contract says, told to the client before it is closed, so that it is not taken for granted."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from crm.access import Role
from crm.db import CurrencyField, MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User

EXPECTED_FROM = 3


class ExtraQuery(Query["Extra"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(Q(client__in=Client.objects.open_to(user)) | Q(given_by=user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(Q(client__in=Client.objects.changeable_by(user)) | Q(given_by=user))

    def to_invoice(self) -> Self:
        """Extras that the client was told of and that stand on no invoice yet: the next one shows them at 0.00."""
        return self.given().filter(client_informed_at__isnull=False, invoiced_on=None)

    def given(self) -> Self:
        """Without those that were not given after all."""
        return self.filter(withdrawn_on=None)


class Extra(Record):
    """`cost` is ours, `value` what the client would have paid for it; both in `currency`, without VAT."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="extras", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("for whom")
    )
    name = models.CharField(_("what"), max_length=120)
    description = models.CharField(_("details"), max_length=1000, blank=True)
    given_on = models.DateField(_("given on"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by"))
    cost = MoneyField(_("our cost"), default=0)
    value = MoneyField(_("value to the client"), default=0)
    currency = CurrencyField(_("currency"))
    is_announced = models.BooleanField(_("announced as a favour"), default=False)
    client_informed_at = models.DateTimeField(_("client told at"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True, editable=False)
    withdrawal_reason = models.CharField(_("why withdrawn"), max_length=300, blank=True, editable=False)
    invoiced_on = models.DateField(_("shown on an invoice on"), null=True, blank=True, editable=False)
    times = models.PositiveSmallIntegerField(_("how often so far"), default=1, editable=False)

    objects = ExtraQuery.as_manager()

    class Meta:
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        ordering = ["-given_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(client_informed_at__isnull=False),
                name="extra_told_before_closed",
                violation_error_message=_("Tell the client first: an extra nobody knows of is worth nothing."),
                violation_error_code="client_not_informed",
            ),
            models.CheckConstraint(
                condition=Q(cost__gte=0, value__gte=0),
                name="extra_not_negative",
                violation_error_message=_("Cost and value are not negative."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawal_reason="")
                | (Q(withdrawn_on__isnull=False, closed_on=None, invoiced_on=None) & ~Q(withdrawal_reason="")),
                name="extra_withdrawn_with_reason",
                violation_error_message=_("What is withdrawn says why, and is neither closed nor on an invoice."),
                violation_error_code="wrong_status",
            ),
        ]
        indexes = [models.Index(fields=["client", "given_on"], name="extra_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return self.name

    @property
    def is_expected(self) -> bool:
        """Given so often that the client counts on it: price it or stop."""
        return self.times >= EXPECTED_FROM
