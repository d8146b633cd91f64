"""The acts on a package's page: extension, refund, top-up; who may, and what a refusal looks like."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import HourPackage, LedgerRow
from billing.reports.packages import package_context
from billing.services.approvals import approve_entries
from tests.make import Cast, make_client, make_package, submitted

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


@pytest.mark.parametrize("show", ["", "used"])
def test_work_that_was_written_late_stands_in_the_ledger_with_the_balance_of_its_day(cast: Cast, show: str) -> None:
    package = make_package(hours=10)
    for day, minutes in ((20, 60), (10, 120)):
        entry = submitted(package.client, cast.consultant, minutes, worked_on=date(2026, 6, day), hour_package=package)
        approve_entries([entry.pk], by=cast.partner, at=timezone.now())
    rows = package_context(package, on=date(2026, 6, 30), amounts=False, show=show)["ledger"]
    assert [row.running_minutes for row in rows][:2] == [420, 480]


def test_package_terms_sets_and_takes_away_burn_factors(cast: Cast, client: Browser) -> None:
    package = make_package(make_client(account_manager=cast.manager), hours=10)
    client.force_login(cast.manager)
    url = reverse("billing:package_terms", args=[package.pk])
    terms = {
        "name": "Support",
        "priority": "1",
        "overage_policy": "allow_negative",
        "negative_limit_minutes": "2",
        "burn_factor": "1",
    }
    assert client.post(url, {**terms, "burn_senior": "1.5", "burn_after_hours": "2"}).status_code == 302
    burns = list(package.burn_factors.values_list("seniority", "after_hours", "factor"))
    assert sorted(burns) == [("", True, 2), ("senior", False, Decimal("1.5"))]
    assert 'name="burn_senior" value="1.5"' in client.get(url).content.decode()
    assert "× 1.5" in client.get(reverse("billing:package_detail", args=[package.pk])).content.decode()
    assert client.post(url, terms).status_code == 302
    package.refresh_from_db()
    assert (package.name, package.account.overdraft_minutes, package.burn_factors.count()) == ("Support", 120, 0)


def test_package_terms_refuses_a_factor_of_nothing_and_keeps_what_was_typed(cast: Cast, client: Browser) -> None:
    package = make_package(make_client(account_manager=cast.manager), hours=10)
    client.force_login(cast.manager)
    url = reverse("billing:package_terms", args=[package.pk])
    answer = client.post(url, {"name": "Support", "priority": "1", "burn_factor": "1", "burn_senior": "0"})
    assert (answer.status_code, package.burn_factors.count()) == (422, 0)
    client.force_login(cast.consultant)
    assert client.get(url).status_code in (403, 404)


def test_package_top_up_proposes_the_size_in_hours_at_the_price_so_far(cast: Cast) -> None:
    package = make_package(hours=50)
    shown = page_of(cast.partner).get(address("package_top_up", package), {"hours": "100"}).content
    assert b'value="100"' in shown
    assert b'value="13500.00"' in shown
