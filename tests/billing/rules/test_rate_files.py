"""billing.rules.rate_files: the files of two central banks, and what is none of them."""

from datetime import date
from decimal import Decimal

import pytest

from billing.rules.rate_files import Quote, RateFileError, read_rates

VALUTE = (
    '<Valute ID="R"><NumCode>0</NumCode><CharCode>{code}</CharCode><Nominal>{nominal}</Nominal>'
    "<Name>Валюта</Name><Value>{value}</Value></Valute>"
)
CBR = "".join(
    [
        '<?xml version="1.0" encoding="windows-1251"?><ValCurs Date="27.11.2026" name="Foreign Currency Market">',
        VALUTE.format(code="EUR", nominal=1, value="92,4000"),
        VALUTE.format(code="JPY", nominal=100, value="53,1210"),
        "</ValCurs>",
    ]
).encode("cp1251")


def test_the_ecbs_file_of_one_day_and_of_many() -> None:
    daily = b"Date, USD, JPY, \n27 November 2026, 1.0512, 163.20, \n"
    on = date(2026, 11, 27)
    assert read_rates(daily) == [
        Quote("EUR", "USD", Decimal("1.0512"), on, "ecb"),
        Quote("EUR", "JPY", Decimal("163.20"), on, "ecb"),
    ]
    history = b"Date,USD,RUB,\n2026-11-27,1.0512,N/A,\n2022-03-01,1.1162,117.2010,\n"
    assert [(quote.quote, quote.valid_on.year) for quote in read_rates(history)] == [
        ("USD", 2026),
        ("USD", 2022),
        ("RUB", 2022),
    ]


def test_the_bank_of_russia_counts_in_nominals() -> None:
    on = date(2026, 11, 27)
    assert read_rates(CBR) == [
        Quote("EUR", "RUB", Decimal("92.4000"), on, "cbr"),
        Quote("JPY", "RUB", Decimal("0.531210"), on, "cbr"),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no_date"),
        (b"Day,USD\n", "no_date"),
        (b"Date,USD\n", "empty"),
        (b"Date,USD\nyesterday,1\n", "no_day"),
        (b"Date,USD\n2026-11-27,1,2\n2026-11-28,x\n", "no_number"),
        (b"Date,USD\n2026-11-27,-1\n", "not_positive"),
        (b"Date,dollar\n2026-11-27,1\n", "no_currency"),
        (b"<ValCurs", "no_xml"),
        (b"<!DOCTYPE x><ValCurs/>", "dtd"),
    ],
)
def test_what_is_no_file_of_rates_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(RateFileError) as refused:
        read_rates(content)
    assert refused.value.fault == why
