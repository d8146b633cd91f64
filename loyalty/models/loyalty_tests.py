"""Loyalty tests: what we know of a client in a quarter, each answer with its evidence and its date."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.access import Role
from crm.db import Query, Record, audited
from crm.db.triggers import audit_trail
from loyalty.rules.loyalty_test import Question, blanks

if TYPE_CHECKING:
    from crm.models import User


class TestQuery(Query["LoyaltyTest"]):
    __test__ = False  # no test of ours

    def visible_to(self, user: "User") -> Self:
        """A partner sees every test, an account manager those of own clients."""
        if user.is_in(Role.PARTNER):
            return self
        owned = Client.objects.owned_by(user)
        return self.filter(client__in=owned) if user.is_in(Role.ACCOUNT_MANAGER) else self.none()

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user)

    def of_quarter(self, quarter_on: date) -> Self:
        return self.filter(quarter_on=quarter_on)

    def with_score(self) -> Self:
        """The newest quarter first: rows that are counted lose the order of the model."""
        return self.annotate(score=Count("answers")).order_by("-quarter_on", "pk")


class LoyaltyTest(Record):
    """One client in one quarter, named by its first day; the score is the number of answers."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="loyalty_tests", verbose_name=_("client"))
    quarter_on = models.DateField(_("quarter from"))
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("held by"), editable=False
    )

    objects = TestQuery.as_manager()

    class Meta:
        verbose_name = _("loyalty test")
        verbose_name_plural = _("loyalty tests")
        ordering = ["-quarter_on", "client_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "quarter_on"],
                name="loyalty_test_once",
                violation_error_message=_("This client has its test of the quarter already."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=Q(quarter_on__day=1, quarter_on__month__in=[1, 4, 7, 10]),
                name="loyalty_test_of_a_quarter",
                violation_error_message=_("A quarter begins on the first of January, April, July or October."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.client}, {self.quarter_on.isoformat()}"

    @property
    def blanks(self) -> list[Question]:
        return blanks({row.question for row in self.answers.all()})


class LoyaltyAnswer(models.Model):
    """One answer; without evidence it is none."""

    class Ask(models.TextChoices):
        USERS = Question.USERS, _("Who uses the service?")
        GAINS = Question.GAINS, _("What does each level gain from it?")
        MANAGEMENT = Question.MANAGEMENT, _("Does management know us, and which problem we solve?")
        HEAD = Question.HEAD, _("Why is it good for the head of the department?")
        COMFORT = Question.COMFORT, _("Why is it comfortable for our contact?")
        STAFF = Question.STAFF, _("Which problem of the staff do we solve?")

    test = models.ForeignKey(LoyaltyTest, models.CASCADE, related_name="answers")
    question = models.CharField(_("question"), max_length=10, choices=Ask.choices)
    answer = models.TextField(_("answer"), max_length=2000)
    evidence = models.CharField(_("evidence"), max_length=500)
    answered_on = models.DateField(_("answered on"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["test", "question"], name="loyalty_answer_once"),
            models.CheckConstraint(
                condition=~Q(answer="") & ~Q(evidence=""),
                name="loyalty_answer_has_evidence",
                violation_error_message=_("An answer needs its evidence: who said it, where one sees it."),
            ),
        ]
        triggers = [audit_trail()]
