"""Moments that may come as a day alone: a deadline means its end, a fact its beginning."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date
from rest_framework import serializers

from clients.services.promises import end_of_day
from crm.api.fields import MomentField


def _day_of(text: Any) -> date | None:
    try:
        return parse_date(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None


class DueField(MomentField):
    """`2026-11-27` is the end of that day in the firm's time zone."""

    def to_internal_value(self, value: Any) -> datetime:
        day = _day_of(value)
        return end_of_day(day) if day else super().to_internal_value(value)


class FactField(MomentField):
    """`2026-11-27` is the beginning of that day in the firm's time zone."""

    def to_internal_value(self, value: Any) -> datetime:
        day = _day_of(value)
        return timezone.make_aware(datetime.combine(day, time())) if day else super().to_internal_value(value)


def said_as_day(value: Any) -> bool:
    return _day_of(value) is not None


class RateField(serializers.DecimalField):
    """A share as text with six decimals, null where there is nothing to divide by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=None, decimal_places=6, read_only=True, allow_null=True, **kwargs)
