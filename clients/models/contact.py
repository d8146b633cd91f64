"""People at a client: loyalty belongs to people, not to companies."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from crm.db import External, Query, audited, by_name, tombstoned
from crm.db.records import external_key
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User


ERASED: dict[str, Any] = {
    "first_name": "",
    "last_name": "",
    "position": "",
    "email": "",
    "phone": "",
    "interests": "",
    "private_notes": "",
    "notes_until_on": None,
    "birthday": None,
    "nps_score": None,
    "nps_on": None,
}
"""What is left of a person who was erased: nothing in these columns."""


class ContactQuery(Query["Contact"]):
    def visible_to(self, user: "User") -> Self:
        """People belong to the card: whoever sees the client sees them, without private notes."""
        return self.filter(client__in=Client.objects.visible_to(user))

    def open_to(self, user: "User") -> Self:
        """People of clients that the person sees in full: also birthday, interests and answers."""
        return self.filter(client__in=Client.objects.open_to(user))

    def changeable_by(self, user: "User") -> Self:
        """Of a person who was erased nothing is written again."""
        return self.filter(client__in=Client.objects.changeable_by(user), erased_at=None)

    def matching(self, text: str) -> Self:
        return self.filter(
            Q(last_name__unaccent__icontains=text)
            | Q(first_name__unaccent__icontains=text)
            | Q(email__istartswith=text)
        )

    def here(self) -> Self:
        """People who still work at the client."""
        return self.filter(left_on=None)

    def with_touch(self) -> Self:
        """Adds `touched_at`, the last interaction with the person that was not missed, and the mood noted then."""
        met = self.model.interactions.through._default_manager.filter(interaction__is_missed=False)
        last = met.filter(contact=OuterRef("pk"))
        latest = last.order_by("-interaction__occurred_at")
        moods = latest.exclude(interaction__sentiment=None)
        return self.annotate(
            touched_at=Subquery(latest.values("interaction__occurred_at")[:1]),
            mood=Subquery(moods.values("interaction__sentiment")[:1]),
        )

    def deciding(self) -> Self:
        return self.filter(influence=Contact.Influence.DECISION_MAKER)


class Contact(External):
    class BuyingRole(models.TextChoices):
        CUSTOMER = "customer", _("payer")
        CONSUMER = "consumer", _("user")
        BOTH = "both", _("payer and user")

    class Level(models.TextChoices):
        MANAGEMENT = "management", _("management")
        STAFF = "staff", _("staff")

    class Influence(models.TextChoices):
        DECISION_MAKER = "decision_maker", _("decides")
        INFLUENCER = "influencer", _("influences")
        USER = "user", _("uses")
        GATEKEEPER = "gatekeeper", _("keeps the gate")

    class NotesClass(models.TextChoices):
        KEEPER = "keeper", _("who keeps the client")
        PARTNER = "partner", _("partners only")

    client = models.ForeignKey(Client, models.CASCADE, related_name="contacts", verbose_name=_("client"))
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80)
    position = models.CharField(_("position"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    buying_role = models.CharField(
        _("buying role"), max_length=8, choices=BuyingRole.choices, default=BuyingRole.CONSUMER
    )
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.STAFF)
    influence = models.CharField(_("influence"), max_length=14, choices=Influence.choices, default=Influence.USER)
    interests = models.CharField(_("personally interested in"), max_length=300, blank=True)
    private_notes = models.TextField(_("private notes"), blank=True)
    notes_class = models.CharField(
        _("who reads them"), max_length=7, choices=NotesClass.choices, default=NotesClass.KEEPER
    )
    notes_until_on = models.DateField(_("keep the notes until"), null=True, blank=True)
    known_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="moved_to"
    )
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    nps_score = models.PositiveSmallIntegerField(_("last NPS answer"), null=True, blank=True, editable=False)
    nps_on = models.DateField(_("answered on"), null=True, blank=True, editable=False)
    surveys_refused_at = models.DateTimeField(_("refused surveys at"), null=True, blank=True, editable=False)
    value_statement_on = models.DateField(_("last value statement"), null=True, editable=False)
    left_on = models.DateField(_("left the client on"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)

    objects = ContactQuery.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = [by_name("last_name"), by_name("first_name"), "id"]
        constraints = [
            external_key("contact"),
            models.CheckConstraint(condition=Q(nps_score=None) | Q(nps_score__lte=10), name="contact_nps_range"),
            models.CheckConstraint(
                condition=Q(private_notes="") | Q(notes_until_on__isnull=False),
                name="contact_notes_end",
                violation_error_message=_("Private notes are kept until a day."),
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(**ERASED, left_on__isnull=False),
                name="contact_erased_is_blank",
                violation_error_message=_("This person was erased: nothing is written about them again."),
            ),
        ]
        indexes = [
            GinIndex(fields=["last_name"], name="contact_name_trigram", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["updated_at"], name="contact_by_change"),
        ]
        triggers = [*audited("private_notes"), tombstoned()]

    def __str__(self) -> str:
        if self.erased_at:
            return gettext("a person who was erased")
        return f"{self.first_name} {self.last_name}".strip()

    def is_of(self, client: Client) -> bool:
        """Whether they work for the client, or for one of those that were merged into one with it."""
        return self.client_id == client.pk or self.client.holder_id == client.holder_id

    @property
    def pays(self) -> bool:
        return self.buying_role in (self.BuyingRole.CUSTOMER, self.BuyingRole.BOTH)


class InfluenceEdge(models.Model):
    """Who listens to whom."""

    listener = models.ForeignKey(Contact, models.CASCADE, related_name="listens_to")
    speaker = models.ForeignKey(Contact, models.CASCADE, related_name="heard_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listener", "speaker"], name="influence_edge_once"),
            models.CheckConstraint(
                condition=~Q(listener=F("speaker")),
                name="influence_edge_not_self",
                violation_error_message=_("Nobody is said to listen to themselves."),
            ),
        ]
        triggers = [audit_trail()]
