"""Retention measures: whose losses count before and after, no hand-picked survivors; page, file and API."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.models import WorkMonth
from clients.models import Client, ClientAnchor, Complaint, StatusChange, TierChange
from clients.services.facts import write_figures
from loyalty.models import RetentionMeasure
from loyalty.rules.anchors import Tenure
from loyalty.rules.effects import stays
from loyalty.services.effects import measure_effects
from loyalty.services.retention import read_stays, refresh_retention
from tests.make import Cast, browser_of, make_api, make_client, make_service_line
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
START = TODAY - timedelta(days=200)
LONG_AGO = TODAY - timedelta(days=1500)
URL = "/api/v1/retention-measures/"


def measure(cast: Cast, **kw: Any) -> RetentionMeasure:
    fields = {"kind": "churn_fight", "name": "A call", "started_on": START, "owner": cast.partner, **kw}
    return RetentionMeasure.objects.create(**fields)


def stayed(*, lost: date | None = None, **kw: Any) -> Client:
    if lost:
        kw |= {"status": "lost", "status_on": lost}
    return make_client(since_on=LONG_AGO, **kw)


def change_of(row: RetentionMeasure) -> Any:
    return measure_effects([row], on=TODAY)[row.pk].losses.change


def test_losses_before_and_after_count_whoever_was_there(cast: Cast) -> None:
    for days in (-30, -60, -90, 40):
        stayed(lost=START + timedelta(days=days))
    for _number in range(6):
        stayed()
    found = change_of(measure(cast))
    assert (found.before, found.after, found.verdict) == (3, 1, "not_proven")


def test_a_measure_of_a_tier_counts_only_its_clients(cast: Cast) -> None:
    stayed(lost=START - timedelta(days=5), tier="a")
    stayed(lost=START - timedelta(days=5), tier="c")
    stayed(tier="a")
    row = measure(cast, tier="a")
    assert change_of(row).before == 1
    assert measure_effects([row], on=TODAY)[row.pk].clients == 2


def test_the_tier_when_the_measure_began_counts(cast: Cast) -> None:
    """Whoever it lifted to the tier was not meant by it, and whoever fell since was."""
    lifted, fallen = stayed(lost=START - timedelta(days=5), tier="a"), stayed(lost=START + timedelta(days=5), tier="c")
    changes = ((lifted, "c", 9), (fallen, "a", 9), (fallen, "b", 20), (stayed(tier="a"), "c", -9))
    for client, old, days in changes:
        at = timezone.now() - timedelta(days=200 - days)
        TierChange.objects.create(
            client=client, old=old, new=client.tier, reason="Review", made_by=cast.partner, made_at=at
        )
    row = measure(cast, tier="a")
    found = measure_effects([row], on=TODAY)[row.pk]
    assert found.clients == 2
    assert found.losses.change
    assert (found.losses.change.before, found.losses.change.after) == (0, 1)


def test_a_loss_that_nobody_confirmed_is_left_out_and_its_time_ends_with_the_last_revenue(cast: Cast) -> None:
    client, last = stayed(), START - timedelta(days=300)
    write_figures("revenue", {client.pk: {"last_revenue_on": last, "has_agreement": False}}, as_of=TODAY)
    stayed(lost=START + timedelta(days=100))
    row = measure(cast)
    found = measure_effects([row], on=TODAY)[row.pk]
    assert (found.silent, found.clients) == (1, 2)
    assert found.losses.change
    assert (found.losses.change.before, found.losses.change.after) == (0, 1)
    assert found.losses.change.after_rate == pytest.approx(100 * 365.25 / 100)
    assert "1 silent client left out" in browser_of(cast.partner).get("/retention/").content.decode()


def test_a_client_who_came_back_was_lost_before(cast: Cast) -> None:
    client = stayed(status="active")
    lost, back = START - timedelta(days=60), START + timedelta(days=150)
    for old, new, day in (("active", "lost", lost), ("lost", "active", back)):
        StatusChange.objects.create(
            client=client, old=old, new=new, confirmed_on=day, made_by=cast.partner, made_at=timezone.now()
        )
    found = change_of(measure(cast))
    assert (found.before, found.after) == (1, 0)
    assert found.before_rate == pytest.approx(100 * 365.25 / 140)
    row = measure(cast)
    assert measure_effects([row], on=TODAY)[row.pk].clients == 1


def test_a_return_by_the_day_of_the_loss_takes_it_back() -> None:
    lost, later = START + timedelta(days=9), START + timedelta(days=50)
    assert stays(START, [(lost, True), (lost, False)]) == [(START, None)]
    assert stays(START, [(lost, True), (later, False)]) == [(START, lost), (later, None)]
    assert stays(START, [(START - timedelta(days=1), True)]) == [(START, None)]


def test_a_client_counts_for_a_service_from_its_first_use_on(cast: Cast) -> None:
    """Whoever began it after the measure adds no time before: they could not have left it then."""
    line = make_service_line("it")
    late, early = stayed(), stayed(lost=START + timedelta(days=9))
    for client, first in ((late, START + timedelta(days=100)), (early, LONG_AGO)):
        ClientAnchor.objects.create(
            client=client, service_line=line, first_on=first, last_on=TODAY, is_active=True, as_of_on=TODAY
        )
    stayed(lost=START - timedelta(days=5))
    found = change_of(measure(cast, service_line=line))
    assert (found.before, found.after) == (0, 1)
    assert found.after_rate == pytest.approx(100 * 365.25 / (9 + 100))


def test_it_is_too_early_for_ninety_days_and_an_ended_measure_counts_to_its_end(cast: Cast) -> None:
    stayed(lost=TODAY - timedelta(days=3))
    fresh = measure(cast, started_on=TODAY - timedelta(days=89))
    assert measure_effects([fresh], on=TODAY)[fresh.pk].losses.windows is None
    assert change_of(measure(cast, ended_on=TODAY - timedelta(days=10))) is None


def test_complaints_count_for_the_client_into_which_one_was_merged(cast: Cast) -> None:
    client = stayed()
    merged = make_client(merged_into=client)
    Complaint.objects.create(client=merged, text="Late", received_on=START + timedelta(days=1), logged_by=cast.manager)
    row = measure(cast)
    found = measure_effects([row], on=TODAY)[row.pk].complaints.change
    assert found
    assert found.after == 1


def test_a_retainer_and_prepaid_minutes_are_anchors_without_revenue() -> None:
    client = stayed()
    retained, prepaid = make_service_line("audit"), make_service_line("it")
    make_retainer(client, starts_on=TODAY - timedelta(days=40), status="active").service_lines.set([retained])
    month = TODAY.replace(day=1)
    WorkMonth.objects.create(client=client, service_line=prepaid, month_on=month, currency="EUR", prepaid_minutes=60)
    (stay,) = read_stays(on=TODAY)
    assert set(stay.anchors) == {"audit", "it"}
    assert TODAY in stay.anchors["audit"][0]


def test_prepaid_work_is_an_anchor_once_its_month_is_over() -> None:
    """A quarter that begins in the month of the work does not know of it yet."""
    month = date(TODAY.year - 1, 7, 1)
    line = make_service_line("it")
    WorkMonth.objects.create(client=stayed(), service_line=line, month_on=month, currency="EUR", prepaid_minutes=60)
    (stay,) = read_stays(on=TODAY)
    held = Tenure(stay.started_on, stay.lost_on, stay.anchors)
    days = (month, date(TODAY.year - 1, 10, 1), date(TODAY.year, 7, 1), date(TODAY.year, 8, 1))
    assert [held.anchors_on(day) for day in days] == [0, 1, 1, 0]


def test_curves_and_hazards_carry_their_intervals_and_leave_as_a_file(cast: Cast) -> None:
    line = make_service_line("it")
    for number in range(8):
        client = stayed(lost=TODAY - timedelta(days=300 + number) if number < 3 else None)
        make_retainer(client, starts_on=LONG_AGO, status="active").service_lines.set([line])
    snapshot = refresh_retention(on=TODAY)
    (curve,) = snapshot.curves["rows"]
    assert curve["limits"][0] is None
    low, high = curve["limits"][3]
    assert low < curve["years"][3] < high
    (hazard,) = [row for row in snapshot.hazards["rows"] if row["anchors"] == 1]
    assert hazard["low"] < hazard["hazard"] < hazard["high"]
    sent = browser_of(cast.manager).get("/retention/export/?format=csv&headers=names").getvalue().decode()
    assert "lost in a quarter" in sent


def test_the_page_says_when_nothing_is_known_and_shows_measures(cast: Cast) -> None:
    browser = browser_of(cast.partner)
    empty = browser.get("/retention/").content.decode()
    assert "Not enough data" in empty
    assert "No measure is written down yet" in empty
    stayed(lost=START - timedelta(days=5))
    write_figures("revenue", {stayed().pk: {"revenue_12m": 100}}, as_of=TODAY)
    body = {"kind": "lock_in", "name": "Renewals", "started_on": START.isoformat(), "owner": cast.partner.pk}
    assert browser.post("/retention/measures/new/", {**body, "ended_on": "2001-01-01"}).status_code == 422
    assert browser.post("/retention/measures/new/", body).status_code == 302
    refresh_retention(on=TODAY)
    shown = browser.get("/retention/").content.decode()
    assert "Renewals" in shown
    assert "not proven yet" in shown
    assert browser_of(cast.manager).post("/retention/measures/new/", body).status_code == 403
    assert browser_of(cast.consultant).get("/retention/").status_code == 404


def test_the_page_costs_the_same_for_many_clients(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _number in range(12):
        stayed()
    for _number in range(3):
        measure(cast)
    browser = browser_of(cast.partner)
    browser.get("/retention/")
    with django_assert_max_num_queries(30):
        browser.get("/retention/")


def test_measures_over_the_api(cast: Cast) -> None:
    api = make_api(cast.partner)
    body = {"kind": "lock_in", "name": "Renewals", "started_on": START.isoformat(), "owner": cast.partner.pk}
    stayed(lost=START - timedelta(days=5))
    stayed()
    made = api.post(URL, body, format="json")
    assert made.status_code == 201, made.data
    assert made.data["effect"]["losses"] == {
        "verdict": "not_proven",
        "before": 1,
        "after": 0,
        "before_rate": made.data["effect"]["losses"]["before_rate"],
        "after_rate": "0.000000",
        "ratio": "0.000000",
        "low": "0.000000",
        "high": made.data["effect"]["losses"]["high"],
    }
    assert made.data["effect"]["complaints"]["note"] == "Nothing to compare."
    assert api.patch(f"{URL}{made.data['id']}/", {"ended_on": "2001-01-01"}, format="json").status_code == 400
    assert make_api(cast.manager).patch(f"{URL}{made.data['id']}/", {}, format="json").status_code == 403
    assert make_api(cast.manager).get(URL).data["results"][0]["effect"] is None
