"""Reports about agreements: win rate and accuracy of offers, the backlog of retainers, the conversion list."""

from dataclasses import asdict
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.reports import day_of
from billing.reports.avoided import avoided, package_candidates
from billing.reports.commitments import backlog_on, conversion_list
from billing.reports.estimate_spreads import estimate_spreads
from billing.reports.follow_ups import follow_ups
from billing.reports.offer_results import mis_sales, offer_results
from billing.reports.overruns import unannounced_by_offer
from billing.serializers.agreement_reports import (
    AvoidedSerializer,
    BacklogSerializer,
    ConversionSerializer,
    ResultsAsked,
    ResultsSerializer,
    UnannouncedReport,
)
from billing.serializers.reports import ReckonedDay
from billing.services.currencies import base_currency
from billing.services.rate_gaps import note_gaps
from crm.access import may
from crm.api.endpoints import Framed
from crm.models import User
from crm.periods import add_months


class OfferReport(Framed):
    """How many offers were won, and how work compares with what was signed."""

    right = "offer.report"
    asks = ResultsAsked

    @extend_schema(responses=ResultsSerializer)
    def get(self, request: Request) -> Response:
        asked = self.asked()
        last = asked.get("last", timezone.localdate())
        first = asked.get("first", add_months(last, -12))
        by = asked["by"]
        user = _user(request)
        found = {
            "by": by,
            "rows": offer_results(user, first=first, last=last, by=by),
            "spreads": estimate_spreads(user, first=first, last=last),
            "mis_sales": mis_sales() if may(user, "offer.override") else None,
            "currency": base_currency(),
        }
        return Response(ResultsSerializer(found).data)


class OverrunReport(Framed):
    """Minutes beyond the limit of offers of which the client was not told in time."""

    right = "overrun.report"

    @extend_schema(responses=UnannouncedReport)
    def get(self, request: Request) -> Response:
        rows = unannounced_by_offer(_user(request))
        told = {"unannounced_minutes": sum(row.minutes for row in rows), "rows": rows}
        return Response(UnannouncedReport(told).data)


class BacklogReport(Framed):
    """Committed revenue: the fees of running retainers still to come."""

    right = "retainer.report"
    asks = ReckonedDay

    @extend_schema(responses=BacklogSerializer)
    def get(self, request: Request) -> Response:
        found = backlog_on(_user(request), on=day_of(self))
        months = [{"month": month, "net_amount": amount} for month, amount in found.months]
        shown: dict[str, Any] = {
            "currency": found.currency,
            "rows": found.rows,
            "months": months,
            "total": found.total,
            "price_includes_tax": False,
            "note": note_gaps(found.gaps),
        }
        return Response(BacklogSerializer(shown).data)


class ConversionReport(Framed):
    """Clients whose one-off orders of 12 months look like a retainer."""

    right = "retainer.report"
    asks = ReckonedDay

    @extend_schema(responses=ConversionSerializer)
    def get(self, request: Request) -> Response:
        found = conversion_list(_user(request), on=day_of(self))
        shown = {
            "currency": found.currency,
            "smallest_fee": found.smallest_fee,
            "rows": found.rows,
            "note": note_gaps(found.gaps),
        }
        return Response(ConversionSerializer(shown).data)


class AvoidedReport(Framed):
    """Invoices and offers that packages spared, and clients with so many small invoices that one is to be offered."""

    right = "package.change"
    asks = ReckonedDay

    @extend_schema(responses=AvoidedSerializer)
    def get(self, request: Request) -> Response:
        on, user = day_of(self), _user(request)
        found = asdict(avoided(user, on=on))
        told = {**found, "rows": package_candidates(user, on=on), "follow_ups": follow_ups(user, on=on)}
        return Response(AvoidedSerializer(told).data)


def _user(request: Request) -> User:
    return cast("User", request.user)
