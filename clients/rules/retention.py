"""How long the law wants a document kept, always until the end of a year: then it may name nobody any more.

Germany: 8 years for vouchers (§ 147 (3) AO, § 14b UStG since 2025), 10 for books, 6 for letters and contracts (§ 257
(4) HGB). Russia: 5 years for all (402-FZ 29 (1); order 236 of Rosarchiv). Elsewhere as in Germany.
"""

from datetime import date
from enum import Enum


class Paper(Enum):
    VOUCHER = "voucher"
    LETTER = "letter"
    BOOK = "book"


RUSSIAN = 5
USUAL = {Paper.VOUCHER: 8, Paper.LETTER: 6, Paper.BOOK: 10}


def years_kept(paper: Paper, *, country: str) -> int:
    """The years that the law of the own company's country wants, at least."""
    return RUSSIAN if country == "RU" else USUAL[paper]


def keep_until(paper: Paper, on: date, *, country: str, years: int = 0) -> date:
    """The last day of the last year, counted from the end of the year in which it was made.

    `years` is how long the own company keeps its papers where that is longer than the law wants.
    """
    return date(on.year + max(years, years_kept(paper, country=country)), 12, 31)
