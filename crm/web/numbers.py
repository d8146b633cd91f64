"""Amounts as people write them: 1.500,00 in German, 1 500,00 in Russian, 1,500.00 in English, and plain 1500.00."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import formats

SPACES = re.compile(r"[\s'’]")  # also the hard and the narrow one
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(\D\d{3})+\Z")


def plain_number(text: str, *, decimal_sign: str, places: int | None) -> str:
    """What was typed, with a dot and no grouping; what is no number stays as it is, for the field to refuse.

    A lone sign that is not the language's decimal one groups where it must: 1.500 is 1500 in German for an amount
    with two `places`. With more places it may be a machine's 1.500, and stays that.
    """
    read = _without_grouping(SPACES.sub("", text), decimal_sign, places)
    return read if PLAIN.fullmatch(read) else text


def _without_grouping(written: str, decimal_sign: str, places: int | None) -> str:
    grouping = "." if decimal_sign == "," else ","
    if decimal_sign in written or written.count(grouping) > 1:
        return written.replace(grouping, "").replace(decimal_sign, ".")
    if places is not None and places < 3 and GROUPED.match(written):
        return written.replace(grouping, "")
    return written.replace(grouping, ".")


class NumberText(forms.TextInput):
    """A number in the person's own way of writing; a browser's own number field takes no grouping."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, places: int | None = None) -> None:
        kept = {name: value for name, value in (attrs or {}).items() if name not in ("min", "max", "step")}
        super().__init__({"inputmode": "decimal", **kept})
        self.places = places

    def format_value(self, value: Any) -> str | None:
        """A number with the language's decimal sign and every digit that it has; what was typed as it was typed."""
        try:
            number = value if isinstance(value, Decimal) else Decimal(str(value))
        except InvalidOperation:
            return None if value is None else str(value)
        return f"{number:f}".replace(".", _decimal_sign()) if number.is_finite() else str(value)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        if not isinstance(typed, str):
            return typed
        return plain_number(typed, decimal_sign=_decimal_sign(), places=self.places)


def _decimal_sign() -> str:
    return str(formats.get_format("DECIMAL_SEPARATOR"))
