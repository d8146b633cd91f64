"""Direct channels, inquiries and relationships through the API; writes go through the services of the pages."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from clients.filters.channels import GrantFilter, InquiryFilter, RelationshipFilter
from clients.models import DirectChannelGrant, Inquiry, PersonalRelationship
from clients.serializers.channels import (
    EndInquiry,
    GrantSerializer,
    InquirySerializer,
    KeepChannel,
    RelationshipSerializer,
    RevokeChannel,
)
from clients.services.channels import grant_channel, keep_channel, revoke_channel
from clients.services.distance import declare_relationship
from clients.services.inquiries import Ending, end_inquiry, route_inquiry


class DirectChannelGrants(Making[DirectChannelGrant]):
    """Who holds whose card, mail or direct number. 409 `needs_decision` where only a partner may grant it."""

    queryset = DirectChannelGrant.objects.select_related("client", "contact")
    serializer_class = GrantSerializer
    filterset_class = GrantFilter
    ordering_fields = ["granted_on", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "channel"
    rights = {"keep": "channel.override"}

    def make(self) -> DirectChannelGrant:
        row = DirectChannelGrant(**self.checked(GrantSerializer))
        return grant_channel(row, by=self.user, at=timezone.now())

    @extend_schema(request=KeepChannel, responses=GrantSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, _request: Request, **_kwargs: Any) -> Response:
        """A partner lets the channel stand although its ground is gone, and says why."""
        reason = self.checked(KeepChannel)["reason"]
        return self.fresh(keep_channel(self.get_object(), reason=reason, by=self.user, at=timezone.now()))

    @extend_schema(request=RevokeChannel, responses=GrantSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes the channel back on a day that has come. 409 `already_done` the second time."""
        row, now = self.get_object(), timezone.now()
        on = self.checked(RevokeChannel).get("on", timezone.localdate(now))
        return self.fresh(revoke_channel(row, on=on, by=self.user, at=now))


class Inquiries(Making[Inquiry]):
    """What somebody without a direct channel asked: an owner, a reply, a promised answer, and what came of it."""

    queryset = Inquiry.objects.select_related("client")
    serializer_class = InquirySerializer
    filterset_class = InquiryFilter
    ordering_fields = ["received_at", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "inquiry"

    def make(self) -> Inquiry:
        fields = self.checked(InquirySerializer)
        due_at = fields.pop("answer_due_at", None)
        return route_inquiry(Inquiry(**fields), by=self.user, at=timezone.now(), answer_due_at=due_at)

    @extend_schema(request=EndInquiry, responses=InquirySerializer)
    @action(detail=True, methods=["post"])
    def end(self, _request: Request, **_kwargs: Any) -> Response:
        """Ends it with an answer or a sale, which keeps the promise. 409 `already_done` the second time."""
        row = self.get_object()
        return self.fresh(end_inquiry(row, Ending(**self.checked(EndInquiry)), at=timezone.now()))


class PersonalRelationships(Making[PersonalRelationship]):
    """Declared by oneself. While one lasts, discount, goodwill and write-off for the client need a second person."""

    queryset = PersonalRelationship.objects.select_related("client")
    serializer_class = RelationshipSerializer
    filterset_class = RelationshipFilter
    search_fields = ["client__name", "contact__first_name", "contact__last_name"]
    ordering_fields = ["declared_on", "updated_at"]
    http_method_names = ["get", "post", "patch", "head", "options"]
    right = "relationship"

    def make(self) -> PersonalRelationship:
        row = PersonalRelationship(employee=self.user, **self.checked(RelationshipSerializer))
        return declare_relationship(row, at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[PersonalRelationship]) -> None:
        declare_relationship(changed(serializer), at=timezone.now())
