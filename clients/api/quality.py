"""Findings of data quality as the page lists them, and pairs of clients that were told apart."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.attention import Making
from clients.filters.quality import PairFilter
from clients.models import Client, DistinctPair
from clients.reports.quality import gaps_in, may_mend, twins_in
from clients.serializers.quality import FindingsSerializer, PairSerializer, QualityAsked
from clients.services.distinct import tell_apart
from crm.api.endpoints import Framed
from crm.models import User


class DataQuality(Framed):
    """What is missing about clients that the caller may change, and which of them may be another one once more."""

    right = "quality.see"
    asks = QualityAsked

    @extend_schema(responses=FindingsSerializer)
    def get(self, request: Request) -> Response:
        user, asked = cast("User", request.user), self.asked()
        gap, client = asked.pop("gap", None), asked.pop("client", None)
        rows = may_mend(user).with_shown_figures(user).filter(**asked)
        rows = rows.filter(pk=client.pk) if client else rows
        found = [*gaps_in(rows, at=timezone.now()), *twins_in(rows, user)]
        kept = [each for each in found if gap in (None, each.gap)]
        return Response(FindingsSerializer({"n": len(kept), "rows": kept}).data)


class DistinctPairs(Making[DistinctPair]):
    """Clients that look like one and are two: not suggested again until the pair is deleted."""

    queryset = DistinctPair.objects.select_related("client", "other")
    serializer_class = PairSerializer
    filterset_class = PairFilter
    search_fields = ["client__name", "other__name"]
    ordering_fields = ["created_at", "updated_at"]
    http_method_names = ["get", "post", "delete", "head", "options"]
    right = "quality"

    def make(self) -> DistinctPair:
        asked: dict[str, Any] = self.checked(PairSerializer)
        mine = Client.objects.changeable_by(self.user)
        if not mine.filter(pk__in=[asked["client"].pk, asked["other"].pk]).exists():
            raise PermissionDenied
        return tell_apart(asked["client"], asked["other"], by=self.user)
