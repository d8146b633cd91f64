"""Exchange rates: direct, inverted, crossed within one source and day, never older than seven days."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError

from billing.services.currencies import convert_to_base, rate_between, require_base
from tests.billing.errors import code_of
from tests.make.invoices import make_rate_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


def test_a_currency_is_worth_itself() -> None:
    assert rate_between("EUR", "EUR", on=DAY) == 1


def test_a_rouble_rate_of_the_central_bank_is_inverted_exactly() -> None:
    make_rate_of("EUR", "RUB", "92.40", on=DAY)
    assert rate_between("RUB", "EUR", on=DAY) == Fraction(100, 9240)
    assert convert_to_base(Decimal("80000.00"), "RUB", on=DAY) == (Decimal("865.80"), Decimal("0.0108225108"))


def test_other_pairs_cross_through_euro_or_rouble_of_one_source_and_day() -> None:
    make_rate_of("EUR", "USD", "1.10", on=DAY, source="ecb")
    make_rate_of("EUR", "CHF", "0.95", on=DAY, source="ecb")
    assert rate_between("USD", "CHF", on=DAY) == Fraction(95, 110)


def test_a_cross_rate_never_mixes_sources_or_days() -> None:
    make_rate_of("EUR", "USD", "1.10", on=DAY, source="ecb")
    make_rate_of("EUR", "RUB", "92.40", on=DAY, source="cbr")
    make_rate_of("EUR", "RUB", "90.00", on=date(2026, 11, 19), source="ecb")
    assert rate_between("USD", "RUB", on=DAY) is None


def test_the_newest_rate_counts_up_to_seven_days() -> None:
    make_rate_of("EUR", "RUB", "90.00", on=date(2026, 11, 10))
    make_rate_of("EUR", "RUB", "92.40", on=date(2026, 11, 13))
    make_rate_of("EUR", "RUB", "99.00", on=date(2026, 11, 21))
    assert rate_between("EUR", "RUB", on=DAY) == Fraction("92.40")
    assert rate_between("EUR", "RUB", on=date(2026, 11, 12)) == Fraction("90.00")
    assert rate_between("EUR", "RUB", on=date(2026, 11, 29)) is None


def test_a_missing_rate_names_currency_and_day() -> None:
    with pytest.raises(ValidationError, match="RUB to EUR for 2026-11-20") as refused:
        require_base(Decimal(1), "RUB", on=DAY)
    assert code_of(refused) == "exchange_rate_missing"
