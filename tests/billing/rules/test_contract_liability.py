"""billing.rules.contract_liability: the equation holds to the cent, whatever happens to a package."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.contract_liability import Flow, Movement, Sale, Use, contract_liability, value_of_use

JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 30)
PACKAGE = Sale(JANUARY, 3000, Decimal("6302.52"))


def test_fifty_hours_with_ten_drawn_and_the_rest_expired() -> None:
    moves = [Movement(date(2026, 2, 1), 600), Movement(JUNE, 2400, Use.EXPIRED)]
    first_half = contract_liability([PACKAGE], moves, first=JANUARY, last=date(2026, 5, 31))
    assert first_half.amounts == Flow(
        opening=Decimal("0.00"),
        sold=Decimal("6302.52"),
        drawn=Decimal("1260.50"),
        expired=Decimal("0.00"),
        refunded=Decimal("0.00"),
        closing=Decimal("5042.02"),
    )
    assert first_half.minutes == Flow(0, 3000, 600, 0, 0, 2400)
    june = contract_liability([PACKAGE], moves, first=date(2026, 6, 1), last=JUNE)
    assert june.amounts.opening == first_half.amounts.closing
    assert june.amounts.expired == Decimal("5042.02")
    assert june.amounts.closing == 0


def test_hours_sold_first_are_used_first_each_at_its_own_price() -> None:
    sales = [Sale(MARCH, 60, Decimal("120.00")), Sale(JANUARY, 60, Decimal("100.00"))]
    assert value_of_use(90, sales, "EUR") == Decimal("160.00")


def test_a_sale_on_the_last_day_belongs_to_the_period_and_an_earlier_one_to_its_opening() -> None:
    sales = [PACKAGE, Sale(JUNE, 60, Decimal("150.00"))]
    liability = contract_liability(sales, [], first=MARCH, last=JUNE)
    assert (liability.amounts.opening, liability.amounts.sold) == (Decimal("6302.52"), Decimal("150.00"))
    assert liability.minutes == Flow(3000, 60, 0, 0, 0, 3060)


def test_granted_hours_are_worth_nothing() -> None:
    granted = Sale(JANUARY, 600)
    assert contract_liability([granted], [Movement(MARCH, 60)], first=JANUARY, last=JUNE).amounts.drawn == 0


def test_minutes_below_zero_are_no_liability() -> None:
    liability = contract_liability([PACKAGE], [Movement(MARCH, 3600)], first=JANUARY, last=JUNE)
    assert liability.amounts.closing == 0
    assert liability.minutes.closing == -600


def test_a_reversal_gives_the_value_back() -> None:
    moves = [Movement(JANUARY, 600), Movement(JUNE, -600)]
    assert contract_liability([PACKAGE], moves, first=MARCH, last=JUNE).amounts.drawn == Decimal("-1260.50")
    assert contract_liability([PACKAGE], moves, first=MARCH, last=JUNE).amounts.closing == Decimal("6302.52")


days = st.integers(0, 200).map(lambda offset: JANUARY + timedelta(days=offset))
sales_drawn = st.lists(
    st.builds(Sale, days, st.integers(1, 6000), st.integers(0, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))),
    max_size=4,
)
moves_drawn = st.lists(st.builds(Movement, days, st.integers(-300, 3000), st.sampled_from(Use)), max_size=8)


@given(sales_drawn, moves_drawn, days, days)
def test_opening_and_what_came_less_what_went_is_closing(
    sales: list[Sale], moves: list[Movement], one: date, other: date
) -> None:
    liability = contract_liability(sales, moves, first=min(one, other), last=max(one, other))
    for flow in liability:
        assert flow.opening + flow.sold - flow.drawn - flow.expired - flow.refunded == flow.closing
    assert liability.amounts.closing >= 0


@given(sales_drawn, moves_drawn, days)
def test_one_period_opens_where_the_last_one_closed(sales: list[Sale], moves: list[Movement], cut: date) -> None:
    before = contract_liability(sales, moves, first=JANUARY, last=cut)
    after = contract_liability(sales, moves, first=cut + timedelta(days=1), last=JANUARY + timedelta(days=300))
    assert before.amounts.closing == after.amounts.opening
    assert before.minutes.closing == after.minutes.opening
