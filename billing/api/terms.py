"""What work is done and priced under: rates, engagements, locked periods, exchange rates."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.filters import EngagementFilter, ExchangeRateFilter, LockFilter, RateFilter
from billing.models import Engagement, EngagementMember, ExchangeRate, PeriodLock, Rate
from billing.serializers.terms import (
    Closing,
    EngagementSerializer,
    ExchangeRateSerializer,
    LockSerializer,
    RateSerializer,
)
from billing.services.engagements import change_engagement, close_engagement, open_engagement
from billing.services.locks import lock_period
from billing.services.low_prices import keep_rate
from crm.api.viewsets import RecordViewSet

KEPT = ["get", "post", "put", "patch", "head", "options"]


class Rates(ActingViewSet[Rate]):
    """What an hour costs; the most specific rate that is valid on the worked day holds. Nothing approved changes.

    A client's rate far below the ordinary price waits, `approved` is null, until a partner decides its discount.
    """

    queryset = Rate.objects.all()
    serializer_class = RateSerializer
    filterset_class = RateFilter
    search_fields = ["client__name", "employee__last_name", "service_line__name"]
    ordering_fields = ["seller", "amount", "valid_from", "valid_to", "created_at", "updated_at"]
    http_method_names = KEPT
    right = "rate"

    def make(self, fields: dict[str, Any]) -> Rate:
        return keep_rate(Rate(**fields), by=self.user, at=self.now)

    def alter(self, row: Rate, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(row, name, value)
        keep_rate(row, by=self.user, at=self.now)


class Engagements(ActingViewSet[Engagement]):
    """Agreed work with a lead and members, who from its start on work for the client."""

    queryset = Engagement.objects.prefetch_related(
        Prefetch("members", EngagementMember.objects.filter(to_on=None).order_by("user"))
    )
    serializer_class = EngagementSerializer
    filterset_class = EngagementFilter
    search_fields = ["name", "client__name"]
    ordering_fields = ["client", "name", "started_on", "closed_on", "created_at", "updated_at"]
    http_method_names = KEPT
    right = "engagement"

    def make(self, fields: dict[str, Any]) -> Engagement:
        members = fields.pop("members", ())
        return open_engagement(Engagement(**fields), members=members)

    def alter(self, row: Engagement, fields: dict[str, Any]) -> None:
        members = fields.pop("members", None)
        for name, value in fields.items():
            setattr(row, name, value)
        change_engagement(row, members=members, on=self.today)

    @extend_schema(request=Closing, responses=EngagementSerializer)
    @action(detail=True, methods=["post"])
    def close(self, _request: Request, **_kwargs: Any) -> Response:
        """Closes it, today unless told otherwise; time can still be logged, and warns."""
        row = self.get_object()
        close_engagement(row, on=self.checked(Closing).get("closed_on", self.today))
        return self.shown(row)


class PeriodLocks(ActingViewSet[PeriodLock]):
    """Closed periods. A lock is never changed, only followed by another."""

    queryset = PeriodLock.objects.all()
    serializer_class = LockSerializer
    filterset_class = LockFilter
    search_fields = ["reason"]
    ordering_fields = ["locked_until_on", "created_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "lock"

    def make(self, fields: dict[str, Any]) -> PeriodLock:
        return lock_period(PeriodLock(**fields), by=self.user, at=self.now)


class ExchangeRates(RecordViewSet[ExchangeRate]):
    """What one currency was worth in another, by day and source."""

    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    filterset_class = ExchangeRateFilter
    search_fields = ["base", "quote", "source"]
    ordering_fields = ["valid_on", "base", "quote", "created_at", "updated_at"]
    http_method_names = KEPT
    right = "exchange_rate"
