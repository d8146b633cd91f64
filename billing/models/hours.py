"""Hour accounts and the append-only ledger that serves prepaid packages and retainer allowances alike.

The balance is the sum of the ledger, kept on the account by a trigger; the database refuses to change a row, to reverse
or draw twice, and to go below the overdraft limit, so no concurrency can break it.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.guards import draw_not_on_statement, on_statement
from billing.rules.alerts import used_percent
from clients.models import Client, Seller, ServiceLine
from crm.access import Role
from crm.db import CurrencyField, MinutesField, MoneyField, Query, RateField, Record, append_only, audited

if TYPE_CHECKING:
    from crm.models import User

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


EXTENDED_WITH_REASON = """
IF NEW.expires_on IS DISTINCT FROM OLD.expires_on AND NOT EXISTS (
    SELECT FROM billing_packageextension
    WHERE package_id = NEW.id AND until_on IS NOT DISTINCT FROM NEW.expires_on
      AND from_on IS NOT DISTINCT FROM OLD.expires_on
) THEN
    RAISE EXCEPTION 'The last day changes by an extension.' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'package_extended_with_reason';
END IF;
RETURN NEW;
"""

LOW_PERCENT = 80


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


class PackageQuery(Query["HourPackage"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(client__in=Client.objects.open_to(user))

    def changeable_by(self, user: "User") -> Self:
        """A partner and finance change every package, an account manager those of own clients."""
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(client__in=Client.objects.owned_by(user))

    def valid(self, *, on: date) -> Self:
        """The worked date decides; both bounds are inclusive."""
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=on), valid_from__lte=on, voided_on=None)

    def held(self, *, on: date) -> Self:
        """With hours left at the end of a day, also one in the past: by the ledger, whatever became of them since."""
        booked = LedgerRow.objects.filter(account=OuterRef("account"), occurred_on__lte=on).order_by()
        left = booked.values("account").annotate(left=Sum("minutes")).values("left")
        inside = self.filter(Q(expires_on=None) | Q(expires_on__gte=on), valid_from__lte=on)
        return inside.filter(Q(voided_on=None) | Q(voided_on__gt=on)).annotate(left=Subquery(left)).filter(left__gt=0)

    def in_cover_order(self) -> Self:
        """Priority, expiry (never last), granted before paid, valid from, id."""
        return self.order_by("priority", F("expires_on").asc(nulls_last=True), "kind", "valid_from", "id")

    def with_balance(self) -> Self:
        """With the account, and `pending_minutes` that drafts and submitted entries plan to draw."""
        return self.select_related("account", "client", "seller").annotate(pending_minutes=pending_minutes("account"))

    def open(self) -> Self:
        return self.filter(voided_on=None)

    def ended(self, *, on: date) -> Self:
        """Whose last valid day has passed, with hours that nobody has ended yet."""
        return self.filter(expires_on__lt=on, voided_on=None, account__balance_minutes__gt=0)


class HourPackage(Record):
    """Hours bought ahead. `kind` sorts granted before paid."""

    pending_minutes: int  # from with_balance()

    class Kind(models.TextChoices):
        GRANTED = "granted", _("granted")
        PAID = "paid", _("paid")

    client = models.ForeignKey(Client, models.PROTECT, related_name="packages", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    account = models.OneToOneField(HourAccount, models.PROTECT, related_name="package", editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices, default=Kind.PAID)
    grant_reason = models.CharField(_("reason of the grant"), max_length=200, blank=True)
    purchased_minutes = MinutesField(_("hours bought"))
    refunded_minutes = MinutesField(default=0, editable=False)
    price = MoneyField(_("price"))
    currency = CurrencyField(_("currency"))
    price_includes_tax = models.BooleanField(_("price includes VAT"), default=False)
    valid_from = models.DateField(_("valid from"))
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    service_lines = models.ManyToManyField(ServiceLine, blank=True, verbose_name=_("service lines"))
    multi_purpose = models.BooleanField(
        _("multi-purpose"),
        default=False,
        help_text=_(
            "The hours may go into services of different VAT rates or places: VAT falls due when they are used, not "
            "with their sale (§ 3(15) UStG). The price includes it."
        ),
    )
    pay_before_use = models.BooleanField(_("paid before use"), default=False)
    overage_policy = models.CharField(
        _("beyond the package"),
        max_length=14,
        choices=OveragePolicy.choices,
        default=OveragePolicy.BILL_OVERAGE,
    )
    overage_rate = MoneyField(_("overage rate an hour"), null=True, blank=True)
    negative_limit_minutes = MinutesField(_("may go below zero by"), default=0)
    draw_on_log = models.BooleanField(_("draw when logged"), default=True)
    burn_factor = RateField(_("burn factor"), default=1)
    factor_on_overage = models.BooleanField(_("the factor counts beyond the package too"), default=False)
    invoice_line = models.OneToOneField(
        "billing.InvoiceLine", models.SET_NULL, null=True, blank=True, related_name="package"
    )
    grace_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="graces", editable=False)
    voided_on = models.DateField(null=True, blank=True, editable=False)

    objects = PackageQuery.as_manager()

    class Meta:
        verbose_name = _("hour package")
        verbose_name_plural = _("hour packages")
        ordering = ["client", "priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(purchased_minutes__gt=0),
                name="package_has_minutes",
                violation_error_message=_("A package has at least one minute."),
            ),
            models.CheckConstraint(
                condition=Q(kind="paid") | ~Q(grant_reason=""),
                name="package_grant_reasoned",
                violation_error_message=_("A granted package needs a reason."),
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("valid_from")),
                name="package_expires_after_start",
                violation_error_message=_("It expires before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(burn_factor__gt=0, price__gte=0, negative_limit_minutes__gte=0),
                name="package_terms_positive",
                violation_error_message=_("Price and limits are not negative, the factor is above zero."),
            ),
            models.CheckConstraint(
                condition=Q(multi_purpose=False)
                | Q(~Q(overage_policy="allow_negative"), kind="paid", price_includes_tax=True),
                name="package_multi_purpose_is_sold",
                violation_error_message=_(
                    "Multi-purpose hours are sold at a price that includes the VAT, and cannot go below zero."
                ),
            ),
        ]
        indexes = [models.Index(fields=["client", "valid_from"], name="package_by_client")]
        triggers = [
            *audited(),
            pgtrigger.Trigger(
                name="extended",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=EXTENDED_WITH_REASON,
            ),
        ]

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        "package_extended_with_reason": ValidationError(
            _("The last day changes by an extension with a reason."), code="reason_required"
        )
    }

    @property
    def used_percent(self) -> int:
        """Whole per cent of the hours credited that are gone; over 100 below zero."""
        return used_percent(credited=self.credited_minutes, balance=self.account.balance_minutes)

    @property
    def credited_minutes(self) -> int:
        """What the client may use in all: hours given back for money were no use of the package."""
        left: int = self.purchased_minutes - self.refunded_minutes
        return left

    @property
    def is_low(self) -> bool:
        return self.used_percent >= LOW_PERCENT

    def __str__(self) -> str:
        return self.name

    @property
    def available_minutes(self) -> int:
        """What is left when all that is pending has been drawn; needs with_balance()."""
        return int(self.account.balance_minutes - self.pending_minutes)
