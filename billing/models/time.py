"""Time: what was worked, how it was covered, the running timer and the locks of closed periods."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from billing.models.engagements import Engagement
from billing.models.guards import REFUSE_WHEN_LOCKED, four_eyes, on_statement, work_not_on_statement
from billing.models.hours import LedgerRow
from billing.models.offers import Offer
from billing.models.packages import HourPackage
from billing.models.seen import of_own
from clients.models import Client, Contact, Seller, ServiceLine
from crm.access import Role
from crm.db import (
    CurrencyField,
    External,
    MinutesField,
    MoneyField,
    Query,
    audited,
    frozen_when,
    tombstoned,
)
from crm.db.records import external_key
from crm.money import quantise

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from billing.models.coverage import Coverage
    from billing.models.handovers import Handover
    from crm.models import User

MINUTES_A_DAY = 24 * 60

# Short work inside a package is approved on saving by who logged it, the one exception.
WHO_WORKED = "CASE WHEN NEW.approved_on_log THEN NULL ELSE NEW.employee_id END"


def period_locked() -> ValidationError:
    return ValidationError(_("This period is closed for time."), code="period_locked")


BOOKED = ("approved", "invoiced")
"""The states of work that stands in the books, as `booked()` filters by; `TimeEntry.Status` names them."""


class TimeEntryQuery(Query["TimeEntry"]):
    def visible_to(self, user: "User") -> Self:
        """Own entries, those of engagements one leads and of own clients; all for partner and finance."""
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(Q(employee=user) | Q(engagement__lead=user) | of_own(user))

    def reviewable_by(self, user: "User") -> Self:
        """Entries whose approval is this person's to give, as lead, for own clients or as partner; own time apart."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(Q(engagement__lead=user) | of_own(user))

    def approvable_by(self, user: "User") -> Self:
        """Submitted entries this person may approve: never their own (small firms decide otherwise in the service)."""
        return self.reviewable_by(user).filter(status=TimeEntry.Status.SUBMITTED)

    def changeable_by(self, user: "User") -> Self:
        """Own entries, those that one reviews, and all for finance, who logs for others; approved work asks more."""
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(Q(employee=user) | Q(pk__in=self.model._default_manager.reviewable_by(user).values("pk")))

    def of_week(self, monday: date, sunday: date) -> Self:
        return self.filter(worked_on__range=(monday, sunday))

    def for_client(self, client: Client) -> Self:
        """The client's own entries and those of clients merged into it."""
        return self.filter(client__in=client.family)

    def with_parts(self) -> Self:
        """With everything that a list of entries shows, in a fixed number of queries."""
        coverages = apps.get_model("billing", "Coverage")._default_manager
        parts = coverages.select_related("account__package", "account__retainer_period", "ledger_row")
        return self.select_related(
            "client", "employee", "engagement", "service_line", "seller", "offer", "hour_package", "hour_message"
        ).prefetch_related(models.Prefetch("coverages", queryset=parts))

    def goodwill(self) -> Self:
        """Given free on purpose and taken from the yearly budget: not what an invoice's follow-up includes."""
        return self.filter(billing_type=TimeEntry.BillingType.GOODWILL, minutes__gt=F("follow_up_minutes"))

    def booked(self) -> Self:
        return self.filter(status__in=BOOKED)

    def on_issued_statement(self) -> Self:
        """All prepaid, and read by the client on a statement: it changes by a correction of its hours only."""
        draws = LedgerRow.objects.unreversed_draws().on_issued_statement()
        return self.booked().filter(pk__in=draws.values("entry")).exclude(coverages__account=None)

    def unbilled(self) -> Self:
        """WIP: approved minutes with a price that stand on no live invoice."""
        return self.filter(
            status=TimeEntry.Status.APPROVED,
            coverages__source="time_and_materials",
            coverages__is_billed=False,
        ).distinct()


class TimeEntry(External):
    """`minutes` is what was worked and never changes after approval; `billed_minutes` is rounded from it once."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        INVOICED = "invoiced", _("invoiced")

    class BillingType(models.TextChoices):
        BILLABLE = "billable", _("billable")
        GOODWILL = "goodwill", _("goodwill")
        WARRANTY = "warranty", _("warranty")
        NON_BILLABLE = "non_billable", _("not billable")
        DISPUTE = "dispute", _("dispute")

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="time_entries", verbose_name=_("employee")
    )
    client = models.ForeignKey(Client, models.PROTECT, related_name="time_entries", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    engagement = models.ForeignKey(
        Engagement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="time_entries",
        verbose_name=_("engagement"),
    )
    offer = models.ForeignKey(
        Offer, models.PROTECT, null=True, blank=True, related_name="time_entries", verbose_name=_("offer")
    )
    hour_package = models.ForeignKey(
        HourPackage,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="linked_entries",
        verbose_name=_("hour package"),
    )
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    worked_on = models.DateField(_("worked on"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    minutes = MinutesField(_("minutes worked"))
    billed_minutes = MinutesField(_("minutes billed"), default=0)
    billing_type = models.CharField(
        _("billing"), max_length=12, choices=BillingType.choices, default=BillingType.BILLABLE
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    description = models.CharField(_("what was done"), max_length=1000, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.DRAFT)
    needs_decision = models.CharField(_("decision owed"), max_length=30, blank=True)
    decision = models.CharField(_("decided as"), max_length=30, blank=True, editable=False)
    follow_up_minutes = MinutesField(_("free after the invoice"), default=0, editable=False)
    warnings = models.JSONField(default=list, blank=True)
    review_comment = models.CharField(_("comment of the reviewer"), max_length=300, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    approved_on_log = models.BooleanField(default=False, editable=False)
    generation = models.PositiveSmallIntegerField(default=0, editable=False)
    rate_amount = MoneyField(null=True, blank=True, editable=False)
    rate_currency = CurrencyField(blank=True, editable=False)
    rate_includes_tax = models.BooleanField(null=True, editable=False)
    rate_source = models.CharField(max_length=30, blank=True, editable=False)
    cost_per_hour = MoneyField(null=True, blank=True, editable=False)
    rounding_step_minutes = MinutesField(null=True, blank=True, editable=False)
    rounding_minimum_minutes = MinutesField(null=True, blank=True, editable=False)

    came_back: "Handover | None" = None  # the handover after which it came back, as services.handovers found it

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        "time_entry_in_open_period": period_locked(),
        "not_on_issued_statement": on_statement(),
        "time_four_eyes": ValidationError(_("Nobody approves their own time."), code="forbidden"),
    }

    objects = TimeEntryQuery.as_manager()

    class Meta:
        verbose_name = _("time entry")
        verbose_name_plural = _("time entries")
        ordering = ["-worked_on", "-id"]
        constraints = [
            external_key("time_entry"),
            models.CheckConstraint(
                condition=Q(minutes__range=(1, 1440)),
                name="time_entry_minutes_range",
                violation_error_message=_("Work lasts between one minute and 24 hours."),
                violation_error_code="minutes_range",
            ),
            models.CheckConstraint(condition=Q(billed_minutes__gte=0), name="time_entry_billed_not_negative"),
            models.CheckConstraint(
                condition=Q(billing_type__in=["billable", "non_billable"]) | ~Q(reason=""),
                name="time_entry_free_reasoned",
                violation_error_message=_("Free work needs a reason."),
                violation_error_code="reason_required",
            ),
            models.CheckConstraint(
                condition=Q(follow_up_minutes__gte=0, follow_up_minutes__lte=F("minutes")),
                name="time_entry_follow_up_within",
                violation_error_message=_("No more can be free than was worked."),
            ),
            models.CheckConstraint(
                condition=Q(started_at=None) | Q(ended_at=None) | Q(ended_at__gt=F("started_at")),
                name="time_entry_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "invoiced"]) | Q(approved_at__isnull=False, needs_decision=""),
                name="time_entry_approved_is_decided",
                violation_error_message=_("A decision is still owed."),
                violation_error_code="needs_decision",
            ),
        ]
        indexes = [
            models.Index(fields=["employee", "worked_on"], name="time_by_employee"),
            models.Index(fields=["client", "worked_on"], name="time_by_client"),
            models.Index(fields=["client", "worked_on"], condition=Q(status="submitted"), name="time_to_approve"),
            models.Index(fields=["client", "worked_on"], condition=Q(billing_type="goodwill"), name="time_given_free"),
            models.Index(fields=["updated_at"], name="time_by_change"),
        ]
        triggers = [
            *audited("warnings"),
            tombstoned(),
            frozen_when(
                pgtrigger.Condition(
                    "OLD.status IN ('approved', 'invoiced') AND NEW.status IN ('approved', 'invoiced') AND "
                    "(OLD.minutes, OLD.worked_on, OLD.client_id, OLD.employee_id, OLD.rate_amount, OLD.cost_per_hour)"
                    " IS DISTINCT FROM "
                    "(NEW.minutes, NEW.worked_on, NEW.client_id, NEW.employee_id, NEW.rate_amount, NEW.cost_per_hour)"
                ),
                name="frozen",
                operations=[pgtrigger.Update],
            ),
            frozen_when(
                pgtrigger.Condition("OLD.status IN ('approved', 'invoiced')"),
                name="kept",
                operations=[pgtrigger.Delete],
            ),
            pgtrigger.Trigger(
                name="in_open_period",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("closed", "date")],
                func=REFUSE_WHEN_LOCKED,
            ),
            work_not_on_statement(),
            four_eyes("approved_by_id", WHO_WORKED, name="time_four_eyes"),
        ]

    def __str__(self) -> str:
        return self.description or f"{self.minutes} min"

    @cached_property
    def parts(self) -> "list[Coverage]":
        """How it is covered, in order; services that have just written the rows leave them here."""
        return list(self.coverages.all())

    @property
    def charged_minutes(self) -> int:
        """Worked minutes without those that are free after the invoice; rounding starts from them."""
        charged: int = self.minutes - self.follow_up_minutes
        return charged

    @property
    def given_minutes(self) -> int:
        """What an invoice shows as free: all of goodwill and warranty, of other work what follows an invoice."""
        free = self.billing_type in (self.BillingType.GOODWILL, self.BillingType.WARRANTY)
        given: int = self.minutes if free else self.follow_up_minutes
        return given

    @property
    def list_value(self) -> Decimal | None:
        """What all of it is worth at its rate, on the rate's tax basis; None before approval."""
        if self.rate_amount is None:
            return None
        return quantise(Fraction(self.rate_amount) * self.minutes / 60, self.rate_currency)

    @property
    def internal_cost(self) -> Decimal | None:
        """What all of it costs us, as the person's hour cost on that day; None before approval."""
        return None if self.cost_per_hour is None else quantise(Fraction(self.cost_per_hour) * self.minutes / 60)

    @property
    def is_free(self) -> bool:
        """Given to the client without pay; then a reason is owed."""
        return self.billing_type not in (self.BillingType.BILLABLE, self.BillingType.NON_BILLABLE)

    def fits_span(self, *, day: date | None) -> bool:
        """Whether minutes and day agree with start and end, of which `day` is that of the start; breaks may be less."""
        if not (self.started_at and self.ended_at):
            return True
        span = (self.ended_at - self.started_at).total_seconds() / 60
        return self.worked_on == day and self.minutes <= max(1, round(span))

    def clean(self) -> None:
        """What one entry can say about itself without asking the database; the constraints say it again."""
        errors = {name: error for name, error in self._problems() if error}
        if errors:
            raise ValidationError(errors)

    def _problems(self) -> Iterator[tuple[str, ValidationError | None]]:
        minutes_range = _("Work lasts between one minute and 24 hours.")
        yield "minutes", _error(not 1 <= (self.minutes or 0) <= MINUTES_A_DAY, minutes_range, "minutes_range")
        yield "reason", _error(self.is_free and not self.reason, _("Free work needs a reason."), "reason_required")
        backwards = bool(self.started_at and self.ended_at and self.ended_at <= self.started_at)
        yield "ended_at", _error(backwards, _("It ends before it begins."), "ends_before_start")
        for name in ("engagement", "offer", "hour_package", "contact"):
            named = getattr(self, name) if getattr(self, f"{name}_id") else None
            foreign = named is not None and not self.client.has(named)
            yield name, _error(foreign, _("This belongs to another client."), f"{name}_foreign")
        sells_hours = self.offer is not None and self.offer.hour_package_id is not None
        yield "offer", _error(sells_hours, _("This offer sells hours: name the package."), "offer_of_hours")


def _error(applies: bool, message: "str | _StrPromise", code: str) -> ValidationError | None:
    return ValidationError(message, code=code) if applies else None
