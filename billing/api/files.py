"""Answers that are files or periods: what lists and statements share."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class ByView(DefaultContentNegotiation):
    """Leaves `?format=` to the view: it names a file, not a way to write the same answer."""

    def select_renderer(self, _request: Request, renderers: Any, _format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Period(serializers.Serializer[Any]):
    """`from` and `to`, both inclusive; an end that is left out is open."""

    def get_fields(self) -> dict[str, Any]:
        return {name: serializers.DateField(required=False) for name in ("from", "to")} | super().get_fields()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "from" in attrs and "to" in attrs and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": _("It ends before it begins.")}, "ends_before_start")
        return attrs


def period_of(asked: dict[str, Any]) -> dict[str, date | None]:
    return {"first": asked.get("from"), "last": asked.get("to")}
