"""Amounts that have no exchange rate: a sum over them is unknown, and a note says which rate is missing for what."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from crm.web.formats import write_day

NAMED = 5


class RateGap(NamedTuple):
    """A currency without a rate on a day, and the document whose amount it leaves unknown."""

    currency: str
    on: date
    document: str


def plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The sum, unknown if a part of it is."""
    return None if one is None or other is None else one + other


def total_of(parts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of them all, unknown if one of them is."""
    whole: Decimal | None = Decimal("0.00")
    for part in parts:
        whole = plus(whole, part)
    return whole


def note_gaps(gaps: Iterable[RateGap]) -> str | None:
    """One sentence for each currency and day, with the documents named; None where no rate is missing."""
    found: dict[tuple[date, str], set[str]] = defaultdict(set)
    for gap in gaps:
        found[gap.on, gap.currency].add(gap.document)
    return " ".join(_sentence(currency, on, sorted(found[on, currency])) for on, currency in sorted(found)) or None


def _sentence(currency: str, on: date, documents: list[str]) -> str:
    words = ", ".join(documents[:NAMED])
    more = len(documents) - NAMED
    if more > 0:
        words = ngettext("%(words)s and %(n)s more", "%(words)s and %(n)s more", more) % {"words": words, "n": more}
    return gettext("There is no exchange rate for %(currency)s on %(day)s: %(documents)s.") % {
        "currency": currency,
        "day": write_day(on),
        "documents": words,
    }
