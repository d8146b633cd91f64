"""billing.rules.words_ru against the golden amounts and the grammar of Russian numerals."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.words_ru import amount_in_words, number_in_words
from tests.reference import read_reference

GOLDEN = read_reference("finance.json")["amount_in_words_ru"]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["amount"])
def test_golden_amounts(case: dict[str, Any]) -> None:
    assert amount_in_words(Decimal(case["amount"])) == case["text"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "ноль"),
        (12, "двенадцать"),
        (21_001, "двадцать одна тысяча один"),
        (2_000_000, "два миллиона"),
        (1_002_003_004, "один миллиард два миллиона три тысячи четыре"),
        (111_000, "сто одиннадцать тысяч"),
        (5_000_000_000_000, "пять триллионов"),
    ],
)
def test_thousands_are_feminine_and_forms_follow_the_number(number: int, words: str) -> None:
    assert number_in_words(number) == words


def test_other_currencies_and_negative_amounts() -> None:
    assert amount_in_words(Decimal("75.01"), "EUR") == "Семьдесят пять евро 01 цент"
    assert amount_in_words(Decimal("0.00")) == "Ноль рублей 00 копеек"
    assert amount_in_words(Decimal("-2.00"), "USD") == "Минус два доллара США 00 центов"


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "RUB"), ("1.00", "CHF"), ("1000000000000000.00", "RUB")])
def test_what_cannot_be_written_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"whole number|no Russian words|range"):
        amount_in_words(Decimal(amount), currency)


@given(st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1))
def test_different_numbers_have_different_words(one: int, other: int) -> None:
    assert (number_in_words(one) == number_in_words(other)) == (one == other)
    assert "  " not in number_in_words(one)
