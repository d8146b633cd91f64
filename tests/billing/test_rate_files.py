"""Files of rates taken in once, on the page that shows them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing.models import ExchangeRate
from billing.services.currencies import rate_between
from billing.services.rate_files import load_rates
from tests.billing.rules.test_rate_files import CBR
from tests.make import Cast, browser_of
from tests.statements import counted

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 28)


def test_a_file_is_taken_in_once_and_its_rates_are_used() -> None:
    assert load_rates(CBR) == (2, 0)
    assert load_rates(CBR) == (0, 2)
    assert rate_between("RUB", "EUR", on=ON) == Fraction(10, 924)
    euros = rate_between("JPY", "EUR", on=ON)
    assert euros is not None
    assert round(Decimal(euros.numerator) / euros.denominator, 8) == Decimal("0.00574903")


def test_a_known_rate_stays_because_documents_stand_on_it() -> None:
    load_rates(CBR)
    load_rates(CBR.replace(b"92,4000", b"99,0000"))
    assert ExchangeRate.objects.get(base="EUR").rate == Decimal("92.4")


def test_a_wrong_file_takes_nothing_in() -> None:
    with pytest.raises(ValidationError):
        load_rates(CBR.replace(b"53,1210", b"much"))
    assert not ExchangeRate.objects.exists()


def test_exchange_rate_pages(cast: Cast) -> None:
    browser, url = browser_of(cast.finance), reverse("billing:exchange_rate_load")
    assert browser.post(url, {"file": SimpleUploadedFile("x.csv", b"nothing")}).status_code == 422
    assert browser.post(url, {"file": SimpleUploadedFile("daily.xml", CBR)}).status_code == 302
    body = {"base": "USD", "quote": "EUR", "rate": "0.95", "valid_on": "2026-11-27"}
    assert browser.post(reverse("billing:exchange_rate_new"), body).status_code == 302
    assert browser.post(reverse("billing:exchange_rate_new"), body).status_code == 422
    assert browser.post(reverse("billing:exchange_rate_new"), body | {"rate": "0"}).status_code == 422
    listing = reverse("billing:exchange_rate_list")
    assert len(browser.get(listing).context["page"].rows) == 3
    with counted() as few:
        browser.get(listing)
    ExchangeRate.objects.bulk_create(
        ExchangeRate(base="USD", quote="EUR", rate=1, valid_on=date(2026, 1, day)) for day in range(1, 20)
    )
    with counted() as many:
        browser.get(listing)
    assert len(many) == len(few)
