"""Ideas for client orientation: what clients find wanting at a touch point, what changing it is worth, and by whom."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Complaint, Contact, Interaction
from crm.access import Role
from crm.db import Query, Record, audited
from loyalty.models.losses import LossReview
from loyalty.models.loyalty_tests import LoyaltyTest

if TYPE_CHECKING:
    from crm.models import User

MARKED = ("usefulness", "cost", "difficulty")
MARKS = [(mark, str(mark)) for mark in range(1, 6)]


class IdeaQuery(Query["Idea"]):
    def visible_to(self, user: "User") -> Self:
        """A partner sees all; others those of no client, of clients open to them, and what they do or wrote."""
        if user.is_in(Role.PARTNER):
            return self
        of_clients = Q(client=None) | Q(client__in=Client.objects.open_to(user))
        return self.filter(of_clients | Q(owner=user) | Q(made_by=user))

    def changeable_by(self, user: "User") -> Self:
        """A consultant changes what they wrote or do; account managers whatever they see."""
        rows = self.visible_to(user)
        return rows if user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER) else rows.filter(Q(owner=user) | Q(made_by=user))

    def at_work(self) -> Self:
        return self.filter(state__in=[Idea.State.CHOSEN, Idea.State.DOING])


class Idea(Record):
    """`score` is 2 x usefulness - cost - difficulty, from -8 to 8, None until all three marks are given."""

    class TouchPoint(models.TextChoices):
        FIRST = "first_contact", _("first contact")
        OFFER = "offer", _("offer and contract")
        START = "start", _("start of work")
        WORK = "work", _("during the work")
        ANSWERS = "answers", _("answers and reachability")
        RESULT = "result", _("hand-over of results")
        INVOICE = "invoice", _("invoice and payment")
        AFTER = "after", _("after the work")

    class Finding(models.TextChoices):
        INCONVENIENT = "inconvenient", _("inconvenient")
        MISSING = "missing", _("something is missing")
        SUPERFLUOUS = "superfluous", _("superfluous")
        COMPETITOR = "competitor_better", _("a competitor does it better")

    class Source(models.TextChoices):
        SESSION = "session", _("session of ours")
        CONVERSATION = "conversation", _("conversation with the client")
        TEST = "loyalty_test", _("loyalty test")
        COMPLAINT = "complaint", _("complaint")
        SURVEY = "survey", _("survey")
        LOSS = "loss", _("review of a loss")

    class State(models.TextChoices):
        NEW = "new", _("new")
        CHOSEN = "chosen", _("chosen")
        DOING = "doing", _("at work")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    text = models.CharField(_("what the client finds"), max_length=300)
    proposal = models.TextField(_("what we would change"), max_length=2000, blank=True)
    touch_point = models.CharField(_("touch point"), max_length=13, choices=TouchPoint.choices)
    finding = models.CharField(_("finding"), max_length=17, choices=Finding.choices)
    source = models.CharField(_("where it comes from"), max_length=12, choices=Source.choices, default=Source.SESSION)
    noted_on = models.DateField(_("noted on"))
    client = models.ForeignKey(
        Client, models.CASCADE, null=True, blank=True, related_name="ideas", verbose_name=_("client")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who said it")
    )
    interaction = models.ForeignKey(Interaction, models.SET_NULL, null=True, blank=True, related_name="+")
    test = models.ForeignKey(LoyaltyTest, models.SET_NULL, null=True, blank=True, related_name="ideas")
    complaint = models.ForeignKey(Complaint, models.SET_NULL, null=True, blank=True, related_name="+")
    review = models.ForeignKey(LossReview, models.SET_NULL, null=True, blank=True, related_name="ideas")
    usefulness = models.PositiveSmallIntegerField(_("usefulness, 1 to 5"), null=True, blank=True, choices=MARKS)
    cost = models.PositiveSmallIntegerField(_("cost, 1 to 5"), null=True, blank=True, choices=MARKS)
    difficulty = models.PositiveSmallIntegerField(_("difficulty, 1 to 5"), null=True, blank=True, choices=MARKS)
    score = models.GeneratedField(
        expression=2 * F("usefulness") - F("cost") - F("difficulty"),
        output_field=models.SmallIntegerField(_("score"), null=True),
        db_persist=True,
    )
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.NEW)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who does it"),
    )
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    outcome = models.CharField(_("what came of it, or why not"), max_length=500, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = IdeaQuery.as_manager()

    class Meta:
        verbose_name = _("idea")
        verbose_name_plural = _("ideas")
        ordering = ["-noted_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(usefulness=None, cost=None, difficulty=None)
                | Q(
                    *(Q((f"{name}__isnull", False), (f"{name}__range", (1, 5))) for name in MARKED),
                ),
                name="idea_marks_are_three",
                violation_error_message=_("Usefulness, cost and difficulty are marked together, each from 1 to 5."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["new", "dropped"]) | Q(usefulness__isnull=False),
                name="idea_chosen_by_score",
                violation_error_message=_("An idea is marked before it is chosen."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["new", "dropped"]) | Q(owner__isnull=False, due_on__isnull=False),
                name="idea_has_owner_and_day",
                violation_error_message=_("A chosen idea has somebody who does it, and a day."),
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_on__isnull=False, done_on__gte=F("noted_on"))
                | (~Q(state="done") & Q(done_on=None)),
                name="idea_done_on_a_day",
                violation_error_message=_("What is done has its day, not before it was noted; what is not has none."),
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(outcome=""),
                name="idea_dropped_in_words",
                violation_error_message=_("Say why the idea is dropped."),
            ),
        ]
        indexes = [models.Index(fields=["state", "-score"], name="idea_by_state")]
        triggers = audited()

    def __str__(self) -> str:
        return self.text
