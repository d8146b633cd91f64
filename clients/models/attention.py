"""Interactions: a logged call, meeting, mail, message or meal with a client."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from clients.models.promise import Promise
from crm.db import MinutesField, MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class InteractionQuery(Query["Interaction"]):
    def visible_to(self, user: "User") -> Self:
        """Those of clients that are open to the person, and what they logged themselves."""
        return self.filter(Q(client__in=Client.objects.open_to(user)) | Q(logged_by=user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(Q(client__in=Client.objects.changeable_by(user)) | Q(logged_by=user))

    def two_way(self) -> Self:
        """A call, meeting, social or hospitality with a contact present, or an inbound mail or message.

        A call that nobody took is none.
        """
        present = Interaction.contacts.through._default_manager.filter(interaction=OuterRef("pk"))
        spoken = Q(kind__in=Interaction.SPOKEN) & Q(Exists(present))
        return self.filter(spoken | Q(kind__in=Interaction.WRITTEN, direction__in=["in", "both"]), is_missed=False)

    def last_of(self, clients: Iterable[int]) -> "dict[int, Interaction]":
        """The latest interaction of each client, whatever its kind, with our people."""
        rows = self.filter(client__in=list(clients)).order_by("client_id", "-occurred_at").distinct("client_id")
        return {row.client_id: row for row in rows.prefetch_related("employees")}

    def with_shown_cost(self, user: "User") -> Self:
        """Adds `shown_cost`: null for clients whose amounts the person may not see."""
        told = Client.objects.money_open_to(user).values("pk")
        return self.annotate(shown_cost=Case(When(client__in=told, then=F("cost"))))

    def since(self, moment: datetime) -> Self:
        return self.filter(occurred_at__gte=moment)


class Interaction(Record):
    may_change: bool  # what `with_may_change()` adds to a row

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        MEETING = "meeting", _("meeting")
        EMAIL = "email", _("e-mail")
        MESSAGE = "message", _("message")
        SOCIAL = "social", _("social")
        HOSPITALITY = "hospitality", _("hospitality")

    class Direction(models.TextChoices):
        IN = "in", _("from the client")
        OUT = "out", _("from us")
        BOTH = "both", _("both ways")

    class Initiator(models.TextChoices):
        CLIENT = "client", _("the client")
        US = "us", _("us")

    class Via(models.TextChoices):
        DIRECT = "direct", _("direct")
        SECRETARY = "secretary", _("secretary")
        HOTLINE = "hotline", _("hotline")
        PORTAL = "portal", _("portal")

    class Mode(models.TextChoices):
        CUSTOMER = "customer", _("as payer")
        CONSUMER = "consumer", _("as user")

    SPOKEN = (Kind.CALL, Kind.MEETING, Kind.SOCIAL, Kind.HOSPITALITY)
    WRITTEN = (Kind.EMAIL, Kind.MESSAGE)
    HOSTED = (Kind.SOCIAL, Kind.HOSPITALITY)

    client = models.ForeignKey(Client, models.CASCADE, related_name="interactions", verbose_name=_("client"))
    contacts = models.ManyToManyField(Contact, blank=True, related_name="interactions", verbose_name=_("people there"))
    employees = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="interactions", verbose_name=_("our people")
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.CALL)
    direction = models.CharField(_("direction"), max_length=4, choices=Direction.choices, default=Direction.BOTH)
    initiated_by = models.CharField(_("initiated by"), max_length=6, choices=Initiator.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    via = models.CharField(_("via"), max_length=9, choices=Via.choices, default=Via.DIRECT)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, blank=True)
    occurred_at = models.DateTimeField(_("when"))
    minutes = MinutesField(_("minutes"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True, max_length=10_000)
    sentiment = models.SmallIntegerField(_("mood"), null=True, blank=True)
    cost = MoneyField(_("cost"), null=True, blank=True)
    is_missed = models.BooleanField(_("nobody took the call"), default=False)
    # A missed call of a direct line is called back; missed without an absence it is an incident.
    call_back = models.OneToOneField(
        Promise, models.SET_NULL, null=True, blank=True, editable=False, related_name="missed_call"
    )
    # What came in and waits for the first answer, within the tier's business hours.
    first_response = models.OneToOneField(
        Promise, models.SET_NULL, null=True, blank=True, editable=False, related_name="first_answer_to"
    )
    is_incident = models.BooleanField(default=False, editable=False)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("logged by")
    )

    objects = InteractionQuery.as_manager()

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sentiment=None) | Q(sentiment__range=(-2, 2)),
                name="interaction_sentiment_range",
                violation_error_message=_("The mood lies between -2 and 2."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["social", "hospitality"]) | ~Q(initiated_by=""),
                name="interaction_social_initiator",
                violation_error_message=_("Say who initiated it."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["social", "hospitality"], initiated_by="us") | ~Q(reason=""),
                name="interaction_social_reason",
                violation_error_message=_("What we initiate needs a reason."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="hospitality") | Q(cost__isnull=False),
                name="interaction_hospitality_cost",
                violation_error_message=_("Hospitality carries its cost."),
            ),
            models.CheckConstraint(
                condition=Q(is_missed=False) | Q(kind="call", direction="in"),
                name="interaction_missed_call",
                violation_error_message=_("Only a call from the client can be missed."),
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__range=(0, 1440)),
                name="interaction_minutes_range",
                violation_error_message=_("Minutes lie between 0 and one day."),
            ),
        ]
        indexes = [models.Index(fields=["client", "-occurred_at"], name="interaction_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d}"
