"""Bank statements and their entries: what the bank wrote never changes, what it settled is a payment of its own.

A file is looked at before it is taken in; an entry is known by its key, so the same file twice changes nothing.
"""

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment, Refund
from clients.models import BankAccount, Client
from crm.access import Role
from crm.db import CurrencyField, MoneyField, Query, Record, audited, frozen_when

if TYPE_CHECKING:
    from crm.models import User

FACTS = ("statement_id", "account_id", "key", "booked_on", "amount", "is_credit", "currency", "purpose", "reference")


# A matched entry lets go of its payment only once that is corrected, and of a return never; then it is open again.
UNDONE = """
IF OLD.refund_id IS NOT NULL OR NEW.state <> 'unmatched'
   OR NOT EXISTS (SELECT FROM billing_refund WHERE payment_id = OLD.payment_id AND kind = 'corrected') THEN
    RAISE EXCEPTION 'A matched entry keeps its payment until that is corrected.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_entry_keeps_payment';
END IF;
RETURN NEW;
"""


def _row(side: str) -> str:
    return ", ".join(f"{side}.{name}" for name in FACTS)


class BankQuery[M: models.Model](Query[M]):
    def visible_to(self, user: "User") -> Self:
        return self if user.is_in(Role.PARTNER, Role.FINANCE) else self.none()


class StatementQuery(BankQuery["BankStatement"]):
    def being_matched(self) -> Self:
        """Taken in, with entries that a worker still has to match."""
        new = BankEntry.objects.filter(statement=OuterRef("pk"), state=BankEntry.State.NEW)
        return self.filter(Exists(new), state=BankStatement.State.ACCEPTED)

    def with_pending(self) -> Self:
        """Annotates `pending_count`, the entries that a worker still has to match."""
        taken_in = Q(statement__state=BankStatement.State.ACCEPTED, state=BankEntry.State.NEW)
        new = BankEntry.objects.filter(taken_in, statement=OuterRef("pk")).order_by().values("statement")
        counted = Subquery(new.annotate(count=Count("pk")).values("count"))
        return self.annotate(pending_count=Coalesce(counted, 0))


class BankStatement(Record):
    """An account over some days as one file told it. `problem` holds it until a person says why it is right."""

    class State(models.TextChoices):
        STAGED = "staged", _("to be checked")
        ACCEPTED = "accepted", _("taken in")

    class Problem(models.TextChoices):
        NONE = "", _("none")
        SUMS = "sums", _("opening, movements and closing do not add up")
        GAP = "gap", _("it does not begin where the last one ended, or the next one not where it ends")
        OVERLAP = "overlap", _("it tells days again that another one told, from another balance")
        NO_OPENING = "opening", _("its opening balance is missing")
        NO_CLOSING = "closing", _("its closing balance is missing")
        NO_BALANCES = "balances", _("its opening and closing balances are missing")

    pending_count: int  # what `with_pending()` adds

    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="statements", verbose_name=_("account"))
    format = models.CharField(_("format"), max_length=8)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    place = models.PositiveIntegerField(default=0, editable=False)
    currency = CurrencyField(_("currency"))
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    opening_amount = MoneyField(_("opening balance"), null=True, blank=True)
    closing_amount = MoneyField(_("closing balance"), null=True, blank=True)
    credit_amount = MoneyField(_("came in"), default=0)
    debit_amount = MoneyField(_("went out"), default=0)
    line_count = models.PositiveIntegerField(_("entries"), default=0)
    known_count = models.PositiveIntegerField(_("known before"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.STAGED)
    problem = models.CharField(_("problem"), max_length=8, choices=Problem.choices, blank=True)
    accept_reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    accepted_at = models.DateTimeField(_("taken in at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken in by")
    )

    objects = StatementQuery.as_manager()

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "place"],
                name="bank_file_once",
                violation_error_message=_("This file was imported before."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="bank_statement_days_in_order"),
            models.CheckConstraint(
                condition=Q(opening_amount=None)
                | Q(closing_amount=None)
                | Q(problem="sums")
                | Q(closing_amount=F("opening_amount") + F("credit_amount") - F("debit_amount")),
                name="bank_statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(state="staged", accepted_at=None, accepted_by=None)
                | Q(state="accepted", accepted_at__isnull=False, accepted_by__isnull=False),
                name="bank_statement_accepted_once",
            ),
            models.CheckConstraint(
                condition=Q(state="staged") | Q(problem="") | ~Q(accept_reason=""),
                name="bank_statement_held_needs_reason",
                violation_error_message=_("Say why this statement is right all the same."),
                violation_error_code="reason_missing",
            ),
        ]
        triggers = [
            *audited(),
            frozen_when(
                pgtrigger.Condition("OLD.state = 'accepted'"), name="accepted_stays", operations=[pgtrigger.Delete]
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class EntryQuery(BankQuery["BankEntry"]):
    def taken_in(self) -> Self:
        return self.filter(statement__state=BankStatement.State.ACCEPTED)

    def to_do(self) -> Self:
        """What waits for a person."""
        waiting = (BankEntry.State.SUGGESTED, BankEntry.State.UNMATCHED, BankEntry.State.HELD)
        return self.taken_in().filter(state__in=waiting)


class BankEntry(Record):
    """One booking of the bank.

    `suggestion` is what a person may confirm: `{"settles": [[invoice, amount], ...]}` of `client`, as credit if it is
    empty, or `{"payment": id}` that this entry returns.
    """

    class State(models.TextChoices):
        NEW = "new", _("new")
        MATCHED = "matched", _("matched")
        SUGGESTED = "suggested", _("suggested")
        UNMATCHED = "unmatched", _("unmatched")
        HELD = "held", _("held")
        IGNORED = "ignored", _("ignored")
        OUTGOING = "outgoing", _("money out")

    class Hold(models.TextChoices):
        NONE = "", _("none")
        CURRENCY = "currency", _("another currency than its account")
        PERIOD_LOCKED = "period_locked", _("its day lies in a closed period")
        REFUSED = "refused", _("its payment was refused")

    statement = models.ForeignKey(BankStatement, models.CASCADE, related_name="entries")
    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="entries", verbose_name=_("account"))
    key = models.CharField(max_length=64, editable=False)
    line = models.PositiveIntegerField(_("line"))
    booked_on = models.DateField(_("booked on"))
    amount = MoneyField(_("amount"))
    is_credit = models.BooleanField(_("came in"))
    is_reversal = models.BooleanField(_("returned"), default=False)
    currency = CurrencyField(_("currency"))
    bank_reference = models.CharField(_("bank reference"), max_length=140, blank=True)
    payer_name = models.CharField(_("other party"), max_length=140, blank=True)
    payer_account = models.CharField(_("account of the other party"), max_length=40, blank=True)
    payer_tax_number = models.CharField(_("INN of the other party"), max_length=20, blank=True)
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    purpose = models.CharField(_("purpose"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.NEW)
    hold = models.CharField(_("held because"), max_length=13, choices=Hold.choices, blank=True)
    step = models.PositiveSmallIntegerField(_("step"), null=True, blank=True)
    suggestion = models.JSONField(_("suggestion"), default=dict, blank=True)
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="bank_entries", verbose_name=_("client")
    )
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="bank_entry", verbose_name=_("payment")
    )
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="bank_entry", verbose_name=_("return")
    )
    fee_amount = MoneyField(_("fee of the bank"), default=0)
    ignore_reason = models.CharField(_("ignored because"), max_length=200, blank=True)

    objects = EntryQuery.as_manager()

    class Meta:
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        ordering = ["-booked_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="bank_entry_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_entry_positive"),
            models.CheckConstraint(
                condition=Q(state="matched") & (Q(payment__isnull=False) | Q(refund__isnull=False))
                | ~Q(state="matched") & Q(payment=None, refund=None),
                name="bank_entry_matched_has_payment",
            ),
            models.CheckConstraint(condition=Q(payment=None) | Q(is_credit=True), name="bank_entry_payment_came_in"),
            models.CheckConstraint(
                condition=Q(fee_amount=0) | Q(fee_amount__gt=0, fee_amount__lt=F("amount"), refund__isnull=False),
                name="bank_entry_fee_of_return",
            ),
            models.CheckConstraint(
                condition=Q(state="ignored") & ~Q(ignore_reason="") | ~Q(state="ignored") & Q(ignore_reason=""),
                name="bank_entry_ignored_has_reason",
                violation_error_message=_("Say why this entry is left out."),
                violation_error_code="reason_missing",
            ),
            models.CheckConstraint(
                condition=Q(state="held") & ~Q(hold="") | ~Q(state="held") & Q(hold=""),
                name="bank_entry_held_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-booked_on"], name="bank_entry_by_state"),
            models.Index(fields=["payer_account"], name="bank_entry_by_payer"),
        ]
        triggers = [
            *audited("suggestion"),
            frozen_when(
                pgtrigger.Condition("OLD.state = 'matched'"), name="matched_stays", operations=[pgtrigger.Delete]
            ),
            pgtrigger.Trigger(
                name="matched_keeps_payment",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state = 'matched' AND (OLD.payment_id, OLD.refund_id, OLD.client_id, NEW.state)"
                    " IS DISTINCT FROM (NEW.payment_id, NEW.refund_id, NEW.client_id, 'matched')"
                ),
                func=UNDONE,
            ),
            pgtrigger.Protect(
                name="as_the_bank_wrote",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"(ROW({_row('OLD')}) IS DISTINCT FROM ROW({_row('NEW')}))"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.currency}"


class BankColumns(Record):
    """Which columns of an account's CSV hold what, by their headers; saved by a person, asked at every import."""

    account = models.OneToOneField(BankAccount, models.CASCADE, related_name="columns")
    booked_on = models.CharField(_("booked on"), max_length=80)
    amount = models.CharField(_("amount"), max_length=80, blank=True)
    credit = models.CharField(_("came in"), max_length=80, blank=True)
    debit = models.CharField(_("went out"), max_length=80, blank=True)
    payer_name = models.CharField(_("other party"), max_length=80, blank=True)
    payer_account = models.CharField(_("account of the other party"), max_length=80, blank=True)
    purpose = models.CharField(_("purpose"), max_length=80, blank=True)
    currency = models.CharField(_("currency"), max_length=80, blank=True)

    objects = BankQuery["BankColumns"].as_manager()

    class Meta:
        verbose_name = _("columns of a CSV statement")
        verbose_name_plural = _("columns of CSV statements")
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount="") & Q(credit="", debit="") | Q(amount="") & ~Q(credit="") & ~Q(debit=""),
                name="bank_columns_name_amounts_once",
                violation_error_message=_("Name one column with signs, or one for what came in and one for what went."),
            ),
        ]
        triggers = audited()
