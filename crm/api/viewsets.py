"""Viewsets: what may not be seen answers 404, what is seen but may not be changed 403, in every resource alike."""

from collections.abc import Mapping
from typing import Any, cast

from django.db import models
from django.utils.dateparse import parse_datetime
from rest_framework import status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from crm.access import visible
from crm.api.endpoints import Framed
from crm.api.etags import check_match, etag_of, is_known
from crm.api.tombstones import tombstones_since
from crm.db import External
from crm.models import User


class Guarded[M: models.Model](Framed, viewsets.GenericViewSet[M]):
    """A resource named by `right`: `<right>.see` reads it, `<right>.change` writes it, `rights` names other acts.

    Rows are limited by the queryset's `visible_to(user)`; what an unsafe action loads also by `changeable_by(user)`.
    `open_actions` name unsafe actions that ask only for visibility, because their service judges for itself.
    """

    right: str = ""
    rights: Mapping[str, str] = {}
    open_actions: tuple[str, ...] = ()

    def right_for(self, request: Request) -> str:
        verb = "see" if request.method in SAFE_METHODS or self.action is None else "change"
        return self.rights.get(self.action or "", f"{self.right}.{verb}")

    def get_queryset(self) -> models.QuerySet[M]:
        return visible(super().get_queryset(), self.request.user)

    def get_object(self) -> M:
        """The object by its id; before an unsafe act it is compared with `If-Match` and asked for its rights."""
        row = super().get_object()
        if self.request.method in SAFE_METHODS:
            return row
        if "If-Match" in self.request.headers:
            type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
            row.refresh_from_db()
            check_match(self.request, etag_of(self.get_serializer(row).data))
        if not self.may_change(row):
            raise PermissionDenied
        return row

    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        return tagged(request, self.get_serializer(self.get_object()).data)

    def may_change(self, row: M) -> bool:
        limit = getattr(type(row)._default_manager.all(), "changeable_by", None)
        if limit is None or self.action in self.open_actions:
            return True
        allowed: models.QuerySet[M] = limit(self.request.user)
        return allowed.filter(pk=row.pk).exists()


class RecordViewSet[M: models.Model](Guarded[M], viewsets.ModelViewSet[M]):
    """All five verbs on one model; narrow `http_method_names` where a record is never changed or deleted."""

    def update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        response = super().update(request, *_args, **_kwargs)
        row = response.data.serializer.instance
        if has_field(type(row), "updated_at"):
            row.refresh_from_db(fields=["updated_at"])  # moved by the database
        return tagged(request, self.get_serializer(row).data)

    def list(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """With `?updated_after=` in the order of change; the last page also names what was deleted since."""
        response = super().list(request, *_args, **_kwargs)
        model = self.get_queryset().model
        since = parse_datetime(request.query_params.get("updated_after", "").replace(" ", "+"))
        if since and issubclass(model, External) and getattr(self.paginator, "is_last", True):
            response.data["results"] = [
                *response.data["results"],
                *tombstones_since(model, since, user=cast("User", request.user)),
            ]
        return response

    def filter_queryset[Row](self, queryset: models.QuerySet[M, Row]) -> models.QuerySet[M, Row]:
        rows = super().filter_queryset(queryset)
        asked = self.request.query_params
        by_change = "updated_after" in asked and "ordering" not in asked and has_field(rows.model, "updated_at")
        return rows.order_by("updated_at", "pk") if by_change else rows


def has_field(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


def tagged(request: Request, representation: Any) -> Response:
    """One object with its ETag; 304 when the caller already has it."""
    etag = etag_of(representation)
    if request.method in SAFE_METHODS and is_known(request, etag):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
    return Response(representation, headers={"ETag": etag})
