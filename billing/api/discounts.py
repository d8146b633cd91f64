"""Discounts: asked for, decided, ended; they stand on invoices as lines."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.models import Discount
from billing.serializers.discounts import DecisionRequest, DiscountSerializer, EndRequest
from billing.services.discounts import ask_for_discount, decide_discount, end_discount


class Discounts(ActingViewSet[Discount]):
    """A discount is never changed, only ended; above the tier's ceiling another person decides."""

    queryset = Discount.objects.all()
    serializer_class = DiscountSerializer
    filterset_fields = [
        "client",
        "tier",
        "service_line",
        "engagement",
        "offer",
        "retainer",
        "rate",
        "covers",
        "approved",
    ]
    search_fields = ["client__name", "reason"]
    ordering_fields = ["valid_from", "percent"]
    http_method_names = ["get", "post", "head", "options"]
    right = "discount"
    rights = {"decide": "discount.approve"}

    def make(self, fields: dict[str, Any]) -> Discount:
        return ask_for_discount(Discount(**fields), by=self.user, at=self.now)

    @extend_schema(request=DecisionRequest, responses=DiscountSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, _request: Request, **_kwargs: Any) -> Response:
        """Says yes or no; who asked for it may not."""
        row = self.get_object()
        decide_discount(row, **self.checked(DecisionRequest), by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=EndRequest, responses=DiscountSerializer)
    @action(detail=True, methods=["post"])
    def end(self, _request: Request, **_kwargs: Any) -> Response:
        row = self.get_object()
        end_discount(row, on=self.checked(EndRequest).get("valid_to", self.today))
        return self.shown(row)
