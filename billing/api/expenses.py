"""Expenses through the API: handed in with a receipt, approved or given back by somebody else."""

from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.filters.expenses import ExpenseFilter
from billing.models import Expense
from billing.rules.receipts import MOST_BYTES
from billing.serializers.expenses import ExpenseSerializer
from billing.serializers.time import Rejection
from billing.services.expenses import approve_expenses, delete_expense, hand_in_expense, reject_expenses


class Expenses(ActingViewSet[Expense]):
    """Money that somebody of ours paid for a client. Approved billable ones are WIP, all count in cost to serve."""

    queryset = Expense.objects.select_related("client", "engagement", "seller").prefetch_related("receipts")
    serializer_class = ExpenseSerializer
    filterset_class = ExpenseFilter
    search_fields = ["description", "client__name"]
    ordering_fields = ["spent_on", "amount", "updated_at"]
    right = "expense"
    rights = {**dict.fromkeys(["approve", "reject"], "expense.approve"), "receipt": "expense.see"}
    open_actions = ("create", "approve", "reject")
    file_bytes = dict.fromkeys(["create", "update", "partial_update"], MOST_BYTES)

    def make(self, fields: dict[str, Any]) -> Expense:
        file = fields.pop("receipt", None)
        row = Expense(**{"employee": self.user, **fields})
        return hand_in_expense(row, by=self.user, at=self.now, receipt=file)

    def alter(self, row: Expense, fields: dict[str, Any]) -> None:
        file = fields.pop("receipt", None)
        for name, value in fields.items():
            setattr(row, name, value)
        hand_in_expense(row, by=self.user, at=self.now, receipt=file)

    def perform_destroy(self, instance: Expense) -> None:
        delete_expense(instance, by=self.user)

    @extend_schema(request=None, responses=ExpenseSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, _request: Request, **_kwargs: Any) -> Response:
        """409 `already_done` when somebody has decided."""
        row = self.get_object()
        approve_expenses([row.pk], by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=Rejection, responses=ExpenseSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, _request: Request, **_kwargs: Any) -> Response:
        """Gives it back with a comment."""
        row = self.get_object()
        reject_expenses([row.pk], comment=self.checked(Rejection)["comment"], by=self.user)
        return self.shown(row)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True)
    def receipt(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The newest file of the expense."""
        return receipt_file(self.get_object())


def receipt_file(expense: Expense) -> HttpResponse:
    """The newest receipt, to be saved and never run by a browser."""
    if (found := expense.receipts.first()) is None:
        raise Http404
    name = found.name.replace('"', "").replace("\n", "").replace("\r", "")
    return HttpResponse(
        bytes(found.content),
        content_type=found.content_type,
        headers={
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
        },
    )
