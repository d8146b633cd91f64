"""Clients, contacts, designations and members through the API."""

from typing import Any, cast

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from clients.api.attention import changed
from clients.documents.person import person_export
from clients.filters import ClientFilter, ContactFilter, DesignationFilter, MemberFilter
from clients.models import Client, ClientMember, Contact, KeyClientDesignation
from clients.models.firm import Tier
from clients.reports.timeline import timeline
from clients.serializers.client import (
    AlikeAsked,
    AlikeFound,
    ClientSerializer,
    ContactSerializer,
    DesignationSerializer,
    MadeClientSerializer,
    MemberSerializer,
    MergeSerializer,
    MoveSerializer,
    TimelineAsked,
    TimelineSerializer,
)
from clients.serializers.erasures import PersonExport
from clients.services.clients import find_duplicates, pass_tasks
from clients.services.designations import change_designation
from clients.services.merging import merge_client, unmerge_client
from clients.services.people import move_contact
from clients.services.status import confirm_status
from clients.services.tiers import confirm_tier
from crm.access import may, visible
from crm.api.viewsets import RecordViewSet
from crm.models import User
from crm.trail import note_act


class Clients(RecordViewSet[Client]):
    """A client that is not open to the caller shows its card alone; the rest is null."""

    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    filterset_class = ClientFilter
    ordering_fields: list[str] = []  # the filter sorts, by what the caller may see
    right = "client"
    rights = {"create": "client.add", "destroy": "firm.change"}

    def get_queryset(self) -> models.QuerySet[Client]:
        rows = cast("Any", super().get_queryset())
        shown: models.QuerySet[Client] = rows.with_shown_figures(self.request.user).with_policy()
        return shown.select_related("figures")

    @extend_schema(responses={201: MadeClientSerializer})
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The new client, and in `duplicates` those that it may be already: merge it if it is one of them.

        A partner makes a client `vip`: 403 for others.
        """
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        asked.validated_data.pop("reason", None)
        if asked.validated_data.get("tier") == Tier.VIP and not may(cast("User", request.user), "tier.change"):
            raise PermissionDenied
        made = asked.save()
        row = self.get_queryset().filter(pk=made.pk).first() or made
        body = self.get_serializer(row).data | {"duplicates": self._alike(made.name, made, but=made.pk)}
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(responses=AlikeFound)
    @action(detail=False, filterset_class=None, filter_backends=[], pagination_class=None, asks=AlikeAsked)
    def duplicates(self, _request: Request) -> Response:
        """Clients that one about to be made may be already; ask before making it."""
        asked = self.asked()
        return Response({"duplicates": self._alike(asked["name"], asked)})

    def _alike(self, name: str, numbers: Any, *, but: int | None = None) -> Any:
        told = numbers if isinstance(numbers, dict) else vars(numbers)
        user = cast("User", self.request.user)
        found = find_duplicates(user, name=name, tax_number=told["tax_number"], vat_id=told["vat_id"], but=but)
        rows = Client.objects.filter(pk__in=[each.client.pk for each in found])
        seen = set(visible(rows, user).values_list("pk", flat=True))
        return AlikeFound({"duplicates": [each for each in found if each.client.pk in seen]}).data["duplicates"]

    def perform_update(self, serializer: BaseSerializer[Client]) -> None:
        """Tier and status change by their own acts, which write the history."""
        fields = serializer.validated_data
        reason = fields.pop("reason", "") or _("changed through the API")
        client = cast("Client", serializer.instance)
        tier, state = fields.pop("tier", client.tier), fields.pop("status", client.status)
        user, now, giver = cast("User", self.request.user), timezone.now(), client.account_manager_id
        pass_tasks(serializer.save(), giver=giver)
        if tier != client.tier:
            if not may(user, "tier.change"):
                raise PermissionDenied
            confirm_tier(client, tier=tier, reason=reason, by=user, at=now)
        if state != client.status:
            confirm_status(client, status=state, on=timezone.localdate(now), reason=reason, by=user, at=now)

    @extend_schema(request=MergeSerializer, responses=ClientSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def merge(self, request: Request, **_kwargs: Any) -> Response:
        """This client counts for `into` from now on. 409 if either is merged already."""
        client, into = self.get_object(), self.checked(MergeSerializer)["into"]
        if not Client.objects.changeable_by(cast("User", request.user)).filter(pk=into.pk).exists():
            raise PermissionDenied
        merge_client(client, into=into, at=timezone.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=client.pk)).data)

    @extend_schema(request=None, responses=ClientSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def unmerge(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes the merge back. 409 where there is none."""
        client = self.get_object()
        unmerge_client(client, at=timezone.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=client.pk)).data)

    @extend_schema(responses=TimelineSerializer)
    @action(detail=True, filterset_class=None, pagination_class=None, asks=TimelineAsked)
    def timeline(self, request: Request, **_kwargs: Any) -> Response:
        """Calls, promises, people and changes, newest first; of a client that is open to the caller, else 404."""
        client, asked = self.get_object(), self.asked()
        if not client.is_open:
            raise NotFound
        size, before = asked["page_size"], asked.get("before", timezone.now())
        events = timeline(client, cast("User", request.user), before=before, limit=size)
        older = events[-1].at if len(events) == size else None
        return Response(TimelineSerializer({"next": older, "results": events}).data)


class OfClient[M: models.Model](RecordViewSet[M]):
    """Rows that belong to a client: made only where the client may be changed."""

    def perform_create(self, serializer: BaseSerializer[M]) -> None:
        self.check_client(serializer.validated_data["client"])
        serializer.save()

    def perform_update(self, serializer: BaseSerializer[M]) -> None:
        if "client" in serializer.validated_data:
            self.check_client(serializer.validated_data["client"])
        serializer.save()

    def check_client(self, client: Client) -> None:
        allowed = Client.objects.changeable_by(cast("User", self.request.user))
        if not allowed.filter(pk=client.pk).exists():
            raise PermissionDenied


class Contacts(OfClient[Contact]):
    """People at clients. Private notes are read on the page alone, where the opening is on record.

    Nobody is deleted: who leaves has `left_on`, who changes employer is moved, who asks for it is erased.
    """

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    search_fields = ["first_name", "last_name", "email", "client__name"]
    ordering_fields = ["last_name", "created_at", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "contact"
    rights = {"export": "contact.export"}

    def get_queryset(self) -> models.QuerySet[Contact]:
        user = cast("User", self.request.user)
        mine = Client.objects.open_to(user).filter(pk=models.OuterRef("client"))
        return super().get_queryset().annotate(client_is_open=models.Exists(mine))

    @extend_schema(request=MoveSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, **_kwargs: Any) -> Response:
        """The person works elsewhere now: the history stays, the answer is the contact at the new client."""
        asked = self.checked(MoveSerializer)
        user = cast("User", request.user)
        row = move_contact(self.get_object(), to=asked["client"], on=asked["on"], by=user, at=timezone.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=PersonExport)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def export(self, request: Request, **_kwargs: Any) -> Response:
        """Everything held about the person (GDPR 15, 20), for whoever may change the contact; it is on record."""
        row, at, user = self.get_object(), timezone.now(), cast("User", request.user)
        if not Contact.objects.changeable_by(user).filter(pk=row.pk).exists():
            raise PermissionDenied
        note_act("export", row, at=at, detail={"form": "api"})
        return Response(PersonExport(person_export(row, user, at=at)).data)


class Designations(OfClient[KeyClientDesignation]):
    """Why a client is key, apart from its tier; each type has its own rule. It ends with `until_on`, not deleted."""

    queryset = KeyClientDesignation.objects.all()
    serializer_class = DesignationSerializer
    filterset_class = DesignationFilter
    search_fields = ["client__name", "reason", "evidence"]
    ordering_fields = ["since_on", "review_on", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "designation"

    def perform_update(self, serializer: BaseSerializer[KeyClientDesignation]) -> None:
        """Another review of a prospective client confirms it: 409 `next_need` while none is noted."""
        sent = serializer.validated_data
        row = changed(serializer)
        self.check_client(row.client)
        change_designation(row, changed=sent, at=timezone.now())


class Members(OfClient[ClientMember]):
    """Who works for whom: a consultant sees the clients they work for. It ends with `to_on`, not deleted."""

    queryset = ClientMember.objects.all()
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    search_fields = ["client__name", "user__first_name", "user__last_name", "role"]
    ordering_fields = ["from_on", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "member"
