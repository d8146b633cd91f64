"""Imports through the API: a file is staged and checked, mapped, run in one transaction or not at all, taken back."""

from typing import Any, cast

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.attention import Acting
from clients.filters.imports import ImportFilter
from clients.imports import batches
from clients.imports.kinds import kinds, kinds_for
from clients.imports.reading import MOST_BYTES
from clients.models import ImportBatch
from clients.serializers.imports import ImportFile, ImportRows, ImportSerializer, RowsAsked, RunImport

SHOWN = 500


class Imports(Acting[ImportBatch]):
    """Kinds are those that the caller may import: clients, contacts, history, time, package balances."""

    queryset = ImportBatch.objects.annotate(
        good_count=Count("rows", filter=Q(rows__problems=[])), bad_count=Count("rows", filter=~Q(rows__problems=[]))
    ).order_by("-pk")
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    search_fields = ["file_name"]
    ordering_fields = ["created_at", "updated_at"]
    http_method_names = ["get", "post", "patch", "head", "options"]
    right = "import"
    file_bytes = {"create": MOST_BYTES}

    def get_queryset(self) -> models.QuerySet[ImportBatch]:
        return super().get_queryset().filter(kind__in=kinds_for(self.user))

    @extend_schema(request=ImportFile, responses={201: ImportSerializer})
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ARG002  # the library's signature
        """Keeps the rows as text and says of each what is wrong with it; nothing is imported yet."""
        asked = self.checked(ImportFile)
        batch = batches.stage_file(
            kinds()[asked["kind"]], content=asked["content"], file_name=asked["file_name"], by=self.user
        )
        return self.fresh(batch, made=True)

    def perform_update(self, serializer: Any) -> None:
        """Another mapping: all rows are checked anew. 409 `wrong_status` once imported."""
        if "mapping" in serializer.validated_data:
            batch = cast("ImportBatch", serializer.instance)
            batches.map_columns(batch, mapping=serializer.validated_data["mapping"], by=self.user)
            fresh = vars(type(self).queryset.get(pk=batch.pk))
            vars(batch).update({name: fresh[name] for name in ("mapping", "good_count", "bad_count")})

    @extend_schema(responses=ImportRows)
    @action(detail=True, filterset_class=None, pagination_class=None, asks=RowsAsked)
    def rows(self, _request: Request, **_kwargs: Any) -> Response:
        """Lines of the file with what is wrong; `?bad=true` only those that cannot be imported."""
        asked = self.asked()
        rows = self.get_object().rows.filter(number__gt=asked["after"])
        if asked["bad"] is not None:
            rows = rows.bad() if asked["bad"] else rows.good()
        found = list(rows[: SHOWN + 1])
        older = found[SHOWN - 1].number if len(found) > SHOWN else None
        return Response(ImportRows({"next": older, "results": found[:SHOWN]}).data)

    @extend_schema(request=RunImport, responses=ImportSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def run(self, _request: Request, **_kwargs: Any) -> Response:
        """Writes all rows or none. 400 `bad_rows` while some are bad and `only_good` is not said; 409 once imported."""
        batch, asked = self.get_object(), self.checked(RunImport)
        batches.import_rows(batch, only_good=asked["only_good"], by=self.user, at=timezone.now())
        return self.fresh(batch)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def undo(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes back what it made. 409 `in_use` once something refers to it, `wrong_status` if it was not imported."""
        batch = self.get_object()
        batches.undo_import(batch, by=self.user)
        return self.fresh(batch)
