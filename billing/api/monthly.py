"""Monthly reports through the API: posting one sends it; what was sent is never changed."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from billing.api.acts import ActingViewSet
from billing.api.files import ByView
from billing.documents.monthly import PDF, render_monthly, send_monthly
from billing.filters.monthly import MonthlyReportFilter
from billing.models import MonthlyReport
from billing.serializers.monthly import MonthlyReportSerializer
from clients.models import Client


class MonthlyReports(ActingViewSet[MonthlyReport]):
    """What a client was told of a month. 409 `already_done`, 400 `future`, `no_address`, `nothing_to_tell`."""

    queryset = MonthlyReport.objects.select_related("client")
    serializer_class = MonthlyReportSerializer
    filterset_class = MonthlyReportFilter
    search_fields = ["client__name", "recipient"]
    http_method_names = ["get", "post", "head", "options"]
    ordering_fields = ["month_on", "sent_at", "updated_at"]
    right = "monthly_report"

    def make(self, fields: dict[str, Any]) -> MonthlyReport:
        client = fields["client"]
        if not Client.objects.changeable_by(self.user).filter(pk=client.pk).exists():
            raise PermissionDenied
        return send_monthly(
            client,
            fields["month_on"],
            steps=fields.get("steps", ""),
            contact=fields.get("contact"),
            by=self.user,
            at=self.now,
        )

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def pdf(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The file as it was mailed; the same bytes each time."""
        report = self.get_object()
        return HttpResponse(render_monthly(report.document, on=timezone.localdate(report.sent_at)), content_type=PDF)
