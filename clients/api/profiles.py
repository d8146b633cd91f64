"""Business profiles and competitors seen at a client, through the API; writes go through the services of the pages."""

from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from clients.filters.profiles import CompetitorFilter, ProfileFilter
from clients.models import BusinessProfile, Client, CompetitorSeen
from clients.serializers.profiles import CompetitorSerializer, ProfileSerializer
from clients.services.profiles import note_competitor, save_profile
from crm.models import User


def check_open(client: Client, user: User) -> None:
    """Whoever sees the client in full writes; of any other only the card is known."""
    if not Client.objects.open_to(user).filter(pk=client.pk).exists():
        raise PermissionDenied


class BusinessProfiles(Making[BusinessProfile]):
    """Goals, priorities, constraints, how they decide, why us; one for each client, out of date from `stale_on` on."""

    queryset = BusinessProfile.objects.select_related("client")
    serializer_class = ProfileSerializer
    filterset_class = ProfileFilter
    search_fields = ["client__name", "goals", "priorities", "constraints", "decides", "why_us"]
    ordering_fields = ["stale_on", "reviewed_on", "updated_at"]
    right = "profile"

    def make(self) -> BusinessProfile:
        row = BusinessProfile(**self.checked(ProfileSerializer))
        check_open(row.client, self.user)
        return save_profile(row, by=self.user, at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[BusinessProfile]) -> None:
        row = changed(serializer)
        check_open(row.client, self.user)
        save_profile(row, by=self.user, at=timezone.now())


class CompetitorsSeen(Making[CompetitorSeen]):
    """Who else works for the client or was asked, each sighting with its day."""

    queryset = CompetitorSeen.objects.select_related("client")
    serializer_class = CompetitorSerializer
    filterset_class = CompetitorFilter
    search_fields = ["client__name", "name", "note"]
    ordering_fields = ["seen_on", "updated_at"]
    right = "profile"

    def make(self) -> CompetitorSeen:
        row = CompetitorSeen(**self.checked(CompetitorSerializer))
        check_open(row.client, self.user)
        return note_competitor(row, by=self.user, at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[CompetitorSeen]) -> None:
        row = changed(serializer)
        check_open(row.client, self.user)
        note_competitor(row, by=row.logged_by, at=timezone.now())
