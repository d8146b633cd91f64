"""Facts that flow down: upper floors write them through clients.services.facts, rules and lists here read them."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from crm.db import MinutesField, MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class ClientFigure(models.Model):
    """One row per client; amounts in the firm's base currency; every group says as of when it holds."""

    class Band(models.TextChoices):
        GREEN = "green", _("good")
        AMBER = "amber", _("watch")
        RED = "red", _("at risk")

    class ValueSource(models.TextChoices):
        OWN = "own", _("own purchases")
        SEGMENT = "segment", _("typical new client")
        FIRM = "firm", _("average of the firm")

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="figures")

    revenue_12m = MoneyField(_("revenue, 12 months"), null=True)
    revenue_before_12m = MoneyField(_("revenue, the 12 months before"), null=True)
    revenue_share = models.DecimalField(_("share of the firm"), max_digits=9, decimal_places=6, null=True)
    revenue_trend = models.JSONField(default=list)  # amounts of the last quarters, oldest first, for the sparkline
    last_revenue_on = models.DateField(null=True)
    has_agreement = models.BooleanField(default=False)
    cost_to_serve_12m = MoneyField(_("cost to serve, 12 months"), null=True)
    margin_12m = MoneyField(_("margin, 12 months"), null=True)
    # The seller's revenue for a direct channel in the base currency; null where it has none, or the day no rate.
    channel_threshold = MoneyField(null=True)
    revenue_as_of_on = models.DateField(null=True)

    receivables = MoneyField(_("owes us"), null=True)
    overdue_receivables = MoneyField(_("overdue"), null=True)
    oldest_due_on = models.DateField(null=True)
    receivables_as_of_on = models.DateField(null=True)

    anchors = models.PositiveSmallIntegerField(_("anchors"), null=True)
    anchor_codes = models.JSONField(default=list)
    anchors_as_of_on = models.DateField(null=True)

    package_minutes = MinutesField(_("package hours left"), null=True)
    package_minutes_bought = MinutesField(null=True)
    goodwill_minutes = MinutesField(_("goodwill this year"), null=True)
    # The client's own budget of this year; null where what the tier allows holds.
    own_goodwill_minutes = MinutesField(null=True)
    hours_as_of_on = models.DateField(null=True)

    simple_value = MoneyField(_("lifetime value"), null=True)
    simple_value_source = models.CharField(max_length=7, choices=ValueSource.choices, blank=True)
    simple_value_inputs = models.JSONField(default=dict)
    historical_value = MoneyField(_("value so far"), null=True)
    residual_value = MoneyField(_("value to come"), null=True)
    # What the badge shows, and the same roughly: at least `band_low`, under `band_high`, null where a band is open.
    badge_value = MoneyField(_("lifetime value"), null=True)
    band_low = MoneyField(null=True)
    band_high = MoneyField(null=True)
    value_as_of_on = models.DateField(null=True)

    health_score = models.PositiveSmallIntegerField(_("health"), null=True)
    health_band = models.CharField(max_length=5, choices=Band.choices, blank=True)
    health_as_of_on = models.DateField(null=True)

    nps = models.DecimalField("NPS", max_digits=9, decimal_places=6, null=True)
    nps_answers = models.PositiveIntegerField(null=True)
    nps_as_of_on = models.DateField(null=True)

    last_two_way_at = models.DateTimeField(_("last two-way contact"), null=True)
    attention_overdue_days = models.IntegerField(_("days overdue"), null=True)
    promises_n = models.PositiveIntegerField(null=True)
    promises_honoured = models.PositiveIntegerField(null=True)
    promises_as_of_on = models.DateField(null=True)

    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("client figures")
        constraints = [
            models.CheckConstraint(
                condition=Q(band_low=None) | Q(band_high=None) | Q(band_low__lt=F("band_high")),
                name="figure_band_rises",
                violation_error_message=_("A band rises."),
            ),
        ]
        indexes = [
            models.Index(fields=["-revenue_12m"], name="figure_by_revenue"),
            models.Index(fields=["-badge_value"], name="figure_by_value"),
            models.Index(fields=["health_score"], name="figure_by_health"),
        ]


class MemberQuery(Query["ClientMember"]):
    def visible_to(self, user: "User") -> Self:
        """Who works for whom is no part of the card: of clients that the person sees in full."""
        return self.filter(client__in=Client.objects.open_to(user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.changeable_by(user))

    def current(self, *, on: date) -> Self:
        return self.filter(Q(to_on=None) | Q(to_on__gte=on), from_on__lte=on)


class ClientMember(Record):
    """Who works for whom, since when: added when a person is put on an engagement or by an account manager."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=80, blank=True)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)

    objects = MemberQuery.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["client", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "user"],
                condition=Q(to_on=None),
                name="member_once",
                violation_error_message=_("This person already works for the client."),
            ),
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(to_on__gte=F("from_on")),
                name="member_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
        ]
        indexes = [models.Index(fields=["user", "client"], name="member_by_user")]
        triggers = audited()
