"""Reminders of overdue invoices: levels and words as the firm wants them, letters sent, and stops for disputes."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.models.seen import of_own
from clients.models import Client, Seller
from crm.access import Role
from crm.db import CurrencyField, MoneyField, Query, Record, append_only, audited

if TYPE_CHECKING:
    from crm.models import User

SAID = (
    "client_id",
    "seller_id",
    "currency",
    "level",
    "language",
    "dated_on",
    "pay_until_on",
    "subject",
    "body",
    "total_amount",
    "seller_frozen",
    "buyer_frozen",
)
CHANGED_WORDS = pgtrigger.UpdateOf(*SAID)  # type: ignore[no-untyped-call]  # the library types it not


class DunningLevel(Record):
    """When a level falls due, in days after the due date; a firm without rows has the defaults of the rules."""

    level = models.PositiveSmallIntegerField(_("level"), unique=True)
    days = models.PositiveSmallIntegerField(_("days after the due date"))

    class Meta:
        verbose_name = _("level of reminders")
        verbose_name_plural = _("levels of reminders")
        ordering = ["level"]
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="dunning_level_range"),
            models.CheckConstraint(
                condition=Q(days__gte=1),
                name="dunning_days_positive",
                violation_error_message=_("Nobody is reminded before the day after the due date."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return str(self.level)


class DunningText(Record):
    """The firm's own words of a level in a language."""

    level = models.PositiveSmallIntegerField(_("level"))
    language = models.CharField(_("language"), max_length=2)
    subject = models.CharField(_("subject"), max_length=160)
    body = models.TextField(_("text"), max_length=4000)

    class Meta:
        verbose_name = _("text of a reminder")
        verbose_name_plural = _("texts of reminders")
        ordering = ["level", "language"]
        constraints = [
            models.UniqueConstraint(fields=["level", "language"], name="dunning_text_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="dunning_text_level"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.subject


class NoticeQuery(Query["DunningNotice"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        if user.is_in(Role.ACCOUNT_MANAGER):
            return self.filter(of_own(user))
        return self.none()

    def unmailed(self, *, at: datetime) -> Self:
        """Letters whose mail has not left yet and whose next attempt has come."""
        return self.filter(mailed_at=None, next_attempt_at__lte=at).exclude(recipient="")

    def failing(self) -> Self:
        return self.filter(mailed_at=None).exclude(mail_error="")


class DunningNotice(Record):
    """One letter to a client about all that is overdue with one own company in one currency.

    What it says never changes; whether it reached the client is written beside it.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="dunning_notices", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    currency = CurrencyField(_("currency"))
    level = models.PositiveSmallIntegerField(_("level"))
    language = models.CharField(_("language"), max_length=2)
    dated_on = models.DateField(_("date"))
    pay_until_on = models.DateField(_("payable until"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    total_amount = MoneyField(_("total"))
    seller_frozen = models.JSONField(default=dict, editable=False)
    buyer_frozen = models.JSONField(default=dict, editable=False)
    recipient = models.EmailField(_("recipient"), blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    mailed_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    mail_error = models.CharField(_("last failure"), max_length=300, blank=True, editable=False)
    next_attempt_at = models.DateTimeField(editable=False)

    objects = NoticeQuery.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-dated_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="dunning_notice_level"),
            models.CheckConstraint(
                condition=Q(total_amount__gt=0),
                name="dunning_notice_positive",
                violation_error_message=_("A reminder asks for more than nothing."),
            ),
        ]
        indexes = [models.Index(fields=["client", "-dated_on"], name="dunning_by_client")]
        triggers = [
            *audited("seller_frozen", "buyer_frozen", "body"),
            pgtrigger.Protect(name="said_once", operation=CHANGED_WORDS | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.subject


class DunningItem(models.Model):
    """An invoice on a letter: its level then, and what it owed that day."""

    notice = models.ForeignKey(DunningNotice, models.CASCADE, related_name="items")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="dunning_items")
    level = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = MoneyField()

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "level"],
                name="dunning_level_once",
                violation_error_message=_("This invoice was reminded at this level already."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dunning_item_positive"),
        ]
        triggers = [append_only()]


class StopQuery(Query["DunningStop"]):
    def standing(self) -> Self:
        return self.filter(lifted_on=None)


class DunningStop(Record):
    """Nobody is reminded of an invoice in dispute until the stop is lifted; its balance is the amount in dispute."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="dunning_stops")
    reason = models.CharField(_("reason"), max_length=200)
    since_on = models.DateField(_("since"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lifted_on = models.DateField(_("lifted on"), null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = StopQuery.as_manager()

    class Meta:
        verbose_name = _("stop of reminders")
        verbose_name_plural = _("stops of reminders")
        ordering = ["-since_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(lifted_on=None),
                name="dunning_stop_once",
                violation_error_message=_("Reminders of this invoice are stopped already."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="dunning_stop_reasoned",
                violation_error_message=_("A stop needs a reason."),
            ),
            models.CheckConstraint(
                condition=Q(lifted_on=None) | Q(lifted_by__isnull=False), name="dunning_stop_lifted_by"
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.reason

    @property
    def is_standing(self) -> bool:
        return self.lifted_on is None


def last_reminder(invoice: Invoice) -> tuple[int, date | None]:
    """The highest level that an invoice was reminded at, and when; expects its items with their letters at hand."""
    items = sorted(invoice.dunning_items.all(), key=lambda item: item.level)
    return (items[-1].level, items[-1].notice.dated_on) if items else (0, None)
