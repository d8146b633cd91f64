"""Identifiers are stored one way, however they were typed."""

from typing import Any

from django.db import models

from clients.rules.tax_ids import compact
from crm.api.serializers import RecordSerializer


class CompactSerializer[M: models.Model](RecordSerializer[M]):
    """`Meta.compact` names identifiers that lose their spaces, dots and hyphens once the model has checked them."""

    def validate(self, attrs: Any) -> Any:
        checked = super().validate(attrs)
        names: tuple[str, ...] = getattr(self.Meta, "compact", ())
        return {**checked, **{name: compact(checked[name]) for name in names if checked.get(name)}}
