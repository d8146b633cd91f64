"""Payments, their allocations to invoices, and write-offs: append-only, so that every balance can be recomputed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.guards import CONSTRAINT, documents_locked, four_eyes, in_open_period, money_refused, within_bounds
from billing.models.invoices import Invoice
from billing.models.seen import of_own
from clients.models import Client, Seller
from crm.access import Role
from crm.db import CurrencyField, External, MoneyField, Query, Record, append_only, audited, tombstoned
from crm.db.records import external_key
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User


OF_INVOICE = "(SELECT seller_id FROM billing_invoice WHERE id = NEW.invoice_id)"
# A payment settles from the day on which both it and the invoice are there: an old credit may pay a newer invoice.
SETTLED_ON = """greatest(
    (SELECT received_on FROM billing_payment WHERE id = NEW.payment_id),
    (SELECT issued_on FROM billing_invoice WHERE id = NEW.invoice_id))"""
OF_PAYER = "(SELECT seller_id FROM billing_payment WHERE id = NEW.payment_id)"


def _total(model: "type[Allocation | Refund]") -> Coalesce:
    """Sum of the rows of a model that belong to the outer payment."""
    rows = model._default_manager.filter(payment=OuterRef("pk")).order_by().values("payment")
    total = Subquery(rows.annotate(total=Sum("amount")).values("total"))
    return Coalesce(total, Value(0, output_field=MoneyField()))


class PaymentQuery(Query["Payment"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        if user.is_in(Role.ACCOUNT_MANAGER):
            return self.filter(of_own(user))
        return self.none()

    def with_unapplied(self) -> Self:
        """Annotates `refunded_amount` and `unapplied_amount`, the client's credit that settles nothing yet."""
        return self.annotate(refunded_amount=_total(Refund)).annotate(
            unapplied_amount=F("amount") - _total(Allocation) - F("refunded_amount")
        )

    def credits(self) -> Self:
        """Payments of which something is left."""
        return self.with_unapplied().filter(unapplied_amount__gt=0)

    def credits_for(self, invoice: Invoice) -> Self:
        """Those that could settle an invoice: of the client with those merged into it; the oldest first."""
        holder = invoice.client.holder_id
        family = Q(client=holder) | Q(client__merged_into=holder)
        rows = self.credits().filter(family, seller=invoice.seller_id, currency=invoice.currency)
        return rows.order_by("received_on", "pk")


class Payment(External):
    """Money received; what is not allocated is the client's credit."""

    # What `with_unapplied()` adds to a row.
    refunded_amount: Decimal
    unapplied_amount: Decimal

    client = models.ForeignKey(Client, models.PROTECT, related_name="payments", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    received_on = models.DateField(_("received on"))
    reference = models.CharField(_("reference"), max_length=140, blank=True)
    payer_name = models.CharField(
        _("paid by"), max_length=140, blank=True, help_text=_("If somebody other than the client paid.")
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = PaymentQuery.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-received_on", "-id"]
        constraints = [
            external_key("payment"),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="payment_positive",
                violation_error_message=_("A payment is greater than zero."),
            ),
        ]
        triggers = [
            *audited(),
            tombstoned(),
            append_only(),
            in_open_period("NEW.received_on", operation=pgtrigger.Insert),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class AllocationQuery(Query["Allocation"]):
    def settled_by(self, on: date) -> Self:
        """What had settled at the end of a day: payments count when received, taking back when it was done.

        What settles another invoice with money that was taken back does so when it was done, too.
        """
        earlier = Allocation.objects.filter(payment=OuterRef("payment"), amount__lt=0, pk__lt=OuterRef("pk"))
        received = Q(~Exists(earlier), amount__gt=0) | Q(made_at__date__lte=on)
        return self.filter(received, payment__received_on__lte=on)


class Allocation(models.Model):
    """A part of a payment that settles an invoice, with the cash discount that it earned; a negative row takes an
    earlier one back, and its discount with it; a row without money takes a discount alone back."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="allocations")
    amount = MoneyField(_("amount"))
    discount_amount = MoneyField(_("cash discount"), default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {**money_refused(), CONSTRAINT: documents_locked()}

    objects = AllocationQuery.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0, discount_amount=0), name="allocation_not_zero"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, discount_amount__gte=0) | Q(amount__lte=0, discount_amount__lte=0),
                name="allocation_discount_goes_along",
            ),
        ]
        triggers = [
            append_only(),
            within_bounds(payment=True, invoice=True),
            in_open_period(SETTLED_ON, seller=OF_PAYER, operation=pgtrigger.Insert, when="NEW.amount > 0"),
        ]


class Refund(models.Model):
    """Money of a payment that left it again: paid back by us, returned by the client's bank, or never the client's."""

    class Kind(models.TextChoices):
        PAID_BACK = "paid_back", _("paid back")
        RETURNED = "returned", _("returned by the bank")
        CORRECTED = "corrected", _("booked wrongly")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.PAID_BACK)
    amount = MoneyField(_("amount"))
    paid_on = models.DateField(_("paid on"))
    reference = models.CharField(_("reference"), max_length=140, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["paid_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="refund_positive",
                violation_error_message=_("A refund is greater than zero."),
            ),
        ]
        triggers = [
            audit_trail(),
            append_only(),
            within_bounds(payment=True),
            in_open_period("NEW.paid_on", seller=OF_PAYER, operation=pgtrigger.Insert),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.payment.currency}"


class RequestQuery(Query["WriteOffRequest"]):
    def open(self) -> Self:
        return self.filter(decided_at=None)


class WriteOffRequest(Record):
    """Somebody asks to give up a claim; another person decides, and approval books the write-off."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="write_off_requests")
    amount = MoneyField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(null=True)

    objects = RequestQuery.as_manager()

    class Meta:
        verbose_name = _("write-off request")
        verbose_name_plural = _("write-off requests")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(decided_at=None),
                name="write_off_request_once",
                violation_error_message=_("A write-off of this invoice already waits for approval."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_request_positive"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="write_off_request_reasoned",
                violation_error_message=_("A write-off needs a reason."),
            ),
        ]
        triggers = [*audited(), four_eyes("decided_by_id", "NEW.requested_by_id", name="write_off_four_eyes")]


class WriteOff(models.Model):
    """A claim given up; it does not reduce revenue."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="write_offs")
    amount = MoneyField(_("amount"))
    written_off_on = models.DateField(_("date"))
    reason = models.CharField(_("reason"), max_length=200)
    request = models.OneToOneField(WriteOffRequest, models.PROTECT, null=True, related_name="write_off")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_positive"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="write_off_reasoned",
                violation_error_message=_("A write-off needs a reason."),
            ),
        ]
        triggers = [
            append_only(),
            within_bounds(invoice=True),
            in_open_period("NEW.written_off_on", seller=OF_INVOICE, operation=pgtrigger.Insert),
        ]
