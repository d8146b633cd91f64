"""What became of used up hours: counted by lot, over packages and merged clients, as page, file and API."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import HourPackage, TimeEntry
from billing.reports.follow_ups import follow_ups
from billing.rules.top_ups import FEWEST
from billing.services.approvals import approve_entries
from billing.services.packages import top_up
from billing.services.time import delete_entry
from clients.models import Client
from crm.templatetags.formats import hours
from tests.make import Cast, make_api, make_client, make_package, make_user
from tests.make.hours import AT, DAY, submitted

pytestmark = pytest.mark.django_db


def back(days: int) -> date:
    return DAY - timedelta(days=days)


def package(client: Client, cast: Cast, *, bought: int, used_up: int | None) -> HourPackage:
    """Ten hours bought so many days before, and all worked so many days before."""
    made = make_package(client, hours=10, valid_from=back(bought))
    if used_up is not None:
        worked = submitted(client, cast.consultant, 600, worked_on=back(used_up))
        approve_entries([worked.pk], by=cast.partner, at=AT)
    return made


def more(package: HourPackage, *, ago: int) -> None:
    top_up(package, minutes=600, price=Decimal(0), by=make_user(), on=back(ago), at=AT)


def test_lots_are_followed_by_a_top_up_or_another_package_or_by_nothing(cast: Cast) -> None:
    topped, another, stopped, open_still, unused = (make_client(account_manager=cast.manager) for _ in range(5))
    more(package(topped, cast, bought=300, used_up=200), ago=190)
    package(another, cast, bought=300, used_up=200)
    package(another, cast, bought=150, used_up=None)
    package(stopped, cast, bought=300, used_up=200)
    package(open_still, cast, bought=300, used_up=20)
    package(unused, cast, bought=300, used_up=None)
    found = follow_ups(cast.manager, on=DAY)
    told = {row.client: (row.used_up, row.judged, row.followed, row.stopped) for row in found.rows}
    assert told == {topped: (1, 1, 1, 0), another: (1, 1, 1, 0), stopped: (1, 1, 0, 1), open_still: (1, 0, 0, 0)}
    assert found.rows[0].client == stopped
    assert (found.judged, found.share, found.missing, found.weekly_minutes) == (3, None, FEWEST - 3, None)
    assert follow_ups(cast.outsider, on=DAY).rows == []


def test_work_taken_back_was_not_used_and_granted_hours_are_no_purchase(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    package(client, cast, bought=300, used_up=200)
    make_package(client, hours=10, valid_from=back(190), kind="granted", grant_reason="Thanks", price=Decimal(0))
    (row,) = follow_ups(cast.manager, on=DAY).rows
    assert (row.used_up, row.followed) == (1, 0)
    delete_entry(TimeEntry.objects.get(), by=cast.partner, at=AT)
    assert follow_ups(cast.manager, on=DAY).rows == []


def test_a_merged_client_counts_for_the_one_that_stayed(cast: Cast) -> None:
    kept, merged = make_client(account_manager=cast.manager), make_client(account_manager=cast.manager)
    package(merged, cast, bought=300, used_up=200)
    package(kept, cast, bought=190, used_up=None)
    Client.objects.filter(pk=merged.pk).update(merged_into=kept)
    (row,) = follow_ups(cast.partner, on=DAY).rows
    assert (row.client, row.followed) == (kept, 1)


def test_the_share_stands_on_the_page_in_its_file_and_in_the_api(cast: Cast, client: Browser) -> None:
    client.force_login(cast.partner)
    url = reverse("billing:package_report")
    assert "Not enough data: 10 more used up purchases are needed" in client.get(url).content.decode()
    for place in range(FEWEST):
        kept = package(make_client(), cast, bought=300, used_up=231)
        if place < 8:
            more(kept, ago=225)
    text = client.get(url).content.decode()
    assert "clients bought more in <b>80%</b> of cases, between 49% and 94% by chance." in text
    assert f"Until then they used {hours(60)} a week." in text
    told = make_api(cast.partner).get("/api/v1/reports/avoided/").json()["follow_ups"]
    assert (told["judged"], told["share"], told["weekly_minutes"]) == (10, ["0.800000", "0.490162", "0.943318"], 60)
    answer = client.get(url + "?format=csv&headers=names")
    heads, *rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert heads == "client,used_up,followed,stopped,last_used_up_on"
    assert sorted(row.split(",")[2] for row in rows) == ["0"] * 2 + ["1"] * 8
