"""The overrun on the page of an offer and through the API."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Offer, OfferForecast, OverrunNotice, OverrunOverride, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.offers import ItemDraft, close_offer
from clients.models import Client
from crm.access import Role
from tests.billing.test_api_time import alfa
from tests.make import Cast, make_api, make_user
from tests.make.hours import AT, log, submitted
from tests.make.offers import make_accepted_offer

__all__ = ["alfa"]
pytestmark = pytest.mark.django_db
OFFERS = "/api/v1/offers/"


@pytest.fixture
def offer(cast: Cast, alfa: Client) -> Offer:
    """An accepted hour of the consultant's, 2:15 worked and approved."""
    made = make_accepted_offer(alfa, author=cast.consultant, items=[ItemDraft("Set-up", 60)])
    entry = submitted(alfa, cast.consultant, 135, offer=made)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    return Offer.objects.get(pk=made.pk)


def notice(**kw: Any) -> dict[str, Any]:
    told_at = timezone.now() - timedelta(minutes=5)
    return {"informed_at": told_at.isoformat(), "channel": "phone", "person": "Petra Hofmann", **kw}


def test_a_consultant_writes_down_that_the_client_was_told(cast: Cast, offer: Offer) -> None:
    answer = make_api(cast.consultant).post(f"{OFFERS}{offer.pk}/overrun-notice/", notice(decision="continue"))
    assert answer.status_code == 201, answer.json()
    kept = answer.json()
    assert (kept["used_minutes"], kept["person"], kept["made_by"]) == (135, "Petra Hofmann", cast.consultant.pk)
    state = make_api(cast.consultant).get(f"{OFFERS}{offer.pk}/overrun/").json()
    assert (state["signed_minutes"], state["limit_minutes"], state["used_minutes"]) == (60, 120, 135)
    assert (state["unannounced_minutes"], state["forecast_minutes"]) == (15, 135)
    assert state["due"] == ["tell_consultant", "tell_manager", "warn_client"]
    assert [row["decision"] for row in state["notices"]] == ["continue"]


@pytest.mark.parametrize(
    ("wrong", "attr"),
    [
        ({"decision": "perhaps"}, "decision"),
        ({"person": ""}, "person"),
        ({"informed_at": "2099-01-01T00:00:00Z"}, "informed_at"),
    ],
)
def test_a_wrong_notice_names_its_field(cast: Cast, offer: Offer, wrong: dict[str, Any], attr: str) -> None:
    answer = make_api(cast.consultant).post(f"{OFFERS}{offer.pk}/overrun-notice/", notice(**wrong))
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, attr)


def test_a_draft_has_no_notice(cast: Cast, offer: Offer) -> None:
    revision = make_api(cast.consultant).post(f"{OFFERS}{offer.pk}/revise/", {"estimated_minutes": 240}).json()
    answer = make_api(cast.consultant).post(f"{OFFERS}{revision['id']}/overrun-notice/", notice())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "wrong_status")


def test_a_forecast_is_told_through_the_api(cast: Cast, offer: Offer) -> None:
    answer = make_api(cast.consultant).post(f"{OFFERS}{offer.pk}/forecast/", {"remaining_minutes": 45})
    assert (answer.status_code, answer.json()["forecast_minutes"]) == (201, 180)


def test_only_a_partner_overrides_and_only_entries_of_the_offer(cast: Cast, alfa: Client, offer: Offer) -> None:
    entry, other = TimeEntry.objects.get(), submitted(alfa, cast.consultant, 15)
    asked = {"entry": entry.pk, "reason": "agreed on the phone"}
    url = f"{OFFERS}{offer.pk}/override/"
    assert make_api(cast.manager).post(url, asked).status_code == 403
    assert make_api(cast.partner).post(url, {**asked, "entry": other.pk}).status_code == 404
    done = make_api(cast.partner).post(url, asked)
    assert (done.status_code, done.json()["unannounced_minutes"]) == (200, 0)
    assert make_api(cast.partner).post(url, asked).status_code == 409


def page(name: str, pk: int) -> str:
    return reverse(f"billing:{name}", args=[pk])


def test_the_page_shows_the_overrun_and_its_notices(client: Browser, cast: Cast, offer: Offer) -> None:
    client.force_login(cast.consultant)
    told_at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    form = {"informed_at": told_at, "channel": "phone", "person": "Petra Hofmann", "decision": "continue"}
    assert client.get(page("offer_notice", offer.pk)).status_code == 200
    assert client.post(page("offer_notice", offer.pk), form).status_code == 302
    assert OverrunNotice.objects.get().made_by == cast.consultant
    shown = client.get(page("offer_detail", offer.pk)).content.decode()
    assert "the limit is passed" in shown
    assert "Petra Hofmann" in shown
    assert "Overrun that nobody announced" in shown
    assert "Let it bill" not in shown


def test_what_is_closed_or_was_never_signed_warns_of_nothing(client: Browser, cast: Cast, alfa: Client) -> None:
    closed = make_accepted_offer(alfa, lead=cast.consultant, items=[ItemDraft("Set-up", 60)])
    log(closed.client, cast.consultant, 150, offer=closed, worked_on=date(2026, 6, 10))
    close_offer(closed, reason="delivered", on=date(2026, 6, 20))
    price: dict[str, Any] = {"basis": "fixed", "fixed_price": Decimal("600.00"), "items": []}
    fixed = make_accepted_offer(closed.client, lead=cast.consultant, **price)
    log(fixed.client, cast.consultant, 60, offer=fixed, worked_on=date(2026, 6, 10))
    client.force_login(cast.partner)
    pages = [client.get(reverse("billing:offer_detail", args=[offer.pk])) for offer in (closed, fixed)]
    texts = [page.content.decode() for page in pages]
    assert not any(words in text for text in texts for words in ("limit is passed", "Warn the client", 'class="over"'))
    assert "no hours were signed" in texts[1]


def test_an_incomplete_notice_comes_back(client: Browser, cast: Cast, offer: Offer) -> None:
    client.force_login(cast.consultant)
    assert client.post(page("offer_notice", offer.pk), {"person": ""}).status_code == 422


def test_what_is_left_is_said_in_hours(client: Browser, cast: Cast, offer: Offer) -> None:
    client.force_login(cast.consultant)
    assert client.get(page("offer_forecast", offer.pk)).status_code == 200
    assert client.post(page("offer_forecast", offer.pk), {"remaining_minutes": "1:30"}).status_code == 302
    assert OfferForecast.objects.get().remaining_minutes == 90


def test_a_partner_lets_it_bill_on_the_page(client: Browser, cast: Cast, offer: Offer) -> None:
    entry = TimeEntry.objects.get()
    client.force_login(cast.manager)
    assert client.get(page("offer_override", entry.pk)).status_code == 403
    client.force_login(cast.partner)
    assert "Let it bill" in client.get(page("offer_detail", offer.pk)).content.decode()
    assert client.get(page("offer_override", entry.pk)).status_code == 200
    assert client.post(page("offer_override", entry.pk), {"reason": "agreed"}).status_code == 302
    assert OverrunOverride.objects.get().reason == "agreed"


def test_a_partner_is_not_offered_to_let_own_work_bill(client: Browser, cast: Cast, alfa: Client) -> None:
    offer = make_accepted_offer(alfa, author=cast.consultant, items=[ItemDraft("Set-up", 60)])
    entry = submitted(alfa, cast.partner, 135, offer=offer)
    approve_entries([entry.pk], by=make_user(Role.PARTNER), at=AT)
    client.force_login(cast.partner)
    assert "Let it bill" not in client.get(page("offer_detail", offer.pk)).content.decode()
    assert client.get(page("offer_override", entry.pk)).status_code == 403
    answer = make_api(cast.partner).post(f"{OFFERS}{offer.pk}/override/", {"entry": entry.pk, "reason": "so"})
    assert answer.status_code == 403


def test_overrun_report_lists_what_nobody_announced_by_offer(client: Browser, cast: Cast, offer: Offer) -> None:
    client.force_login(cast.partner)
    rows = client.get(reverse("billing:overrun_report")).context["rows"]
    assert [(row.offer, row.minutes, row.people) for row in rows] == [(offer, 15, ["Jonas Keller"])]
    assert str(rows[0].value) == "37.50"
    client.force_login(cast.outsider)
    assert "Every overrun was announced" in client.get(reverse("billing:overrun_report")).content.decode()


def test_the_report_is_told_through_the_api(cast: Cast, offer: Offer) -> None:
    told = make_api(cast.finance).get("/api/v1/reports/unannounced-overruns/").json()
    assert [(row["offer"], row["unannounced_minutes"], row["value"]) for row in told["rows"]] == [
        (offer.pk, 15, "37.50")
    ]
