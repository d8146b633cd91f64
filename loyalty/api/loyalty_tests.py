"""Loyalty tests through the API: answers are sent by question, the quarter is the one that runs."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.attention import Making
from clients.models import Client
from crm.api.filters import RecordFilter
from loyalty.models import LoyaltyTest
from loyalty.serializers import LoyaltyTestSerializer
from loyalty.services.loyalty_tests import Said, check_quarter, hold_test


class LoyaltyTestFilter(RecordFilter):
    class Meta:
        model = LoyaltyTest
        fields = {"client": ["exact"], "quarter_on": ["exact", "gte", "lte"]}


class LoyaltyTests(Making[LoyaltyTest]):
    """What we know of a client, by quarter. `score` is 0..6; a question left out of a request keeps its answer."""

    queryset = LoyaltyTest.objects.with_score().select_related("client").prefetch_related("answers")
    serializer_class = LoyaltyTestSerializer
    filterset_class = LoyaltyTestFilter
    search_fields = ["client__name"]
    ordering_fields = ["quarter_on", "score", "updated_at"]
    right = "loyalty_test"
    http_method_names = ["get", "head", "options", "post", "patch"]

    def make(self) -> LoyaltyTest:
        fields = self.checked(LoyaltyTestSerializer)
        return self._held(fields["client"], fields)

    def update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        row = self.get_object()
        asked = self.get_serializer(row, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        check_quarter(row, on=timezone.localdate())
        return self.fresh(self._held(row.client, asked.validated_data))

    def _held(self, client: Client, fields: dict[str, Any]) -> LoyaltyTest:
        if not Client.objects.changeable_by(self.user).filter(pk=client.pk).exists():
            raise PermissionDenied
        said = {row["question"]: Said(row["answer"], row["evidence"]) for row in fields.get("answers", ())}
        return hold_test(client, answers=said, by=self.user, on=timezone.localdate(), at=timezone.now())
