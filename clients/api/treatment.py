"""Complaints, praise, extras and absences through the API; writes go through the services that pages call."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from clients.filters import AbsenceFilter, ComplaintFilter, ExtraFilter, PraiseFilter
from clients.models import Absence, Complaint, Extra, Praise
from clients.serializers.treatment import (
    AbsenceSerializer,
    ComplaintSerializer,
    ExtraClosing,
    ExtraSerializer,
    ExtraWithdrawal,
    PraiseSerializer,
)
from clients.services.absences import save_absence
from clients.services.extras import change_extra, close_extra, give_extra, withdraw_extra
from clients.services.feedback import change_complaint, log_complaint, log_praise
from crm.access import Role


class Complaints(Making[Complaint]):
    """What a client complained of; the promise of an answer is made with it, and kept when it is settled.

    Settled, never deleted: its promise would stay open.
    """

    queryset = Complaint.objects.select_related("client", "promise")
    serializer_class = ComplaintSerializer
    filterset_class = ComplaintFilter
    search_fields = ["text", "client__name"]
    ordering_fields = ["received_on", "severity", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "complaint"

    def make(self) -> Complaint:
        fields = self.checked(ComplaintSerializer)
        due = fields.pop("answer_due_at", None)
        return log_complaint(Complaint(**fields), by=self.user, at=timezone.now(), answer_due_at=due)

    def perform_update(self, serializer: BaseSerializer[Complaint]) -> None:
        row = changed(serializer)
        change_complaint(row, at=timezone.now())


class PraiseOfClients(Making[Praise]):
    """What a client praised, stored the same way, and never deleted either: a later complaint is read beside it."""

    queryset = Praise.objects.select_related("client")
    serializer_class = PraiseSerializer
    filterset_class = PraiseFilter
    search_fields = ["text", "client__name"]
    ordering_fields = ["received_on", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "complaint"

    def make(self) -> Praise:
        return log_praise(Praise(**self.checked(PraiseSerializer)), by=self.user)


class Extras(Making[Extra]):
    """More than the contract; it closes only after the client was told, and stands on the next invoice at 0.00.

    Never deleted, because the third of a kind counts those before it: what was not given after all is withdrawn.
    """

    queryset = Extra.objects.select_related("client")
    serializer_class = ExtraSerializer
    filterset_class = ExtraFilter
    search_fields = ["name", "client__name"]
    ordering_fields = ["given_on", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "extra"

    def make(self) -> Extra:
        return give_extra(Extra(given_by=self.user, **self.checked(ExtraSerializer)), at=timezone.now())

    def perform_update(self, serializer: BaseSerializer[Extra]) -> None:
        change_extra(changed(serializer))

    @extend_schema(request=ExtraClosing, responses=ExtraSerializer)
    @action(detail=True, methods=["post"])
    def close(self, _request: Request, **_kwargs: Any) -> Response:
        """400 while the client has not been told, 409 `already_done` once closed."""
        row = self.get_object()
        return self.fresh(close_extra(row, on=self.checked(ExtraClosing).get("on", timezone.localdate())))

    @extend_schema(request=ExtraWithdrawal, responses=ExtraSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, **_kwargs: Any) -> Response:
        """It was not given after all, with the reason. 409 `wrong_status` once it stands on an invoice."""
        row = self.get_object()
        return self.fresh(withdraw_extra(row, **self.checked(ExtraWithdrawal), on=timezone.localdate()))


class Absences(Making[Absence]):
    """Whole days away, with a deputy. Everybody sees that somebody is away, few see why."""

    queryset = Absence.objects.select_related("user", "deputy")
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilter
    search_fields = ["user__first_name", "user__last_name", "user__username"]
    ordering_fields = ["from_on", "updated_at"]
    right = "absence"

    def make(self) -> Absence:
        fields = {"user": self.user, **self.checked(AbsenceSerializer)}
        self._check_person(fields)
        return save_absence(Absence(**fields))

    def perform_update(self, serializer: BaseSerializer[Absence]) -> None:
        self._check_person(serializer.validated_data)
        save_absence(changed(serializer))

    def _check_person(self, fields: Mapping[str, Any]) -> None:
        """A partner says of anybody that they are away, everybody else only of themselves."""
        if fields.get("user", self.user) != self.user and not self.user.is_in(Role.PARTNER):
            raise PermissionDenied
