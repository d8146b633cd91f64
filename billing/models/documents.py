"""What became of an issued document: the bytes that were rendered once, and whether they reached the client."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from crm.db import Query, append_only


class DocumentFile(models.Model):
    """The rendered bytes of an issued document, kept for ever; written once after issuing."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        XRECHNUNG = "xrechnung", "XRechnung"
        ZUGFERD = "zugferd", "ZUGFeRD"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="files")
    format = models.CharField(max_length=9, choices=Format.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "format"], name="document_file_once")]
        triggers = [append_only()]


class DocumentReport(models.Model):
    """What the check of an e-invoice found before its file was kept; it says of which bytes by their hash."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="reports")
    format = models.CharField(max_length=9, choices=DocumentFile.Format.choices)
    sha256 = models.CharField(max_length=64)
    findings = models.JSONField(default=list)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "format"], name="document_report_once")]
        triggers = [append_only()]


class DraftCheck(models.Model):
    """What a draft's e-invoice would be judged, written by a worker; it holds for the content with this hash alone."""

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="draft_check")
    format = models.CharField(max_length=9, choices=DocumentFile.Format.choices)
    content_sha256 = models.CharField(max_length=64)
    findings = models.JSONField(default=list)
    checked_at = models.DateTimeField()


class DeliveryQuery(Query["DocumentDelivery"]):
    def due(self, *, at: datetime) -> Self:
        """Documents that still lack their file or their mail, once their next attempt has come."""
        unfinished = Q(rendered_at=None) | Q(sent_at=None) & ~Q(recipient="")
        return self.filter(unfinished, next_attempt_at__lte=at)

    def failing(self) -> Self:
        return self.exclude(last_error="")


class DocumentDelivery(models.Model):
    """The outbox of an issued document, written with it: a failure is retried and shown, the document stays."""

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="delivery")
    recipient = models.EmailField(_("recipient"), blank=True)
    rendered_at = models.DateTimeField(_("file made at"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(_("last failure"), max_length=300, blank=True)
    next_attempt_at = models.DateTimeField()

    objects = DeliveryQuery.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(rendered_at=None) | Q(sent_at=None) & ~Q(recipient=""),
                name="delivery_due",
            ),
        ]
