"""Scope requests through the API; writes go through the service that pages call."""

from django.utils import timezone
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from clients.filters.scope import ScopeFilter
from clients.models import ScopeRequest
from clients.serializers.scope import ScopeRequestSerializer
from clients.services.boundaries import save_request


class ScopeRequests(Making[ScopeRequest]):
    """What clients ask for beside or beyond the contract, and what they were answered."""

    queryset = ScopeRequest.objects.select_related("client")
    serializer_class = ScopeRequestSerializer
    filterset_class = ScopeFilter
    search_fields = ["what", "reason", "client__name"]
    ordering_fields = ["asked_on", "updated_at"]
    right = "scope"

    def make(self) -> ScopeRequest:
        fields = {"asked_on": timezone.localdate(), **self.checked(ScopeRequestSerializer)}
        return save_request(ScopeRequest(**fields), by=self.user, at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[ScopeRequest]) -> None:
        save_request(changed(serializer), by=self.user, at=timezone.now())
