"""How long papers are kept: the law's years from the end of the year, or the own company's where those are more."""

from datetime import date

import pytest

from clients.rules.retention import Paper, keep_until, years_kept

ON = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("country", "paper", "years", "last"),
    [
        ("DE", Paper.VOUCHER, 0, date(2034, 12, 31)),
        ("DE", Paper.BOOK, 0, date(2036, 12, 31)),
        ("DE", Paper.LETTER, 0, date(2032, 12, 31)),
        ("RU", Paper.VOUCHER, 0, date(2031, 12, 31)),
        ("RU", Paper.BOOK, 0, date(2031, 12, 31)),
        ("AT", Paper.VOUCHER, 0, date(2034, 12, 31)),
        ("DE", Paper.VOUCHER, 12, date(2038, 12, 31)),
        ("DE", Paper.VOUCHER, 3, date(2034, 12, 31)),
    ],
)
def test_papers_are_kept_to_the_end_of_a_year(country: str, paper: Paper, years: int, last: date) -> None:
    assert keep_until(paper, ON, country=country, years=years) == last
    assert last.year - ON.year >= years_kept(paper, country=country)
