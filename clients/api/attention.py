"""Interactions, promises and tasks through the API; every write goes through the service that pages call."""

from datetime import datetime, time, timedelta
from typing import Any, cast

from django.db import models
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from clients.filters import InteractionFilter, PromiseFilter, TaskFilter
from clients.models import Interaction, Promise, PromiseDate, Task
from clients.models.promise import PromiseQuery
from clients.serializers.attention import (
    DelegateSerializer,
    DismissSerializer,
    EarlyWarningSerializer,
    InteractionSerializer,
    KeepSerializer,
    PromiseSerializer,
    RatesQuery,
    RatesSerializer,
    RedateSerializer,
    SnoozeSerializer,
    TaskSerializer,
)
from clients.serializers.moments import said_as_day
from clients.services.early_warnings import warn_early
from clients.services.interactions import change_interaction, log_interaction, warnings_of
from clients.services.promise_rates import rates_of
from clients.services.promises import keep_promise, make_promise, mark_on_track, redate_promise, withdraw_promise
from clients.services.tasks import (
    TaskDraft,
    ask_task,
    delegate_task,
    dismiss_task,
    finish_task,
    snooze_task,
)
from crm.access import Role, may
from crm.api.pagination import Cursor
from crm.api.viewsets import RecordViewSet, tagged
from crm.models import User


def changed(serializer: BaseSerializer[Any]) -> Any:
    """The row with what was sent, not saved."""
    row: Any = serializer.instance
    for name, value in serializer.validated_data.items():
        setattr(row, name, value)
    return row


class Acting[M: models.Model](RecordViewSet[M]):
    """Who acts, and the row as it stands after an act."""

    @property
    def user(self) -> User:
        return cast("User", self.request.user)

    def fresh(self, row: models.Model, *, made: bool = False) -> Response:
        """The row as the database has it now; also what the writer does not see in lists."""
        rows: Any = type(self).queryset
        body = self.get_serializer(rows.get(pk=row.pk)).data
        return Response(body, status=status.HTTP_201_CREATED) if made else tagged(self.request, body)


class Making[M: models.Model](Acting[M]):
    """Rows that a service makes of what was posted and checked."""

    def make(self) -> M:
        """The row, made by the person who asks; ValidationError as its service says."""
        raise NotImplementedError

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ARG002  # the library's signature
        return self.fresh(self.make(), made=True)


class Interactions(Acting[Interaction]):
    """A logged call, meeting or message. `warnings` says when something like a credential was taken out.

    Corrected, never deleted: last touches, call backs and gifts hang on it.
    """

    queryset = Interaction.objects.prefetch_related("contacts", "employees")
    serializer_class = InteractionSerializer
    filterset_class = InteractionFilter
    pagination_class = Cursor
    search_fields = ["summary"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    ordering_fields = ["occurred_at", "updated_at", "id"]
    right = "interaction"
    rights = {
        "create": "interaction.add",
        **dict.fromkeys(["update", "partial_update", "destroy"], "interaction.add"),
    }

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        fields = self.checked(InteractionSerializer)
        by = cast("User", request.user)
        row = log_interaction(fields.pop("client"), by=by, at=timezone.now(), **fields)
        response = self.fresh(row, made=True)
        response.data["warnings"] = self.warned(fields)
        return response

    def perform_update(self, serializer: BaseSerializer[Interaction]) -> None:
        fields = dict(serializer.validated_data)
        people = {name: fields.pop(name) for name in ("contacts", "employees", "not_secret") if name in fields}
        row = cast("Interaction", serializer.instance)
        for name, value in fields.items():
            setattr(row, name, value)
        change_interaction(row, at=timezone.now(), **people)

    def warned(self, fields: dict[str, Any]) -> list[str]:
        return [] if fields.get("not_secret") else [str(text) for text in warnings_of(fields.get("summary", ""))]


class Promises(Acting[Promise]):
    """Something said to a client, with a date; the outcome is computed from the chain of dates."""

    queryset = Promise.objects.prefetch_related(Prefetch("dates", PromiseDate.objects.order_by("position")))
    serializer_class = PromiseSerializer
    filterset_class = PromiseFilter
    search_fields = ["text", "client__name"]
    ordering_fields = ["due_at", "current_due_at", "made_at", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "promise"
    rights = {"rates": "promise.see"}
    open_actions = ("warn_early",)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        fields = self.checked(PromiseSerializer)
        by = fields.pop("made_by", self.user)
        if by != self.user and not self.user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER):
            raise PermissionDenied
        at = fields.pop("made_at", timezone.now())
        is_day = said_as_day(cast("Any", request.data).get("due_at"))
        return self.fresh(make_promise(fields.pop("client"), by=by, at=at, due_is_day=is_day, **fields), made=True)

    @extend_schema(request=KeepSerializer, responses=PromiseSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, _request: Request, **_kwargs: Any) -> Response:
        """Done; late is recorded as late. 409 `already_done`, `wrong_status`."""
        row, now = self.get_object(), timezone.now()
        return self.fresh(keep_promise(row, kept_at=self.checked(KeepSerializer).get("kept_at", now), at=now))

    @extend_schema(request=RedateSerializer, responses=PromiseSerializer)
    @action(detail=True, methods=["post"])
    def redate(self, _request: Request, **_kwargs: Any) -> Response:
        """Another date. The second must be kept: a third needs a partner, else 409 `needs_decision`."""
        row = self.get_object()
        redate_promise(row, by=self.user, at=timezone.now(), **self.checked(RedateSerializer))
        return self.fresh(row)

    @extend_schema(request=None, responses=PromiseSerializer)
    @action(detail=True, methods=["post"], url_path="on-track")
    def on_track(self, _request: Request, **_kwargs: Any) -> Response:
        """It will be kept: within the last 24 hours its maker is not asked any more. 409 `already_done`."""
        return self.fresh(mark_on_track(self.get_object(), at=timezone.now()))

    @extend_schema(request=EarlyWarningSerializer, responses=PromiseSerializer)
    @action(detail=True, methods=["post"], url_path="warn-early")
    def warn_early(self, _request: Request, **_kwargs: Any) -> Response:
        """The lead of an engagement says, before the due day, that it will not hold. 403 for others, 409 when late."""
        row = self.get_object()
        return self.fresh(
            warn_early(row, reason=self.checked(EarlyWarningSerializer)["reason"], by=self.user, at=timezone.now())
        )

    @extend_schema(request=None, responses=PromiseSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, **_kwargs: Any) -> Response:
        """The client took it back; then it measures nobody."""
        return self.fresh(withdraw_promise(self.get_object(), at=timezone.now()))

    @extend_schema(responses=RatesSerializer)
    @action(detail=False, pagination_class=None, filterset_class=None, asks=RatesQuery)
    def rates(self, _request: Request) -> Response:
        """How promises were kept whose first due day lies in the window; open and withdrawn ones do not count."""
        wanted = self.asked()
        rows = within(Promise.objects.visible_to(self.user), wanted)
        found = rates_of(rows, at=wanted.get("as_of") or timezone.now())
        note = {} if found.n else {"note": _("No promise of this window is decided yet.")}
        return Response({**RatesSerializer(found).data, **note})


def within(rows: PromiseQuery, wanted: dict[str, Any]) -> PromiseQuery:
    """Promises of these people whose first due day lies in the window, both days inclusive."""
    if wanted.get("client"):
        rows = rows.filter(client__in=wanted["client"].family)
    for name, path in (("contact", "contact"), ("employee", "made_by")):
        if wanted.get(name):
            rows = rows.filter(**{path: wanted[name]})
    if wanted.get("from"):
        rows = rows.filter(due_at__gte=timezone.make_aware(datetime.combine(wanted["from"], time())))
    if wanted.get("to"):
        end = timezone.make_aware(datetime.combine(wanted["to"] + timedelta(days=1), time()))
        rows = rows.filter(due_at__lt=end)
    return rows


class Tasks(Acting[Task]):
    """One thing for a person to do, at most one open per kind and source: opening again gives the open one.

    409 `already_done` where the open one is somebody else's and not seen by who asks.
    """

    queryset = Task.objects.all()
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    search_fields = ["title", "detail", "client__name"]
    http_method_names = ["get", "post", "head", "options"]
    right = "task"

    @property
    def ordering_fields(self) -> list[str]:
        """By value only for those who see it: an order betrays a number as well."""
        sees = self.request is None or may(self.request.user, "value.amounts")
        return ["due_at", "updated_at", *(["value_at_stake"] if sees else [])]

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        fields = {"assignee": request.user, **self.checked(TaskSerializer)}
        return self.fresh(ask_task(TaskDraft(**fields), by=self.user), made=True)

    @extend_schema(request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def done(self, _request: Request, **_kwargs: Any) -> Response:
        """409 `already_done` for a closed task."""
        return self.fresh(finish_task(self.get_object(), by=self.user, at=timezone.now()))

    @extend_schema(request=SnoozeSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, _request: Request, **_kwargs: Any) -> Response:
        """Puts the task away until a moment; it comes back by itself."""
        return self.fresh(snooze_task(self.get_object(), at=timezone.now(), **self.checked(SnoozeSerializer)))

    @extend_schema(request=DelegateSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def delegate(self, _request: Request, **_kwargs: Any) -> Response:
        """Gives the task to somebody else who works here."""
        to = self.checked(DelegateSerializer)["assignee"]
        return self.fresh(delegate_task(self.get_object(), to=to, by=self.user))

    @extend_schema(request=DismissSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, _request: Request, **_kwargs: Any) -> Response:
        """Not relevant, and why."""
        reason = self.checked(DismissSerializer)["reason"]
        return self.fresh(dismiss_task(self.get_object(), reason=reason, by=self.user, at=timezone.now()))
