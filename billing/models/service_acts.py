"""Acts of services: the primary document by which a Russian client confirms what was rendered (402-FZ, art. 9)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.guards import CONSTRAINT, documents_locked, in_open_period
from billing.models.invoices import Invoice
from billing.models.kept_files import KeptFile
from billing.models.packages import HourPackage
from billing.models.series import Series
from clients.models import Seller
from crm.db import MinutesField, Query, Record, append_only, audited
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User

WRITTEN_IN = "RU"  # where invoices are followed by acts
OF_ISSUED_INVOICE = """
IF NOT EXISTS (
    SELECT FROM billing_invoice i JOIN billing_series s ON s.id = NEW.series_id
    WHERE i.id = NEW.invoice_id AND i.status = 'issued' AND i.kind = 'invoice'
      AND i.seller_id = NEW.seller_id AND s.seller_id = NEW.seller_id AND s.kind = 'act'
) THEN
    RAISE EXCEPTION 'An act confirms an issued invoice of its own company, in a series for acts.';
END IF;
PERFORM 1 FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
IF NEW.package_id IS NOT NULL THEN
    IF NOT EXISTS (SELECT FROM billing_hourpackage p JOIN billing_invoiceline l ON l.id = p.invoice_line_id
                   WHERE p.id = NEW.package_id AND l.invoice_id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'An act of hours stands on the invoice that sold them.';
    END IF;
    IF NEW.minutes + (
        SELECT COALESCE(SUM(a.minutes), 0) FROM billing_serviceact a WHERE a.package_id = NEW.package_id
        AND NOT EXISTS (SELECT FROM billing_serviceactwithdrawal w WHERE w.act_id = a.id)
    ) > (
        SELECT COALESCE(-SUM(r.minutes), 0) FROM billing_ledgerrow r
        LEFT JOIN billing_ledgerrow o ON o.id = r.reverses_id JOIN billing_hourpackage p ON p.account_id = r.account_id
        WHERE p.id = NEW.package_id AND (COALESCE(o.kind, r.kind) = 'draw' OR r.kind = 'adjustment' AND r.minutes > 0)
    ) THEN
        RAISE EXCEPTION 'An act confirms no more hours than were drawn.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'act_of_drawn_hours';
    END IF;
ELSIF EXISTS (
    SELECT FROM billing_serviceact a WHERE a.invoice_id = NEW.invoice_id AND a.package_id IS NULL
    AND NOT EXISTS (SELECT FROM billing_serviceactwithdrawal w WHERE w.act_id = a.id)
) THEN
    RAISE EXCEPTION 'This invoice has its act already.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'one_standing_act';
END IF;
RETURN NEW;
"""
UNSIGNED = """
IF EXISTS (SELECT FROM billing_serviceactsignature WHERE act_id = NEW.act_id) THEN
    RAISE EXCEPTION 'A signed act is not taken back.' USING ERRCODE = 'check_violation', CONSTRAINT = 'unsigned_act';
END IF;
RETURN NEW;
"""
OF_ACT = "(SELECT seller_id FROM billing_serviceact WHERE id = NEW.act_id)"


def already_acted() -> ValidationError:
    return ValidationError(_("This invoice has its act already."), code="already_done")


def not_drawn() -> ValidationError:
    return ValidationError(_("Acts confirm more hours than were drawn: take the last one back."), code="wrong_status")


def already_signed() -> ValidationError:
    return ValidationError(_("The client has signed it: take the signature back first."), code="wrong_status")


SIGNED_WITHIN = timedelta(days=30)


class ServiceActQuery(Query["ServiceAct"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(invoice__in=Invoice.objects.visible_to(user))

    def signed(self) -> Self:
        return self.filter(signature__isnull=False)

    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(withdrawal=None)

    def unsigned(self) -> Self:
        return self.standing().filter(signature=None)

    def late(self, *, on: date) -> Self:
        """Not signed a month after they were made."""
        return self.unsigned().filter(acted_on__lt=on - SIGNED_WITHIN)


class ServiceAct(models.Model):
    """Confirms an invoice, or hours drawn from a package, on the invoice that sold them. `minutes` are of the latter.

    What it states is written when it is made: a credit note that comes later changes neither it nor its files.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="service_acts", verbose_name=_("invoice"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    series = models.ForeignKey(Series, models.PROTECT, related_name="acts")
    number = models.CharField(_("number"), max_length=40)
    sequence = models.PositiveIntegerField(editable=False)
    acted_on = models.DateField(_("dated"))
    package = models.ForeignKey(
        HourPackage, models.PROTECT, null=True, blank=True, related_name="service_acts", verbose_name=_("hour package")
    )
    minutes = MinutesField(_("hours confirmed"), default=0)
    rendered_from_on = models.DateField(null=True, editable=False)
    rendered_to_on = models.DateField(null=True, editable=False)
    rows = models.JSONField(default=list, editable=False)
    content_sha256 = models.CharField(max_length=64, default="", editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made at"))

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        CONSTRAINT: documents_locked(),
        "one_standing_act": already_acted(),
        "act_of_drawn_hours": not_drawn(),
    }

    objects = ServiceActQuery.as_manager()

    class Meta:
        verbose_name = _("act of services")
        verbose_name_plural = _("acts of services")
        ordering = ["-acted_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "number"], name="act_number_once", violation_error_message=_("This number is taken.")
            ),
            models.CheckConstraint(
                condition=models.Q(package=None, minutes=0, rendered_from_on=None, rendered_to_on=None)
                | models.Q(package__isnull=False, minutes__gt=0, rendered_to_on__gte=models.F("rendered_from_on")),
                name="act_of_hours_names_period",
                violation_error_message=_("An act of prepaid hours names how many, and of which days."),
            ),
        ]
        triggers = [
            append_only(),
            audit_trail(),
            in_open_period("NEW.acted_on", operation=pgtrigger.Insert),
            pgtrigger.Trigger(
                name="of_issued_invoice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=OF_ISSUED_INVOICE,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def period(self) -> tuple[date | None, date | None]:
        """First and last day of what was rendered: of the hours, or of the invoice."""
        if self.package_id:
            return self.rendered_from_on, self.rendered_to_on
        return self.invoice.supply_from, self.invoice.supply_to


class ServiceActWithdrawal(models.Model):
    """That a wrong act holds no longer. It keeps its number and its files; the invoice may have another act."""

    act = models.OneToOneField(ServiceAct, models.PROTECT, related_name="withdrawal")
    withdrawn_on = models.DateField(_("taken back on"))
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made at"))

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        CONSTRAINT: documents_locked(),
        "unsigned_act": already_signed(),
    }

    class Meta:
        verbose_name = _("act taken back")
        verbose_name_plural = _("acts taken back")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="act_withdrawal_reasoned",
                violation_error_message=_("Write a reason."),
                violation_error_code="required",
            ),
        ]
        triggers = [
            append_only(),
            audit_trail(),
            in_open_period("NEW.withdrawn_on", seller=OF_ACT, operation=pgtrigger.Insert),
            pgtrigger.Trigger(name="unsigned_act", when=pgtrigger.Before, operation=pgtrigger.Insert, func=UNSIGNED),
        ]

    def __str__(self) -> str:
        return f"{self.withdrawn_on}: {self.reason}"


class ServiceActSignature(Record):
    """That the client's copy came back signed, on paper or from the operator; without it the work may be disputed."""

    act = models.OneToOneField(ServiceAct, models.PROTECT, related_name="signature")
    signed_on = models.DateField(_("signed on"))
    signed_by = models.CharField(_("signed by"), max_length=120)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("signature of an act")
        verbose_name_plural = _("signatures of acts")
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.signed_by}, {self.signed_on}"


class ServiceActFile(KeptFile):
    """The bytes of an act, kept for ever: every download gives these."""

    act = models.ForeignKey(ServiceAct, models.PROTECT, related_name="files")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "format"], name="act_file_once")]
        triggers = [append_only()]
