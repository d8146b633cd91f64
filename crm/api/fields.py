"""Serializer fields that speak the contract: moments in UTC with Z, relations limited to what the caller sees."""

from datetime import UTC
from typing import Any

from django.db import models
from rest_framework import serializers

from crm.api.filters import visible


class MomentField(serializers.DateTimeField):
    """A moment, written in UTC with `Z`; one that comes without an offset is meant in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", UTC)
        super().__init__(**kwargs)


class VisibleRelation(serializers.PrimaryKeyRelatedField[Any]):
    """A relation by id; what the caller may not see does not exist for them."""

    def get_queryset(self) -> models.QuerySet[Any] | None:
        rows = super().get_queryset()
        request = self.context.get("request")
        return rows if rows is None or request is None else visible(rows, request.user)

    def to_internal_value(self, data: Any) -> Any:
        """An id is a whole number that fits its column; anything else names nothing."""
        if isinstance(data, int) and not isinstance(data, bool) and not -(2**63) <= data < 2**63:
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(data)
