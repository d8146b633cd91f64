"""Bank statements: a file is read, looked at, taken in; entries are matched, split, undone, left out."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.filters.bank import EntryFilter, StatementFilter
from billing.models import BankEntry, BankFile, BankStatement
from billing.rules.bank.statement import MOST_BYTES
from billing.serializers.bank import (
    AcceptRequest,
    BankEntrySerializer,
    BankFileAnswer,
    BankFileRequest,
    BankFileSerializer,
    BankStatementSerializer,
    IgnoreRequest,
    SplitRequest,
)
from billing.services.bank_entries import confirm_entry, ignore_entry, rematch_entry, settle_entry, undo_entry
from billing.services.bank_statements import accept_statement, discard_statement
from billing.services.bank_uploads import hand_in_file


class BankStatements(ActingViewSet[BankStatement]):
    """Files of the bank. Posting one only reads it; `accept/` takes it in and books what is sure."""

    queryset = BankStatement.objects.with_pending()
    serializer_class = BankStatementSerializer
    filterset_class = StatementFilter
    search_fields = ["file_name", "sha256"]
    ordering_fields = ["from_on", "to_on", "created_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "bank"
    file_bytes = {"create": MOST_BYTES}

    @extend_schema(request=BankFileRequest, responses={201: BankFileAnswer, 200: BankFileAnswer, 202: BankFileAnswer})
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Reads a file; the same file again answers the same statements with 200. 400 names the line that is wrong.

        A long one is read by a worker: 202 with its `file`, to be asked for at `bank-files/`.
        """
        asked = BankFileRequest(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        body = dict(asked.validated_data)
        made = hand_in_file(body.pop("content"), **body, by=self.user)
        rows = self.written().filter(pk__in=[row.pk for row in made.statements]).order_by("place")
        context = self.get_serializer_context()
        file = BankFileSerializer(made.file, context=context).data if made.file else None
        shown = {"results": self.get_serializer(rows, many=True).data, "file": file}
        if made.file:
            return Response(shown, status.HTTP_202_ACCEPTED)
        return Response(shown, status.HTTP_201_CREATED if made.is_new else status.HTTP_200_OK)

    @extend_schema(request=AcceptRequest, responses=BankStatementSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes it in. 409 `already_done`; 400 `reason_missing` for one that is held."""
        row = self.get_object()
        accept_statement(row, **self.checked(AcceptRequest), by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def discard(self, _request: Request, **_kwargs: Any) -> Response:
        """Throws away one that was not taken in. 409 `already_done`."""
        discard_statement(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class BankFiles(ActingViewSet[BankFile]):
    """Long files of the bank on their way in; `?state=refused` says why. Their statements have the same `sha256`."""

    queryset = BankFile.objects.defer("content")
    serializer_class = BankFileSerializer
    filterset_fields = ["state", "sha256"]
    search_fields = ["file_name", "sha256"]
    ordering_fields = ["created_at"]
    http_method_names = ["get", "head", "options"]
    right = "bank"


class BankEntries(ActingViewSet[BankEntry]):
    """Bookings of the bank, of statements that were taken in; `?state=to_do` waits for a person."""

    queryset = BankEntry.objects.all()
    serializer_class = BankEntrySerializer
    filterset_class = EntryFilter
    ordering_fields = ["booked_on", "amount"]
    http_method_names = ["get", "post", "head", "options"]
    right = "bank"

    def get_queryset(self) -> models.QuerySet[BankEntry]:
        return super().get_queryset().filter(statement__state=BankStatement.State.ACCEPTED)

    @extend_schema(exclude=True)
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Entries come with their statement."""
        return self.http_method_not_allowed(request)

    @extend_schema(request=None, responses=BankEntrySerializer)
    @action(detail=True, methods=["post"])
    def match(self, _request: Request, **_kwargs: Any) -> Response:
        """Does what is suggested; without a suggestion the five steps are asked again. 409 `wrong_status`."""
        row = self.get_object()
        act = confirm_entry if row.state == BankEntry.State.SUGGESTED else rematch_entry
        act(row, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=SplitRequest, responses=BankEntrySerializer)
    @action(detail=True, methods=["post"])
    def split(self, _request: Request, **_kwargs: Any) -> Response:
        """Books it for a client over several invoices, or as credit. 409 `wrong_status`, `period_locked`."""
        row = self.get_object()
        body = self.checked(SplitRequest)
        settles = {each["invoice"]: each["amount"] for each in body["allocations"]}
        settle_entry(row, client=body["client"], settles=settles, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=None, responses=BankEntrySerializer)
    @action(detail=True, methods=["post"])
    def undo(self, _request: Request, **_kwargs: Any) -> Response:
        """Corrects its payment today; the invoices are owed again. 409 `wrong_status`, `period_locked`."""
        row = self.get_object()
        undo_entry(row, on=self.today, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=IgnoreRequest, responses=BankEntrySerializer)
    @action(detail=True, methods=["post"])
    def ignore(self, _request: Request, **_kwargs: Any) -> Response:
        """Leaves it out with a reason. 409 `wrong_status`."""
        row = self.get_object()
        ignore_entry(row, reason=self.checked(IgnoreRequest)["reason"])
        return self.shown(row)
