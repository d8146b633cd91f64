"""Checkpoints of retainers: planned, and done with what was found."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.models import Checkpoint, Retainer
from billing.serializers.retainers import CheckpointFindings, CheckpointSerializer
from billing.services.checkpoints import finish_checkpoint, plan_checkpoint


class Checkpoints(ActingViewSet[Checkpoint]):
    """An overdue checkpoint is a broken promise to the client."""

    queryset = Checkpoint.objects.order_by("due_on", "id")
    serializer_class = CheckpointSerializer
    filterset_fields = ("retainer", "due_on", "done_at")
    search_fields = ["deliverable", "findings", "retainer__name"]
    ordering_fields = ["due_on", "created_at", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "retainer"
    rights = {"done": "retainer.checkpoint"}

    def get_queryset(self) -> models.QuerySet[Checkpoint]:
        return super().get_queryset().select_related("retainer__client")

    def make(self, fields: dict[str, Any]) -> Checkpoint:
        if not Retainer.objects.changeable_by(self.user).filter(pk=fields["retainer"].pk).exists():
            raise PermissionDenied
        return plan_checkpoint(fields.pop("retainer"), **fields, on=self.today, at=self.now)

    @extend_schema(request=CheckpointFindings, responses=CheckpointSerializer)
    @action(detail=True, methods=["post"])
    def done(self, _request: Request, **_kwargs: Any) -> Response:
        """Keeps what was found, and with it the promise to the client; 409 `next_need` while none is noted."""
        row = self.get_object()
        asked = {"done_at": self.now, **self.checked(CheckpointFindings)}
        return self.shown(finish_checkpoint(row, **asked, by=self.user, at=self.now))
