"""Lines of a document and what stands on them: amounts, VAT groups, billed work, free work shown with its value."""

from datetime import date
from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.coverage import Coverage
from billing.models.invoices import Invoice
from billing.models.offers import Offer
from billing.models.packages import HourPackage
from billing.models.time import TimeEntry
from clients.models import Extra, ServiceLine
from crm.db import MinutesField, MoneyField, PercentField, Query

# FOR SHARE waits for an issuing transaction and then reads its outcome, so no line slips in beside it.
PARENT_ISSUED = """
IF TG_OP <> 'INSERT' THEN
    SELECT status INTO state FROM billing_invoice WHERE id = OLD.invoice_id FOR SHARE;
    IF state = 'issued' THEN RAISE EXCEPTION 'An issued document is never changed.'; END IF;
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
SELECT status INTO state FROM billing_invoice WHERE id = NEW.invoice_id FOR SHARE;
IF state = 'issued' THEN RAISE EXCEPTION 'An issued document is never changed.'; END IF;
RETURN NEW;
"""


def frozen_with_invoice() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="frozen_with_invoice",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("state", "text")],
        func=PARENT_ISSUED,
    )


class LineQuery(Query["InvoiceLine"]):
    def sale_of(self, package: HourPackage) -> Self:
        """Lines that sell hours of a package: its own and those of its top-ups, the newest first."""
        mine = Q(package=package) | Q(purchase__account=package.account_id)
        return self.filter(mine, credits=None).order_by("-pk")

    def redeemed(self) -> Self:
        """Drawn hours with their VAT, and the lines by which what they were sold for pays them."""
        hours = Q(kind=InvoiceLine.Kind.PREPAID) & ~Q(amount=0)
        return self.filter(hours | Q(sets_off__kind=InvoiceLine.Kind.PACKAGE))

    def standing(self) -> Self:
        """Lines of invoices, also of drafts, that no credit note took back as a whole for its work to return.

        A gift after the invoice (goodwill, a refund of hours) leaves the line where it is. Each row is judged by its
        own notes, so that a few lines cost the same in a firm with a million of them.
        """
        notes = Invoice.objects.filter(status=Invoice.Status.ISSUED, kind=Invoice.Kind.CREDIT_NOTE)
        given_back = InvoiceLine.objects.filter(
            credits=OuterRef("pk"),
            invoice__status=Invoice.Status.ISSUED,
            invoice__correction_kind__in=["full", "partial"],
        )
        sums = given_back.order_by().values("credits").annotate(total=Sum("amount")).values("total")
        whole = Q(taken_back=F("amount")) & ~Q(amount=0)
        rows = self.filter(credits=None).alias(taken_back=Coalesce(Subquery(sums), Value(Decimal(0))))
        return rows.exclude(Exists(notes.filter(corrects=OuterRef("invoice"), correction_kind="full"))).exclude(whole)

    def by_time(self) -> Self:
        """Hours at their price, and what discounts took off them: of the same service and days on their document."""
        hours = InvoiceLine.objects.filter(
            kind=InvoiceLine.Kind.TIME,
            invoice=Coalesce(OuterRef("credits__invoice"), OuterRef("invoice")),
            supplied_from__gte=OuterRef("supplied_from"),
            supplied_to__lte=OuterRef("supplied_to"),
        )
        own = hours.filter(service_line=OuterRef("service_line")), hours.filter(service_line=None)
        off = Q(kind=InvoiceLine.Kind.DISCOUNT) & (Exists(own[0]) | Q(service_line=None) & Exists(own[1]))
        return self.filter(Q(kind=InvoiceLine.Kind.TIME) | off)

    def revenue(self, *, first: date | None = None, last: date | None = None) -> Self:
        """Lines that are revenue, with `revenue`: net in the base currency, credit notes negative, dated by issue.

        The one definition of revenue; RevenueDay is its rollup.
        """
        issued = self.filter(invoice__status=Invoice.Status.ISSUED)
        if first:
            issued = issued.filter(invoice__issued_on__gte=first)
        if last:
            issued = issued.filter(invoice__issued_on__lte=last)
        sign = Case(When(invoice__kind=Invoice.Kind.CREDIT_NOTE, then=Value(-1)), default=Value(1))
        return issued.annotate(revenue=F("base_net_amount") * sign)


class InvoiceLine(models.Model):
    """`amount` is in the document's price basis (gross or net); net and VAT follow from billing.rules.vat.

    `supplied_to` decides the VAT rate. `agreed_vat_rate` is the VAT that a gross price was agreed to contain.
    `purchase` is the top-up that a line sells; the first sale of a package is known by the package itself.
    `details` is what is printed under the line: its entries (day, person, minutes, text), a balance, a value.
    """

    class Kind(models.TextChoices):
        TIME = "time", _("hours")
        RETAINER = "retainer", _("retainer fee")
        PACKAGE = "package", _("hour package")
        FIXED = "fixed", _("fixed price")
        PRODUCT = "product", _("product")
        LICENCE = "licence", _("licence")
        EXPENSE = "expense", _("expense")
        EXTRA = "extra", _("extra")
        PREPAID = "prepaid", _("covered by prepaid hours")
        INCLUDED = "included", _("included in the offer")
        GOODWILL = "goodwill", _("free of charge")
        DISCOUNT = "discount", _("discount")
        ADVANCE = "advance", _("advance payment")
        SET_OFF = "set_off", _("advance set off")

    class RateChange(models.TextChoices):
        PRICE_STAYS = "price_stays", _("the price stays")
        VAT_ON_TOP = "vat_on_top", _("VAT goes on top")

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    description = models.CharField(_("description"), max_length=1000)
    details = models.JSONField(default=dict, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=4)
    unit = models.CharField(_("unit"), max_length=4, default="HUR")
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=4)
    amount = MoneyField(_("amount"))
    net_amount = MoneyField(_("net"), default=0)
    vat_amount = MoneyField(_("VAT amount"), default=0)
    base_net_amount = MoneyField(null=True, blank=True, editable=False)
    vat_rate = PercentField(_("VAT in per cent"))
    vat_category = models.CharField(max_length=2, default="S")
    supplied_from = models.DateField(_("supplied from"), null=True, blank=True)
    supplied_to = models.DateField(_("supplied until"), null=True, blank=True)
    agreed_vat_rate = PercentField(null=True, blank=True, editable=False)
    rate_change = models.CharField(max_length=11, choices=RateChange.choices, default=RateChange.PRICE_STAYS)
    cost = MoneyField(_("our cost"), null=True, blank=True)
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, blank=True, related_name="invoice_lines")
    credits = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="credited_by")
    purchase = models.ForeignKey(
        "billing.LedgerRow", models.PROTECT, null=True, blank=True, related_name="invoice_lines", editable=False
    )
    sets_off = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="set_off_by")
    discounted_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="lowers", editable=False
    )

    objects = LineQuery.as_manager()

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "position"],
                name="invoice_line_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(kind="set_off", credits__isnull=False)
                | Q(kind="set_off", sets_off__isnull=False, amount__lte=0)
                | Q(~Q(kind="set_off"), sets_off=None),
                name="invoice_line_sets_off_advance",
                violation_error_message=_("Only a line that sets off an advance names one, and it is not above zero."),
            ),
        ]
        triggers = [frozen_with_invoice()]

    def __str__(self) -> str:
        return self.description

    def is_live(self) -> bool:
        """Whether it stands on a draft, or on an issued document that did not give it back."""
        return InvoiceLine.objects.filter(pk=self.pk).standing().exists()


class InvoiceVat(models.Model):
    """The VAT groups of a document; their sums are its totals."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="vat")
    rate = PercentField()
    category = models.CharField(max_length=2)
    net_amount = MoneyField()
    vat_amount = MoneyField()

    class Meta:
        ordering = ["invoice", "-rate"]
        constraints = [models.UniqueConstraint(fields=["invoice", "rate", "category"], name="invoice_vat_group")]
        triggers = [frozen_with_invoice()]


class BilledCoverage(models.Model):
    """Which part of which entry stands on a line.

    A credit note releases it: the row then keeps the entry and its minutes for the history, while the coverage is
    free to be billed, or made, anew.
    """

    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="billed")
    coverage = models.ForeignKey(Coverage, models.PROTECT, null=True, related_name="billed")
    entry = models.ForeignKey(TimeEntry, models.SET_NULL, null=True, related_name="billed_parts")
    minutes = MinutesField(default=0)
    released_by = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="releases")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coverage"],
                condition=Q(released_by=None),
                name="coverage_billed_once",
                violation_error_message=_("This work already stands on another invoice."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=Q(coverage__isnull=False) | Q(released_by__isnull=False), name="billed_names_coverage"
            ),
        ]


class ShownEntry(models.Model):
    """Free work printed with its value on a line of 0.00; it has no coverage, yet is shown once."""

    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="shown")
    entry = models.ForeignKey(TimeEntry, models.PROTECT, related_name="shown")
    released_by = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(released_by=None), name="entry_shown_once"),
        ]


class ShownExtra(models.Model):
    """An extra printed on a line of 0.00 with its value, once, until a credit note takes the document back."""

    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="extras")
    extra = models.ForeignKey(Extra, models.PROTECT, related_name="+")
    released_by = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["extra"],
                condition=Q(released_by=None),
                name="extra_shown_once",
                violation_error_message=_("This extra stands on another invoice already."),
                violation_error_code="already_done",
            ),
        ]
