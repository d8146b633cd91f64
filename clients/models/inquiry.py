"""Routed inquiries: what somebody without a direct channel asked, who answers until when, and what came of it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from clients.models.firm import ServiceLine
from clients.models.promise import Promise
from crm.access import Role
from crm.db import CurrencyField, MinutesField, MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


def owned_by_people_of(user: "User") -> Q:
    """Owned by the person, or by somebody for whom they stand in today."""
    return Q(owner__in=user.people_on(timezone.localdate()))


class InquiryQuery(Query["Inquiry"]):
    def visible_to(self, user: "User") -> Self:
        """Those of clients that are open to the person, and those that they own, took down, or stand in for."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(Q(client__in=Client.objects.open_to(user)) | owned_by_people_of(user) | Q(logged_by=user))

    def changeable_by(self, user: "User") -> Self:
        mine = owned_by_people_of(user) | Q(logged_by=user)
        return self.filter(Q(client__in=Client.objects.changeable_by(user)) | mine)

    def open(self) -> Self:
        return self.filter(outcome="")


class Inquiry(Record):
    """Never dropped: it has a reply from the first moment, an owner, and a promise until it ends.

    `minutes` is free advice; `sold` what came of it, net.
    """

    may_change: bool  # what `with_may_change()` adds to a row

    class Channel(models.TextChoices):
        CALL = "call", _("call")
        EMAIL = "email", _("e-mail")

    class Route(models.TextChoices):
        SUPPORT = "support", _("support")
        SALES = "sales", _("sales")
        HOTLINE = "hotline", _("hotline")

    class Outcome(models.TextChoices):
        ANSWERED_FREE = "answered_free", _("answered free of charge")
        QUESTION_LIST = "question_list", _("put on a question list")
        OFFER = "offer", _("offer")
        PACKAGE_DRAW = "package_draw", _("drawn from a package")
        CLOSED = "closed", _("closed")

    SALES = (Outcome.QUESTION_LIST, Outcome.OFFER, Outcome.PACKAGE_DRAW)

    client = models.ForeignKey(Client, models.CASCADE, related_name="inquiries", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="inquiries", verbose_name=_("who asks")
    )
    wanted = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("whom they wanted"),
    )
    channel = models.CharField(_("came by"), max_length=5, choices=Channel.choices, default=Channel.CALL)
    route = models.CharField(_("routed to"), max_length=7, choices=Route.choices)
    received_at = models.DateTimeField(_("received at"))
    text = models.CharField(_("what they ask"), max_length=1000)
    reply = models.CharField(_("what they were told"), max_length=1000)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="inquiries", verbose_name=_("who answers")
    )
    promise = models.OneToOneField(
        Promise, models.SET_NULL, null=True, blank=True, editable=False, related_name="inquiry"
    )
    outcome = models.CharField(_("ended as"), max_length=13, choices=Outcome.choices, blank=True)
    answer = models.CharField(_("the answer"), max_length=1000, blank=True)
    minutes = MinutesField(_("minutes of free advice"), default=0)
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    sold = MoneyField(_("sold, net"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = InquiryQuery.as_manager()

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reply=""),
                name="inquiry_replied",
                violation_error_message=_("Nobody is dropped: say what they were told."),
            ),
            models.CheckConstraint(
                condition=Q(outcome="", ended_at=None) | (~Q(outcome="") & Q(ended_at__isnull=False)),
                name="inquiry_ends_with_outcome",
                violation_error_message=_("An inquiry ends with what came of it."),
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["answered_free", "closed"]) | ~Q(answer=""),
                name="inquiry_answered_in_words",
                violation_error_message=_("Say what the answer was."),
            ),
            models.CheckConstraint(
                condition=Q(sold=None) | Q(sold__gte=0, outcome__in=["question_list", "offer", "package_draw"]),
                name="inquiry_sold_by_sale",
                violation_error_message=_("Only an offer, a question list or a package sells something."),
            ),
            models.CheckConstraint(
                condition=Q(sold=None) | Q(service_line__isnull=False),
                name="inquiry_sold_of_service",
                violation_error_message=_("Say which service was sold."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__range=(0, 1440)),
                name="inquiry_minutes_range",
                violation_error_message=_("Minutes lie between 0 and one day."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("received_at")),
                name="inquiry_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
        ]
        indexes = [models.Index(fields=["client", "received_at"], name="inquiry_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return self.text[:80]
