"""What lists of expenses, question lists and goodwill can be narrowed to."""

from typing import ClassVar

from django_filters.rest_framework import MultipleChoiceFilter

from billing.models import Expense, GoodwillDecision, QuestionList
from crm.api.filters import RecordFilter


class ExpenseFilter(RecordFilter):
    status = MultipleChoiceFilter(choices=Expense.Status.choices)

    class Meta:
        model = Expense
        fields: ClassVar = {
            "spent_on": ["exact", "gte", "lte"],
            "employee": ["exact"],
            "client": ["exact"],
            "engagement": ["exact"],
            "category": ["exact"],
            "is_billable": ["exact"],
        }


class QuestionListFilter(RecordFilter):
    status = MultipleChoiceFilter(choices=QuestionList.Status.choices)

    class Meta:
        model = QuestionList
        fields: ClassVar = {"client": ["exact"], "engagement": ["exact"]}


class GoodwillDecisionFilter(RecordFilter):
    updated_after = None

    class Meta:
        model = GoodwillDecision
        fields: ClassVar = {"client": ["exact"], "outcome": ["exact"], "occasion": ["exact"], "decided_by": ["exact"]}
