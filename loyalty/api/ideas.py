"""Ideas through the API; every write goes through the service that pages call."""

from django.utils import timezone
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from loyalty.filters import IdeaFilter
from loyalty.models import Idea
from loyalty.serializers import IdeaSerializer
from loyalty.services.ideas import save_idea


class Ideas(Making[Idea]):
    """Ideas for client orientation by touch point; `score` is 2 x usefulness - cost - difficulty, marks from 1 to 5."""

    queryset = Idea.objects.select_related("client")
    serializer_class = IdeaSerializer
    filterset_class = IdeaFilter
    search_fields = ["text", "proposal", "client__name"]
    ordering_fields = ["score", "noted_on", "due_on", "updated_at"]
    right = "idea"

    def make(self) -> Idea:
        row = Idea(**self.checked(IdeaSerializer))
        return save_idea(row, by=self.user, at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[Idea]) -> None:
        save_idea(changed(serializer), by=self.user, at=timezone.now())
