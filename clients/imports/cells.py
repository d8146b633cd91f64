"""Form fields that read cells as people write them in three languages: days, amounts, hours, people, choices."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.imports.kinds import plain_header
from crm.db.days import check_day
from crm.periods import read_day

CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
STAMP = "%Y-%m-%d %H:%M"
"""How a day with a time comes out of a workbook."""
DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", STAMP)


class _Shared(dict[str, forms.Field]):
    """Fields that all rows of a file share."""

    def __deepcopy__(self, _memo: Any) -> "_Shared":
        return self


class RowForm(forms.Form):
    """One row of a file. Its fields never differ from row to row, so they are not copied for each."""

    def __init__(self, values: Mapping[str, str]) -> None:
        if not isinstance(self.base_fields, _Shared):
            type(self).base_fields = _Shared(self.base_fields)
        super().__init__(values)


class DayCell(forms.CharField):
    """2024-02-09, 09.02.2024 or 09/02/2024; the day comes before the month."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = read_day(text, *DAYS)
        if found is not None:
            check_day(found)
            return found
        raise ValidationError(_("“%(value)s” is no day. Write 2024-02-09 or 09.02.2024."), "invalid", {"value": text})


class ClockCell(forms.CharField):
    """14:05, 14:05:00 or 2:05 PM."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        for pattern in CLOCKS:
            try:
                return datetime.strptime(text.upper(), pattern).time()  # noqa: DTZ007 (a clock has no zone)
            except ValueError:
                continue
        if text:
            raise ValidationError(_("“%(value)s” is no time of day."), "invalid", {"value": text})
        return None


def clock_within(text: str) -> time | None:
    """The time of day that a cell of a day holds beside it."""
    try:
        return datetime.strptime(text.strip(), STAMP).time()  # noqa: DTZ007 (a clock has no zone)
    except ValueError:
        return None


class MonthFirstCell(forms.CharField):
    """11/28/2026, as American programs write it."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = read_day(text, "%m/%d/%Y")
        if found is None:
            raise ValidationError(_("“%(value)s” is no day. Write 11/28/2026."), "invalid", {"value": text})
        check_day(found)
        return found


SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}\b")


def prefer_month_first(mapping: dict[str, int], rows: Sequence[Sequence[str]], name: str) -> dict[str, int]:
    """The days of a column go to `month_first` when only that reads them: one day above the twelfth tells."""
    place = mapping.get(name)
    if place is None or "month_first" in mapping:
        return mapping
    days = [row[place] for row in rows if row[place]]
    found = [match.groups() for day in days if (match := SLASHES.match(day))]
    if len(found) < len(days) or any(int(first) > 12 for first, _second in found):
        return mapping
    if all(int(second) <= 12 for _first, second in found):
        return mapping
    return {("month_first" if each == name else each): column for each, column in mapping.items()}


def doubtful_day(days: Sequence[str]) -> str:
    """A day that could be read either way, when every day of the column can; else empty."""
    found = [match.groups() for day in days if day and (match := SLASHES.match(day))]
    doubtful = found and all(int(first) <= 12 and int(second) <= 12 for first, second in found)
    return next(day for day in days if SLASHES.match(day)) if doubtful else ""


class AmountCell(forms.CharField):
    """1 234,56 or 1,234.56 or 1234.5, with or without a currency sign; at most two decimals."""

    def __init__(self, *, max_whole: int = 12, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_whole = max_whole

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        amount = amount_of(text)
        if amount is None or amount < 0 or amount >= 10**self.max_whole:
            raise ValidationError(_("“%(value)s” is no amount."), "invalid", {"value": text})
        if amount != round(amount, 2):
            raise ValidationError(_("“%(value)s” has more than two decimals."), "invalid", {"value": text})
        return amount


def amount_of(text: str) -> Decimal | None:
    """The number in a text, whichever mark stands before its decimals; None when there is no single one."""
    bare = re.sub(r"[\s\u00a0\u202f'€$₽]|EUR|USD|RUB|руб\.?", "", text)
    decimals = max(bare.rfind(","), bare.rfind("."))
    both = "," in bare and "." in bare
    if both:
        bare = bare[:decimals].replace(",", "").replace(".", "") + "." + bare[decimals + 1 :]
    elif bare.count(",") + bare.count(".") > 1:
        bare = bare.replace(",", "").replace(".", "")
    try:
        number = Decimal(bare.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


class HoursCell(AmountCell):
    """8,5 or 8:30 as minutes; a minute is the smallest part."""

    def clean(self, value: Any) -> Any:
        clock = re.fullmatch(r"\s*(\d{1,5}):([0-5]\d)\s*", str(value or ""))
        if clock:
            return int(clock[1]) * 60 + int(clock[2])
        hours = super().clean(value)
        return None if hours is None else round(hours * 60)


class WordCell(forms.CharField):
    """One of a few words, by its code or by any of its names; empty is the default."""

    def __init__(self, words: Mapping[str, str], *, default: str = "", **kwargs: Any) -> None:
        super().__init__(required=kwargs.pop("required", False), **kwargs)
        self.codes = {plain_header(name): code for code, names in words.items() for name in (code, *names.split("|"))}
        self.default = default

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        if not text:
            return self.default
        code = self.codes.get(plain_header(text))
        if code is None:
            allowed = ", ".join(dict.fromkeys(self.codes.values()))
            raise ValidationError(
                _("“%(value)s” is none of these: %(allowed)s."), "invalid", {"value": text, "allowed": allowed}
            )
        return code


class Known:
    """Rows by any of their names, read once for a whole file; a name that several share names none of them."""

    def __init__(self, named: Iterable[tuple[Any, Iterable[str]]]) -> None:
        self.found: dict[str, Any] = {}
        self.shared: set[str] = set()
        for row, names in named:
            self.add(row, names)

    def add(self, row: Any, names: Iterable[str]) -> None:
        for name in {name.casefold().strip() for name in names} - {""}:
            if self.found.setdefault(name, row) != row:
                self.shared.add(name)

    @property
    def only(self) -> Any:
        """The row when there is no other, so that a file need not name it; else None."""
        rows = list(dict.fromkeys(self.found.values()))
        return rows[0] if len(rows) == 1 else None

    def find(self, text: str, *, missing: Any, shared: Any) -> Any:
        """The row of that name. Raises ValidationError with the given words."""
        name = text.casefold().strip()
        if name in self.shared:
            raise ValidationError(shared, "shared", {"value": text})
        if name not in self.found:
            raise ValidationError(missing, "missing", {"value": text})
        return self.found[name]
