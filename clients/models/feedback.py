"""What clients complain of and praise us for; who was meant, what lay behind it, what came of it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from clients.models.promise import Promise
from crm.access import Role
from crm.db import CurrencyField, MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class Channel(models.TextChoices):
    CALL = "call", _("call")
    MEETING = "meeting", _("meeting")
    EMAIL = "email", _("e-mail")
    MESSAGE = "message", _("message")
    LETTER = "letter", _("letter")
    SURVEY = "survey", _("survey")
    REVIEW = "review", _("review site")
    SOCIAL = "social", _("social network")


class FeedbackQuery[M: models.Model](Query[M]):
    def visible_to(self, user: "User") -> Self:
        """That of clients that are open to the person, and what they wrote down themselves."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(Q(client__in=Client.objects.open_to(user)) | Q(logged_by=user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(Q(client__in=Client.objects.changeable_by(user)) | Q(logged_by=user))


class Feedback(Record):
    client = models.ForeignKey(Client, models.CASCADE, related_name="%(class)ss", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="%(class)ss", verbose_name=_("who said it")
    )
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("about whom"),
    )
    channel = models.CharField(_("channel"), max_length=7, choices=Channel.choices, default=Channel.CALL)
    is_public = models.BooleanField(_("others could read it"), default=False)
    link = models.URLField(_("link"), blank=True)
    text = models.TextField(_("what was said"), max_length=10_000)
    received_on = models.DateField(_("received on"))
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    class Meta:
        abstract = True
        ordering = ["-received_on", "-id"]

    def __str__(self) -> str:
        return self.text[:80]


class ComplaintQuery(FeedbackQuery["Complaint"]):
    def open(self) -> Self:
        return self.filter(resolved_on=None)


class Complaint(Feedback):
    """`cost` is what it cost us to put right; the answer's deadline is a promise, so it counts among the kept ones."""

    class Severity(models.TextChoices):
        MINOR = "minor", _("minor")
        SERIOUS = "serious", _("serious")
        GRAVE = "grave", _("grave")

    class RootCause(models.TextChoices):
        OWN_ERROR = "own_error", _("our error")
        INEXPERIENCE = "inexperience", _("lack of experience")
        CLIENT_TEMPERAMENT = "client_temperament", _("the client’s temper")
        MIS_SALE = "mis_sale", _("sold the wrong thing")
        UNCLEAR = "unclear", _("unclear")

    severity = models.CharField(_("severity"), max_length=7, choices=Severity.choices, default=Severity.SERIOUS)
    root_cause = models.CharField(_("root cause"), max_length=18, choices=RootCause.choices, blank=True)
    resolution = models.TextField(_("what came of it"), max_length=10_000, blank=True)
    resolved_on = models.DateField(_("settled on"), null=True, blank=True)
    cost = MoneyField(_("what it cost us"), null=True, blank=True)
    currency = CurrencyField(_("currency"), blank=True)
    promise = models.OneToOneField(
        Promise, models.SET_NULL, null=True, blank=True, editable=False, related_name="complaint"
    )

    objects = ComplaintQuery.as_manager()

    class Meta(Feedback.Meta):
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_on=None) | Q(~Q(root_cause=""), ~Q(resolution="")),
                name="complaint_settled_in_words",
                violation_error_message=_("A settled complaint says its root cause and what came of it."),
            ),
            models.CheckConstraint(
                condition=Q(resolved_on=None) | Q(resolved_on__gte=F("received_on")),
                name="complaint_settled_after_received",
                violation_error_message=_("It cannot be settled before it was received."),
            ),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(~Q(currency=""), cost__gte=0),
                name="complaint_cost_has_currency",
                violation_error_message=_("A cost is not negative and names its currency."),
            ),
        ]
        indexes = [models.Index(fields=["client", "received_on"], name="complaint_by_client")]
        triggers = audited()


class PraiseQuery(FeedbackQuery["Praise"]):
    pass


class Praise(Feedback):
    may_be_told = models.BooleanField(_("may be told to others"), default=False)

    objects = PraiseQuery.as_manager()

    class Meta(Feedback.Meta):
        verbose_name = _("praise")
        verbose_name_plural = _("praise")
        indexes = [models.Index(fields=["client", "received_on"], name="praise_by_client")]
        triggers = audited()
