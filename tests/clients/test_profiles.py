"""Business profiles: known by whoever works for the client, shown where an offer is written, out of date one day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from clients.models import BusinessProfile, CarePolicy, Client, ClientMember, CompetitorSeen, Task
from clients.reports.quality import findings
from clients.rules.first_order import Step
from clients.services.first_orders import open_plan
from clients.services.profiles import note_competitor, profile_of, save_profile
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def known(cast: Cast, client: Client | None = None, **kw: Any) -> BusinessProfile:
    client = client or make_client(account_manager=cast.manager, name="Nord AG")
    row = profile_of(client, on=TODAY)
    for name, value in {"goals": "Two new sites", **kw}.items():
        setattr(row, name, value)
    return save_profile(row, by=cast.manager, at=NOW)


def test_a_profile_holds_as_long_as_the_policy_says(cast: Cast) -> None:
    assert known(cast).stale_on == TODAY + timedelta(days=180)
    CarePolicy.objects.create(pk=1, profile_days=30)
    assert profile_of(make_client(), on=TODAY).stale_on == TODAY + timedelta(days=30)


def test_an_old_profile_is_a_finding_and_a_checked_one_is_none(cast: Cast) -> None:
    row = known(cast, reviewed_on=TODAY - timedelta(days=200), stale_on=TODAY)
    assert [(each.client, each.gap) for each in findings(cast.manager, at=NOW)] == [(row.client, "stale_profile")]
    assert "Check it" in text_of(signed_in(cast.manager).get(url("quality_list")))
    row.reviewed_on, row.stale_on = TODAY, TODAY + timedelta(days=1)
    save_profile(row, by=cast.manager, at=NOW)
    assert findings(cast.manager, at=NOW) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"goals": ""}, None),
        ({"reviewed_on": TODAY + timedelta(days=1)}, "reviewed_on"),
        ({"stale_on": TODAY}, None),
    ],
)
def test_a_profile_says_something_true_by_now(cast: Cast, given: dict[str, Any], field: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        known(cast, **given)
    assert field is None or set(refused.value.error_dict) == {field}


def test_writing_it_closes_the_step_of_the_first_weeks(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    open_plan(client, ordered_on=TODAY, occasion="Offer", at=NOW)
    task = Task.objects.get(source=f"client:{client.pk}:{Step.PROFILE}")
    assert task.url == url("profile_edit", client.pk)
    known(cast, client)
    task.refresh_from_db()
    assert task.state == "done"


def test_a_plan_that_opens_later_knows_the_profile(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    known(cast, client)
    open_plan(client, ordered_on=TODAY, occasion="Offer", at=NOW)
    assert Task.objects.get(source=f"client:{client.pk}:{Step.PROFILE}").state == "done"


def test_it_stands_on_the_card_and_beside_an_offer_that_is_written(cast: Cast) -> None:
    row = known(cast, why_us="We came on a Sunday")
    browser = signed_in(cast.manager)
    assert url("client_profile", row.client_id) in text_of(browser.get(url("client", row.client_id)))
    assert "We came on a Sunday" in text_of(browser.get(url("client_profile", row.client_id)))
    assert url("profile_aside") in text_of(browser.get(reverse("billing:offer_new")))
    headers = {"HX-Request": "true"}
    beside = browser.get(url("profile_aside"), {"client": row.client_id}, headers=headers)
    assert "We came on a Sunday" in text_of(beside)
    assert text_of(browser.get(url("profile_aside"), {"client": "x"}, headers=headers)).strip() == ""
    assert browser.get(url("profile_aside")).status_code == 200


def test_who_works_for_the_client_reads_and_writes_it_others_do_not(cast: Cast) -> None:
    row = known(cast)
    where = url("profile_edit", row.client_id)
    consultant = signed_in(cast.consultant)
    assert consultant.get(url("client_profile", row.client_id)).status_code == 404
    assert "Two new sites" not in text_of(consultant.get(url("profile_aside"), {"client": row.client_id}))
    ClientMember.objects.create(client=row.client, user=cast.consultant, from_on=date(2026, 1, 1))
    given = {"decides": "The owner alone", "reviewed_on": TODAY, "stale_on": TODAY + timedelta(days=9)}
    assert consultant.post(where, {**given, "stale_on": TODAY}).status_code == 422
    assert consultant.post(where, given).status_code == 302
    row.refresh_from_db()
    assert (row.decides, row.goals, row.written_by) == ("The owner alone", "", cast.consultant)
    assert signed_in(cast.finance).get(url("client_profile", row.client_id)).status_code == 404


def test_competitors_are_seen_on_a_day_and_taken_off_the_record(cast: Cast) -> None:
    client, browser = make_client(account_manager=cast.manager), signed_in(cast.manager)
    given = {"name": "Nordlicht IT", "seen_on": TODAY.isoformat(), "note": "hosts their mail"}
    where = url("competitor_new", client.pk)
    assert browser.post(where, given | {"seen_on": (TODAY + timedelta(days=1)).isoformat()}).status_code == 422
    assert browser.post(where, given).status_code == 302
    assert browser.post(where, given).status_code == 422
    seen = CompetitorSeen.objects.get()
    assert (seen.logged_by, seen.seen_on) == (cast.manager, TODAY)
    assert "hosts their mail" in text_of(browser.get(url("client_profile", client.pk)))
    assert signed_in(cast.outsider).post(url("competitor_delete", seen.pk)).status_code == 404
    assert browser.post(url("competitor_delete", seen.pk)).status_code == 302
    assert not CompetitorSeen.objects.exists()


def test_profiles_and_competitors_through_the_api(cast: Cast) -> None:
    client, api = make_client(account_manager=cast.manager), make_api(cast.manager)
    made = api.post("/api/v1/business-profiles/", {"client": client.pk, "goals": "Grow"})
    assert (made.status_code, made.json()["stale_on"]) == (201, (TODAY + timedelta(days=180)).isoformat())
    assert api.post("/api/v1/business-profiles/", {"client": client.pk, "goals": "Grow"}).status_code == 400
    row = BusinessProfile.objects.get()
    patched = api.patch(f"/api/v1/business-profiles/{row.pk}/", {"goals": ""})
    assert (patched.status_code, patched.json()["type"]) == (400, "validation_error")
    assert api.patch(f"/api/v1/business-profiles/{row.pk}/", {"why_us": "A friend"}).json()["why_us"] == "A friend"
    assert api.post("/api/v1/business-profiles/", {"client": make_client().pk, "goals": "x"}).status_code == 403
    body = {"client": client.pk, "name": "Nordlicht IT", "seen_on": TODAY.isoformat()}
    assert api.post("/api/v1/competitors-seen/", body).status_code == 201
    assert api.post("/api/v1/competitors-seen/", body).status_code == 400
    assert api.get("/api/v1/competitors-seen/", {"client": client.pk}).json()["results"][0]["name"] == "Nordlicht IT"


def test_a_note_is_kept_whoever_writes_it(cast: Cast) -> None:
    row = CompetitorSeen(client=make_client(), name="X", seen_on=TODAY)
    assert note_competitor(row, by=cast.consultant, at=NOW).logged_by == cast.consultant
