"""What we do beyond being asked, and what clients do for us: proactive acts, advocacy."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from clients.models.feedback import FeedbackQuery
from clients.models.firm import ServiceLine
from crm.db import CurrencyField, MoneyField, Record, audited


class ProactiveActQuery(FeedbackQuery["ProactiveAct"]):
    pass


class ProactiveAct(Record):
    """Something prevented, maintained or saved before the client asked; `saved` is what it spares them, net."""

    class Kind(models.TextChoices):
        PREVENT = "prevent", _("prevented a problem")
        MAINTAIN = "maintain", _("maintained")
        PROPOSE_SAVING = "propose_saving", _("proposed a saving")

    class Use(models.TextChoices):
        STORY = "story", _("story")
        RESALE = "resale", _("resale")

    client = models.ForeignKey(Client, models.CASCADE, related_name="proactive_acts", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who was told")
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    acted_on = models.DateField(_("done on"))
    evidence = models.CharField(_("what we saw and did"), max_length=1000)
    result = models.CharField(_("what came of it"), max_length=1000, blank=True)
    saved = MoneyField(_("spared the client, net"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    client_told_at = models.DateTimeField(_("client told at"), null=True, blank=True)
    use = models.CharField(_("used as"), max_length=6, choices=Use.choices, blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = ProactiveActQuery.as_manager()

    class Meta:
        verbose_name = _("proactive act")
        verbose_name_plural = _("proactive acts")
        ordering = ["-acted_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(evidence=""),
                name="proactive_evident",
                violation_error_message=_("Say what we saw and did."),
            ),
            models.CheckConstraint(
                condition=Q(use="") | (Q(client_told_at__isnull=False) & ~Q(result="")),
                name="proactive_used_when_told",
                violation_error_message=_("Before it is used elsewhere it has a result, and the client knows of it."),
            ),
            models.CheckConstraint(
                condition=Q(saved=None) | Q(saved__gte=0),
                name="proactive_not_negative",
                violation_error_message=_("A saving is not negative."),
            ),
        ]
        indexes = [models.Index(fields=["client", "acted_on"], name="proactive_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return self.get_kind_display()


class AdvocacyQuery(FeedbackQuery["Advocacy"]):
    pass


class Advocacy(Record):
    """A client who speaks for us: nothing is published without a consent with its day and how it was given."""

    class Kind(models.TextChoices):
        TALK = "conference_talk", _("conference talk")
        INTERVIEW = "interview", _("interview")
        STORY = "success_story", _("success story")

    class Status(models.TextChoices):
        ASKED = "asked", _("asked")
        AGREED = "agreed", _("agreed")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("consent withdrawn")

    client = models.ForeignKey(Client, models.CASCADE, related_name="advocacy", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="advocacy", verbose_name=_("who speaks")
    )
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    title = models.CharField(_("subject"), max_length=160)
    status = models.CharField(_("state"), max_length=9, choices=Status.choices, default=Status.ASKED)
    asked_on = models.DateField(_("asked on"))
    consent_on = models.DateField(_("consent of"), null=True, blank=True)
    consent_evidence = models.CharField(_("how consent was given"), max_length=300, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    link = models.URLField(_("link"), blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = AdvocacyQuery.as_manager()

    class Meta:
        verbose_name = _("advocacy")
        verbose_name_plural = _("advocacy")
        ordering = ["-asked_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["agreed", "published"])
                | (Q(consent_on__isnull=False) & ~Q(consent_evidence="")),
                name="advocacy_consented",
                violation_error_message=_("Consent has a day and says how it was given."),
                violation_error_code="consent_missing",
            ),
            models.CheckConstraint(
                condition=~Q(status="published")
                | Q(published_on__isnull=False, published_on__gte=models.F("consent_on")),
                name="advocacy_published_after_consent",
                violation_error_message=_("It is published on a day, not before the consent."),
            ),
        ]
        indexes = [models.Index(fields=["client", "status"], name="advocacy_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return self.title
