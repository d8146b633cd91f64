"""The calculators: the stated cases in figures, what is missing, what is refused, and who may see them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from crm.models import User
from loyalty.reports.calculators import answers_needed, fee_or_price, score_change, worth
from tests.make import Cast

URL = "/loyalty/calculators/"
BEFORE = {"p1": 50, "n1": 30, "d1": 20}


def asked(user: User, **figures: str) -> Any:
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser.get(URL, figures)


def test_five_years_of_twenty_purchases_are_worth_fifty_thousand() -> None:
    assert worth({"years": Decimal(5), "purchases": Decimal(20), "check": Decimal(500)}) == Decimal("50000.00")


def test_a_missing_factor_gives_no_figure_and_a_zero_gives_zero() -> None:
    assert worth({"years": Decimal(0), "purchases": None, "check": Decimal(500)}) is None
    assert worth({"years": Decimal(0), "purchases": Decimal(20), "check": Decimal(500)}) == Decimal("0.00")


def test_a_fee_is_compared_with_one_price_as_billing_compares_them() -> None:
    figures = {"fee": Decimal(80_000), "months": 12, "price": Decimal(1_000_000), "rate": Decimal(15)}
    answer = fee_or_price(figures, currency="RUB", on=date(2026, 11, 29))
    assert answer is not None
    found = answer["found"]
    assert (found.present_value, found.indifference_fee) == (Decimal("890726.13"), Decimal("89814.36"))
    assert Decimal("0.5") < found.break_even_renewal < Decimal("0.82")
    assert fee_or_price({**figures, "rate": None}, currency="RUB", on=date(2026, 11, 29)) is None


def test_a_change_of_eighteen_points_is_not_proven_by_a_hundred_answers() -> None:
    found = score_change({**BEFORE, "p2": 60, "n2": 28, "d2": 12})
    assert found is not None
    assert round(found.change.points, 6) == 18
    assert (round(found.z, 6), round(found.p, 4)) == (1.686645, Decimal("0.0917"))
    assert found.trend == "not_proven"
    assert score_change({**BEFORE, "p2": 0, "n2": 0, "d2": 0}) is None


@pytest.mark.parametrize(("margin", "answers"), [(20, 59), (10, 235), (5, 938)])
def test_a_narrower_interval_needs_more_answers(margin: int, answers: int) -> None:
    figures = {"promoters": Decimal(50), "detractors": Decimal(20), "margin": Decimal(margin)}
    assert answers_needed(figures) == answers


def test_without_spread_no_number_of_answers_is_named() -> None:
    assert answers_needed({"promoters": Decimal(100), "detractors": Decimal(0), "margin": Decimal(10)}) is None


def shown(response: HttpResponse, name: str) -> str:
    return response.content.decode().split(f'id="{name}">')[1].split("</")[0].replace("\xa0", " ")


@pytest.mark.django_db
def test_calculators_show_the_example_first(cast: Cast) -> None:
    response = asked(cast.manager)
    assert response.status_code == 200
    assert "50" in shown(response, "worth")
    assert shown(response, "verdict").startswith("Not proven")
    assert shown(response, "needed") == "235"


@pytest.mark.django_db
def test_calculators_keep_what_was_typed_and_say_at_the_field_what_is_wrong(cast: Cast) -> None:
    response = asked(cast.partner, years="-5", purchases="20", check="500", promoters="70", detractors="31", margin="5")
    text = response.content.decode()
    assert response.status_code == 422
    assert 'value="-5"' in text
    assert "together are at most 100" in text
    assert (shown(response, "worth"), shown(response, "needed")) == ("–", "–")
    assert shown(response, "verdict")


@pytest.mark.django_db
def test_calculators_answer_htmx_with_the_sheet_only(cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.partner, backend="django.contrib.auth.backends.ModelBackend")
    text = browser.get(
        URL, {"years": "", "purchases": "1", "check": "1"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in text
    assert "A missing factor gives no figure." in text


@pytest.mark.django_db
def test_calculators_are_for_partners_and_account_managers(cast: Cast) -> None:
    assert asked(cast.consultant).status_code == asked(cast.finance).status_code
    assert asked(cast.consultant).status_code in {403, 404}
    assert reverse("loyalty:calculators") == URL
