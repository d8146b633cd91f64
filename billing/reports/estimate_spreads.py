"""By how much single works stray from what was signed: a range for the next one, over all and by service line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Offer
from billing.rules.estimates import LEAST_SPREAD, Decided, Spread, spread_of
from clients.models import ServiceLine
from crm.models import User
from crm.money import round_half_up
from crm.web.formats import language, write_percent


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """One service line, or all works; fractions with six decimals, None below ten works.

    `typical` is how much longer the middle work took, `low` and `high` hold the next one in four cases of five.
    Errors are those of the mean and the deviation of the logarithm of used / signed.
    """

    name: str
    works: int
    typical: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    mean: Decimal | None = None
    mean_error: Decimal | None = None
    deviation: Decimal | None = None
    deviation_error: Decimal | None = None

    @property
    def shown(self) -> list[str]:
        """Typical, low and high in words, in whole per cent with their sign; empty where nothing can be said."""
        figures = [each for each in (self.typical, self.low, self.high) if each is not None]
        return [f"{'+' if each > 0 else ''}{write_percent(each, 0)}" for each in figures]

    @property
    def missing(self) -> int:
        """Works that are still needed to say something."""
        return max(0, LEAST_SPREAD - self.works)


def estimate_spreads(user: User, *, first: date, last: date) -> list[SpreadRow]:
    """All works first, then each service line with delivered works, by name; works without a line count in all only."""
    rows: Any = Offer.objects.visible_to(user).delivered().filter(closed_on__range=(first, last), signed_minutes__gt=0)
    works = rows.with_used_minutes().values_list("service_line", "signed_minutes", "used_minutes")
    found = [(line, Decided(signed, used)) for line, signed, used in works if used]
    lines = {
        line.pk: line.name_in(language()) for line in ServiceLine.objects.filter(pk__in={pk for pk, _work in found})
    }
    by_line = [
        _row(name, [work for key, work in found if key == pk])
        for pk, name in sorted(lines.items(), key=lambda pair: pair[1])
    ]
    return [_row(_("All works"), [work for _key, work in found]), *by_line]


def _row(name: str, works: Iterable[Decided]) -> SpreadRow:
    kept = list(works)
    spread = spread_of(kept)
    return SpreadRow(name, len(kept), **_figures(spread)) if spread else SpreadRow(name, len(kept))


def _figures(spread: Spread) -> dict[str, Decimal]:
    low, high = spread.four_of_five
    exact = {
        "typical": spread.typical,
        "low": low,
        "high": high,
        "mean": spread.mean,
        "mean_error": spread.mean_error,
        "deviation": spread.deviation,
        "deviation_error": spread.deviation_error,
    }
    return {name: round_half_up(Decimal(repr(value)), 6) for name, value in exact.items()}
