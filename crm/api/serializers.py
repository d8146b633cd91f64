"""The base of all serializers: the model's own constraints answer in words, with the field named."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import F
from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.settings import api_settings

from crm.access import may
from crm.api.errors import detail_of
from crm.api.fields import ExactField, MomentField, VisibleRelation
from crm.db.lines import text_check

TEXT_LIMIT = 50_000

_read: dict[tuple[type, str, str | None], tuple[Any, dict[str, Any]]] = {}


class RecordSerializer[M: models.Model](serializers.ModelSerializer[M]):
    """`Meta.guarded` maps a field to the right that shows it; without the right it is null."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: MomentField,
        models.DecimalField: ExactField,
    }
    serializer_related_field = VisibleRelation

    def build_field(self, field_name: str, info: Any, model_class: Any, nested_depth: int) -> Any:
        """What DRF reads off the model, read once for each language: labels and messages may be words."""
        key = (type(self), field_name, get_language())
        if key in _read:
            built, kwargs = _read[key]
            return built, dict(kwargs)
        built, kwargs = super().build_field(field_name, info, model_class, nested_depth)
        if "child" not in kwargs:  # a field inside a field belongs to one serializer alone
            _read[key] = built, dict(kwargs)
        return built, kwargs

    def build_standard_field(self, field_name: str, model_field: "models.Field[Any, Any]") -> Any:
        """Computed columns are read only, columns that the database fills are not required, text has an end."""
        if isinstance(model_field, models.GeneratedField) and model_field.output_field:
            built, kwargs = super().build_standard_field(field_name, model_field.output_field)
            return built, {key: kwargs[key] for key in kwargs if key in SIZES} | {"read_only": True}
        built, kwargs = super().build_standard_field(field_name, model_field)
        if isinstance(model_field, models.TextField):
            kwargs.setdefault("max_length", TEXT_LIMIT)
        if (check := text_check(model_field)) and not kwargs.get("read_only"):
            kwargs["validators"] = [*kwargs.get("validators", ()), check]
        if model_field.has_db_default() and not kwargs.get("read_only"):
            kwargs["required"] = False
        return built, kwargs

    def get_uniqueness_extra_kwargs(self, _names: Any, _declared: Any, extra_kwargs: Any) -> Any:
        """Uniqueness over several columns is the model's constraint (see `validate`); it makes no field required."""
        return extra_kwargs, {}

    def get_unique_together_validators(self) -> list[Any]:
        return []

    def validate(self, attrs: Any) -> Any:
        """Asks the model as a form would: its `clean`, then each of its constraints."""
        row = self._row_with(attrs)
        try:
            row.clean()
        except ValidationError as exc:
            raise serializers.ValidationError(detail_of(exc)) from exc
        errors: dict[str, list[Any]] = {}
        for constraint, refused in violations(row):
            named = self._field_of(constraint, attrs)
            errors.setdefault(named, []).extend(next(iter(detail_of(refused).values())))
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def to_representation(self, instance: M) -> Any:
        shown = super().to_representation(instance)
        guarded: Mapping[str, str] = getattr(self.Meta, "guarded", {})
        for name, right in guarded.items():
            if name in shown and not may(self.context["request"].user, right):
                shown[name] = None
        return shown

    def _row_with(self, attrs: Mapping[str, Any]) -> models.Model:
        model: Callable[[], models.Model] = self.Meta.model
        row = copy(self.instance) if isinstance(self.instance, models.Model) else model()
        for field in row._meta.concrete_fields:
            if field.name in attrs:
                setattr(row, field.name, attrs[field.name])
        return row

    def _field_of(self, constraint: models.constraints.BaseConstraint, attrs: Mapping[str, Any]) -> str:
        """The field to show a violated constraint at: one that was sent, else one that could have been."""
        named = [name for name in columns_of(constraint) if name in self.fields]
        sent = [name for name in named if name in attrs]
        return next(iter(reversed(sent or named)), api_settings.NON_FIELD_ERRORS_KEY)


SIZES = ("max_digits", "decimal_places", "max_length", "choices")


def violations(row: models.Model) -> Iterator[tuple[models.constraints.BaseConstraint, ValidationError]]:
    """Every constraint of the model that the row would break.

    Those about the row alone come first, and alone if one is broken: a period that ends before it begins cannot
    even be compared with others.
    """
    rules = [(model, constraint) for model, constraints in row.get_constraints() for constraint in constraints]
    rules.sort(key=lambda rule: not isinstance(rule[1], models.CheckConstraint))
    broken = False
    for model, constraint in rules:
        if broken and not isinstance(constraint, models.CheckConstraint):
            return
        try:
            constraint.validate(model, row)
        except ValidationError as exc:
            broken = True
            yield constraint, exc


def columns_of(constraint: models.constraints.BaseConstraint) -> list[str]:
    """The fields that a constraint speaks of, in its own order."""
    if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
        return list(constraint.fields)
    condition = getattr(constraint, "condition", None)
    referenced = sorted(condition.referenced_base_fields) if isinstance(condition, models.Q) else []
    return referenced + list(_expression_fields(getattr(constraint, "expressions", ())))


def _expression_fields(expressions: Iterable[Any]) -> Iterator[str]:
    for expression in expressions:
        part = expression[0] if isinstance(expression, (list, tuple)) else expression
        for leaf in part.flatten() if hasattr(part, "flatten") else [part]:
            if isinstance(leaf, F):
                yield str(vars(leaf)["name"]).split("__")[0]
