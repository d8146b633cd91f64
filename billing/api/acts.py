"""The frame of billing's resources: what is written goes through the services that pages call, never around them."""

from datetime import date, datetime
from typing import Any, ClassVar, cast

from django.db import models
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from billing.models.prices import price_shown
from crm.api.viewsets import RecordViewSet, tagged
from crm.models import User


class ActingViewSet[M: models.Model](RecordViewSet[M]):
    """Subclasses say by `make` and `alter` which service writes; the answer is always the row as it then stands.

    Who may not change a new row might not have made it: the whole request is undone.

    `priced` resources have `client` and `seller`, and hide their prices from those who may not see them.
    """

    priced: ClassVar[bool] = False

    @property
    def user(self) -> User:
        return cast("User", self.request.user)

    @property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def today(self) -> date:
        return timezone.localdate()

    def get_queryset(self) -> models.QuerySet[M]:
        rows: models.QuerySet[M] = self.with_prices(super().get_queryset())
        return rows

    def with_prices(self, rows: Any) -> Any:
        return rows.annotate(shows_price=price_shown(self.user)) if self.priced else rows

    def written(self) -> Any:
        """Rows to answer with after writing: also what the writer may not see among others'."""
        return self.with_prices(cast("Any", self).queryset)

    def fresh(self, row: M, *, made: bool) -> Any:  # noqa: ARG002  # for those who know what is new
        """The row to answer with; `made` says that it is new."""
        return self.written().get(pk=row.pk)

    def make(self, fields: dict[str, Any]) -> M:
        """Saves a new row by its service."""
        raise NotImplementedError

    def alter(self, row: M, fields: dict[str, Any]) -> None:
        """Changes a row by its service."""
        raise NotImplementedError

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row = self.make(asked.validated_data)
        if not self.may_change(row):
            raise PermissionDenied
        return self.shown(row, made=True, by=asked)

    def update(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        asked = self.get_serializer(row, data=request.data, partial=kwargs.get("partial", False))
        asked.is_valid(raise_exception=True)
        self.alter(row, asked.validated_data)
        return self.shown(row)

    def shown(self, row: M, *, made: bool = False, by: BaseSerializer[M] | None = None) -> Response:
        """The row as the database has it now; `by` is a serializer whose fields stand already."""
        shown = by or self.get_serializer()
        shown.instance = self.fresh(row, made=made)
        response = tagged(self.request, shown.data)
        response.status_code = status.HTTP_201_CREATED if made else response.status_code
        return response
