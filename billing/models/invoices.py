"""Invoices and credit notes: drafts may change, an issued document and its lines never (a trigger refuses)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, CharField, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable, CombinedExpression
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from billing.models.engagements import Engagement
from billing.models.guards import CONSTRAINT, documents_locked, in_open_period, within_credited_lines
from billing.models.seen import of_own
from billing.models.series import Series
from billing.rules.cash_discount import cash_discount
from clients.models import CashDiscountTerms, Client, Seller, cash_discount_whole
from clients.rules.retention import Paper
from crm.access import Role
from crm.db import (
    CurrencyField,
    External,
    MoneyField,
    Query,
    RateField,
    audited,
    frozen_when,
    tombstoned,
)
from crm.db.records import external_key

if TYPE_CHECKING:
    from crm.models import User


def _summed(rows: "models.QuerySet[Any]", key: str = "invoice", field: str = "amount") -> Coalesce:
    """Sum of the rows that point at the outer invoice."""
    total = rows.filter(**{key: OuterRef("pk")}).order_by().values(key).annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total), Value(0), output_field=DecimalField(max_digits=14, decimal_places=2))


def _settling(until: date | None) -> "tuple[models.QuerySet[Any], models.QuerySet[Any], models.QuerySet[Any]]":
    """Allocations, write-offs and credit notes: all that are booked, or those of up to the end of a day."""
    allocations = apps.get_model("billing", "Allocation")._default_manager.all()
    write_offs = apps.get_model("billing", "WriteOff")._default_manager.all()
    notes = Invoice.objects.filter(status="issued", kind="credit_note")
    if until is None:
        return allocations, write_offs, notes
    return (
        allocations.settled_by(until),
        write_offs.filter(written_off_on__lte=until),
        notes.filter(issued_on__lte=until),
    )


def _settled() -> CombinedExpression:
    return F("paid_amount") + F("discounted_amount") + F("written_off_amount") + F("credited_amount")


def _at_least_zero(amount: Combinable) -> Greatest:
    """A claim that was given up and then credited is owed neither way."""
    zero = Value(0, output_field=DecimalField(max_digits=14, decimal_places=2))
    return Greatest(amount, zero, output_field=DecimalField(max_digits=14, decimal_places=2))


class State(models.TextChoices):
    """What became of a document, computed and never stored; one state hides those that follow it."""

    DRAFT = "draft", _("draft")
    CREDIT_NOTE = "credit_note", _("credit note")
    OVERDUE = "overdue", _("overdue")
    PART_PAID = "part_paid", _("part paid")
    UNPAID = "unpaid", _("unpaid")
    CREDITED = "credited", _("credited")
    WRITTEN_OFF = "written_off", _("written off")
    PAID = "paid", _("paid")


def state_conditions(*, on: date) -> Mapping[str, Q]:
    """When a document with its balance is in each state; several may hold, as overdue and part paid do."""
    issued = Q(status="issued", kind="invoice")
    owing = issued & Q(balance_amount__gt=0)
    credited = Q(credited_amount__gt=0, credited_amount__gte=F("gross_amount"))
    return {
        State.DRAFT: Q(status="draft"),
        State.CREDIT_NOTE: Q(status="issued", kind="credit_note"),
        State.OVERDUE: owing & Q(due_on__lt=on),
        State.PART_PAID: owing & Q(paid_amount__gt=0),
        State.UNPAID: owing,
        State.CREDITED: issued & credited,
        State.WRITTEN_OFF: issued & Q(balance_amount__lte=0, written_off_amount__gt=0),
        State.PAID: issued & ~credited & Q(balance_amount__lte=0, written_off_amount=0),
    }


class InvoiceQuery(Query["Invoice"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        if user.is_in(Role.ACCOUNT_MANAGER):
            return self.filter(of_own(user))
        return self.none()

    def drafts(self) -> Self:
        return self.filter(status=Invoice.Status.DRAFT)

    def queued(self) -> Self:
        """Drafts that somebody asked to issue together: the queue of the invoice run."""
        return self.drafts().filter(issue_asked_on__isnull=False)

    def with_readiness(self) -> Self:
        """Annotates whether a draft has lines, and its own company a series for it."""
        lines = apps.get_model("billing", "InvoiceLine")._default_manager.filter(invoice=OuterRef("pk"))
        series = Series.objects.filter(seller=OuterRef("seller"), kind=Series.Kind.INVOICE)
        return self.annotate(has_lines=Exists(lines), has_series=Exists(series))

    def issued(self) -> Self:
        return self.filter(status=Invoice.Status.ISSUED)

    def invoices(self) -> Self:
        return self.exclude(kind=Invoice.Kind.CREDIT_NOTE)

    def credit_notes(self) -> Self:
        return self.filter(kind=Invoice.Kind.CREDIT_NOTE)

    def with_balance(self, *, until: date | None = None) -> Self:
        """Annotates `paid_amount`, `discounted_amount`, `credited_amount`, `written_off_amount`, `balance_amount`.

        Of all that is booked, or as it stood at the end of the day `until`; the balance is gross and still owed.
        """
        allocations, write_offs, notes = _settling(until)
        return self.annotate(
            paid_amount=_summed(allocations),
            discounted_amount=_summed(allocations, field="discount_amount"),
            written_off_amount=_summed(write_offs),
            credited_amount=_summed(notes, "corrects", "gross_amount"),
        ).annotate(balance_amount=_at_least_zero(F("gross_amount") - _settled()))

    def with_state(self, *, on: date) -> Self:
        """Annotates the balance, `state` (the first that holds on a day) and `owed_amount` (0.00 unless an invoice)."""
        cases = [When(condition, then=Value(str(state))) for state, condition in state_conditions(on=on).items()]
        zero = Value(0, output_field=DecimalField(max_digits=14, decimal_places=2))
        return self.with_balance().annotate(
            state=Case(*cases, default=Value("paid"), output_field=CharField()),
            owed_amount=Case(When(status="issued", kind="invoice", then=F("balance_amount")), default=zero),
        )

    def in_states(self, states: Collection[str], *, on: date) -> Self:
        """Documents to which one of the states applies."""
        conditions = state_conditions(on=on)
        wanted = Q(pk__in=[])
        for state in states:
            wanted |= conditions[state]
        return self.with_balance().filter(wanted)

    def standing(self) -> Self:
        """Issued invoices that credit notes have not taken back as a whole."""
        return self.issued().invoices().with_balance().filter(credited_amount__lt=F("gross_amount"))

    def leaving(self) -> Self:
        """Issued documents with `leaves_on` and `leaves_amount` for exports: their own day; credit notes below zero."""
        credited = When(kind=Invoice.Kind.CREDIT_NOTE, then=-F("gross_amount"))
        amount = Case(credited, default=F("gross_amount"), output_field=MoneyField())
        return self.issued().annotate(leaves_on=F("issued_on"), leaves_amount=amount)

    def discounted(self) -> Self:
        """Invoices whose cash discount stands, with the same: the discount on the day on which it was earned.

        By the payment that holds it, or on the day of the invoice where that was paid before.
        """
        rows = apps.get_model("billing", "Allocation")._default_manager.all()
        held = rows.filter(invoice=OuterRef("pk")).order_by().values("payment").annotate(left=Sum("discount_amount"))
        days = held.filter(left__gt=0).order_by("-payment__received_on").values("payment__received_on")
        found = self.issued().annotate(leaves_amount=_summed(rows, field="discount_amount"))
        return found.filter(leaves_amount__gt=0).annotate(leaves_on=Greatest(Subquery(days[:1]), F("issued_on")))

    def unpaid(self, *, until: date | None = None) -> Self:
        """What owes something now, or owed it at the end of a day: then documents dated later are not in."""
        rows = self.issued().invoices() if until is None else self.issued().invoices().filter(issued_on__lte=until)
        return rows.with_balance(until=until).filter(balance_amount__gt=0)

    def owed_by(self, client: Client, *, seller: "Seller | int", currency: str) -> Self:
        """What a client, with those merged into it, owes one own company in one currency, the oldest debt first."""
        family = Q(client=client.holder_id) | Q(client__merged_into=client.holder_id)
        return self.unpaid().filter(family, seller=seller, currency=currency).order_by("due_on", "pk")

    def paid(self) -> Self:
        """Issued invoices that owe nothing any more."""
        return self.issued().invoices().with_balance().filter(balance_amount__lte=0)

    def overdue(self, *, on: date) -> Self:
        return self.unpaid().filter(due_on__lt=on)

    def in_dispute(self) -> Self:
        """Invoices whose reminders are stopped: what they owe is the amount in dispute."""
        stops = apps.get_model("billing", "DunningStop")._default_manager.filter(lifted_on=None)
        return self.unpaid().filter(pk__in=stops.values("invoice"))


class Invoice(External, CashDiscountTerms):
    """A document. Amounts of a credit note are positive and reduce `corrects`; a draft has no number."""

    # What `with_balance()` adds to a row.
    paid_amount: Decimal
    discounted_amount: Decimal
    credited_amount: Decimal
    written_off_amount: Decimal
    balance_amount: Decimal
    state: str  # what `with_state()` adds
    owed_amount: Decimal
    leaves_on: date  # what `leaving()` and `discounted()` add
    leaves_amount: Decimal

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("invoice")
        CREDIT_NOTE = "credit_note", _("credit note")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ISSUED = "issued", _("issued")

    class Treatment(models.TextChoices):
        STANDARD = "standard", _("VAT charged")
        REVERSE_CHARGE = "reverse_charge", _("reverse charge")
        OUT_OF_SCOPE = "out_of_scope", _("outside VAT")
        NO_VAT = "no_vat", _("seller without VAT")

    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.INVOICE)
    status = models.CharField(_("status"), max_length=6, choices=Status.choices, default=Status.DRAFT)
    client = models.ForeignKey(Client, models.PROTECT, related_name="invoices", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    engagement = models.ForeignKey(Engagement, models.PROTECT, null=True, blank=True, related_name="invoices")
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="documents")
    number = models.CharField(_("number"), max_length=40, blank=True)
    sequence = models.PositiveIntegerField(null=True, blank=True, editable=False)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    supply_from = models.DateField(_("supplied from"), null=True, blank=True)
    supply_to = models.DateField(_("supplied to"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    price_includes_tax = models.BooleanField(_("prices include VAT"))
    treatment = models.CharField(_("VAT"), max_length=14, choices=Treatment.choices, default=Treatment.STANDARD)
    language = models.CharField(_("language"), max_length=2, default="en")
    buyer_reference = models.CharField(_("buyer reference"), max_length=80, blank=True)
    contract_reference = models.CharField(_("contract"), max_length=80, blank=True)
    order_reference = models.CharField(_("client's order"), max_length=80, blank=True)
    notes = models.TextField(_("text on the invoice"), blank=True, max_length=4000)
    net_amount = MoneyField(_("net"), default=0)
    vat_amount = MoneyField(_("VAT"), default=0)
    gross_amount = MoneyField(_("gross"), default=0)
    base_rate = RateField(null=True, blank=True, editable=False)
    base_net_amount = MoneyField(null=True, blank=True, editable=False)
    seller_frozen = models.JSONField(default=dict, editable=False)
    buyer_frozen = models.JSONField(default=dict, editable=False)
    content_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    correction_kind = models.CharField(max_length=14, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drafted_on = models.DateField()
    issue_asked_on = models.DateField(null=True, blank=True, editable=False)
    issue_asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    issue_problem = models.CharField(max_length=200, blank=True, editable=False)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {CONSTRAINT: documents_locked()}

    objects = InvoiceQuery.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issued_on", "-id"]
        constraints = [
            external_key("invoice"),
            models.UniqueConstraint(
                fields=["series", "number"],
                condition=~Q(number=""),
                name="invoice_number_once",
                violation_error_message=_("This number is taken."),
            ),
            models.CheckConstraint(
                condition=Q(status="draft", number="", sequence=None)
                | Q(
                    ~Q(number=""),
                    ~Q(content_sha256=""),
                    status="issued",
                    sequence__isnull=False,
                    issued_on__isnull=False,
                    series__isnull=False,
                ),
                name="invoice_number_when_issued",
                violation_error_message=_("A draft has no number; an issued document has one."),
            ),
            models.CheckConstraint(
                condition=Q(gross_amount=F("net_amount") + F("vat_amount")),
                name="invoice_total_adds_up",
                violation_error_message=_("Net and VAT do not add up to the total."),
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects=None)
                | Q(~Q(reason=""), kind="credit_note", corrects__isnull=False),
                name="invoice_credit_names_invoice",
                violation_error_message=_("A credit note names its invoice and a reason."),
            ),
            models.CheckConstraint(
                condition=~Q(status="issued") | Q(base_rate__isnull=False, base_net_amount__isnull=False),
                name="invoice_issued_has_rate",
                violation_error_message=_("An issued document has its amount in the base currency."),
                violation_error_code="exchange_rate_missing",
            ),
            models.CheckConstraint(
                condition=~Q(status="issued") | Q(gross_amount__gte=0, vat_amount__gte=0),
                name="invoice_issued_not_negative",
                violation_error_message=_("An issued document is not negative."),
            ),
            cash_discount_whole("invoice"),
        ]
        indexes = [
            models.Index(fields=["client", "-issued_on"], name="invoice_by_client"),
            models.Index(fields=["status", "-issued_on"], name="invoice_by_status"),
            models.Index(fields=["corrects"], condition=Q(corrects__isnull=False), name="invoice_credits"),
            models.Index(fields=["updated_at"], name="invoice_by_change"),
        ]
        triggers = [
            *audited("seller_frozen", "buyer_frozen"),
            tombstoned(),
            frozen_when(pgtrigger.Condition("OLD.status = 'issued'"), name="issued_is_frozen"),
            in_open_period("NEW.issued_on", operation=pgtrigger.Update, when="NEW.status = 'issued'"),
            within_credited_lines(),
        ]

    def __str__(self) -> str:
        return self.number or str(_("draft"))

    @property
    def discount_until_on(self) -> date | None:
        """The last day on which a payment that comes in earns the cash discount."""
        if self.issued_on is None or self.cash_discount_days is None:
            return None
        return self.issued_on + timedelta(days=self.cash_discount_days)

    @property
    def kept_until(self) -> date | None:
        """Until when the law and the own company want an issued document kept."""
        return self.seller.keeps_until(Paper.VOUCHER, self.issued_on) if self.issued_on else None

    def cash_discount(self, *, paid_on: date) -> Decimal:
        """What a payment of a day that settles all the rest may leave out; asks for `with_balance()`."""
        if self.discount_until_on is None or paid_on > self.discount_until_on or self.discounted_amount:
            return Decimal(0)
        claimed = self.gross_amount - self.credited_amount
        earned = cash_discount(claimed, percent=self.cash_discount_percent or Decimal(0), currency=self.currency)
        return earned if earned < self.balance_amount and not self._is_paid_late(self.discount_until_on) else Decimal(0)

    def _is_paid_late(self, last: date) -> bool:
        """Whether money that came in after the last day settles a part; asked only where a part is paid."""
        late = self.allocations.filter(payment__received_on__gt=last).order_by().values("payment")
        return bool(self.paid_amount) and late.annotate(left=Sum("amount")).filter(left__gt=0).exists()
