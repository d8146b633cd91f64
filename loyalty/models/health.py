"""Health of clients: the weights in versions, and the scores of each night with the facts behind every point."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientFigure
from crm.db import Query, append_only, audited
from loyalty.rules.health import DEFAULT_SCORECARD, CapCode, FeatureCode, Scorecard, weighted_card

if TYPE_CHECKING:
    from crm.models import User


class Feature(models.TextChoices):
    SILENCE = "silence", _("silence against the own rhythm")
    ANCHORS = "anchors", _("services used")
    NPS = "nps", _("NPS of key people")
    PROMISES = "promises", _("promises honoured")
    PAYMENT_DELAY = "payment_delay", _("payment delay")
    REVENUE_TREND = "revenue_trend", _("revenue trend")
    PEOPLE_TOUCHED = "people_touched", _("people touched")
    CONTRACT_LEFT = "contract_left", _("contract left")


class Cap(models.TextChoices):
    OPEN_DETRACTOR = "open_detractor", _("a critic who decides waits for a call")
    OVERDUE_90 = "overdue_90", _("an invoice is over 90 days late")
    NOTICE_GIVEN = "notice_given", _("notice was given")


FEATURES: tuple[FeatureCode, ...] = tuple(feature.code for feature in DEFAULT_SCORECARD.features)
CAPS: tuple[CapCode, ...] = tuple(code for code, _limit in DEFAULT_SCORECARD.caps)


class BacktestSnapshot(models.Model):
    """What the past said of the score, as of a day; contents as loyalty.services.backtests makes them."""

    as_of_on = models.DateField(unique=True)
    figures = models.JSONField()


class HealthWeights(models.Model):
    """One version of the scorecard; the newest holds. A version is never changed, so that old scores stay explained."""

    silence = models.PositiveSmallIntegerField(Feature.SILENCE.label, default=20)
    anchors = models.PositiveSmallIntegerField(Feature.ANCHORS.label, default=15)
    nps = models.PositiveSmallIntegerField(Feature.NPS.label, default=15)
    promises = models.PositiveSmallIntegerField(Feature.PROMISES.label, default=15)
    payment_delay = models.PositiveSmallIntegerField(Feature.PAYMENT_DELAY.label, default=10)
    revenue_trend = models.PositiveSmallIntegerField(Feature.REVENUE_TREND.label, default=10)
    people_touched = models.PositiveSmallIntegerField(Feature.PEOPLE_TOUCHED.label, default=10)
    contract_left = models.PositiveSmallIntegerField(Feature.CONTRACT_LEFT.label, default=5)
    green_from = models.PositiveSmallIntegerField(_("good from"), default=75)
    amber_from = models.PositiveSmallIntegerField(_("watch from"), default=50)
    open_detractor = models.PositiveSmallIntegerField(_("at most, with an open detractor who decides"), default=49)
    overdue_90 = models.PositiveSmallIntegerField(_("at most, with invoices over 90 days late"), default=49)
    notice_given = models.PositiveSmallIntegerField(_("at most, after notice was given"), default=10)
    reason = models.CharField(_("why"), max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("weights of health")
        verbose_name_plural = _("weights of health")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    silence=100
                    - F("anchors")
                    - F("nps")
                    - F("promises")
                    - F("payment_delay")
                    - F("revenue_trend")
                    - F("people_touched")
                    - F("contract_left")
                ),
                name="health_weights_sum",
                violation_error_message=_("The points add up to 100."),
            ),
            models.CheckConstraint(
                condition=Q(amber_from__gt=0, amber_from__lt=F("green_from"), green_from__lte=100),
                name="health_weights_bands_rise",
                violation_error_message=_("Watch begins above 0 and under good, good at 100 at most."),
            ),
            models.CheckConstraint(
                condition=Q(open_detractor__lte=100, overdue_90__lte=100, notice_given__lte=100),
                name="health_weights_caps_range",
                violation_error_message=_("A limit of the score lies between 0 and 100."),
            ),
        ]
        triggers = [*audited(), append_only()]

    def __str__(self) -> str:
        return str(_("version %(number)s") % {"number": self.pk})

    @classmethod
    def current(cls) -> "HealthWeights | None":
        """The version in force; None while the firm has never changed the defaults."""
        return cls._default_manager.order_by("-pk").first()

    def card(self) -> Scorecard:
        return weighted_card(
            {code: getattr(self, code) for code in FEATURES},
            green_from=self.green_from,
            amber_from=self.amber_from,
            caps={code: getattr(self, code) for code in CAPS},
        )


class HealthQuery(Query["HealthSnapshot"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.current().open_to(user))

    def shown(self) -> Self:
        """The snapshot of each client that its figures show: by key, however long the history is."""
        return self.filter(as_of_on=F("client__figures__health_as_of_on"))

    def newest(self) -> Self:
        """The newest snapshot of each client."""
        return self.order_by("client_id", "-as_of_on").distinct("client_id")


class HealthSnapshot(models.Model):
    """The score of one client as of a day. `factors`: `[{code, points, maximum, known, facts}]` in the card's order.

    `weights` is None where the default card was used; `capped_by` names what holds the score under `raw`.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="health_snapshots")
    as_of_on = models.DateField()
    weights = models.ForeignKey(HealthWeights, models.PROTECT, null=True, related_name="+")
    score = models.PositiveSmallIntegerField()
    raw = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=5, choices=ClientFigure.Band.choices)
    capped_by = models.CharField(max_length=14, blank=True)
    factors = models.JSONField(default=list)

    objects = HealthQuery.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "as_of_on"], name="health_snapshot_once"),
            models.CheckConstraint(
                condition=Q(score__lte=F("raw"), raw__lte=100),
                name="health_snapshot_range",
                violation_error_message=_("A score lies between 0 and 100."),
            ),
        ]
        indexes = [models.Index(fields=["as_of_on"], name="health_snapshot_by_day")]
