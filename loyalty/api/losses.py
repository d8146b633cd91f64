"""Reviews of losses through the API, and retention by anchors."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.attention import Acting
from crm.api.endpoints import Framed
from crm.api.filters import RecordFilter
from loyalty.models import LossReview, RetentionSnapshot
from loyalty.serializers import LossReviewSerializer
from loyalty.services.reviews import conclude_review


class LossReviewFilter(RecordFilter):
    class Meta:
        model = LossReview
        fields = {
            "client": ["exact"],
            "kind": ["exact"],
            "cause": ["exact"],
            "preventable": ["exact"],
            "happened_on": ["exact", "gte", "lte"],
        }


class LossReviews(Acting[LossReview]):
    """Why a client left or shrank. Reviews open by themselves; answers are patched, `conclude/` closes."""

    queryset = LossReview.objects.select_related("client")
    serializer_class = LossReviewSerializer
    filterset_class = LossReviewFilter
    search_fields = ["client__name", "sign_missed", "lessons"]
    ordering_fields = ["happened_on", "value_lost", "updated_at"]
    right = "loss"
    http_method_names = ["get", "head", "options", "patch", "post"]

    @extend_schema(exclude=True)
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Nobody makes a review by hand: a status, an ended designation or a fall of revenue does."""
        return self.http_method_not_allowed(request)

    @extend_schema(request=None, responses=LossReviewSerializer)
    @action(detail=True, methods=["post"])
    def conclude(self, _request: Request, **_kwargs: Any) -> Response:
        """Closes it; 409 `next_need` while none is noted of a client who is still one, or shall be again."""
        return self.fresh(conclude_review(self.get_object(), by=self.user, at=timezone.now()))


class RetentionReport(Framed):
    """Landmark curves by services of the first year, hazards by anchors, the effect of one more with its interval."""

    right = "loss.see"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, _request: Request) -> Response:
        snapshot = RetentionSnapshot.objects.order_by("-as_of_on").first()
        if snapshot is None:
            return Response(
                {"as_of": None, "curves": [], "hazards": [], "effect": None, "note": "Counted every night."}
            )
        effect = snapshot.hazards.get("effect")
        return Response(
            {
                "as_of": snapshot.as_of_on,
                "n": snapshot.client_count,
                "losses": snapshot.loss_count,
                "losses_suggested": snapshot.suggested_count,
                "curves": snapshot.curves.get("rows", []),
                "trend_p": snapshot.curves.get("trend_p"),
                "hazards": snapshot.hazards.get("rows", []),
                "effect": effect,
                "note": None if effect else "Not enough losses to tell.",
            }
        )
