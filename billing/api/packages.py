"""Hour packages: sold, topped up, voided, with their ledger and statement."""

from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django_filters.utils import translate_validation
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.api.files import ByView, Period, period_of
from billing.documents.statements import render_statement, statement_file
from billing.exports import STATEMENT
from billing.filters import LedgerFilter, PackageFilter
from billing.forms.offers import default_validity
from billing.models import HourPackage, Invoice, LedgerRow
from billing.reports.offers import offers_for
from billing.reports.packages import Statement, statement, statement_lines
from billing.serializers.invoices import InvoiceSerializer
from billing.serializers.offers import OfferSerializer
from billing.serializers.packages import (
    Extension,
    HoursCorrection,
    IssuedStatementSerializer,
    LedgerSerializer,
    PackageSerializer,
    RefundRequest,
    StatementSerializer,
    TopUp,
    TopUpOffer,
    Voiding,
    statement_of,
)
from billing.services.agreed_drafts import draft_sold_hours
from billing.services.corrections import credit_hours
from billing.services.extensions import extend_package
from billing.services.package_offers import offer_top_up
from billing.services.packages import change_terms, sell_package, set_burn_factors, top_up, void_package
from billing.services.refunds import refund_package
from billing.services.statements import issue_statement, issued_for
from crm.api.pagination import Cursor
from crm.exports import Dialect, export_response

FORMATS = ["json", "pdf", "csv", "xlsx"]


class StatementPeriod(Period):
    format = serializers.ChoiceField(FORMATS, default="json")


class LedgerAsked(serializers.Serializer[Any]):
    """What a ledger can be narrowed to (see LedgerFilter), and which way round it is read."""

    kind = serializers.ChoiceField(LedgerRow.Kind.choices, required=False)
    occurred_on = serializers.DateField(required=False)
    occurred_on__gte = serializers.DateField(required=False)
    occurred_on__lte = serializers.DateField(required=False)
    ordering = serializers.ChoiceField(["id", "-id"], required=False)


class LedgerPages(Cursor):
    """A book is read from its beginning; `?ordering=-id` turns it round."""

    def get_ordering(self, request: Request, _queryset: Any, _view: Any) -> tuple[str, ...]:
        return ("-id",) if request.query_params.get("ordering") == "-id" else ("id",)


class HourPackages(ActingViewSet[HourPackage]):
    """Hours bought ahead. Hours and price grow by top-ups only; the balance follows from the ledger."""

    queryset = HourPackage.objects.with_balance().prefetch_related("service_lines", "burn_factors")
    serializer_class = PackageSerializer
    filterset_class = PackageFilter
    search_fields = ["name", "client__name"]
    ordering_fields = ["client", "valid_from", "expires_on", "priority", "created_at", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "package"
    rights = {
        "extension": "package.extend",
        "refund": "package.refund",
        "top_up_offer": "offer.send",
        "draft_invoice": "invoice.change",
    }
    open_actions = ("draft_invoice",)
    priced = True

    def make(self, fields: dict[str, Any]) -> HourPackage:
        lines, burns = fields.pop("service_lines", ()), fields.pop("burn_factors", [])
        package = HourPackage(**fields)
        made = sell_package(package, service_lines=lines, by=self.user, on=self.today, at=self.now)
        return set_burn_factors(made, burns)

    def alter(self, row: HourPackage, fields: dict[str, Any]) -> None:
        lines, burns = fields.pop("service_lines", None), fields.pop("burn_factors", None)
        for name, value in fields.items():
            setattr(row, name, value)
        change_terms(row, lines=lines, burns=burns, by=self.user, at=self.now)

    @extend_schema(request=TopUp, responses=PackageSerializer)
    @action(detail=True, methods=["post"], url_path="top-up")
    def top_up(self, _request: Request, **_kwargs: Any) -> Response:
        """Adds hours and price, arms the alerts again and covers work that awaited this."""
        row = self.get_object()
        top_up(row, **self.checked(TopUp), by=self.user, on=self.today, at=self.now)
        return self.shown(row)

    @extend_schema(request=None, responses={201: InvoiceSerializer(many=True)})
    @action(detail=True, methods=["post"], url_path="draft-invoice")
    def draft_invoice(self, _request: Request, **_kwargs: Any) -> Response:
        """Drafts anew what of the sold hours stands on no invoice. 409 `already_done`, `needs_decision`."""
        made = draft_sold_hours(self.get_object(), by=self.user, on=self.today)
        rows = Invoice.objects.with_state(on=self.today).filter(pk__in=[row.pk for row in made]).order_by("pk")
        shown = InvoiceSerializer(rows, many=True, context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=TopUpOffer, responses={201: OfferSerializer})
    @action(detail=True, methods=["post"], url_path="top-up-offer")
    def top_up_offer(self, _request: Request, **_kwargs: Any) -> Response:
        """Sends more hours as an offer; they are added, and their invoice drafted, when the client accepts it."""
        asked = {"valid_until": default_validity(self.today), **self.checked(TopUpOffer)}
        made = offer_top_up(self.get_object(), **asked, by=self.user, at=self.now)
        shown = OfferSerializer(offers_for(self.user).get(pk=made.pk), context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=Extension, responses=PackageSerializer)
    @action(detail=True, methods=["post"])
    def extension(self, _request: Request, **_kwargs: Any) -> Response:
        """Moves the last day on, with a reason; hours that had expired come back."""
        row = self.get_object()
        extend_package(row, **self.checked(Extension), by=self.user, on=self.today, at=self.now)
        return self.shown(row)

    @extend_schema(request=RefundRequest, responses=PackageSerializer)
    @action(detail=True, methods=["post"])
    def refund(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes unused hours out, all by default, up to what they cost; an issued invoice gets a credit note."""
        row, asked = self.get_object(), self.checked(RefundRequest)
        minutes = asked.pop("minutes", max(1, row.available_minutes))
        refund_package(row, minutes=minutes, **asked, by=self.user, on=self.today, at=self.now)
        return self.shown(row)

    @extend_schema(request=HoursCorrection, responses=LedgerSerializer)
    @action(detail=True, methods=["post"])
    def correction(self, _request: Request, **_kwargs: Any) -> Response:
        """Gives back hours of work that is locked. 409 `wrong_status` while the work itself can be changed."""
        asked = self.checked(HoursCorrection)
        entry, package = asked.pop("entry"), self.get_object()
        done = credit_hours(entry, package, **asked, by=self.user, on=self.today, at=self.now)
        return Response(LedgerSerializer(done.row, context=self.get_serializer_context()).data)

    @extend_schema(request=Voiding, responses=PackageSerializer)
    @action(detail=True, methods=["post"])
    def void(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes a package out of use. 409 `wrong_status` when hours were ever drawn from it."""
        row = self.get_object()
        void_package(row, reason=self.checked(Voiding)["reason"], by=self.user, on=self.today, at=self.now)
        return self.shown(row)

    @extend_schema(responses=LedgerSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=LedgerPages, asks=LedgerAsked)
    def ledger(self, request: Request, **_kwargs: Any) -> Response:
        """Every movement of hours, oldest first; rows are never changed, only reversed by later ones."""
        rows = LedgerRow.objects.filter(account=self.get_object().account_id)
        self.asked()
        asked = LedgerFilter(request.query_params, rows, request=request)
        if not asked.is_valid():
            raise translate_validation(asked.errors)
        page = self.paginate_queryset(asked.qs)
        context = self.get_serializer_context()
        return self.get_paginated_response(LedgerSerializer(page, many=True, context=context).data)

    @extend_schema(responses=StatementSerializer)
    @action(
        detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView, asks=StatementPeriod
    )
    def statement(self, request: Request, **_kwargs: Any) -> Response | FileResponse | HttpResponse:
        """The ledger of a period between its opening and closing balance, or the same rows as a file."""
        package, asked = self.get_object(), self.asked()
        period, form = period_of(asked), asked["format"]
        if form == "pdf":
            working_copy = issued_for(package, **period) is None
            return self._pdf(package, statement(package, **period), working_copy=working_copy)
        if form != "json":
            lines = statement_lines(package, statement(package, **period))
            asked_by = cast("HttpRequest", request)
            return export_response(asked_by, lines, STATEMENT, form=form, dialect=Dialect(), of=HourPackage)
        found = StatementSerializer(statement_of(statement(package, **period)), context=self.get_serializer_context())
        return Response(found.data)

    @extend_schema(request=Period, responses=IssuedStatementSerializer)
    @statement.mapping.post
    def issue_statement(self, _request: Request, **_kwargs: Any) -> Response:
        """Says that the client has the statement: prepaid work on it then changes by a correction only."""
        row, period = self.get_object(), period_of(self.checked(Period))
        done = issue_statement(row, **period, by=self.user, on=self.today, at=self.now)
        return Response(IssuedStatementSerializer(done).data)

    def _pdf(self, package: HourPackage, found: Statement, *, working_copy: bool) -> HttpResponse:
        name = statement_file(package, self.today)
        return HttpResponse(
            render_statement(package, found, on=self.today, working_copy=working_copy),
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
