"""What rows of billing have in common: prices that only some may see, terms that are made once, a seller's defaults."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from clients.models import Client, Seller
from crm.api.serializers import RecordSerializer


class PricedSerializer[M: models.Model](RecordSerializer[M]):
    """`Meta.prices` names fields that are null for who may not see this client's prices (billing.models.prices)."""

    def to_representation(self, instance: M) -> Any:
        shown = super().to_representation(instance)
        prices: Sequence[str] = getattr(self.Meta, "prices", ())
        if prices and not getattr(instance, "shows_price", False):
            shown |= dict.fromkeys((name for name in prices if name in shown), None)
        return shown


class AgreementSerializer[M: models.Model](PricedSerializer[M]):
    """`Meta.once` names fields that are said when a row is made and never changed afterwards.

    What a new agreement leaves out it takes over from its client and the own company that serves them.
    """

    default_error_messages = {
        "once": _("This is said once and not changed afterwards."),
        "seller_missing": _("Say which own company works for this client."),
    }

    def validate(self, attrs: Any) -> Any:
        if isinstance(self.instance, models.Model):
            self._check_once(self.instance, attrs)
            return super().validate(attrs)
        return super().validate(self.with_terms(attrs))

    def with_terms(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Own company, currency and price basis where the request names none."""
        client: Client | None = attrs.get("client")
        seller: Seller | None = attrs.get("seller") or (client.default_seller if client else None)
        if seller is None:
            raise serializers.ValidationError({"seller": self.error_messages["seller_missing"]}, "seller_missing")
        defaults = {
            "seller": seller,
            "currency": client.currency if client else seller.currency,
            "price_includes_tax": seller.price_includes_tax,
        }
        return {name: value for name, value in defaults.items() if name in self.fields} | attrs

    def _check_once(self, row: models.Model, attrs: Mapping[str, Any]) -> None:
        once: Sequence[str] = getattr(self.Meta, "once", ())
        changed = [name for name in once if name in attrs and attrs[name] != getattr(row, name)]
        if changed:
            message = self.error_messages["once"]
            raise serializers.ValidationError({name: [message] for name in changed}, "made_once")
