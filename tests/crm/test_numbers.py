"""Amounts as people write them, by language; a machine's plain number is read alike in all of them."""

from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from crm.web.formats import write_number
from crm.web.numbers import plain_number


class Form(forms.Form):
    amount = forms.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    quantity = forms.DecimalField(max_digits=12, decimal_places=4)


SIGNS: dict[str, dict[str, Any]] = {
    "de": {"decimal_sign": ","},
    "en": {"decimal_sign": "."},
    "ru": {"decimal_sign": ",", "groups_by_dots": False},
}


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        ("de", "1.500,00", "1500.00"),
        ("de", "1500,5", "1500.5"),
        ("de", "1.500", "1500"),
        ("de", "1.234.567", "1234567"),
        ("de", "1500.00", "1500.00"),
        ("de", "0.500", "0.500"),
        ("ru", "1 500,00", "1500.00"),
        ("ru", "1\N{NO-BREAK SPACE}500,00", "1500.00"),
        ("ru", "1\N{NARROW NO-BREAK SPACE}500", "1500"),
        ("ru", "12.500", "12.500"),
        ("en", "1,500.00", "1500.00"),
        ("en", "1,500", "1500"),
        ("en", "1,234,567", "1234567"),
        ("de", "-1.500,00", "-1500.00"),
        ("de", "", ""),
    ],
)
def test_an_amount_is_read_as_it_is_written(language: str, typed: str, read: str) -> None:
    assert plain_number(typed, **SIGNS[language]) == read


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("de", "fünf"),
        ("de", "1,5,0"),
        ("de", "01.02.2026"),
        ("de", "1.5,00"),
        ("de", "1,500.0"),
        ("ru", "1.500,00"),
        ("en", "1,5"),
        ("en", "1.500,00"),
        ("de", "1e999999999"),
        ("en", "9" * 50),
    ],
)
def test_what_is_no_number_of_the_language_stays_to_be_refused(language: str, typed: str) -> None:
    assert plain_number(typed, **SIGNS[language]) == typed


@pytest.mark.parametrize("language", ["en", "de", "ru"])
@given(amount=st.decimals(Decimal("-1e9"), Decimal("1e9"), places=2))
def test_what_the_product_writes_it_reads(language: str, amount: Decimal) -> None:
    with translation.override(language):
        written = str(write_number(amount, 2)).replace("\N{MINUS SIGN}", "-")
        assert Decimal(plain_number(written, **SIGNS[language])) == amount


def test_a_huge_exponent_is_refused_and_shown_as_it_was_typed() -> None:
    form = Form({"amount": "1e999999999", "quantity": "1"})
    assert [*form.errors] == ["amount"]
    assert 'value="1e999999999"' in str(form["amount"])


def test_a_german_price_with_four_places_is_grouped_too() -> None:
    with translation.override("de"):
        form = Form({"amount": "1.500", "quantity": "1.500"})
        assert form.is_valid()
        assert form.cleaned_data == {"amount": Decimal(1500), "quantity": Decimal(1500)}


@pytest.mark.parametrize("language", ["en", "de", "ru"])
def test_a_machines_number_is_the_same_in_every_language(language: str) -> None:
    with translation.override(language):
        form = Form({"amount": "1500.25", "quantity": "1.5"})
        assert form.is_valid()
        assert form.cleaned_data == {"amount": Decimal("1500.25"), "quantity": Decimal("1.5")}


def test_a_german_form_shows_and_takes_a_comma_and_keeps_what_was_refused() -> None:
    with translation.override("de"):
        assert 'value="1500,25"' in str(Form(initial={"amount": Decimal("1500.25")})["amount"])
        form = Form({"amount": "1.500,25", "quantity": "zwei"})
        assert not form.is_valid()
        assert [*form.errors] == ["quantity"]
        assert form.cleaned_data["amount"] == Decimal("1500.25")
        assert 'value="1500,25"' in str(form["amount"])
        assert 'value="zwei"' in str(form["quantity"])
        assert 'inputmode="decimal"' in str(form["amount"])
        assert [*Form({"amount": "-1", "quantity": "1"}).errors] == ["amount"]
