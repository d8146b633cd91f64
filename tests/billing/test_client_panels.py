"""The hours on a client's card: packages, goodwill and what waits; for people who see the client in full."""

import pytest
from django.test import Client as Browser
from django.utils import timezone

from billing.models import HourPackage
from billing.reports.client_hours import load_client_hours
from billing.services.ledger import adjust_balance
from clients.models import Client
from tests.make import Cast, log, make_client, make_package, make_rate

pytestmark = pytest.mark.django_db


def signed_in(browser: Browser, user: object) -> Browser:
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return browser


def test_the_panel_shows_what_is_left_and_what_waits(client: Browser, cast: Cast) -> None:
    mine = make_client(account_manager=cast.manager)
    make_rate(client=mine)
    make_package(mine, hours=8.5, name="Support")
    log(mine, cast.consultant, 90, worked_on=timezone.localdate())
    shown = " ".join(signed_in(client, cast.manager).get(f"/clients/{mine.pk}/hours/").content.decode().split())
    assert "Support" in shown
    assert "8.5" in shown
    assert "1:30 pending" in shown
    assert "Waits for approval" in shown


def test_a_client_without_hours_says_so(client: Browser, cast: Cast) -> None:
    mine = make_client(account_manager=cast.manager)
    assert (
        "No package and no time yet"
        in signed_in(client, cast.manager).get(f"/clients/{mine.pk}/hours/").content.decode()
    )


def test_hours_of_other_people_s_clients_are_404(client: Browser, cast: Cast) -> None:
    other = make_client()
    assert signed_in(client, cast.manager).get(f"/clients/{other.pk}/hours/").status_code == 404


def test_used_up_packages_make_room_for_those_with_hours(client: Browser, cast: Cast) -> None:
    mine = make_client(account_manager=cast.manager)
    _used_up(mine, "Support of last year")
    fresh = make_package(mine, hours=4, name="Support of this year")
    assert load_client_hours(mine, on=timezone.localdate()).packages == [fresh]


def test_where_every_package_is_used_up_the_last_one_says_so(client: Browser, cast: Cast) -> None:
    mine = make_client(account_manager=cast.manager)
    _used_up(mine, "Support of last year")
    last = _used_up(mine, "Support of this year")
    assert load_client_hours(mine, on=timezone.localdate()).packages == [last]


def _used_up(client: Client, name: str) -> HourPackage:
    package, at = make_package(client, hours=1, name=name), timezone.now()
    adjust_balance(package.account, minutes=-60, reason="worked", on=at.date(), by=None, at=at)
    return package
