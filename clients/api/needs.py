"""The need register through the API; writes go through the services that pages call."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from clients.filters import NeedFilter
from clients.models import Need
from clients.models.need import NeedQuery
from clients.serializers.needs import NeedMove, NeedSerializer
from clients.services.needs import change_need, move_need, note_need


class Needs(Making[Need]):
    """What a client will need next. One need of a client and a service line is open at a time.

    Never deleted: what is not wanted moves to `dropped` with its reason.
    """

    queryset = Need.objects.select_related("client", "contact")
    serializer_class = NeedSerializer
    filterset_class = NeedFilter
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "need"

    def get_queryset(self) -> NeedQuery:
        rows: Any = super().get_queryset()
        shown: NeedQuery = rows.with_shown_value(self.user)
        return shown

    def make(self) -> Need:
        return note_need(Need(**self.checked(NeedSerializer)), by=self.user, on=timezone.localdate())

    def perform_update(self, serializer: BaseSerializer[Need]) -> None:
        change_need(changed(serializer))

    @extend_schema(request=NeedMove, responses=NeedSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def move(self, _request: Request, **_kwargs: Any) -> Response:
        """Mentioned, proposed, won, not wanted, or open again. 409 `already_done` where it stands there."""
        row, asked = self.get_object(), self.checked(NeedMove)
        on = asked.get("on") or timezone.localdate()
        return self.fresh(move_need(row, to=asked["status"], on=on, reason=asked["reason"]))
