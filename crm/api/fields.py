"""Serializer fields that speak the contract: moments in UTC with Z, relations limited to what the caller sees."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS

from crm.access import visible
from crm.db.lines import check_line


class MomentField(serializers.DateTimeField):
    """A moment, written in UTC with `Z`; one that comes without an offset is meant in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", UTC)
        super().__init__(**kwargs)


class ExactField(serializers.DecimalField):
    """An amount or rate, as text or as a whole number; what came as a float is no longer what was meant."""

    default_error_messages = {"float": _("Send it as text, for example “150.00”: a float is not exact.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float):
            self.fail("float")
        return super().to_internal_value(data)


class PriceField(ExactField):
    """A price of one unit: two decimals like all money, up to four where it really has them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(14, 4, **kwargs)

    def to_representation(self, value: Any) -> Any:
        text = str(super().to_representation(value))
        return text.removesuffix("00")


class LineField(serializers.CharField):
    """Text of one line that is no column of the resource itself, such as who signed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(check_line)


def base64_length(count: int) -> int:
    """How many characters so many bytes have at most."""
    return count * 4 // 3 + 4


class Base64Field(serializers.CharField):
    """A file inside a JSON body; the value is its bytes."""

    default_error_messages = {"invalid": _("This is not base64.")}

    def __init__(self, *, max_bytes: int, **kwargs: Any) -> None:
        super().__init__(max_length=base64_length(max_bytes), **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Decoded last, so that the length of the text is checked before."""
        text = super().run_validation(data)
        try:
            return base64.b64decode(text, validate=True) if isinstance(text, str) else text
        except (binascii.Error, ValueError):
            self.fail("invalid")


class VisibleRelations(serializers.ManyRelatedField):
    """A list of ids. The framework's own walks over whatever can be walked, and takes `{}` for an empty list."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class VisibleRelation(serializers.PrimaryKeyRelatedField[Any]):
    """A relation by id; what the caller may not see does not exist for them."""

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> VisibleRelations:
        named = {name: kwargs[name] for name in MANY_RELATION_KWARGS if name in kwargs}
        return VisibleRelations(child_relation=cls(*args, **kwargs), **named)

    def get_queryset(self) -> models.QuerySet[Any] | None:
        rows = super().get_queryset()
        request = self.context.get("request")
        return rows if rows is None or request is None else visible(rows, request.user)

    def to_internal_value(self, data: Any) -> Any:
        """An id is a whole number that fits its column; anything else names nothing."""
        if isinstance(data, int) and not isinstance(data, bool):
            if not -(2**63) <= data < 2**63:
                self.fail("does_not_exist", pk_value=data)
            if self.field_name in self.context.get(LOADED, {}):
                return self._loaded(data)
        return super().to_internal_value(data)

    def _loaded(self, pk: int) -> Any:
        known: Mapping[int, Any] = self.context[LOADED][self.field_name]
        if pk not in known:
            self.fail("does_not_exist", pk_value=pk)
        return known[pk]


LOADED = "loaded_relations"


def load_relations(serializer: serializers.Serializer[Any], rows: Sequence[Any]) -> None:
    """Fetches what many rows of a request refer to in one query for each relation, before they are checked."""
    loaded: dict[str, Any] = {}
    cast("dict[str, Any]", serializer.context)[LOADED] = loaded
    for name, field in serializer.fields.items():
        related = field.get_queryset() if isinstance(field, VisibleRelation) else None
        if related is not None:
            ids = {row[name] for row in rows if isinstance(row, dict) and _is_id(row.get(name))}
            loaded[name] = related.in_bulk(ids)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
