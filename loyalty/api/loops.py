"""Loops of detractors through the API: what was done is patched, `close/` ends a loop."""

from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.attention import Acting
from clients.models import Client
from crm.api.filters import RecordFilter, VisibleChoice
from loyalty.models import DetractorLoop
from loyalty.serializers import LoopSerializer
from loyalty.services.loops import close_loop


class LoopFilter(RecordFilter):
    client = VisibleChoice(queryset=Client.objects.all(), field_name="response__client")
    open = filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")

    class Meta:
        model = DetractorLoop
        fields = ["cause", "recovered"]


class DetractorLoops(Acting[DetractorLoop]):
    """When a detractor was first spoken to, why, what we did, how it ended. Answers open loops by themselves."""

    queryset = DetractorLoop.objects.standing().select_related("response")
    serializer_class = LoopSerializer
    filterset_class = LoopFilter
    search_fields = ["action", "response__comment"]
    ordering_fields = ["response__answered_at", "updated_at"]
    right = "loop"
    http_method_names = ["get", "head", "options", "patch", "post"]

    @extend_schema(exclude=True)
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Nobody opens a loop by hand: an answer of 0 to 6 does."""
        return self.http_method_not_allowed(request)

    @extend_schema(request=None, responses=LoopSerializer)
    @action(detail=True, methods=["post"])
    def close(self, _request: Request, **_kwargs: Any) -> Response:
        return self.fresh(close_loop(self.get_object(), by=self.user, at=timezone.now()))
