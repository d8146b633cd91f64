"""Pages of packages, engagements, rates and locks: what they do for whom they are, and their particular refusals."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Engagement, HourPackage, PeriodLock, Rate
from clients.services.facts import add_member
from crm.models import User
from tests.make import Cast, make_client, make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return Browser()


def sell(browser: Browser, who: User, **fields: object) -> HourPackage:
    client = make_client(account_manager=who)
    browser.force_login(who)
    body = {
        "client": client.pk,
        "hours": "50",
        "price": "6750.00",
        "kind": "paid",
        "valid_from": timezone.localdate().isoformat(),
        "priority": 100,
        "overage_policy": "bill_overage",
        "negative_limit_minutes": 0,
        **fields,
    }
    response = browser.post(reverse("billing:package_new"), body)
    assert response.status_code == 302, response.context["form"].errors
    return HourPackage.objects.get(client=client)


def test_package_new_sells_hours_in_the_currency_of_the_company(browser: Browser, cast: Cast) -> None:
    package = sell(browser, cast.manager)
    assert (package.purchased_minutes, package.account.balance_minutes) == (3000, 3000)
    assert (package.currency, package.price_includes_tax, package.name) == ("EUR", True, "50 hours")


def test_package_new_keeps_what_was_typed_when_a_grant_has_no_reason(browser: Browser, cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    browser.force_login(cast.manager)
    today = timezone.localdate().isoformat()
    body = {"client": client.pk, "hours": "7.5", "price": "0", "kind": "granted", "valid_from": today, "priority": 1}
    body |= {"overage_policy": "bill_overage", "negative_limit_minutes": 0}
    response = browser.post(reverse("billing:package_new"), body)
    assert response.status_code == 422
    assert b'value="7.5"' in response.content
    assert not HourPackage.objects.exists()


def test_package_top_up_adds_hours_and_price(browser: Browser, cast: Cast) -> None:
    package = sell(browser, cast.manager)
    browser.post(reverse("billing:package_top_up", args=[package.pk]), {"hours": "10", "price": "1350"})
    package.refresh_from_db()
    assert (package.purchased_minutes, package.account.balance_minutes) == (3600, 3600)


def test_package_void_is_for_packages_that_nothing_was_drawn_from(browser: Browser, cast: Cast) -> None:
    package = sell(browser, cast.manager)
    browser.post(reverse("billing:package_void", args=[package.pk]), {"reason": "sold twice"})
    package.refresh_from_db()
    assert package.voided_on == timezone.localdate()


def test_package_detail_shows_no_price_where_consultants_may_not_see_it(browser: Browser, cast: Cast) -> None:
    package = sell(browser, cast.manager)
    add_member(package.client, user=cast.consultant, on=date(2026, 1, 1))
    package.seller.consultants_see_rates = False
    package.seller.save()
    browser.force_login(cast.consultant)
    page = browser.get(reverse("billing:package_detail", args=[package.pk]))
    assert page.status_code == 200
    assert page.context["worth"] is None


def test_package_detail_is_not_there_for_an_outsider(browser: Browser, cast: Cast) -> None:
    package = sell(browser, cast.manager)
    browser.force_login(cast.outsider)
    assert browser.get(reverse("billing:package_detail", args=[package.pk])).status_code == 404


def test_package_public_shows_the_balance_and_changes_nothing(browser: Browser, cast: Cast) -> None:
    package = sell(browser, cast.manager)
    page = browser.post(reverse("billing:package_share", args=[package.pk]))
    address = reverse("billing:package_public", args=[page.context["secret"]])
    browser.logout()
    shown = browser.get(address)
    assert shown.status_code == 200
    assert b"6" + b"750" not in shown.content
    assert browser.post(address).status_code == 405
    assert browser.get(reverse("billing:package_public", args=["guessed"])).status_code == 410


def test_package_statement_refuses_a_period_that_ends_before_it_begins(browser: Browser, cast: Cast) -> None:
    package = sell(browser, cast.manager)
    query = {"first": "2026-02-01", "last": "2026-01-01"}
    assert browser.get(reverse("billing:package_statement", args=[package.pk]), query).status_code == 422


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_package_statement_comes_as_a_file(browser: Browser, cast: Cast, form: str) -> None:
    package = sell(browser, cast.manager)
    response = browser.get(reverse("billing:package_statement", args=[package.pk]), {"format": form})
    assert response.status_code == 200
    assert f".{form}" in response["Content-Disposition"]


def test_engagement_new_makes_its_people_members_of_the_client(browser: Browser, cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    browser.force_login(cast.manager)
    body = {"client": client.pk, "name": "Audit", "lead": cast.manager.pk, "started_on": "2026-01-01"}
    browser.post(reverse("billing:engagement_new"), {**body, "members": [cast.consultant.pk]})
    engagement = Engagement.objects.get()
    assert {row.user_id for row in engagement.members.all()} == {cast.manager.pk, cast.consultant.pk}
    assert client.members.filter(user=cast.consultant).exists()


def test_engagement_close_says_so_when_it_is_closed_already(browser: Browser, cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    engagement = Engagement.objects.create(
        client=client, seller=make_seller(), name="Audit", lead=cast.manager, started_on=date(2026, 1, 1)
    )
    browser.force_login(cast.manager)
    for _each in range(2):
        response = browser.post(reverse("billing:engagement_close", args=[engagement.pk]), follow=True)
    assert response.status_code == 200
    assert Engagement.objects.get().closed_on == timezone.localdate()


def test_rate_new_words_an_overlap(browser: Browser, cast: Cast) -> None:
    browser.force_login(cast.finance)
    body = {"seller": make_seller().pk, "amount": "150", "currency": "EUR", "valid_from": "2026-01-01"}
    assert browser.post(reverse("billing:rate_new"), body).status_code == 302
    again = browser.post(reverse("billing:rate_new"), body)
    assert again.status_code == 422
    assert b"Another rate of the same scope" in again.content
    assert Rate.objects.count() == 1


def test_lock_list_lets_only_a_partner_open_closed_days(browser: Browser, cast: Cast) -> None:
    browser.force_login(cast.finance)
    late, early = timezone.localdate(), timezone.localdate() - timedelta(days=40)
    address = reverse("billing:lock_list")
    assert browser.post(address, {"kind": "time", "locked_until_on": late}).status_code == 302
    assert browser.post(address, {"kind": "time", "locked_until_on": early, "reason": "x"}).status_code == 403
    browser.force_login(cast.partner)
    assert browser.post(address, {"kind": "time", "locked_until_on": early}).status_code == 422
    assert browser.post(address, {"kind": "time", "locked_until_on": early, "reason": "late hours"}).status_code == 302
    assert PeriodLock.objects.count() == 2
