"""Broken constraints in words: what the database refused is told as the ValidationError that the constraint names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction


@contextmanager
def worded(*, savepoint: bool = True) -> Iterator[None]:
    """A savepoint that answers a broken named constraint with its own message and code.

    A caller whose own `atomic` ends with this very error needs no second savepoint and says so.

    A trigger speaks here too: it raises with CONSTRAINT = 'name', and the model that carries it maps the name
    in `trigger_errors`. Any other integrity error passes unchanged, because nobody thought of it.
    """
    try:
        with transaction.atomic(savepoint=savepoint):
            yield
    except IntegrityError as broken:
        error = error_named(_name_of(broken))
        if error is None:
            raise
        raise error from broken


def _name_of(broken: IntegrityError) -> str:
    diagnosis = getattr(broken.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def error_named(name: str) -> ValidationError | None:
    """What the constraint or trigger of that name says; None for a name that nobody worded."""
    constraint = _constraints().get(name)
    if constraint is not None:
        code = constraint.violation_error_code or "constraint"
        return ValidationError(constraint.get_violation_error_message(), code=code)
    spoken = _trigger_errors().get(name)
    return ValidationError(spoken.message, code=spoken.code) if spoken else None


@cache
def _constraints() -> Mapping[str, models.BaseConstraint]:
    return {row.name: row for model in apps.get_models() for row in model._meta.constraints}


@cache
def _trigger_errors() -> Mapping[str, ValidationError]:
    return {name: error for model in apps.get_models() for name, error in getattr(model, "trigger_errors", {}).items()}
