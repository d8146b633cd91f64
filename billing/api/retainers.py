"""Retainers: agreed, compared, renewed, ended; the fees that are due; answers to a changed VAT rate."""

from typing import Any

from django.db import models
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.api.documents import PARTS
from billing.filters import RateChangeFilter, RetainerFilter
from billing.models import EarlyEnd, Invoice, RateChangeAnswer, Retainer
from billing.models.seen import of_own
from billing.serializers.retainers import (
    ComparisonAsked,
    ComparisonSerializer,
    Ending,
    FeeChoice,
    FeeRunSerializer,
    FeeSerializer,
    RateChangeSerializer,
    Renewal,
    RetainerPeriodSerializer,
    RetainerSerializer,
    SettlementDecision,
    SettlementSerializer,
    comparison_shape,
)
from billing.services.early_ends import decide_early_end, give_notice
from billing.services.fee_rows import change_fee
from billing.services.fees import draft_again, draft_fees_of, period_of
from billing.services.renewals import renew_retainer
from billing.services.retainers import agree_retainer, change_retainer, comparison_of, open_periods
from billing.services.taxes import answer_rate_change
from crm.access import Role


class Retainers(ActingViewSet[Retainer]):
    """A fee for each period, with an allowance of hours."""

    queryset = Retainer.objects.prefetch_related("service_lines")
    serializer_class = RetainerSerializer
    filterset_class = RetainerFilter
    ordering_fields = ["client", "name", "starts_on", "ended_on", "created_at", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "retainer"
    rights = {"draft_fees": "invoice.draft", "settle": "retainer.settle"}
    open_actions = ("draft_fees",)
    priced = True

    def make(self, fields: dict[str, Any]) -> Retainer:
        lines = fields.pop("service_lines", ())
        return agree_retainer(Retainer(**fields), service_lines=lines, by=self.user, on=self.today, at=self.now)

    def alter(self, row: Retainer, fields: dict[str, Any]) -> None:
        lines = fields.pop("service_lines", None)
        for name, value in fields.items():
            setattr(row, name, value)
        change_retainer(row, service_lines=lines, by=self.user, on=self.today, at=self.now)

    @extend_schema(responses=ComparisonSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None, asks=ComparisonAsked)
    def comparison(self, _request: Request, **_kwargs: Any) -> Response:
        """The contract against ordering the same work once; nulls while the one-off price is not known."""
        row, asked = self.get_object(), self.asked()
        note = _("The one-off price is not known.") if row.shows_price else _("These prices are not shown to you.")
        found = comparison_of(row, **asked) if row.shows_price else None
        return Response(ComparisonSerializer(comparison_shape(found, note=note)).data)

    @extend_schema(responses=RetainerPeriodSerializer(many=True))
    @action(detail=True, filter_backends=[])
    def periods(self, _request: Request, **_kwargs: Any) -> Response:
        """The periods that were laid so far, the newest first."""
        row = self.get_object()
        rows: Any = row.periods.select_related("account", "invoice_line").order_by("-starts_on", "-id")
        page: Any = self.paginate_queryset(rows)
        listed = RetainerPeriodSerializer(page, many=True, context=self.get_serializer_context()).data
        hidden = {} if row.shows_price else {"fee": None}
        return self.get_paginated_response([{**period, **hidden} for period in listed])

    @extend_schema(request=Renewal, responses=RetainerSerializer)
    @action(detail=True, methods=["post"])
    def renew(self, _request: Request, **_kwargs: Any) -> Response:
        """Adds months to the term."""
        row = self.get_object()
        renew_retainer(row, months=self.checked(Renewal)["months"], at=self.now, by=self.user)
        return self.shown(row)

    @extend_schema(request=Ending, responses=RetainerSerializer)
    @action(detail=True, methods=["post"])
    def end(self, _request: Request, **_kwargs: Any) -> Response:
        """Sets the last day, by notice or as agreed; before the term it proposes a settlement to the partner."""
        row, asked = self.get_object(), self.checked(Ending)
        given_on = asked.get("given_on", self.today)
        give_notice(row, given_on=given_on, ends_on=asked.get("ended_on"), on=self.today, at=self.now)
        return self.shown(row)

    @extend_schema(responses=SettlementSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def settlement(self, _request: Request, **_kwargs: Any) -> Response:
        """What is proposed for the early end; 404 while there is none, and for those who see no price."""
        row = self.get_object()
        if not row.shows_price:
            raise NotFound
        return Response(SettlementSerializer(get_object_or_404(EarlyEnd, retainer=row)).data)

    @extend_schema(request=SettlementDecision, responses=SettlementSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, _request: Request, **_kwargs: Any) -> Response:
        """A partner settles, which drafts an invoice, or waives with a reason."""
        early = get_object_or_404(EarlyEnd, retainer=self.get_object())
        asked = self.checked(SettlementDecision)
        return Response(
            SettlementSerializer(decide_early_end(early, **asked, by=self.user, on=self.today, at=self.now)).data
        )

    @extend_schema(methods=["get"], responses=FeeSerializer(many=True))
    @extend_schema(methods=["post"], request=FeeSerializer, responses={201: FeeSerializer})
    @action(detail=True, methods=["get", "post"], filter_backends=[], pagination_class=None)
    def fees(self, request: Request, **_kwargs: Any) -> Response:
        """Fees agreed in mid-term; those that were not drafted yet follow them."""
        row = self.get_object()
        if request.method == "GET":
            rows = row.fees.order_by("valid_from") if row.shows_price else row.fees.none()
            return Response(FeeSerializer(rows, many=True).data)
        made = change_fee(row, **self.checked(FeeSerializer), by=self.user, at=self.now)
        open_periods(row, on=self.today, by=self.user, at=self.now)
        return Response(FeeSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=FeeChoice, responses={201: FeeRunSerializer})
    @action(detail=True, methods=["post"], url_path="draft-fees")
    def draft_fees(self, _request: Request, **_kwargs: Any) -> Response:
        """Drafts the fees that are due now instead of by the schedule; none twice but one that was credited.

        409 `needs_decision` while nobody has said whether a gross price stays under a changed VAT rate.
        """
        row, day = self.get_object(), self.checked(FeeChoice).get("again_from")
        if day is None:
            run = draft_fees_of(row, on=self.today, at=self.now, by=self.user)
        else:
            run = draft_again(period_of(row, day), on=self.today, at=self.now, by=self.user)
        if run.question and not run.drafts:
            raise run.question
        rows = self.with_prices(Invoice.objects.prefetch_related(*PARTS).with_state(on=self.today))
        found = rows.in_bulk([draft.pk for draft in run.drafts])
        drafts = [found[draft.pk] for draft in run.drafts]
        body = {"drafts": drafts, "waiting": [code for _retainer, code in run.waiting]}
        answer = FeeRunSerializer(body, context=self.get_serializer_context())
        return Response(answer.data, status=status.HTTP_201_CREATED)


class RateChangeAnswers(ActingViewSet[RateChangeAnswer]):
    """Answers to “price stays, or VAT on top”, which drafting asks once per agreement when a rate has changed."""

    queryset = RateChangeAnswer.objects.order_by("-id")
    serializer_class = RateChangeSerializer
    filterset_class = RateChangeFilter
    search_fields = ["client__name", "agreement"]
    ordering_fields = ["client", "agreement", "created_at", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "invoice"

    def get_queryset(self) -> models.QuerySet[RateChangeAnswer]:
        rows = super().get_queryset()
        if self.user.is_in(Role.PARTNER, Role.FINANCE):
            return rows
        return rows.filter(of_own(self.user))

    def make(self, fields: dict[str, Any]) -> RateChangeAnswer:
        return answer_rate_change(fields.pop("client"), **fields, by=self.user)
