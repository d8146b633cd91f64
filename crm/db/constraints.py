"""Constraints that several apps need, with worded messages."""

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class DateRange(Func):
    """PostgreSQL's daterange(from, to, bounds)."""

    function = "daterange"
    output_field = DateRangeField()


def no_overlap(
    *scope: str,
    name: str,
    start: str = "valid_from",
    end: str = "valid_to",
    message: "str | _StrPromise",
    condition: Q | None = None,
) -> ExclusionConstraint:
    """Two rows of one scope never cover the same day; both ends are inclusive, an empty end is open.

    A scope column ending in `_id` may be empty: empty equals empty here, which a plain unique key would not say.
    """
    period = DateRange(F(start), F(end), Value("[]"))
    parts: list[tuple[Combinable, str]] = [
        (Coalesce(F(column), Value(0)) if column.endswith("_id") else F(column), RangeOperators.EQUAL)
        for column in scope
    ]
    return ExclusionConstraint(
        name=name,
        expressions=[*parts, (period, RangeOperators.OVERLAPS)],
        condition=condition,
        violation_error_message=message,
        violation_error_code="overlap",
    )
