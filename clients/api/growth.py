"""Proactive acts and advocacy through the API; writes go through the services that pages call."""

from django.utils import timezone
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from clients.filters import AdvocacyFilter, ProactiveActFilter
from clients.models import Advocacy, ProactiveAct
from clients.serializers.growth import AdvocacySerializer, ProactiveActSerializer
from clients.services.growth import save_advocacy, save_proactive


class ProactiveActs(Making[ProactiveAct]):
    """What we prevented, maintained or proposed to save before the client asked."""

    queryset = ProactiveAct.objects.select_related("client")
    serializer_class = ProactiveActSerializer
    filterset_class = ProactiveActFilter
    search_fields = ["evidence", "result", "client__name"]
    ordering_fields = ["acted_on", "updated_at"]
    right = "proactive"

    def make(self) -> ProactiveAct:
        row = ProactiveAct(**self.checked(ProactiveActSerializer))
        return save_proactive(row, by=self.user, at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[ProactiveAct]) -> None:
        save_proactive(changed(serializer), by=self.user, at=timezone.now())


class AdvocacyOfClients(Making[Advocacy]):
    """Clients who speak for us: a conference talk, an interview, a success story."""

    queryset = Advocacy.objects.select_related("client")
    serializer_class = AdvocacySerializer
    filterset_class = AdvocacyFilter
    search_fields = ["title", "client__name"]
    ordering_fields = ["asked_on", "updated_at"]
    right = "advocacy"

    def make(self) -> Advocacy:
        row = Advocacy(**self.checked(AdvocacySerializer))
        return save_advocacy(row, by=self.user, at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[Advocacy]) -> None:
        save_advocacy(changed(serializer), by=self.user, at=timezone.now())
