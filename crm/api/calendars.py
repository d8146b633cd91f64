"""Calendar links through the API: one's own, each address shown once when it is made."""

from typing import Any, cast

from django.conf import settings
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.fields import LineField, MomentField
from crm.api.viewsets import Guarded
from crm.calendar import make_feed
from crm.links import find_link, open_links, revoke_link
from crm.models import SignedLink, User

FEED = SignedLink.Purpose.CALENDAR


class CalendarLinkSerializer(serializers.Serializer[SignedLink]):
    """`name` says which program reads it; `address` is told once, by the answer that makes it."""

    id = serializers.IntegerField(read_only=True)
    name = LineField(max_length=60, source="recipient")
    address = serializers.SerializerMethodField()
    made_at = MomentField(read_only=True)
    expires_at = MomentField(read_only=True)
    read_at = MomentField(read_only=True, allow_null=True, default=None)

    def get_address(self, link: SignedLink) -> str | None:
        return cast("str | None", vars(link).get("address"))


class CalendarLinks(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, Guarded[SignedLink]):
    """Links by which a program reads one's calendar; nobody sees those of others."""

    queryset = SignedLink.objects.filter(purpose=FEED)
    serializer_class = CalendarLinkSerializer
    ordering_fields = ["made_at"]
    search_fields = ["recipient"]
    right = "user"
    rights = dict.fromkeys(["create", "destroy"], "user.see")

    def get_queryset(self) -> QuerySet[SignedLink]:
        user = cast("User", self.request.user)
        return open_links(FEED, subject_id=user.pk or 0, at=timezone.now()).annotate(read_at=Max("openings__at"))

    @extend_schema(responses={201: CalendarLinkSerializer})
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A new link; keep its address, nobody can read it again."""
        user, at = cast("User", request.user), timezone.now()
        secret = make_feed(user, name=self.checked(CalendarLinkSerializer)["recipient"], at=at)
        link = find_link(secret, FEED, at=at)
        if link is None:
            raise LookupError("a link that was just made is there")
        vars(link)["address"] = settings.BASE_URL + reverse("calendar_feed", args=[secret])
        return Response(self.get_serializer(link).data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: SignedLink) -> None:
        """The link no longer works; that it was there stays on record."""
        revoke_link(instance, at=timezone.now())
