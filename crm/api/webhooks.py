"""Webhooks over the API: who is told of what, what was sent, and sending it again."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.fields import MomentField
from crm.api.pagination import Cursor
from crm.api.serializers import RecordSerializer
from crm.api.viewsets import Guarded, RecordViewSet
from crm.jobs import enqueue
from crm.models import User, Webhook, WebhookDelivery
from crm.tasks import tell_webhooks
from crm.webhooks.addresses import check_form
from crm.webhooks.events import all_events
from crm.webhooks.outbox import pause_webhook, replay, resume_webhook, send_test
from crm.webhooks.secrets import check_secret


class WebhookSerializer(RecordSerializer[Webhook]):
    """`secret` is shown in the answer that makes it, and null ever after; without one, one is made."""

    events = serializers.ListField(child=serializers.ChoiceField(choices=[]), allow_empty=False, max_length=100)
    secret = serializers.CharField(required=False, max_length=120, validators=[check_secret])

    class Meta:
        model = Webhook
        fields = ["id", "url", "events", "secret", "paused_at", "paused_because", "created_at", "updated_at"]
        read_only_fields = ["paused_at", "paused_because"]
        extra_kwargs = {"url": {"validators": [check_form]}}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        cast("serializers.ListField", fields["events"]).child = serializers.ChoiceField(choices=sorted(all_events()))
        return fields

    def to_representation(self, instance: Webhook) -> Any:
        shown = super().to_representation(instance)
        return shown if self.context.get("is_new") else shown | {"secret": None}


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    made_at = MomentField(read_only=True)
    next_try_at = MomentField(read_only=True)
    answered_at = MomentField(read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "webhook",
            "message_id",
            "event",
            "body",
            "state",
            "made_at",
            "tries",
            "next_try_at",
            "answered_at",
            "status_code",
            "answer",
        ]


class PauseSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class Webhooks(RecordViewSet[Webhook]):
    """Addresses that are told of events. Messages are signed as the Standard Webhooks specification says."""

    queryset = Webhook.objects.order_by("id")
    serializer_class = WebhookSerializer
    search_fields = ["url"]
    ordering_fields = ["url", "created_at", "updated_at"]
    right = "webhook"

    def perform_create(self, serializer: Any) -> None:
        serializer.save(made_by=cast("User", self.request.user))
        serializer.context["is_new"] = True

    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def events(self, _request: Request, **_kwargs: Any) -> Response:
        """Every event that can be chosen, with its name in words."""
        return Response([{"code": code, "label": str(event.label)} for code, event in all_events().items()])

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def test(self, _request: Request, **_kwargs: Any) -> Response:
        """Sends a `ping`, also to a webhook that hears of nothing yet."""
        row = send_test(self.get_object(), at=timezone.now())
        enqueue(tell_webhooks)
        return Response(DeliverySerializer(row).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=PauseSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, _request: Request, **_kwargs: Any) -> Response:
        """Stops sending; what comes up waits until it is resumed."""
        webhook = self.get_object()
        pause_webhook(webhook, because=self.checked(PauseSerializer)["reason"], at=timezone.now())
        return self._shown(webhook)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resume(self, _request: Request, **_kwargs: Any) -> Response:
        webhook = self.get_object()
        resume_webhook(webhook)
        enqueue(tell_webhooks)
        return self._shown(webhook)

    def _shown(self, webhook: Webhook) -> Response:
        webhook.refresh_from_db()
        return Response(self.get_serializer(webhook).data)


class WebhookDeliveries(mixins.ListModelMixin, Guarded[WebhookDelivery]):
    """What was sent, newest first: `?webhook=`, `?state=`, `?event=`."""

    queryset: QuerySet[WebhookDelivery] = WebhookDelivery.objects.order_by("-id")
    serializer_class = DeliverySerializer
    pagination_class = Cursor
    filterset_fields = ["webhook", "state", "event"]
    search_fields = ["event", "webhook__url"]
    ordering_fields = ["id", "made_at"]
    right = "webhook"

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def replay(self, _request: Request, **_kwargs: Any) -> Response:
        """Sends the message again, under the same `message_id`, with all its tries anew."""
        row = self.get_object()
        replay([row.pk], at=timezone.now())
        enqueue(tell_webhooks)
        row.refresh_from_db()
        return Response(self.get_serializer(row).data, status=status.HTTP_202_ACCEPTED)
