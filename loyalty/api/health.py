"""Health as numbers: one client's card with its evidence, and all clients from the least healthy up."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import Client, ClientFigure
from crm.api.endpoints import Framed
from crm.models import User
from loyalty.models import HealthSnapshot
from loyalty.reports.health import scored_clients
from loyalty.reports.next_actions import next_shape, shown_next
from loyalty.reports.shapes import health_shape
from loyalty.services.next_actions import next_acts


class ClientHealth(Framed):
    """The newest card of one client: points, caps, what each factor was read from, and what would help most now."""

    right = "health.see"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        user = cast("User", request.user)
        client = get_object_or_404(Client.objects.current().visible_to(user).open_to(user), pk=pk)
        snapshot = HealthSnapshot.objects.filter(client=client).order_by("-as_of_on").first()
        today = timezone.localdate()
        acts = shown_next(next_acts(client, at=timezone.now()), client, today=today)
        return Response({**health_shape(client, snapshot, today=today), "next_actions": [*map(next_shape, acts)]})


class HealthRowSerializer(serializers.ModelSerializer[Client]):
    client = serializers.IntegerField(source="pk")
    score = serializers.IntegerField(source="figures.health_score")
    band = serializers.CharField(source="figures.health_band")
    as_of = serializers.DateField(source="figures.health_as_of_on")

    class Meta:
        model = Client
        fields = ["client", "name", "score", "band", "as_of"]


class BandQuestion(serializers.Serializer[Any]):
    band = serializers.ChoiceField(choices=ClientFigure.Band.choices, required=False)


class HealthReport(Framed, ListAPIView[Client]):
    """Clients with a score that the person sees in full, the least healthy first."""

    right = "health.see"
    serializer_class = HealthRowSerializer
    queryset = Client.objects.none()
    filter_backends = ()
    asks = BandQuestion

    def get_queryset(self) -> Any:
        return scored_clients(cast("User", self.request.user), band=self.asked().get("band", ""))
