"""Surveys after a delivery: what counts as one, who is asked, who is left out and why, and each delivery once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.models import Engagement, Handover, Offer
from clients.models import Client
from loyalty.models import DeliveryAsk, LoyaltyPolicy, Survey, SurveyInvitation
from loyalty.services.deliveries import ask_after_deliveries
from loyalty.services.surveys import close_survey
from tests.make import (
    Cast,
    browser_of,
    make_client,
    make_contact,
    make_engagement,
    make_offer,
    make_revenue,
    make_survey,
)

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
DONE = ON - timedelta(days=3)


@pytest.fixture(autouse=True)
def policy() -> LoyaltyPolicy:
    row = LoyaltyPolicy.load()
    row.survey_after_delivery = True
    row.save()
    return row


def served() -> Client:
    """A client that received work long ago."""
    client = make_client()
    closed(client, on=ON - timedelta(days=200))
    return client


def closed(client: Client, on: date = DONE) -> Engagement:
    row = make_engagement(client, started_on=on - timedelta(days=60))
    Engagement.objects.filter(pk=row.pk).update(status="closed", closed_on=on)
    return row


def handed_over(client: Client, recipient: str, cast: Cast) -> Offer:
    offer = make_offer(client)
    Offer.objects.filter(pk=offer.pk).update(status="closed", close_reason="delivered", closed_on=DONE)
    Handover.objects.create(
        offer=offer,
        level="outline",
        done="All of it",
        explained_by=cast.manager,
        explained_on=DONE,
        used_minutes=0,
        released_minutes=0,
        recipient=recipient,
        made_by=cast.manager,
    )
    return offer


def asked() -> set[str]:
    return set(SurveyInvitation.objects.values_list("contact__last_name", flat=True))


def test_people_of_a_closed_engagement_are_asked_three_days_later_and_once(cast: Cast) -> None:
    client = served()
    make_contact(client, last_name="Brandl")
    closed(client)
    assert ask_after_deliveries(on=ON - timedelta(days=1), at=AT) == 0
    assert ask_after_deliveries(on=ON, at=AT) == 1
    assert ask_after_deliveries(on=ON, at=AT) == 0
    survey = Survey.objects.get()
    assert (survey.kind, survey.state, survey.deliveries_of_on) == ("transactional", "sending", date(2026, 11, 1))
    assert survey.name == "After deliveries, November 2026"
    assert asked() == {"Brandl"}


@pytest.mark.parametrize("paid_before", [False, True])
def test_a_first_delivery_is_followed_by_thirty_days_of_peace(cast: Cast, paid_before: bool) -> None:
    """The first work counts, not the first invoice, which comes later, or much earlier for an advance."""
    client = make_client()
    make_contact(client)
    if paid_before:
        make_revenue(client, "10.00", on=ON - timedelta(days=200))
    handed_over(client, "", cast)
    closed(client)
    assert ask_after_deliveries(on=ON, at=AT) == 0
    assert [row["reasons"] for row in Survey.objects.get().excluded] == [["too_new"]] * 2


def test_work_that_a_merged_client_received_counts_as_the_first(cast: Cast) -> None:
    client = make_client()
    make_contact(client)
    Client.objects.filter(pk=served().pk).update(merged_into=client)
    closed(client)
    assert ask_after_deliveries(on=ON, at=AT) == 1


def test_whoever_received_the_hand_over_is_asked_alone(cast: Cast) -> None:
    client = served()
    make_contact(client, last_name="Boss", influence="decision")
    make_contact(client, last_name="User", email="user@client.example")
    handed_over(client, "User@client.example", cast)
    ask_after_deliveries(on=ON, at=AT)
    assert asked() == {"User"}


@pytest.mark.parametrize(
    ("fields", "reason"), [({"left_on": DONE}, "has_left"), ({"surveys_refused_at": AT}, "opt_out")]
)
def test_a_known_recipient_who_cannot_be_asked_is_named_and_not_replaced(
    cast: Cast, fields: dict[str, Any], reason: str
) -> None:
    client = served()
    make_contact(client, last_name="Boss", influence="decision")
    gone = make_contact(client, email="user@client.example", **fields)
    handed_over(client, "user@client.example", cast)
    assert ask_after_deliveries(on=ON, at=AT) == 0
    assert Survey.objects.get().excluded == [{"contact": gone.pk, "reasons": [reason]}]
    assert DeliveryAsk.objects.get().excluded_count == 1


def test_a_recipient_who_was_asked_of_another_delivery_is_not_replaced(cast: Cast) -> None:
    client = served()
    make_contact(client, last_name="Boss", influence="decision")
    make_contact(client, last_name="User", email="user@client.example")
    handed_over(client, "user@client.example", cast)
    handed_over(client, "user@client.example", cast)
    assert ask_after_deliveries(on=ON, at=AT) == 1
    assert asked() == {"User"}
    shown = browser_of(cast.partner).get(f"/loyalty/surveys/{Survey.objects.get().pk}/").content.decode()
    assert "was asked in this survey already" in shown


def test_a_manager_sees_deliveries_of_own_clients_only(cast: Cast) -> None:
    own, other = make_client(name="Own", account_manager=cast.manager), make_client(name="Another")
    for client in (own, other):
        make_contact(client)
        closed(client)
    ask_after_deliveries(on=ON, at=AT)
    address = f"/loyalty/surveys/{Survey.objects.get().pk}/"
    seen = {user: browser_of(user).get(address).context["deliveries"] for user in (cast.manager, cast.partner)}
    assert [row.client for row in seen[cast.manager]] == [own]
    assert {row.client for row in seen[cast.partner]} == {own, other}


def test_an_unknown_recipient_leaves_the_people_of_the_client(cast: Cast) -> None:
    client = served()
    make_contact(client, last_name="Boss")
    handed_over(client, "somebody@else.example", cast)
    ask_after_deliveries(on=ON, at=AT)
    assert asked() == {"Boss"}


def test_the_pauses_hold_and_the_reasons_stand_in_the_survey(cast: Cast) -> None:
    client = served()
    tired = make_contact(client, last_name="Tired")
    moment = AT - timedelta(days=40)
    SurveyInvitation.objects.create(survey=make_survey(), contact=tired, made_at=moment, sent_at=moment)
    make_contact(client, last_name="Never", surveys_refused_at=AT)
    make_contact(client, last_name="Fresh")
    closed(client)
    assert ask_after_deliveries(on=ON, at=AT) == 1
    survey = Survey.objects.get(kind="transactional")
    assert [row["reasons"] for row in survey.excluded] == [["person_any_90"], ["opt_out"]]
    row = DeliveryAsk.objects.get()
    assert (row.people_count, row.excluded_count) == (1, 2)
    shown = browser_of(cast.partner).get(f"/loyalty/surveys/{survey.pk}/").content.decode()
    for words in ("Asked after", "end of an engagement", "1 asked", "2 left out", "Tired"):
        assert words in shown


def test_two_deliveries_of_a_client_ask_nobody_twice(cast: Cast) -> None:
    client = served()
    make_contact(client)
    closed(client)
    closed(client)
    assert ask_after_deliveries(on=ON, at=AT) == 1
    assert DeliveryAsk.objects.count() == 2
    assert SurveyInvitation.objects.count() == 1


@pytest.mark.parametrize("case", ["switched off", "too old", "closed survey", "merged away"])
def test_when_nobody_is_asked(cast: Cast, policy: LoyaltyPolicy, case: str) -> None:
    client: Any = served()
    make_contact(client)
    closed(client, on=ON - timedelta(days=18) if case == "too old" else DONE)
    if case == "switched off":
        policy.survey_after_delivery = False
        policy.save()
    if case == "closed survey":
        row = make_survey(kind="transactional", state="sent", deliveries_of_on=date(2026, 11, 1))
        close_survey(row, at=AT)
    if case == "merged away":
        Client.objects.filter(pk=client.pk).update(merged_into=make_client())
    assert ask_after_deliveries(on=ON, at=AT) == 0
    assert not SurveyInvitation.objects.exists()
