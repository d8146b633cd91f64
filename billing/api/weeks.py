"""Weeks that finance completes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.filters.weeks import WeekFilter
from billing.models import CompleteWeek
from billing.reports.weeks import OpenWeek, open_weeks
from billing.serializers.weeks import OpenWeekSerializer, WeekSerializer, WhoseRequest
from billing.services.weeks import Whose, complete_weeks, undo_week


class CompleteWeeks(ActingViewSet[CompleteWeek]):
    """A mark by finance, kept when it is taken back. It never refuses work; later work opens the week again."""

    queryset = CompleteWeek.objects.all()
    serializer_class = WeekSerializer
    filterset_class = WeekFilter
    search_fields = ["employee__last_name", "client__name"]
    ordering_fields = ["monday", "completed_at", "created_at", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "week"
    rights = {"open": "week.see"}

    def make(self, fields: dict[str, Any]) -> CompleteWeek:
        return complete_weeks([CompleteWeek(**fields)], by=self.user, at=self.now)[0]

    @extend_schema(responses=OpenWeekSerializer(many=True))
    @action(detail=False, filter_backends=[], pagination_class=None, asks=WhoseRequest)
    def open(self, _request: Request) -> Response:
        """The oldest 300 weeks of the last quarter that are not complete, and how much each lacks of what."""
        weeks = open_weeks(whose=Whose(self.asked()["by"]), on=self.today)
        return Response(OpenWeekSerializer([_told(row, weeks.whose) for row in weeks.rows], many=True).data)

    @extend_schema(request=None, responses=WeekSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes the mark back. 409 `wrong_status` once work of the week stands on an invoice."""
        row = self.get_object()
        undo_week(row, by=self.user, at=self.now)
        return self.shown(row)


def _told(row: OpenWeek, whose: Whose) -> dict[str, Any]:
    return {
        "monday": row.monday,
        "employee": None,
        "client": None,
        whose.column: row.of.pk,
        "minutes": row.work.minutes,
        "drafts": row.work.drafts,
        "rejected": row.work.rejected,
        "submitted": row.work.submitted,
        "needs_decision": row.work.undecided,
        "completed_at": row.completed_at,
    }
