"""Broken constraints in words: what the database refused is told as the ValidationError that the constraint names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

type Worded = Mapping[str, ValidationError]


@contextmanager
def worded() -> Iterator[None]:
    """A savepoint that answers a broken named constraint with its own message and code.

    A trigger speaks here too: it raises with CONSTRAINT = 'name', and the model that carries it maps the name
    in `trigger_errors`. Any other integrity error passes unchanged, because nobody thought of it.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as broken:
        error = known_errors().get(_name_of(broken))
        if error is None:
            raise
        raise ValidationError(error.message, code=error.code) from broken


def _name_of(broken: IntegrityError) -> str:
    diagnosis = getattr(broken.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


@cache
def known_errors() -> Worded:
    """What to say, by the name of the constraint or trigger."""
    errors: dict[str, ValidationError] = {}
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            message = constraint.get_violation_error_message()
            errors[constraint.name] = ValidationError(message, code=constraint.violation_error_code or "constraint")
        errors.update(getattr(model, "trigger_errors", {}))
    return errors
