"""Hour accounts and the append-only ledger that serves prepaid packages and retainer allowances alike.

The balance is the sum of the ledger, kept on the account by a trigger; the database refuses to change a row, to reverse
or draw twice, and to go below the overdraft limit, so no concurrency can break it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Self

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.guards import draw_not_on_statement, on_statement
from clients.models import Client
from crm.db import MinutesField, MoneyField, Query, append_only

BOOK = """
IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM billing_ledgerrow
    WHERE id = NEW.reverses_id AND account_id = NEW.account_id AND minutes = -NEW.minutes AND kind <> 'reversal'
) OR NEW.carried_from_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM billing_ledgerrow
    WHERE id = NEW.carried_from_id AND account_id <> NEW.account_id AND minutes = -NEW.minutes AND kind = 'rollover_out'
) THEN
    RAISE EXCEPTION 'A row answers another one whole.' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'ledger_answers_whole';
END IF;
UPDATE billing_houraccount SET balance_minutes = balance_minutes + NEW.minutes
WHERE id = NEW.account_id RETURNING balance_minutes INTO NEW.balance_minutes;
RETURN NEW;
"""

ONLY_BY_LEDGER = """
IF NEW.balance_minutes <> OLD.balance_minutes AND pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'The balance of an hour account follows from its ledger only.';
END IF;
RETURN NEW;
"""


class OveragePolicy(models.TextChoices):
    BILL_OVERAGE = "bill_overage", _("bill the rest")
    ALLOW_NEGATIVE = "allow_negative", _("go below zero")
    REQUIRE_TOP_UP = "require_top_up", _("wait for a top-up")


def pending_minutes(account: str = "pk", *, rejected: bool = True) -> Coalesce:
    """Minutes that draft and submitted entries plan to draw on the outer row's account, with or without rejected ones.

    A rejected entry holds nothing at an end until it is handed in again.
    """
    planned = apps.get_model("billing", "Coverage")._default_manager.filter(account=OuterRef(account), ledger_row=None)
    if not rejected:
        planned = planned.exclude(Q(entry__status="draft") & ~Q(entry__review_comment=""))
    sums = planned.order_by().values("account").annotate(total=Sum("drawn_minutes")).values("total")
    return Coalesce(Subquery(sums), Value(0), output_field=MinutesField())


class HourAccount(models.Model):
    """Hours of one client to draw on; `client` stands here so that cover order reads one table."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="hour_accounts")
    balance_minutes = MinutesField(default=0, editable=False)
    overdraft_minutes = MinutesField(default=0)

    objects = Query["HourAccount"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(overdraft_minutes__gte=0), name="hour_account_overdraft_not_negative"),
            models.CheckConstraint(
                condition=Q(balance_minutes__gte=-F("overdraft_minutes")),
                name="hour_account_not_overdrawn",
                violation_error_message=_("There are not enough hours left."),
                violation_error_code="balance_limit",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="only_by_ledger", when=pgtrigger.Before, operation=pgtrigger.Update, func=ONLY_BY_LEDGER
            )
        ]


class LedgerQuery(Query["LedgerRow"]):
    def between(self, first: date, last: date) -> Self:
        return self.filter(occurred_on__range=(first, last))

    def unreversed_draws(self) -> Self:
        return self.filter(kind=LedgerRow.Kind.DRAW, reversal=None)

    def of_work(self, *, on: date) -> Self:
        """Draws until a day, what takes them back, and corrections that give drawn hours back."""
        given_back = Q(kind="adjustment", minutes__gt=0)
        return self.filter(Q(kind="draw") | Q(reverses__kind="draw") | given_back, occurred_on__lte=on)

    def on_issued_statement(self) -> Self:
        """What the client has read on a statement of its day, issued after the row was written."""
        return self.filter(
            account__package__issued_statements__first_on__lte=F("occurred_on"),
            account__package__issued_statements__last_on__gte=F("occurred_on"),
            account__package__issued_statements__last_row__gte=F("pk"),
        )

    def recoverable(self) -> Self:
        """What expired or was carried over and may still come back for work of a day inside validity."""
        return self.filter(kind__in=[LedgerRow.Kind.EXPIRY, LedgerRow.Kind.ROLLOVER_OUT], reversal=None)

    def carried(self, **source: Any) -> Self:
        """Arrivals of hours of an account; the kind of what left it is named, so that none of its draws is read."""
        return self.filter(carried_from__kind=LedgerRow.Kind.ROLLOVER_OUT, **source)


class LedgerRow(models.Model):
    """One movement of hours: `minutes` signed, `covered_minutes` what a draw covered before the burn factor.

    `running_minutes` is the balance by day where a statement reads the row (billing.reports.packages).
    `price` is what a purchase cost, in the package's currency. A draw keeps the number of its entry even when
    the entry was deleted after a reversal: the ledger is a book, the entry's last state is in the audit trail.
    """

    running_minutes: int

    class Kind(models.TextChoices):
        PURCHASE = "purchase", _("purchase")
        GRANT = "grant", _("grant")
        DRAW = "draw", _("draw")
        REVERSAL = "reversal", _("reversal")
        ROLLOVER_OUT = "rollover_out", _("carried out")
        ROLLOVER_IN = "rollover_in", _("carried in")
        EXPIRY = "expiry", _("expiry")
        REFUND = "refund", _("refund")
        ADJUSTMENT = "adjustment", _("adjustment")

    account = models.ForeignKey(HourAccount, models.PROTECT, related_name="ledger")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    minutes = MinutesField()
    covered_minutes = MinutesField(default=0)
    balance_minutes = MinutesField(default=0, editable=False)
    occurred_on = models.DateField()
    price = MoneyField(null=True, blank=True)
    entry = models.ForeignKey(
        "billing.TimeEntry",
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="ledger_rows",
        db_constraint=False,
    )
    generation = models.PositiveSmallIntegerField(default=0)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    carried_from = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="carried_into")
    source = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        "ledger_answers_whole": ValidationError(_("A row is taken back whole, on its own account."), code="invalid"),
        "not_on_issued_statement": on_statement(),
    }

    objects = LedgerQuery.as_manager()

    class Meta:
        verbose_name = _("ledger row")
        verbose_name_plural = _("ledger rows")
        ordering = ["account", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "account", "generation"],
                condition=Q(kind="draw"),
                name="ledger_draw_once",
                violation_error_message=_("This entry was already drawn."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["purchase", "grant", "rollover_in"], minutes__gt=0)
                | Q(kind__in=["draw", "rollover_out", "expiry", "refund"], minutes__lt=0)
                | Q(kind__in=["reversal", "adjustment"]),
                name="ledger_sign",
                violation_error_message=_("Purchases add minutes, draws take them."),
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False) | ~Q(kind="reversal") & Q(reverses=None),
                name="ledger_reversal_names_row",
            ),
            models.UniqueConstraint(
                fields=["account", "kind", "generation"],
                condition=Q(kind__in=["expiry", "rollover_out"]),
                name="ledger_ended_once",
                violation_error_message=_("This was ended already."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=Q(kind="rollover_in", carried_from__isnull=False)
                | ~Q(kind="rollover_in") & Q(carried_from=None),
                name="ledger_carried_names_row",
            ),
            models.CheckConstraint(
                condition=~Q(kind="draw") | Q(entry__isnull=False, covered_minutes__gt=0),
                name="ledger_draw_names_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "occurred_on"], name="ledger_by_day"),
            models.Index(fields=["account"], condition=Q(kind__in=["expiry", "rollover_out"]), name="ledger_ended"),
        ]
        triggers = [
            append_only(),
            pgtrigger.Trigger(name="book", when=pgtrigger.Before, operation=pgtrigger.Insert, func=BOOK),
            draw_not_on_statement(),
        ]
