"""Files for other programs: which documents left in which batch, and the bytes that every download gives again."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.advance_vat import AdvanceVatInvoice
from billing.models.invoices import Invoice
from billing.models.packages import HourPackage
from clients.models import Client, Seller
from clients.rules.retention import Paper, keep_until
from crm.access import Role
from crm.db import CurrencyField, MinutesField, MoneyField, Query, append_only
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User


class BatchQuery(Query["ExportBatch"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.is_in(Role.PARTNER, Role.FINANCE) else self.none()


class ExportBatch(models.Model):
    """What was asked for, by whom and when. Never changed; `request_key` is equal where the same was asked for.

    `language` says how the file is written; empty is for machines. `reason` stands on a repeat alone.
    """

    format = models.CharField(_("format"), max_length=20)
    seller = models.ForeignKey(
        Seller, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("own company")
    )
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("client")
    )
    currency = CurrencyField(_("currency"), blank=True)
    kind = models.CharField(_("documents"), max_length=11, choices=Invoice.Kind.choices, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    is_repeat = models.BooleanField(_("repeat"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    request_key = models.CharField(max_length=64, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made at"))

    objects = BatchQuery.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="export_period_in_order",
                violation_error_message=_("It ends before it begins."),
                violation_error_code="ends_before_start",
            ),
            models.CheckConstraint(
                condition=Q(is_repeat=False, reason="") | Q(~Q(reason=""), is_repeat=True),
                name="export_repeat_has_reason",
                violation_error_message=_("A repeat needs a reason."),
            ),
        ]
        indexes = [models.Index(fields=["request_key"], name="export_by_request")]
        triggers = [append_only(), audit_trail()]

    def __str__(self) -> str:
        return f"{self.format} {self.from_on}–{self.to_on}"

    @property
    def kept_until(self) -> date:
        """Until when the law and the own company want its file kept: it is a part of the books."""
        made_on = timezone.localdate(self.created_at)
        return (
            self.seller.keeps_until(Paper.BOOK, made_on) if self.seller else keep_until(Paper.BOOK, made_on, country="")
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether documents of its period may be missing because they were not asked for."""
        return bool(self.client_id or self.currency or self.kind)


class ExportedQuery(Query["ExportedDocument"]):
    def first_time(self) -> Self:
        return self.filter(is_repeat=False)


class ExportedDocument(models.Model):
    """A document in a batch, or an advance VAT invoice in formats that take them.

    It leaves once in a format, and again only in a batch that is a repeat.
    """

    batch = models.ForeignKey(ExportBatch, models.PROTECT, related_name="documents")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="exported")
    advance = models.ForeignKey(AdvanceVatInvoice, models.PROTECT, null=True, related_name="exported")
    format = models.CharField(max_length=20)
    is_repeat = models.BooleanField(default=False)

    objects = ExportedQuery.as_manager()

    class Meta:
        ordering = ["batch", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["format", "invoice"],
                condition=Q(is_repeat=False),
                name="exported_once_in_format",
                violation_error_message=_("A document is in another export of this format already."),
                violation_error_code="already_done",
            ),
            models.UniqueConstraint(fields=["batch", "invoice"], name="exported_once_in_batch"),
            models.UniqueConstraint(
                fields=["format", "advance"],
                condition=Q(is_repeat=False, advance__isnull=False),
                name="exported_advance_once_in_format",
                violation_error_message=_("A document is in another export of this format already."),
                violation_error_code="already_done",
            ),
            models.UniqueConstraint(fields=["batch", "advance"], name="exported_advance_once_in_batch"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, advance=None) | Q(invoice=None, advance__isnull=False),
                name="exported_is_one_document",
            ),
        ]
        triggers = [append_only()]


class ExportedHours(models.Model):
    """Drawn and expired hours of a package that a batch moved to revenue, net in the base currency; what came later
    changes only the next batch, which moves the difference."""

    batch = models.ForeignKey(ExportBatch, models.PROTECT, related_name="hours")
    package = models.ForeignKey(HourPackage, models.PROTECT, related_name="exported_hours")
    minutes = MinutesField(default=0)
    amount = MoneyField()

    class Meta:
        ordering = ["batch", "id"]
        constraints = [models.UniqueConstraint(fields=["batch", "package"], name="exported_hours_once_in_batch")]
        triggers = [append_only()]


class ExportFile(models.Model):
    """The bytes of a batch, kept for ever: every download gives these."""

    batch = models.OneToOneField(ExportBatch, models.PROTECT, related_name="file")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    document_count = models.PositiveIntegerField()

    class Meta:
        triggers = [append_only()]
