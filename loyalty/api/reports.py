"""Reports of loyalty as numbers: concentration with its stress test, NPS, the ranking by value, one client's value."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import Client
from crm.access import Role
from crm.api.endpoints import Framed
from crm.models import Firm, User
from loyalty.reports.ranking import ranked_clients, ranking_shape
from loyalty.reports.shapes import concentration_shape, loops_shape, nps_shape, stress_shape, value_shape
from loyalty.reports.value import ranking
from loyalty.serializers import ConcentrationQuestion, NpsQuestion, StressQuestion
from loyalty.services import nps
from loyalty.services.concentration import concentration_report
from loyalty.services.holders import By
from loyalty.services.loops import loops_of, loops_within
from loyalty.services.stress import chance_of_loss, exposures, run_stress_test, yearly_chances
from loyalty.services.values import value_client


class ConcentrationReport(Framed):
    """Shares of revenue, margin or receivables, by group of companies unless asked otherwise."""

    right = "portfolio.see"
    asks = ConcentrationQuestion

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, _request: Request) -> Response:
        question = self.asked()
        report = concentration_report(question["basis"], window=question["window"], by=By(question["by"]))
        return Response(concentration_shape(report))


class StressReport(Framed):
    """What if the clients in `lost` left and those in `late` paid `days` later; writes nothing."""

    right = "portfolio.see"

    @extend_schema(request=StressQuestion, responses=OpenApiTypes.OBJECT)
    def post(self, _request: Request) -> Response:
        question, on = self.checked(StressQuestion), timezone.localdate()
        listed = exposures(on=on)
        lost, late = frozenset(question["lost"]), frozenset(question["late"])
        test = run_stress_test(listed, lost=lost, late=late, days=question["days"], on=on)
        chances = yearly_chances()
        return Response(stress_shape(test, chance_of_loss(listed, chances), chances))


class NpsReport(Framed):
    """A partner reads all answers, an account manager those of own clients."""

    right = "survey.see"
    asks = NpsQuestion

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        question = self.asked()
        report = nps.nps_report(question["window"], user=cast("User", request.user))
        by = question.get("by")
        loops = loops_within(question["window"], user=cast("User", request.user))
        shape = nps_shape(report, nps.By(by) if by else None)
        return Response(shape | {"loops": loops_shape(loops_of(loops, at=timezone.now()))})


class ValueRowSerializer(serializers.ModelSerializer[Client]):
    client = serializers.IntegerField(source="pk")
    value = serializers.DecimalField(14, 2, source="figures.simple_value")
    source = serializers.CharField(source="figures.simple_value_source")  # type: ignore[assignment]  # a field by that name
    inputs = serializers.JSONField(source="figures.simple_value_inputs")
    historical = serializers.DecimalField(14, 2, source="figures.historical_value", allow_null=True)
    as_of = serializers.DateField(source="figures.value_as_of_on")

    class Meta:
        model = Client
        fields = ["client", "name", "value", "source", "inputs", "historical", "as_of"]


class ValueReport(Framed, ListAPIView[Client]):
    """Clients by lifetime value as of the last night, the most valuable first."""

    right = "value.amounts"
    serializer_class = ValueRowSerializer
    queryset = Client.objects.none()
    filter_backends = ()

    def get_queryset(self) -> Any:
        return ranking(cast("User", self.request.user))


class RankingReport(Framed):
    """Clients in fifths of recency, frequency and money, and what to do by value and potential where that is known."""

    right = "value.amounts"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        on = timezone.localdate()
        rows = ranked_clients(cast("User", request.user), on=on)
        return Response(ranking_shape(rows, on=on, currency=Firm.load().base_currency))


class ClientValue(Framed):
    """The three figures of one client, reckoned now from the books."""

    right = "value.see"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        user = cast("User", request.user)
        seen = Client.objects.visible_to(user)
        if not user.is_in(Role.FINANCE):
            seen = seen.open_to(user)
        client = get_object_or_404(seen.select_related("figures"), pk=pk)
        return Response(value_shape(value_client(client, on=timezone.localdate()), user=user))
