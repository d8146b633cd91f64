"""Public holidays by country, for service levels and working days."""

from collections.abc import Iterable
from datetime import date

import holidays


def country_holidays(calendar: str, years: Iterable[int]) -> frozenset[date]:
    """Of a calendar such as DE, DE-BY or RU; an unknown one has none."""
    country, _sep, part = calendar.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))
    except NotImplementedError:
        return frozenset()
