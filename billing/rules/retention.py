"""How long the law wants a document kept, always until the end of a year: then it may name nobody any more.

Germany: 8 years for vouchers (§ 147 (3) AO, § 14b UStG since 2025), 6 for letters and contracts (§ 257 (4) HGB).
Russia: 5 years for both (402-FZ 29 (1); order 236 of Rosarchiv). Elsewhere as in Germany.
"""

from datetime import date
from enum import Enum


class Paper(Enum):
    VOUCHER = "voucher"
    LETTER = "letter"


YEARS = {("RU", Paper.VOUCHER): 5, ("RU", Paper.LETTER): 5}
USUAL = {Paper.VOUCHER: 8, Paper.LETTER: 6}


def keep_until(paper: Paper, on: date, *, country: str) -> date:
    """The last day of the last year, counted from the end of the year in which it was made."""
    return date(on.year + YEARS.get((country, paper), USUAL[paper]), 12, 31)
