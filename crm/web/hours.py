"""Hours as people type them, minutes as the product keeps them."""

from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.money import round_half_up

MOST_HOURS = 100_000


class HoursField(forms.DecimalField):
    """Whole minutes, typed as hours: 1.5 or 1:30."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MOST_HOURS, "max_digits": 9, "decimal_places": 3, **kwargs})
        self.widget.input_type = "text"
        self.widget.attrs["inputmode"] = "decimal"

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{round_half_up(Fraction(value, 60), 2).normalize():f}"
        return value

    def clean(self, value: Any) -> Any:
        hours = super().clean(_as_decimal(value))
        return None if hours is None else int(round_half_up(Fraction(hours) * 60, 0))


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10


def _as_decimal(value: Any) -> Any:
    """1:30 as 1.5; a decimal comma as a dot."""
    if not isinstance(value, str):
        return value
    whole, colon, rest = value.strip().partition(":")
    if not colon:
        return value.strip().replace(",", ".")
    if not (_is_number(whole) and _is_number(rest) and int(rest) < 60):
        raise ValidationError(_("Write hours as 1.5 or 1:30."), code="invalid")
    return str(round_half_up(Fraction(int(whole) * 60 + int(rest), 60), 3))
