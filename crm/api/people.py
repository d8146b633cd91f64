"""People over the API: read by the staff, invited and changed by partners; upper floors add read-only fields."""

from typing import Any, cast

from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm import people
from crm.api.fields import VisibleRelation
from crm.api.serializers import RecordSerializer
from crm.api.told import PEOPLE
from crm.api.viewsets import RecordViewSet
from crm.jobs import enqueue
from crm.models import User
from crm.tasks import send_invitations
from crm.web.people_forms import PeopleFilter


class PersonSerializer(RecordSerializer[User]):
    name = serializers.SerializerMethodField(help_text="First and last name, else the login.")

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "name",
            "first_name",
            "last_name",
            "email",
            "phone",
            "position",
            "roles",
            "language",
            "weekly_minutes",
            "holiday_calendar",
            "ramp_until_on",
            "seniority",
            "is_active",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["is_active"]
        extra_kwargs = {"username": {"required": False}}

    def get_name(self, person: User) -> str:
        return str(person)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | PEOPLE.fields()


class HandOverSerializer(serializers.Serializer[Any]):
    to = VisibleRelation(queryset=User.objects.all(), required=False, allow_null=True)


class Users(RecordViewSet[User]):
    """People who sign in, and service accounts. `POST` invites: with an address, a mail goes out."""

    queryset = User.objects.order_by("id")
    serializer_class = PersonSerializer
    filterset_class = PeopleFilter
    search_fields: list[str] = []
    ordering_fields = ["username", "last_name", "created_at", "updated_at"]
    http_method_names = ["get", "post", "patch", "put", "head", "options"]
    right = "user"

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related(*PEOPLE.prefetched)

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = people.invite_person(User(**serializer.validated_data), at=timezone.now())
        enqueue(send_invitations)

    @action(detail=True, methods=["post"])
    def invite(self, _request: Request, **_kwargs: Any) -> Response:
        """Sends a new invitation; earlier ones end."""
        person = self.get_object()
        people.invite_again(person, at=timezone.now())
        enqueue(send_invitations)
        return Response(self.get_serializer(person).data)

    @action(detail=True, methods=["post"], url_path="hand-over", serializer_class=HandOverSerializer)
    def hand_over(self, _request: Request, **_kwargs: Any) -> Response:
        """Moves all that the person holds to `to`; answers how much of each kind."""
        asked = self.checked(HandOverSerializer)
        giver, taker = self.get_object(), asked.get("to") or User()
        return Response(people.hand_over(giver, to=taker, on=timezone.localdate()))

    @action(detail=True, methods=["post"], serializer_class=HandOverSerializer)
    def deactivate(self, request: Request, **_kwargs: Any) -> Response:
        """Hands over to `to`, ends tokens and sign-in; answers how much of each kind was handed over."""
        successor, now = self.checked(HandOverSerializer).get("to"), timezone.now()
        by = cast("User", request.user)
        moved = people.let_go(self.get_object(), successor=successor, by=by, on=timezone.localdate(now), at=now)
        return Response(moved)
