"""Complaints in figures, through the API."""

from typing import cast

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clients.reports.complaints import complaint_report, turned
from clients.serializers.complaints import ComplaintRatesSerializer, Span
from crm.api.endpoints import Framed
from crm.models import User


class ComplaintReport(Framed):
    """Per 100 clients and year by root cause; people in their first month stand apart; praise that became blame."""

    right = "complaint.report"
    asks = Span

    @extend_schema(responses=ComplaintRatesSerializer)
    def get(self, request: Request) -> Response:
        user = cast("User", request.user)
        report = complaint_report(user, self.asked()["window"])
        body = {
            "from": report.window.start,
            "to": report.window.last,
            "clients": report.clients,
            "client_years": report.rates.client_years,
            "n": report.rates.n,
            "rate": report.rates.rate,
            "causes": report.rates.causes,
            "in_first_month": report.rates.ramp,
            "praise_then_blame": [
                {"complaint": each.complaint.pk, "praise": each.praise.pk, "employee": each.complaint.about_id}
                for each in turned(user)
            ],
            "note": "" if report.rates.client_years else _no_clients(),
            "as_of": timezone.now(),
        }
        return Response(ComplaintRatesSerializer(body).data)


def _no_clients() -> str:
    return _("No client was with us then")
