"""The hours on a client's card: packages, goodwill and what waits; for people who see the client in full."""

import pytest
from django.test import Client as Browser
from django.utils import timezone

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
