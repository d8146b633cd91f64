"""Complaint rates as a page, a file and through the API; the mark of praise that became blame."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client, Complaint, Praise, StatusChange
from clients.reports.complaints import complaint_report, praised_before, turned
from crm.models import User
from crm.periods import DateRange
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)
YEAR = DateRange(date(2025, 1, 1), date(2026, 1, 1))
LONG_AGO = date(2015, 1, 1)


def complained(client: Client, by: User, **kw: Any) -> Complaint:
    return Complaint.objects.create(client=client, logged_by=by, **{"text": "Late", "received_on": YEAR.start, **kw})


def test_the_time_of_prospects_and_lost_clients_is_not_counted(cast: Cast) -> None:
    make_client(since_on=LONG_AGO)
    make_client(since_on=LONG_AGO, status="prospect")
    lost = make_client(since_on=LONG_AGO, status="lost")
    StatusChange.objects.create(
        client=lost, old="active", new="lost", confirmed_on=date(2024, 6, 1), made_by=cast.partner, made_at=NOW
    )
    report = complaint_report(cast.partner, YEAR)
    assert (report.clients, round(report.rates.client_years)) == (1, 1)


def test_cases_about_people_in_their_first_month_are_told_apart(cast: Cast) -> None:
    client = make_client(since_on=LONG_AGO, account_manager=cast.manager)
    cast.consultant.ramp_until_on = date(2025, 2, 1)
    cast.consultant.save()
    for on in (date(2025, 2, 1), date(2025, 2, 2)):
        complained(client, cast.manager, about=cast.consultant, received_on=on, root_cause="inexperience")
    complained(client, cast.manager, received_on=date(2026, 1, 1))
    rates = complaint_report(cast.partner, YEAR).rates
    assert (rates.n, rates.ramp_n) == (1, 1)


def test_an_account_manager_reads_the_rates_of_own_clients(cast: Cast) -> None:
    mine, other = make_client(since_on=LONG_AGO, account_manager=cast.manager), make_client(since_on=LONG_AGO)
    complained(mine, cast.manager)
    complained(other, cast.partner)
    assert (complaint_report(cast.manager, YEAR).rates.n, complaint_report(cast.partner, YEAR).rates.n) == (1, 2)


def test_praise_then_blame_is_marked_where_the_complaint_stands(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    person, common = make_contact(client), {"logged_by": cast.manager, "about": cast.consultant}
    praise = Praise.objects.create(client=client, contact=person, text="Great", received_on=TODAY, **common)
    blame = Complaint.objects.create(client=client, contact=person, text="Late", received_on=TODAY, **common)
    other = Complaint.objects.create(client=client, text="Late", received_on=TODAY, **common)
    assert [(each.complaint, each.praise) for each in turned(cast.manager)] == [(blame, praise)]
    assert praised_before(cast.manager, [blame, other]) == {blame.pk: praise}
    assert turned(cast.outsider) == []
    page = text_of(signed_in(cast.manager).get(url("complaint_list")))
    assert page.count("praised them") == 1
    assert "Great" in text_of(signed_in(cast.manager).get(url("complaint_rates")))


def test_the_page_and_its_file_take_days_and_ignore_nonsense(cast: Cast) -> None:
    complained(make_client(since_on=LONG_AGO), cast.partner, root_cause="mis_sale")
    browser = signed_in(cast.partner)
    page = text_of(browser.get(url("complaint_rates"), {"from": "2025-01-01", "to": "2025-12-31"}))
    assert "100.07 complaints" in page
    assert browser.get(url("complaint_rates"), {"from": "x", "to": "2025-12-31"}).status_code == 200
    assert browser.get(url("complaint_rates"), {"from": "2026-01-01", "to": "2025-12-31"}).status_code == 200
    file = browser.get(url("complaint_rates"), {"from": "2025-01-01", "to": "2025-12-31", "format": "csv"})
    assert "100.07" in b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert signed_in(cast.consultant).get(url("complaint_rates")).status_code == 403


def test_the_api_answers_the_same(cast: Cast) -> None:
    complained(make_client(since_on=LONG_AGO), cast.partner, root_cause="mis_sale")
    api = make_api(cast.partner)
    told = api.get("/api/v1/reports/complaints/", {"from": "2025-01-01", "to": "2025-12-31"}).json()
    assert (told["n"], told["rate"], told["causes"]) == (
        1,
        "100.07",
        [{"cause": "mis_sale", "n": 1, "share": "1.000000", "rate": "100.07"}],
    )
    wrong = api.get("/api/v1/reports/complaints/", {"from": "2026-01-01", "to": "2025-12-31"})
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "to")
    empty = api.get("/api/v1/reports/complaints/", {"from": "1990-01-01", "to": "1990-12-31"}).json()
    assert (empty["rate"], bool(empty["note"])) == (None, True)
