"""Proactive acts and advocacy through the API; writes go through the services that pages call."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Acting, changed
from clients.filters import AdvocacyFilter, ProactiveActFilter
from clients.models import Advocacy, ProactiveAct
from clients.serializers.growth import AdvocacySerializer, ProactiveActSerializer
from clients.services.growth import save_advocacy, save_proactive


class ProactiveActs(Acting[ProactiveAct]):
    """What we prevented, maintained or proposed to save before the client asked."""

    queryset = ProactiveAct.objects.select_related("client")
    serializer_class = ProactiveActSerializer
    filterset_class = ProactiveActFilter
    search_fields = ["evidence", "result", "client__name"]
    ordering_fields = ["acted_on", "updated_at"]
    right = "proactive"

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ARG002
        row = ProactiveAct(**self.checked(ProactiveActSerializer))
        return self.fresh(save_proactive(row, by=self.user, at=timezone.now()), made=True)

    def perform_update(self, serializer: BaseSerializer[ProactiveAct]) -> None:
        save_proactive(changed(serializer), by=self.user, at=timezone.now())


class AdvocacyOfClients(Acting[Advocacy]):
    """Clients who speak for us: a conference talk, an interview, a success story."""

    queryset = Advocacy.objects.select_related("client")
    serializer_class = AdvocacySerializer
    filterset_class = AdvocacyFilter
    search_fields = ["title", "client__name"]
    ordering_fields = ["asked_on", "updated_at"]
    right = "advocacy"

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ARG002
        row = Advocacy(**self.checked(AdvocacySerializer))
        return self.fresh(save_advocacy(row, by=self.user, at=timezone.now()), made=True)

    def perform_update(self, serializer: BaseSerializer[Advocacy]) -> None:
        save_advocacy(changed(serializer), by=self.user, at=timezone.now())
