"""What can be imported: the fields of each kind with the headers that people give them, its check and its writing."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms

from crm.access import may
from crm.models import User

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the file; `example` stands in the file that people download to fill in."""

    name: str
    label: "str | _StrPromise"
    example: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How a program names its columns: it is known by `signs`, all of which stand in the file.

    `columns` says which fills a field, the first that is there of several; names are joined by `|`.
    """

    program: str
    signs: str
    columns: Mapping[str, str]

    def fits(self, plain: Sequence[str]) -> bool:
        return {plain_header(sign) for sign in self.signs.split("|")} <= set(plain)

    def places(self, plain: Sequence[str]) -> dict[str, int]:
        named = {field: [plain_header(name) for name in names.split("|")] for field, names in self.columns.items()}
        firsts = {field: next((plain.index(n) for n in names if n in plain), None) for field, names in named.items()}
        return {field: place for field, place in firsts.items() if place is not None}


@dataclass(frozen=True, slots=True)
class Kind:
    """`headers` gives other names for each column, in three languages, words joined by `_`.

    `form(values, known)` checks one row against what `known(user)` read once for all rows.

    `write(form, user)` makes the row's object, `write_all` those of many rows at once where that is cheaper.

    `undo(objects, user)` takes them back or raises ValidationError. `keys(form)` name what may occur only once in a
    file. `layouts` are the programs whose exports are known; `settle(mapping, rows)` looks at the cells after guessing.
    """

    code: str
    label: "str | _StrPromise"
    text: "str | _StrPromise"
    fields: Sequence[Field]
    headers: Mapping[str, str]
    known: Callable[[User], Any]
    form: Callable[[Mapping[str, str], Any], forms.Form]
    keys: Callable[[forms.Form], Sequence[str]]
    write: Callable[[forms.Form, User], "Model"]
    model: "type[Model]"
    undo: Callable[[Sequence[Any], User], None]
    right: str = "client.import"
    write_all: "Callable[[Sequence[forms.Form], User], Sequence[Model]] | None" = None
    layouts: Sequence[Layout] = ()
    settle: Callable[[dict[str, int], Sequence[Sequence[str]]], dict[str, int]] = lambda mapping, _rows: mapping

    def layout_of(self, headers: Sequence[str]) -> Layout | None:
        """The program whose export it is; the layout with the most signs when several fit."""
        plain = [plain_header(header) for header in headers]
        return max((each for each in self.layouts if each.fits(plain)), key=lambda each: len(each.signs), default=None)

    def guess(self, headers: Sequence[str]) -> dict[str, int]:
        """Which column fills which field, by its header; a column fills one field only."""
        plain = [plain_header(header) for header in headers]
        layout = self.layout_of(headers)
        found = layout.places(plain) if layout else {}
        for field in self.fields:
            if field.name in found:
                continue
            others = self.headers.get(field.name, "").split()
            names = {plain_header(name) for name in (field.name, str(field.label), *others)}
            place = next((i for i, head in enumerate(plain) if head in names and i not in found.values()), None)
            if place is not None:
                found[field.name] = place
        return found


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    """From an app's `ready()`; the same code again replaces one."""
    _kinds[kind.code] = kind


def kinds() -> dict[str, Kind]:
    return _kinds


def kinds_for(user: User) -> dict[str, Kind]:
    """What the person may import."""
    return {code: kind for code, kind in _kinds.items() if may(user, kind.right)}


def repeated_headers(headers: Sequence[str]) -> list[str]:
    """Headers that stand over more than one column: only the first of them is found by its name."""
    counts = Counter(plain_header(header) for header in headers if header)
    first = {plain_header(header): header for header in reversed(headers)}
    return [first[plain] for plain, times in counts.items() if times > 1]


def plain_header(text: str) -> str:
    """A header without case, marks and spaces: `E-Mail`, `e mail` and `Email` are one."""
    return re.sub(r"[^\w]|_", "", text.casefold().replace("ё", "е"))
