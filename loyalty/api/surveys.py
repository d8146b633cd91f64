"""Surveys and their answers; an answer posted here was collected elsewhere."""

from typing import Any, cast

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import Client
from crm.api.errors import Conflict
from crm.api.filters import RecordFilter
from crm.api.pagination import Cursor
from crm.api.viewsets import RecordViewSet
from crm.models import User
from loyalty.models import Survey, SurveyResponse
from loyalty.serializers import ResponseSerializer, SurveySerializer
from loyalty.services.answers import import_answer
from loyalty.services.surveys import close_survey, start_survey
from loyalty.tasks import ask_for_sending, enqueue_nps


class SurveyFilter(RecordFilter):
    class Meta:
        model = Survey
        fields = ["kind", "state", "made_by"]


class Surveys(RecordViewSet[Survey]):
    """A draft is sent by `send`, which fixes its audience; `close` ends its links."""

    queryset = Survey.objects.all()
    serializer_class = SurveySerializer
    filterset_class = SurveyFilter
    search_fields = ["name"]
    ordering_fields = ["created_at", "name"]
    right = "survey"

    def perform_create(self, serializer: serializers.BaseSerializer[Survey]) -> None:
        serializer.save(made_by=self.request.user)

    def perform_update(self, serializer: serializers.BaseSerializer[Survey]) -> None:
        self._require_draft(serializer.instance)
        serializer.save()

    def perform_destroy(self, instance: Survey) -> None:
        self._require_draft(instance)
        instance.delete()

    @extend_schema(request=None, responses=SurveySerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, **_kwargs: Any) -> Response:
        """Fixes whom it asks and queues the mails."""
        survey, at = self.get_object(), timezone.now()
        start_survey(survey, at=at, on=timezone.localdate())
        ask_for_sending(survey, by=cast("User", request.user), on=timezone.localdate(), at=at)
        survey.refresh_from_db()
        return Response(self.get_serializer(survey).data)

    @extend_schema(request=None, responses=SurveySerializer)
    @action(detail=True, methods=["post"])
    def close(self, _request: Request, **_kwargs: Any) -> Response:
        return Response(self.get_serializer(close_survey(self.get_object(), at=timezone.now())).data)

    def _require_draft(self, survey: Survey | None) -> None:
        if survey is None or survey.state != Survey.State.DRAFT:
            raise Conflict(code="wrong_status")


class ResponseFilter(RecordFilter):
    answered_after = filters.IsoDateTimeFilter(field_name="answered_at", lookup_expr="gte")
    answered_before = filters.IsoDateTimeFilter(field_name="answered_at", lookup_expr="lt")

    class Meta:
        model = SurveyResponse
        fields = ["survey", "contact", "client", "score"]


class SurveyResponses(RecordViewSet[SurveyResponse]):
    """Answers as given; they are added, never changed here."""

    queryset = SurveyResponse.objects.all()
    serializer_class = ResponseSerializer
    filterset_class = ResponseFilter
    pagination_class = Cursor
    search_fields = ["comment"]
    ordering_fields = ["answered_at", "created_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "survey"

    def perform_create(self, serializer: serializers.BaseSerializer[SurveyResponse]) -> None:
        """Only for clients that the caller may handle; a second answer of a person is 409."""
        at, fields = timezone.now(), dict(serializer.validated_data)
        handled = Client.objects.changeable_by(cast("User", self.request.user))
        if not handled.filter(pk=fields["contact"].client_id).exists():
            raise PermissionDenied
        answer = SurveyResponse(**{"answered_at": at, **fields}, client=fields["contact"].client)
        serializer.instance = import_answer(answer, at=at)
        enqueue_nps()
