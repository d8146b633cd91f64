"""Amounts as people write them: 1.500,00 in German, 1 500,00 in Russian, 1,500.00 in English, and plain 1500.00."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import formats

SPACES = re.compile(r"[\s'’]")  # also the hard and the narrow one
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
LONGEST = 40
GROUPING = {",": ".", ".": ","}  # by the decimal sign; Russian groups by spaces, and writes no dots


def plain_number(text: str, *, decimal_sign: str, groups_by_dots: bool = True) -> str:
    """What was typed, with a dot and no grouping; what is no number of the language stays, for the field to refuse.

    Groups have three digits, so that 1.500 is 1500 in German, while 1500.00 and 12.5 are a machine's and stay.
    """
    written = SPACES.sub("", text)
    grouping = GROUPING[decimal_sign] if groups_by_dots else ""
    if grouping and re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(\{grouping}\d{{3}})+(\{decimal_sign}\d*)?", written):
        written = written.replace(grouping, "")
    read = written.replace(decimal_sign, ".") if grouping not in written or not grouping else written
    return read if PLAIN.fullmatch(read) and len(read) <= LONGEST else text


class NumberText(forms.TextInput):
    """A number in the person's own way of writing; a browser's own number field takes no grouping."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        kept = {name: value for name, value in (attrs or {}).items() if name not in ("min", "max", "step")}
        super().__init__({"inputmode": "decimal", **kept})

    def format_value(self, value: Any) -> str | None:
        """A number with the language's decimal sign and every digit that it has; what was typed as it was typed."""
        if value is None or value == "":
            return None
        written = f"{value:f}" if isinstance(value, Decimal) and value.is_finite() else str(value)
        return written.replace(".", _decimal_sign()) if PLAIN.fullmatch(written) else written

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        if not isinstance(typed, str):
            return typed
        return plain_number(typed, decimal_sign=_decimal_sign(), groups_by_dots=_groups_by_signs())


def _decimal_sign() -> str:
    return str(formats.get_format("DECIMAL_SEPARATOR"))


def _groups_by_signs() -> bool:
    """Whether the language groups by dots or commas, and not by spaces."""
    return str(formats.get_format("THOUSAND_SEPARATOR")) in GROUPING.values()
