"""Rates of complaints and praise that became blame, as pure sums."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clients.rules.complaints import Case, Word, client_years, complaint_rates, per_hundred, praise_then_blame
from crm.periods import DateRange

THREE_YEARS = DateRange(date(2023, 1, 1), date(2026, 1, 1))
CAUSES = ("inexperience", "inexperience", "client_temperament", "mis_sale")


def test_four_cases_in_three_years_over_five_hundred_clients() -> None:
    years = client_years([(date(2015, 1, 1), None)] * 500, THREE_YEARS)
    rates = complaint_rates([Case(cause, in_ramp=False) for cause in CAUSES], years=years)
    assert (rates.n, rates.rate) == (4, Decimal("0.27"))
    assert [(row.cause, row.share) for row in rates.causes] == [
        ("inexperience", Decimal("0.5")),
        ("client_temperament", Decimal("0.25")),
        ("mis_sale", Decimal("0.25")),
    ]
    assert [row.rate for row in rates.causes] == [Decimal("0.13"), Decimal("0.07"), Decimal("0.07")]


def test_people_in_their_first_month_stand_apart() -> None:
    cases = [Case("own_error", in_ramp=False), *[Case("inexperience", in_ramp=True)] * 3]
    rates = complaint_rates(cases, years=Decimal(100))
    assert (rates.n, rates.rate, rates.ramp_n) == (1, Decimal("1.00"), 3)
    assert [(row.cause, row.n, row.share, row.rate) for row in rates.ramp] == [
        ("inexperience", 3, Decimal(1), Decimal("3.00"))
    ]


def test_time_with_us_counts_not_heads() -> None:
    stays = [(date(2025, 1, 1), None), (date(2020, 1, 1), date(2024, 1, 1)), (date(2020, 1, 1), date(2022, 1, 1))]
    assert client_years(stays, THREE_YEARS) == Decimal(365 + 365) / Decimal("365.25")


def test_without_clients_there_is_no_rate() -> None:
    assert per_hundred(3, Decimal(0)) is None


@given(st.lists(st.sampled_from(CAUSES), min_size=1), st.integers(1, 10_000))
def test_shares_make_a_whole_and_rates_add_up(causes: list[str], years: int) -> None:
    rates = complaint_rates([Case(cause, in_ramp=False) for cause in causes], years=Decimal(years))
    assert abs(sum((row.share for row in rates.causes), Decimal(-1))) < Decimal("1e-20")
    assert sum(row.n for row in rates.causes) == rates.n


def test_praise_then_blame_is_of_the_same_two_people_within_eighteen_months() -> None:
    praise = [Word(1, 7, 3, date(2025, 1, 10)), Word(2, 7, 3, date(2025, 3, 1)), Word(3, 8, 3, date(2025, 3, 1))]
    blame = [
        Word(10, 7, 3, date(2026, 9, 1)),  # to the day 18 months after the second
        Word(11, 7, 3, date(2026, 9, 2)),  # a day too late
        Word(12, 7, 4, date(2025, 4, 1)),  # of somebody else
        Word(13, 8, 3, date(2025, 2, 28)),  # before the praise
        Word(14, 7, 3, date(2025, 2, 1)),
    ]
    assert [(each.complaint, each.praise) for each in praise_then_blame(praise, blame)] == [(10, 2), (14, 1)]
