"""Offers: priced estimates in versions, accepted by the client on a signed link or recorded by an employee."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models.packages import HourPackage
from billing.models.prices import price_shown
from billing.models.seen import of_open, of_own
from clients.models import CashDiscountTerms, Client, Contact, Seller, ServiceLine, cash_discount_whole
from crm.access import Role
from crm.db import (
    CurrencyField,
    MinutesField,
    MoneyField,
    PercentField,
    Query,
    Record,
    append_only,
    audited,
    frozen_when,
)
from crm.money import quantise

if TYPE_CHECKING:
    from crm.models import User


CONTENT = [
    "hour_package_id",
    "title",
    "text",
    "basis",
    "currency",
    "hourly_rate",
    "fixed_price",
    "price_includes_tax",
    "estimated_minutes",
    "valid_until",
    "cash_discount_percent",
    "cash_discount_days",
    "document",
]

# A sent offer is what the client reads and signs: its words and prices stay.
SENT_IS_FROZEN = pgtrigger.Condition(
    f"OLD.status <> 'draft' AND ({', '.join(f'OLD.{c}' for c in CONTENT)})"
    f" IS DISTINCT FROM ({', '.join(f'NEW.{c}' for c in CONTENT)})"
)

OFFER_SENT = """
SELECT status INTO state FROM billing_offer
WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.offer_id ELSE OLD.offer_id END FOR SHARE;
IF state <> 'draft' THEN RAISE EXCEPTION 'A sent offer is never changed.'; END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
"""


class OfferQuery(Query["Offer"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(of_open(user))

    def running(self) -> Self:
        return self.filter(status=Offer.Status.ACCEPTED)

    def waiting(self, *, on: date) -> Self:
        return self.filter(status=Offer.Status.SENT, valid_until__gte=on)

    def changeable_by(self, user: "User") -> Self:
        """An account manager changes the offers of own clients, a consultant those that they wrote or work on."""
        if user.is_in(Role.PARTNER):
            return self
        works = Q(engagements__lead=user) | Q(engagements__members__user=user, engagements__members__to_on=None)
        worked_on = Offer.objects.filter(works).values("pk")
        return self.filter(of_own(user) | Q(author=user) | Q(lead=user) | Q(pk__in=worked_on))

    def family_of(self, offer: "Offer") -> Self:
        """All versions of an offer, the newest first."""
        return self.in_families([offer.family_id]).order_by("-version")

    def in_families(self, families: Collection[int]) -> Self:
        """All versions of some offers, each named by its first version."""
        return self.filter(Q(root__in=families) | Q(pk__in=families))

    def matching(self, text: str) -> Self:
        return self.filter(
            Q(number__icontains=text) | Q(title__unaccent__icontains=text) | Q(client__name__unaccent__icontains=text)
        )

    def priced_for(self, user: "User") -> Self:
        """Annotates `shows_price`: whether the person may see what it costs."""
        return self.annotate(shows_price=price_shown(user))

    def newest_versions(self) -> Self:
        """One row for each offer: its newest version."""
        newer = Offer.objects.filter(Q(root=OuterRef("root")) | Q(root=OuterRef("pk")), version__gt=OuterRef("version"))
        return self.filter(~Exists(newer))

    def unmailed(self) -> Self:
        """Sent offers whose mail has not left yet."""
        return self.filter(status=Offer.Status.SENT, mailed_at=None).exclude(recipient="")

    def with_used_minutes(self) -> Self:
        """Annotates `used_minutes`: billed minutes on any version of the offer, in whatever state of approval."""
        entries = apps.get_model("billing", "TimeEntry")._default_manager
        family = Coalesce(OuterRef(OuterRef("root")), OuterRef(OuterRef("pk")))
        versions = Offer.objects.filter(Q(pk=family) | Q(root=family)).values("pk")
        work = (
            entries.filter(billing_type="billable", offer__in=versions)
            .order_by()
            .values("billing_type")
            .annotate(total=Sum("billed_minutes"))
            .values("total")
        )
        return self.annotate(used_minutes=Coalesce(Subquery(work), Value(0), output_field=MinutesField()))

    def with_billed_amounts(self) -> Self:
        """Annotates what stands on invoices of any version: `billed_amount`, `advance_amount` not set off so far."""
        return self.annotate(billed_amount=_on_invoices("fixed"), advance_amount=_on_invoices("advance", "set_off"))

    def fixed_to_invoice(self) -> Self:
        """Accepted fixed prices, also of closed offers, that stand on no invoice, or not with all of the price."""
        return self._bound_fixed().filter(fixed_price__gt=F("billed_amount"))

    def without_draft_advance(self) -> Self:
        """Those of which no part asked for ahead is still a draft: the rest is drafted once that is issued."""
        lines = apps.get_model("billing", "InvoiceLine")._default_manager
        drafts = lines.filter(kind="advance", invoice__status="draft").annotate(of=Coalesce("offer__root", "offer"))
        return self.exclude(Exists(drafts.filter(of=Coalesce(OuterRef("root"), OuterRef("pk")))))

    def fixed_invoiced(self) -> Self:
        """The same, when all of the price stands on invoices."""
        return self._bound_fixed().filter(fixed_price__lte=F("billed_amount"))

    def _bound_fixed(self) -> Self:
        """Hours for a package are no part of it: they are invoiced with their purchase."""
        bound = self.works().filter(basis=Offer.Basis.FIXED, status__in=[Offer.Status.ACCEPTED, Offer.Status.CLOSED])
        return bound.with_billed_amounts()

    def works(self) -> Self:
        """Offers of work, not of hours for a package, on which nobody works and nothing is delivered."""
        return self.filter(hour_package=None)

    def delivered(self) -> Self:
        return self.works().filter(status=Offer.Status.CLOSED, close_reason=Offer.CloseReason.DELIVERED)

    def invoiceable_by(self, user: "User") -> Self:
        """Finance invoices every offer, anybody else those that they may change."""
        return self if user.is_in(Role.PARTNER, Role.FINANCE) else self.changeable_by(user)


def _on_invoices(*kinds: str) -> Coalesce:
    """Amounts of standing lines of these kinds that name any version of the outer offer."""
    lines = apps.get_model("billing", "InvoiceLine")._default_manager
    family = Coalesce(OuterRef(OuterRef("root")), OuterRef(OuterRef("pk")))
    versions = Offer.objects.filter(Q(pk=family) | Q(root=family)).values("pk")
    rows = lines.standing().filter(kind__in=kinds, offer__in=versions).annotate(one=Value(1))
    total = rows.order_by().values("one").annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), Value(0), output_field=DecimalField(max_digits=14, decimal_places=2))


class Offer(Record, CashDiscountTerms):
    """One version of an offer; `root` is the first version, `signed_minutes` those of the last accepted one."""

    used_minutes: int  # what `with_used_minutes()` adds to a row
    shows_price: bool  # what `priced_for()` adds
    billed_amount: Decimal  # what `with_billed_amounts()` adds
    advance_amount: Decimal

    class Basis(models.TextChoices):
        ACTUAL = "actual", _("by time spent")
        NOT_TO_EXCEED = "not_to_exceed", _("by time spent, capped")
        FIXED = "fixed", _("fixed price")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SENT = "sent", _("sent")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("expired")
        SUPERSEDED = "superseded", _("superseded")
        CLOSED = "closed", _("closed")

    class CloseReason(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        CLOSED_BY_CLIENT = "closed_by_client", _("the client finishes it")
        CLOSED_BY_US = "closed_by_us", _("closed by us")

    client = models.ForeignKey(Client, models.PROTECT, related_name="offers", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="offers", verbose_name=_("addressed to")
    )
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lead"),
    )
    hour_package = models.ForeignKey(
        HourPackage, models.PROTECT, null=True, blank=True, related_name="offers", verbose_name=_("tops up")
    )
    number = models.CharField(_("number"), max_length=30, blank=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    root = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="versions")
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("scope"), blank=True, max_length=20_000)
    basis = models.CharField(_("basis"), max_length=13, choices=Basis.choices, default=Basis.ACTUAL)
    currency = CurrencyField(_("currency"))
    hourly_rate = MoneyField(_("price an hour"), null=True, blank=True)
    fixed_price = MoneyField(_("fixed price"), null=True, blank=True)
    price_includes_tax = models.BooleanField(_("prices include VAT"), default=False)
    estimated_minutes = MinutesField(_("estimate"), default=0)
    signed_minutes = MinutesField(_("signed"), default=0, editable=False)
    tolerance_percent = PercentField(_("tolerance in per cent"), default=15)
    tolerance_minutes = MinutesField(_("tolerance at least"), default=60)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    close_reason = models.CharField(max_length=16, choices=CloseReason.choices, blank=True)
    valid_until = models.DateField(_("valid until"))
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_on = models.DateField(null=True, blank=True, editable=False)
    recipient = models.EmailField(_("sent to"), blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    mail_error = models.CharField(max_length=200, blank=True, editable=False)
    document = models.JSONField(default=dict, editable=False)
    document_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    invoice_line = models.OneToOneField(
        "billing.InvoiceLine", models.SET_NULL, null=True, blank=True, related_name="fixed_offer", editable=False
    )

    objects = OfferQuery.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "number", "version"],
                condition=~Q(number=""),
                name="offer_number_once",
                violation_error_message=_("This version exists already."),
            ),
            models.CheckConstraint(
                condition=Q(basis="fixed", fixed_price__isnull=False)
                | ~Q(basis="fixed") & Q(hourly_rate__isnull=False),
                name="offer_has_price",
                violation_error_message=_("Give a fixed price, or a price an hour."),
            ),
            models.CheckConstraint(
                condition=Q(hour_package=None) | Q(basis="fixed", estimated_minutes__gt=0),
                name="offer_tops_up_at_a_price",
                violation_error_message=_("Hours for a package are sold at a fixed price."),
            ),
            models.CheckConstraint(
                condition=Q(estimated_minutes__gte=0, signed_minutes__gte=0),
                name="offer_minutes_not_negative",
                violation_error_message=_("An estimate is not negative."),
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(close_reason=""),
                name="offer_closed_with_reason",
                violation_error_message=_("Closing an offer needs a reason."),
            ),
            cash_discount_whole("offer"),
        ]
        indexes = [
            models.Index(fields=["client", "status"], name="offer_by_client"),
            models.Index(fields=["root", "version"], name="offer_by_version"),
        ]
        triggers = [
            *audited("document"),
            frozen_when(SENT_IS_FROZEN, name="sent_is_frozen", operations=[pgtrigger.Update]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    @property
    def family_id(self) -> int:
        """The number of the first version, which all versions share."""
        return self.root_id or self.pk

    @property
    def is_binding(self) -> bool:
        """Whether work is done under it: accepted, closed, or accepted once and waiting for its revision."""
        if self.status == Offer.Status.SUPERSEDED:
            return self.decided_at is not None
        return self.status in (Offer.Status.ACCEPTED, Offer.Status.CLOSED)

    @property
    def is_handed_over(self) -> bool:
        """Whether the client finishes it himself; later work on it is a choice to make."""
        return self.status == Offer.Status.CLOSED and self.close_reason == Offer.CloseReason.CLOSED_BY_CLIENT

    def takes_work(self, *, on: date) -> bool:
        """Whether work of the day belongs to it by itself: it binds, and was not handed over before that day."""
        handed_over = self.is_handed_over and self.closed_on is not None and self.closed_on <= on
        return self.is_binding and not handed_over

    @property
    def rest_amount(self) -> Decimal:
        """What of the fixed price stands on no invoice, neither at the end nor ahead; wants `with_billed_amounts()`."""
        return Decimal(self.fixed_price or 0) - self.billed_amount - self.advance_amount

    @property
    def estimated_price(self) -> Decimal:
        """The fixed price, or the hourly one for the estimate, in the offer's own tax basis."""
        if self.fixed_price is not None and self.basis == Offer.Basis.FIXED:
            return Decimal(self.fixed_price)
        return quantise(Fraction(self.hourly_rate or 0) * self.estimated_minutes / 60, self.currency)


class OfferItem(models.Model):
    """One part of the estimate."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(_("description"), max_length=300)
    minutes = MinutesField(_("minutes"), default=0)

    class Meta:
        ordering = ["offer", "position"]
        constraints = [models.UniqueConstraint(fields=["offer", "position"], name="offer_item_position")]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_with_offer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("state", "text")],
                func=OFFER_SENT,
            )
        ]


class OfferSignature(models.Model):
    """How an offer was accepted or declined: typed name, time, address, user agent and the document's hash."""

    offer = models.OneToOneField(Offer, models.PROTECT, related_name="signature")
    accepted = models.BooleanField()
    by_name = models.CharField(_("name"), max_length=160)
    at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    document_sha256 = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        triggers = [append_only()]
