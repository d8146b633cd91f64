"""Direct channels through the API; every write goes through the service that pages call."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.attention import Acting
from clients.filters.channels import GrantFilter
from clients.models import DirectChannelGrant
from clients.serializers.channels import GrantSerializer, KeepChannel, RevokeChannel
from clients.services.channels import grant_channel, keep_channel, revoke_channel


class DirectChannelGrants(Acting[DirectChannelGrant]):
    """Who holds whose card, mail or direct number. 409 `needs_decision` where only a partner may grant it."""

    queryset = DirectChannelGrant.objects.select_related("client", "contact")
    serializer_class = GrantSerializer
    filterset_class = GrantFilter
    ordering_fields = ["granted_on", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "channel"
    rights = {"keep": "channel.override"}

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ARG002
        row = DirectChannelGrant(**self.checked(GrantSerializer))
        return self.fresh(grant_channel(row, by=self.user, at=timezone.now()), made=True)

    @extend_schema(request=KeepChannel, responses=GrantSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, _request: Request, **_kwargs: Any) -> Response:
        """A partner lets the channel stand although its ground is gone, and says why."""
        reason = self.checked(KeepChannel)["reason"]
        return self.fresh(keep_channel(self.get_object(), reason=reason, by=self.user, at=timezone.now()))

    @extend_schema(request=RevokeChannel, responses=GrantSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes the channel back. 409 `already_done` the second time."""
        row, now = self.get_object(), timezone.now()
        on = self.checked(RevokeChannel).get("on", timezone.localdate(now))
        return self.fresh(revoke_channel(row, on=on, by=self.user, at=now))
