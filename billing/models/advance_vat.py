"""VAT invoices for advances of Russian companies, what acts deduct of them, and their files: append-only.

Money that came in ahead of the service owes its VAT at once (NK RF art. 167(1)); the act of the service takes it back.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.guards import CONSTRAINT, documents_locked, in_open_period
from billing.models.invoices import Invoice
from billing.models.kept_files import KeptFile
from billing.models.payments import Payment, Refund
from billing.models.series import Series
from billing.models.service_acts import ServiceAct
from billing.rules.advance_vat import due_on
from clients.models import Seller
from crm.db import CurrencyField, MoneyField, Query, append_only
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User

# No more than the payment is, and than it settles of the invoice: one rouble owes its VAT once.
WITHIN_RECEIPT = """
PERFORM 1 FROM billing_payment WHERE id = NEW.payment_id FOR NO KEY UPDATE;
IF NOT EXISTS (
    SELECT FROM billing_invoice i JOIN billing_series s ON s.id = NEW.series_id
    JOIN billing_payment p ON p.id = NEW.payment_id
    WHERE i.id = NEW.invoice_id AND i.status = 'issued' AND i.kind = 'invoice' AND i.seller_id = NEW.seller_id
      AND s.seller_id = NEW.seller_id AND s.kind = 'advance_vat' AND p.received_on = NEW.received_on
) THEN
    RAISE EXCEPTION 'A VAT invoice for an advance follows an issued invoice and a payment of its own company.';
END IF;
IF NEW.gross_amount + (
    SELECT COALESCE(SUM(a.gross_amount), 0) FROM billing_advancevatinvoice a
    WHERE a.payment_id = NEW.payment_id AND NOT EXISTS (
        SELECT FROM billing_advancevatwithdrawal w WHERE w.advance_id = a.id)
) > (SELECT amount FROM billing_payment WHERE id = NEW.payment_id) OR NEW.gross_amount + (
    SELECT COALESCE(SUM(a.gross_amount), 0) FROM billing_advancevatinvoice a
    WHERE a.payment_id = NEW.payment_id AND a.invoice_id = NEW.invoice_id AND NOT EXISTS (
        SELECT FROM billing_advancevatwithdrawal w WHERE w.advance_id = a.id)
) > (
    SELECT COALESCE(SUM(amount), 0) FROM billing_allocation
    WHERE payment_id = NEW.payment_id AND invoice_id = NEW.invoice_id
) THEN
    RAISE EXCEPTION 'VAT invoices name more than came in.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'advance_within_receipt';
END IF;
RETURN NEW;
"""
WITHIN_ADVANCE = """
PERFORM 1 FROM billing_advancevatinvoice WHERE id = NEW.advance_id FOR NO KEY UPDATE;
IF EXISTS (SELECT FROM billing_advancevatwithdrawal WHERE advance_id = NEW.advance_id) THEN
    RAISE EXCEPTION 'This VAT invoice was taken back.' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'deducted_within_advance';
END IF;
SELECT a.gross_amount - COALESCE(SUM(d.gross_amount), 0), a.vat_amount - COALESCE(SUM(d.vat_amount), 0)
INTO rest, rest_vat FROM billing_advancevatinvoice a
LEFT JOIN billing_advancededuction d ON d.advance_id = a.id
    AND NOT EXISTS (SELECT FROM billing_serviceactwithdrawal w WHERE w.act_id = d.act_id)
WHERE a.id = NEW.advance_id GROUP BY a.id;
IF NEW.gross_amount > rest OR NEW.vat_amount > rest_vat THEN
    RAISE EXCEPTION 'Only % is left of the advance.', rest
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deducted_within_advance';
END IF;
RETURN NEW;
"""
UNDEDUCTED = """
PERFORM 1 FROM billing_advancevatinvoice WHERE id = NEW.advance_id FOR NO KEY UPDATE;
IF EXISTS (
    SELECT FROM billing_advancededuction d WHERE d.advance_id = NEW.advance_id
    AND NOT EXISTS (SELECT FROM billing_serviceactwithdrawal w WHERE w.act_id = d.act_id)
) THEN
    RAISE EXCEPTION 'VAT of it is deducted.' USING ERRCODE = 'check_violation', CONSTRAINT = 'undeducted_advance';
END IF;
RETURN NEW;
"""
OF_ADVANCE = "(SELECT seller_id FROM billing_advancevatinvoice WHERE id = NEW.advance_id)"


def already_deducted() -> ValidationError:
    return ValidationError(_("VAT of it is deducted: take the acts back first."), code="wrong_status")


def over_received() -> ValidationError:
    return ValidationError(_("VAT invoices would name more than came in."), code="already_done")


def over_deducted() -> ValidationError:
    return ValidationError(_("No more is deducted than the VAT of the advance."), code="already_done")


def _deducted(field: str) -> Coalesce:
    rows = AdvanceDeduction.objects.standing().filter(advance=OuterRef("pk")).order_by().values("advance")
    return Coalesce(
        Subquery(rows.annotate(total=Sum(field)).values("total")), Value(Decimal(0)), output_field=MoneyField()
    )


class AdvanceVatQuery(Query["AdvanceVatInvoice"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(invoice__in=Invoice.objects.visible_to(user))

    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(withdrawal=None)

    def with_rest(self) -> Self:
        """Annotates `deducted_gross`, `deducted_vat`, and what is left of both; nothing is left of one taken back."""
        rows = self.annotate(deducted_gross=_deducted("gross_amount"), deducted_vat=_deducted("vat_amount"))
        zero = Value(Decimal(0), output_field=MoneyField())
        gone = models.When(withdrawal__isnull=False, then=zero)
        return rows.annotate(
            rest_gross=models.Case(gone, default=F("gross_amount") - F("deducted_gross"), output_field=MoneyField()),
            rest_vat=models.Case(gone, default=F("vat_amount") - F("deducted_vat"), output_field=MoneyField()),
        )

    def with_open_rest(self) -> Self:
        """Standing ones of which something is left."""
        return self.standing().with_rest().filter(Q(("rest_gross__gt", 0)))

    def all_deducted(self) -> Self:
        return self.standing().with_rest().filter(Q(("rest_gross", 0)))


class AdvanceVatInvoice(models.Model):
    """The VAT invoice for money that a payment brought ahead on an issued invoice; frozen when it is made.

    `rows` are kept as [text, rate, gross, vat]; `payment_number` is that of the payment order (PP 1137, line 5).
    """

    deducted_gross: Decimal  # what `with_rest()` adds
    deducted_vat: Decimal
    rest_gross: Decimal
    rest_vat: Decimal

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="advance_vat", verbose_name=_("payment"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="advance_vat", verbose_name=_("invoice"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    series = models.ForeignKey(Series, models.PROTECT, related_name="advance_vat")
    number = models.CharField(_("number"), max_length=40)
    sequence = models.PositiveIntegerField(editable=False)
    issued_on = models.DateField(_("issued on"))
    received_on = models.DateField(_("received on"))
    payment_number = models.CharField(_("number of the payment order"), max_length=40, blank=True)
    currency = CurrencyField(_("currency"))
    gross_amount = MoneyField(_("received"))
    vat_amount = MoneyField(_("VAT"))
    rows = models.JSONField(default=list, editable=False)
    seller_frozen = models.JSONField(default=dict, editable=False)
    buyer_frozen = models.JSONField(default=dict, editable=False)
    content_sha256 = models.CharField(max_length=64, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made at"))

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        CONSTRAINT: documents_locked(),
        "advance_within_receipt": over_received(),
    }

    objects = AdvanceVatQuery.as_manager()

    class Meta:
        verbose_name = _("advance VAT invoice")
        verbose_name_plural = _("advance VAT invoices")
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "number"],
                name="advance_vat_number_once",
                violation_error_message=_("This number is taken."),
            ),
            models.CheckConstraint(
                condition=Q(gross_amount__gt=0, vat_amount__gte=0, vat_amount__lt=F("gross_amount")),
                name="advance_vat_within_amount",
                violation_error_message=_("The VAT of an advance lies within what came in."),
            ),
            models.CheckConstraint(
                condition=Q(issued_on__gte=F("received_on")),
                name="advance_vat_after_receipt",
                violation_error_message=_("The money came in on a later day."),
                violation_error_code="too_early",
            ),
        ]
        triggers = [
            append_only(),
            audit_trail(),
            in_open_period("NEW.issued_on", operation=pgtrigger.Insert),
            pgtrigger.Trigger(
                name="within_receipt", when=pgtrigger.Before, operation=pgtrigger.Insert, func=WITHIN_RECEIPT
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def due_on(self) -> date:
        return due_on(self.received_on)

    @property
    def is_late(self) -> bool:
        """Whether it was issued after the five days."""
        return self.issued_on > self.due_on


class AdvanceVatWithdrawal(models.Model):
    """That a wrong VAT invoice holds no longer; it keeps its number and files, and the money may have another one."""

    advance = models.OneToOneField(AdvanceVatInvoice, models.PROTECT, related_name="withdrawal")
    withdrawn_on = models.DateField(_("taken back on"))
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made at"))

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        CONSTRAINT: documents_locked(),
        "undeducted_advance": already_deducted(),
    }

    class Meta:
        verbose_name = _("advance VAT invoice taken back")
        verbose_name_plural = _("advance VAT invoices taken back")
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="advance_vat_withdrawal_reasoned",
                violation_error_message=_("Write a reason."),
                violation_error_code="required",
            ),
        ]
        triggers = [
            append_only(),
            audit_trail(),
            in_open_period("NEW.withdrawn_on", seller=OF_ADVANCE, operation=pgtrigger.Insert),
            pgtrigger.Trigger(name="undeducted", when=pgtrigger.Before, operation=pgtrigger.Insert, func=UNDEDUCTED),
        ]

    def __str__(self) -> str:
        return f"{self.withdrawn_on}: {self.reason}"


class DeductionQuery(Query["AdvanceDeduction"]):
    def standing(self) -> Self:
        """Without those of acts that were taken back: their VAT is an advance's again."""
        return self.filter(act__withdrawal=None)


class AdvanceDeduction(models.Model):
    """VAT of an advance that is deducted: by an act that sets money off, or because it was paid back.

    `invoice` is the one whose service the money paid for; where money was moved, not that of the advance.
    """

    advance = models.ForeignKey(AdvanceVatInvoice, models.PROTECT, related_name="deductions")
    act = models.ForeignKey(ServiceAct, models.PROTECT, null=True, related_name="deductions")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="deductions")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="+")
    gross_amount = MoneyField(_("set off"))
    vat_amount = MoneyField(_("VAT deducted"))
    deducted_on = models.DateField(_("deducted on"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made at"))

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        CONSTRAINT: documents_locked(),
        "deducted_within_advance": over_deducted(),
    }

    objects = DeductionQuery.as_manager()

    class Meta:
        verbose_name = _("deduction of an advance's VAT")
        verbose_name_plural = _("deductions of advances' VAT")
        ordering = ["deducted_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_amount__gt=0, vat_amount__gte=0), name="advance_deduction_positive"
            ),
            models.CheckConstraint(
                condition=Q(act__isnull=False, refund=None) | Q(act=None, refund__isnull=False),
                name="advance_deduction_names_cause",
            ),
        ]
        triggers = [
            append_only(),
            audit_trail(),
            in_open_period("NEW.deducted_on", seller=OF_ADVANCE, operation=pgtrigger.Insert),
            pgtrigger.Trigger(
                name="within_advance",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("rest", "numeric"), ("rest_vat", "numeric")],
                func=WITHIN_ADVANCE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vat_amount} {self.deducted_on}"


class AdvanceVatFile(KeptFile):
    """The bytes of an advance VAT invoice, kept for ever: every download gives these."""

    advance = models.ForeignKey(AdvanceVatInvoice, models.PROTECT, related_name="files")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["advance", "format"], name="advance_vat_file_once")]
        triggers = [append_only()]
