"""Days to reckon with: months before and after them exist too, which the ends of the calendar do not have."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

FIRST_YEAR, LAST_YEAR = 1900, 2999


def check_day(day: date) -> None:
    """ValidationError `invalid` for a day or moment outside of the years that are reckoned with."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        words = _("The year lies between %(first)s and %(last)s.")
        raise ValidationError(words, code="invalid", params={"first": FIRST_YEAR, "last": LAST_YEAR})


def check_days_everywhere() -> None:
    """Every column, form field and API field of a day or moment asks it, without saying so each time."""
    own = (models.DateField, forms.DateField, forms.DateTimeField)
    for kind in (*own, serializers.DateField, serializers.DateTimeField):
        kind.default_validators = [*kind.default_validators, check_day]  # type: ignore[misc]  # of the class, for all
