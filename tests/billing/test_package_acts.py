"""The acts on a package's page: extension, refund, top-up; who may, and what a refusal looks like."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import HourPackage, LedgerRow
from tests.make import Cast, make_client, make_package

pytestmark = pytest.mark.django_db
LONG = date(2099, 12, 31)


def page_of(person: object) -> Browser:
    browser = Browser()
    browser.force_login(person)  # type: ignore[arg-type]  # the cast's people are users
    return browser


def address(name: str, package: HourPackage) -> str:
    return reverse(f"billing:{name}", args=[package.pk])


def test_a_partner_extends_and_others_do_not(cast: Cast) -> None:
    package = make_package(make_client(account_manager=cast.manager), expires_on=LONG - timedelta(days=1))
    url, body = address("package_extend", package), {"expires_on": LONG.isoformat(), "reason": "Late start"}
    assert page_of(cast.manager).post(url, body).status_code == 403
    assert page_of(cast.partner).post(url, {**body, "reason": ""}).status_code == 422
    assert page_of(cast.partner).post(url, body).status_code == 302
    package.refresh_from_db()
    assert package.expires_on == LONG
    assert b"Late start" in page_of(cast.partner).get(address("package_detail", package)).content


def test_finance_refunds_what_is_unused(cast: Cast) -> None:
    package = make_package(hours=10)
    url = address("package_refund", package)
    assert b'value="6750.00"' in page_of(cast.finance).get(url).content
    too_much = page_of(cast.finance).post(url, {"minutes": "11", "amount": "1", "reason": "Unused"})
    assert too_much.status_code == 422
    assert page_of(cast.finance).post(url, {"minutes": "1:30", "amount": "100", "reason": "Unused"}).status_code == 302
    assert LedgerRow.objects.get(kind="refund").minutes == -90


def test_a_top_up_of_an_expired_package_says_why_not(cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    package = make_package(hours=10, expires_on=yesterday, valid_from=yesterday)
    answer = page_of(cast.partner).post(address("package_top_up", package), {"hours": "50", "price": "1"})
    assert answer.status_code == 422
    assert b"extend it first" in answer.content


@pytest.mark.parametrize(("show", "kinds"), [("", 2), ("used", 0), ("added", 2)])
def test_the_ledger_shows_what_is_asked(cast: Cast, show: str, kinds: int) -> None:
    package = make_package(hours=10)
    page_of(cast.partner).post(address("package_top_up", package), {"hours": "50", "price": "1"})
    fragment = page_of(cast.partner).get(
        address("package_detail", package), {"show": show}, headers={"HX-Request": "true"}
    )
    assert fragment.content.count(b'<th scope="row"') == kinds
