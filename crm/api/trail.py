"""The audit trail and the runs of background jobs over the API."""

from typing import Any, cast

from django.utils import timezone
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.fields import MomentField
from crm.api.pagination import Cursor
from crm.api.viewsets import Guarded
from crm.history import trail_of
from crm.jobs import JOBS, ask_job, enqueue
from crm.models import AuditEntry, JobRun, User
from crm.tasks import run_job
from crm.web.audit import AuditFilter


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    at = MomentField(read_only=True)

    class Meta:
        model = AuditEntry
        fields = ["id", "at", "actor", "origin", "action", "table_name", "object_id", "old", "new"]


class Audit(mixins.ListModelMixin, Guarded[AuditEntry]):
    """Who changed what, when and from where; written by the database, never changed."""

    queryset = AuditEntry.objects.order_by("-id")
    serializer_class = AuditSerializer
    filterset_class = AuditFilter
    pagination_class = Cursor
    ordering_fields = ["id"]
    right = "audit"

    def get_queryset(self) -> Any:
        return trail_of(cast("User", self.request.user)).order_by("-id")


class JobRunSerializer(serializers.ModelSerializer[JobRun]):
    asked_at = MomentField(read_only=True)
    started_at = MomentField(read_only=True)
    finished_at = MomentField(read_only=True)

    class Meta:
        model = JobRun
        fields = [
            "id",
            "job",
            "subject",
            "as_of_on",
            "state",
            "asked_by",
            "asked_at",
            "started_at",
            "finished_at",
            "done_count",
            "total_count",
            "message",
            "warnings",
        ]


class AskSerializer(serializers.Serializer[Any]):
    job = serializers.ChoiceField(choices=[])
    as_of_on = serializers.DateField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["job"] = serializers.ChoiceField(choices=sorted(JOBS))


class JobRuns(mixins.ListModelMixin, Guarded[JobRun]):
    """Runs of background jobs; `POST {job}` asks for one and answers 202 with the run to look at."""

    queryset = JobRun.objects.order_by("-asked_at", "-id")
    serializer_class = JobRunSerializer
    pagination_class = Cursor
    filterset_fields = ["job", "state", "as_of_on"]
    search_fields = ["job", "subject", "message"]
    ordering_fields = ["id", "asked_at"]
    right = "job"
    rights = {"create": "job.run"}

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        asked, now = self.checked(AskSerializer), timezone.now()
        on = asked.get("as_of_on") or timezone.localdate(now)
        run = ask_job(asked["job"], as_of_on=on, by=cast("User", request.user), at=now)
        enqueue(run_job, run.pk)
        return Response(self.get_serializer(run).data, status=status.HTTP_202_ACCEPTED)
