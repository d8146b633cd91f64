"""The median of a tier counts those who asked for nothing, and says nothing of too few."""

from fractions import Fraction

from clients.rules.boundaries import middle_of


def test_who_asked_for_nothing_counts() -> None:
    assert middle_of([60, 30], members=5) == 0
    assert middle_of([60, 30, 90], members=5) == 30
    assert middle_of([10, 20, 30, 50], members=4 + 2) == 15


def test_the_middle_of_an_even_number_lies_between() -> None:
    assert middle_of([10, 21, 30, 41, 50, 61], members=6) == Fraction(71, 2)


def test_fewer_than_five_members_have_no_middle() -> None:
    assert middle_of([60, 30, 90, 10], members=4) is None
