"""Question lists, goodwill budgets and the record of goodwill decisions through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.filters.expenses import GoodwillDecisionFilter, QuestionListFilter
from billing.models import GoodwillBudget, GoodwillDecision, QuestionList
from billing.serializers.expenses import (
    BudgetSerializer,
    GoodwillDecisionSerializer,
    QuestionListSerializer,
    QuestionSerializer,
    Session,
)
from billing.services.goodwill import drop_budget, keep_budget
from billing.services.questions import add_question, close_list, offer_list, start_list


class QuestionLists(ActingViewSet[QuestionList]):
    """A client's questions with estimates; offered together, with a session that is booked and promised."""

    queryset = QuestionList.objects.select_related("client").prefetch_related("questions")
    serializer_class = QuestionListSerializer
    filterset_class = QuestionListFilter
    search_fields = ["title", "client__name"]
    ordering_fields = ["created_at", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "question"

    def make(self, fields: dict[str, Any]) -> QuestionList:
        return start_list(QuestionList(**fields), by=self.user)

    @extend_schema(request=QuestionSerializer, responses=QuestionListSerializer)
    @action(detail=True, methods=["post"])
    def questions(self, _request: Request, **_kwargs: Any) -> Response:
        """Adds a question. 409 `wrong_status` once the list is offered or closed."""
        row, said = self.get_object(), self.checked(QuestionSerializer)
        add_question(
            row,
            text=said["text"],
            estimated_minutes=said["estimated_minutes"],
            on=said.get("asked_on", self.today),
        )
        return self.shown(row)

    @extend_schema(request=Session, responses=QuestionListSerializer)
    @action(detail=True, methods=["post"])
    def offer(self, _request: Request, **_kwargs: Any) -> Response:
        """Drafts an offer of all questions and promises the session."""
        row = self.get_object()
        offer_list(row, **self.checked(Session), by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=None, responses=QuestionListSerializer)
    @action(detail=True, methods=["post"])
    def close(self, _request: Request, **_kwargs: Any) -> Response:
        """Ends the list without an offer."""
        row = self.get_object()
        close_list(row)
        return self.shown(row)


class GoodwillBudgets(ActingViewSet[GoodwillBudget]):
    """A client's own goodwill minutes of a year, in place of the tier's."""

    queryset = GoodwillBudget.objects.select_related("client")
    serializer_class = BudgetSerializer
    filterset_fields = ("client", "year")
    search_fields = ["client__name", "reason"]
    ordering_fields = ["client", "year", "created_at", "updated_at"]
    right = "goodwill"

    def make(self, fields: dict[str, Any]) -> GoodwillBudget:
        return keep_budget(GoodwillBudget(**fields), on=self.today)

    def alter(self, row: GoodwillBudget, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(row, name, value)
        keep_budget(row, on=self.today)

    def perform_destroy(self, instance: GoodwillBudget) -> None:
        drop_budget(instance, on=self.today)


class GoodwillDecisions(ActingViewSet[GoodwillDecision]):
    """What was decided about free work, refusals too; never changed."""

    queryset = GoodwillDecision.objects.select_related("client")
    serializer_class = GoodwillDecisionSerializer
    filterset_class = GoodwillDecisionFilter
    search_fields = ["client__name", "reason"]
    ordering_fields = ["decided_at", "minutes"]
    http_method_names = ["get", "head", "options"]
    right = "goodwill"
