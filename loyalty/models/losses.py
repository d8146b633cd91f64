"""Reviews of losses: why a client left or shrank, whether it could have been kept, and the way back."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.access import Role
from crm.db import CurrencyField, MoneyField, PercentField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User

COOLING_DAYS = 30


class ReviewQuery(Query["LossReview"]):
    def visible_to(self, user: "User") -> Self:
        """A partner sees every review, an account manager those of own clients."""
        if user.is_in(Role.PARTNER):
            return self
        owned = Client.objects.owned_by(user)
        return self.filter(client__in=owned) if user.is_in(Role.ACCOUNT_MANAGER) else self.none()

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user)

    def concluded(self) -> Self:
        return self.exclude(concluded_on=None)

    def lost(self) -> Self:
        return self.filter(kind=LossReview.Kind.LOST)


class LossReview(Record):
    """One loss. Values are those of the day it happened, in the base currency; `health_before` 90 days earlier."""

    class Kind(models.TextChoices):
        LOST = "lost", _("client lost")
        KEY_ENDED = "key_ended", _("key client no more")
        REVENUE_FALL = "revenue_fall", _("revenue fell by 40 %")

    class Cause(models.TextChoices):
        BROKEN_PROMISE = "broken_promise", _("broken promise")
        NEGLECT = "neglect", _("we were silent")
        PAYER_NOT_MET = "payer_not_met", _("payer not met")
        SURPRISE_BILL = "surprise_bill", _("surprise bill")
        QUALITY = "quality", _("poor work")
        WRONG_PRODUCT = "wrong_product", _("sold the wrong thing")
        PRICE = "price", _("price")
        LEFT_WITH_PERSON = "left_with_person", _("left with our consultant")
        THEIR_CHANGE = "their_change", _("change at the client")
        OTHER = "other", _("something else")
        UNKNOWN = "unknown", _("unknown, though we asked")

    class Outcome(models.TextChoices):
        TO_COMPETITOR = "to_competitor", _("went to a competitor")
        WENT_NOWHERE = "went_nowhere", _("went nowhere")
        INSOURCED = "insourced", _("does it alone now")
        CLOSED = "closed", _("closed down")
        PARTED_BY_US = "parted_by_us", _("we parted from them")

    client = models.ForeignKey(Client, models.CASCADE, related_name="loss_reviews", verbose_name=_("client"))
    kind = models.CharField(_("what happened"), max_length=12, choices=Kind.choices, default=Kind.LOST)
    happened_on = models.DateField(_("happened on"))
    value_lost = MoneyField(_("value lost"), null=True, blank=True)
    revenue_lost = MoneyField(_("yearly revenue lost"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    health_before = models.PositiveSmallIntegerField(_("health 90 days before"), null=True, blank=True)
    health_band_before = models.CharField(max_length=5, blank=True)
    cause = models.CharField(_("cause"), max_length=16, choices=Cause.choices, blank=True)
    outcome = models.CharField(_("where they went"), max_length=13, choices=Outcome.choices, blank=True)
    sign_missed = models.CharField(_("sign we missed"), max_length=200, blank=True)
    could_have_done = models.TextField(_("what could have been done"), max_length=4000, blank=True)
    preventable = models.BooleanField(_("could it have been prevented?"), null=True, blank=True)
    lessons = models.TextField(_("lessons"), max_length=4000, blank=True)
    win_back_on = models.DateField(_("win back on"), null=True, blank=True)
    win_back_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who wins them back"),
    )
    win_back_act = models.CharField(_("how"), max_length=200, blank=True)
    win_back_percent = PercentField(_("chance in per cent"), null=True, blank=True)
    won_back_on = models.DateField(_("won back on"), null=True, blank=True)
    concluded_on = models.DateField(_("concluded on"), null=True, blank=True, editable=False)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = ReviewQuery.as_manager()

    class Meta:
        verbose_name = _("loss review")
        verbose_name_plural = _("loss reviews")
        ordering = ["-happened_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "kind", "happened_on"],
                name="loss_review_once",
                violation_error_message=_("This loss has its review already."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=Q(concluded_on=None)
                | Q(~Q(cause=""), ~Q(outcome=""), ~Q(could_have_done=""), preventable__isnull=False),
                name="loss_review_concluded_in_words",
                violation_error_message=_(
                    "A conclusion says the cause, where they went, what could have been done, if it was preventable."
                ),
            ),
            models.CheckConstraint(
                condition=Q(concluded_on=None) | Q(concluded_on__gte=F("happened_on") + COOLING_DAYS),
                name="loss_review_cools_off",
                violation_error_message=_("Conclusions wait until 30 days after the loss."),
            ),
            models.CheckConstraint(
                condition=Q(win_back_on=None, win_back_owner=None)
                | Q(win_back_on__isnull=False, win_back_owner__isnull=False),
                name="loss_review_win_back_has_owner",
                violation_error_message=_("A way back has a day and an owner."),
            ),
            models.CheckConstraint(
                condition=Q(win_back_percent=None) | Q(win_back_percent__range=(0, 100)),
                name="loss_review_chance_range",
                violation_error_message=_("A chance lies between 0 and 100 per cent."),
            ),
            models.CheckConstraint(
                condition=Q(won_back_on=None) | Q(won_back_on__gt=F("happened_on")),
                name="loss_review_won_after_lost",
                violation_error_message=_("They can only be won back after the loss."),
            ),
        ]
        indexes = [models.Index(fields=["happened_on"], name="loss_review_by_day")]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.client}, {self.get_kind_display()}"


class RetentionSnapshot(models.Model):
    """How long clients stay by their anchors, as of a day; contents as loyalty.services.retention makes them."""

    as_of_on = models.DateField(unique=True)
    client_count = models.PositiveIntegerField()
    loss_count = models.PositiveIntegerField()
    suggested_count = models.PositiveIntegerField(default=0)  # those of them that only silence speaks for
    curves = models.JSONField(default=dict)
    hazards = models.JSONField(default=dict)
