"""Reports of billing: what is owed by its age, and work that waits to be invoiced."""

from datetime import date
from typing import cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.files import Period
from billing.models import HourPackage
from billing.reports.finance import dso_of
from billing.reports.liability import liabilities
from billing.reports.owed import owed_on
from billing.reports.wip import wip_on
from billing.serializers.reports import (
    AgeingSerializer,
    Day,
    LiabilitySerializer,
    WipSerializer,
    ageing_shape,
    liability_shape,
    wip_shape,
)
from crm.api.endpoints import Framed
from crm.models import User


class AgeingReport(Framed):
    """What clients owe, by days past due; of an earlier day as it stood at its end."""

    right = "invoice.see"
    asks = Day

    @extend_schema(responses=AgeingSerializer)
    def get(self, request: Request) -> Response:
        user, today = cast("User", request.user), timezone.localdate()
        owed = owed_on(user, on=day_of(self), today=today)
        return Response(AgeingSerializer(ageing_shape(owed, dso=dso_of(user, owed, today=today))).data)


class WipReport(Framed):
    """Approved work with a price and expenses that the client pays, on no document; prepaid hours are none."""

    right = "invoice.see"
    asks = Day

    @extend_schema(responses=WipSerializer)
    def get(self, request: Request) -> Response:
        on = day_of(self)
        return Response(WipSerializer(wip_shape(wip_on(cast("User", request.user), on=on), on=on)).data)


class LiabilityReport(Framed):
    """Prepaid hours that were owed at the ends of a period, and what became of them; this year without a period."""

    right = "invoice.see"
    asks = Period

    @extend_schema(responses=LiabilitySerializer)
    def get(self, request: Request) -> Response:
        asked = self.asked()
        last = asked.get("to", timezone.localdate())
        first = asked.get("from", last.replace(month=1, day=1))
        packages = HourPackage.objects.visible_to(cast("User", request.user))
        found = liabilities(packages, first=min(first, last), last=last)
        return Response(LiabilitySerializer(liability_shape(found)).data)


def day_of(report: Framed) -> date:
    day: date = report.asked().get("on", timezone.localdate())
    return day
