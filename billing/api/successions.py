"""Internal handover notes through the API: people are replaced with a note, which is written anew and read."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from billing.filters.successions import SuccessionFilter
from billing.models import Engagement, SuccessionNote
from billing.serializers.successions import SuccessionSerializer, SuccessionWords
from billing.services.successions import read_note, replace_member, write_note
from clients.api.attention import Making


class SuccessionNotes(Making[SuccessionNote]):
    """Who took over from whom on an engagement: where things stand, open promises, what this client values."""

    queryset = SuccessionNote.objects.select_related("engagement")
    serializer_class = SuccessionSerializer
    filterset_class = SuccessionFilter
    ordering_fields = ["since_on", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "succession"
    open_actions = ("read",)

    def make(self) -> SuccessionNote:
        note = SuccessionNote(**self.checked(SuccessionSerializer))
        if not Engagement.objects.changeable_by(self.user).filter(pk=note.engagement_id).exists():
            raise PermissionDenied
        return replace_member(note, by=self.user, at=timezone.now())

    @extend_schema(request=SuccessionWords, responses=SuccessionSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def write(self, _request: Request, **_kwargs: Any) -> Response:
        """The words, by who leaves or answers for the work; the successor is asked to read them again."""
        note = self.get_object()
        for name, value in self.checked(SuccessionWords).items():
            setattr(note, name, value)
        return self.fresh(write_note(note, by=self.user, at=timezone.now()))

    @extend_schema(request=None, responses=SuccessionSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def read(self, _request: Request, **_kwargs: Any) -> Response:
        """The successor has read it; 403 for anybody else, 409 `wrong_status` while nothing is written."""
        return self.fresh(read_note(self.get_object(), by=self.user, at=timezone.now()))
