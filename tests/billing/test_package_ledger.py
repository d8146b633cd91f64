"""A package's book on its page: who asked, what was given free, the balance by day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.models import HourPackage, TimeEntry
from billing.reports.package_ledger import FreeLine, newest_lines
from billing.services.approvals import approve_entries
from billing.services.statements import share_package
from billing.services.time import change_entry
from billing.services.touches import log_touch
from tests.billing.errors import code_of
from tests.make import (
    Cast,
    log,
    make_client,
    make_contact,
    make_package,
    make_rate,
    make_seller,
    make_service_line,
    submitted,
)
from tests.make.attention import make_call
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def package() -> HourPackage:
    make_rate()
    return make_package(hours=10, name="Support")


def work(package: HourPackage, cast: Cast, minutes: int = 60, **kw: Any) -> TimeEntry:
    entry = submitted(package.client, cast.consultant, minutes, **kw)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    return entry


def free(package: HourPackage, cast: Cast, minutes: int = 12, **kw: Any) -> TimeEntry:
    return work(package, cast, minutes, billing_type="goodwill", reason="Follow-up", **kw)


def lines(package: HourPackage, show: str = "") -> list[tuple[str, int, int]]:
    return [(row.kind, row.minutes, row.running_minutes) for row in newest_lines(package, show=show).lines]


def test_what_was_given_free_stands_between_the_draws_with_the_balance_of_its_day(
    package: HourPackage, cast: Cast
) -> None:
    work(package, cast, worked_on=DAY - timedelta(days=1))
    free(package, cast, worked_on=DAY - timedelta(days=1))
    work(package, cast, worked_on=DAY + timedelta(days=1))
    assert lines(package)[:3] == [("draw", -60, 480), ("free", 0, 540), ("draw", -60, 540)]
    assert [row.free_minutes for row in newest_lines(package, show="free").lines if isinstance(row, FreeLine)] == [12]


def test_each_kind_is_shown_alone(package: HourPackage, cast: Cast) -> None:
    work(package, cast)
    free(package, cast)
    assert [kind for kind, *_ in lines(package, "used")] == ["draw"]
    assert [kind for kind, *_ in lines(package, "added")] == ["purchase"]
    assert [kind for kind, *_ in lines(package, "free")] == ["free"]
    assert newest_lines(package).count == 3
    gift = make_package(package.client, kind="granted", grant_reason="Late start", price=0)
    assert sorted(kind for kind, *_ in lines(gift, "free")) == ["free", "grant"]


def test_free_work_of_other_clients_companies_days_and_services_is_not_the_package_s(cast: Cast) -> None:
    make_rate()
    support, training = make_service_line("support"), make_service_line("training")
    package = make_package(hours=10, service_lines=[support], expires_on=DAY)
    free(package, cast, service_line=training)
    free(package, cast, service_line=support, worked_on=DAY + timedelta(days=1))
    free(make_package(make_client()), cast, service_line=support)
    free(package, cast, service_line=support, seller=make_seller("RU"))
    log(package.client, cast.consultant, 12, billing_type="goodwill", reason="Draft", service_line=support)
    assert lines(package, "free") == []
    free(package, cast, service_line=support)
    assert lines(package, "free") == [("free", 0, 600)]


def test_a_package_that_is_used_up_has_no_free_work_after_its_last_hour(package: HourPackage, cast: Cast) -> None:
    free(package, cast)
    work(package, cast, 600)
    free(package, cast, worked_on=DAY + timedelta(days=1))
    assert lines(package, "free") == [("free", 0, 0)]


def test_package_detail_names_who_asked(client: Browser, package: HourPackage, cast: Cast) -> None:
    petra = make_contact(package.client, first_name="Petra", last_name="Lindner")
    work(package, cast, contact=petra)
    client.force_login(cast.partner)
    shown = client.get(reverse("billing:package_detail", args=[package.pk])).content.decode()
    assert "Asked by" in shown
    assert "Petra Lindner" in shown


def test_package_detail_costs_the_same_for_a_long_ledger(client: Browser, package: HourPackage, cast: Cast) -> None:
    client.force_login(cast.partner)
    counts = []
    for entries in (2, 8):
        for number in range(entries):
            contact = make_contact(package.client)
            work(package, cast, 15, contact=contact, worked_on=DAY - timedelta(days=number))
            free(package, cast, 5, contact=contact, worked_on=DAY - timedelta(days=number))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("billing:package_detail", args=[package.pk]))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_client_reads_what_was_given_free_but_not_who_asked(package: HourPackage, cast: Cast) -> None:
    petra = make_contact(package.client, first_name="Petra", last_name="Lindner")
    free(package, cast, contact=petra, description="A quick question")
    secret = share_package(package, by=cast.partner, on=timezone.localdate(), at=timezone.now())
    shown = Browser().get(reverse("billing:package_public", args=[secret])).content.decode()
    assert "A quick question" in shown
    assert "Lindner" not in shown


def test_who_asked_belongs_to_the_client(package: HourPackage, cast: Cast) -> None:
    entry = log(package.client, cast.consultant)
    with pytest.raises(ValidationError) as refused:
        change_entry(entry, changes={"contact": make_contact(make_client())}, by=cast.consultant, at=AT)
    assert code_of(refused) == "contact_foreign"


def test_a_call_that_becomes_time_names_the_one_who_was_on_it(package: HourPackage, cast: Cast) -> None:
    petra, karl = make_contact(package.client), make_contact(package.client)
    calls = [
        make_call(package.client, by=cast.consultant, minutes=10, contacts=there) for there in ([petra], [petra, karl])
    ]
    entries = [log_touch(row, by=cast.consultant, at=AT) for row in calls]
    assert [entry.contact for entry in entries] == [petra, None]


def test_the_api_takes_and_shows_who_asked(client: Browser, package: HourPackage, cast: Cast) -> None:
    client.force_login(cast.partner)
    petra = make_contact(package.client)
    body = {"client": package.client_id, "minutes": 30, "worked_on": date(2026, 6, 10), "contact": petra.pk}
    made = client.post("/api/v1/time-entries/", body, "application/json")
    assert (made.status_code, made.json()["contact"]) == (201, petra.pk)
    wrong = client.post("/api/v1/time-entries/", {**body, "contact": make_contact().pk}, "application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "contact")


def test_time_edit_offers_the_people_of_the_client(client: Browser, package: HourPackage, cast: Cast) -> None:
    entry = log(package.client, cast.consultant)
    petra, stranger = make_contact(package.client, last_name="Lindner"), make_contact(last_name="Fremd")
    client.force_login(cast.partner)
    url = reverse("billing:time_edit", args=[entry.pk])
    shown = client.get(url).content.decode()
    assert ("Lindner" in shown, "Fremd</option>" in shown) == (True, False)
    body = {"client": package.client_id, "worked_on": DAY, "minutes": "1:00", "billing_type": "billable"}
    assert client.post(url, {**body, "contact": stranger.pk}).status_code == 422
    assert client.post(url, {**body, "contact": petra.pk}).status_code == 302
    entry.refresh_from_db()
    assert entry.contact == petra
