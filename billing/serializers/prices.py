"""Prices that only some may see."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from crm.api.serializers import RecordSerializer


class PricedSerializer[M: models.Model](RecordSerializer[M]):
    """`Meta.prices` names fields that are null for who may not see this client's prices (billing.models.prices)."""

    def to_representation(self, instance: M) -> Any:
        shown = super().to_representation(instance)
        prices: Sequence[str] = getattr(self.Meta, "prices", ())
        if not getattr(instance, "shows_price", False):
            shown |= dict.fromkeys((name for name in prices if name in shown), None)
        return shown
