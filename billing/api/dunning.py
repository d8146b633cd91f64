"""Reminders of overdue invoices, sent by a person and kept as they were sent."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.models import DunningNotice
from billing.serializers.dunning import ReminderSerializer, SendRequest
from billing.services.dunning import send_reminders


class DunningNotices(ActingViewSet[DunningNotice]):
    """Letters to clients about what is overdue. A letter is never changed."""

    queryset = DunningNotice.objects.prefetch_related("items")
    serializer_class = ReminderSerializer
    filterset_fields = ["client", "seller", "level", "dated_on"]
    search_fields = ["subject", "client__name", "recipient"]
    ordering_fields = ["dated_on", "level"]
    http_method_names = ["get", "post", "head", "options"]
    right = "dunning"

    @extend_schema(exclude=True)
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Letters are made by `send`, several at once."""
        return self.http_method_not_allowed(request)

    @extend_schema(request=SendRequest, responses={201: ReminderSerializer(many=True)})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def send(self, _request: Request) -> Response:
        """Sends the letters about these invoices. 409 `dunning_not_due` if one is paid, stopped or too early."""
        asked = self.checked(SendRequest)["invoices"]
        made = send_reminders(asked, on=self.today, by=self.user, at=self.now)
        found = self.written().in_bulk([notice.pk for notice in made])
        rows = [found[notice.pk] for notice in made]
        body = ReminderSerializer(rows, many=True, context=self.get_serializer_context()).data
        return Response(body, status=status.HTTP_201_CREATED)
