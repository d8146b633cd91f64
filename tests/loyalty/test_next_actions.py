"""The next best action: the open act with the largest effect on health, with its evidence, until it is put away."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Client
from loyalty.models import HealthSnapshot, SkippedAct
from loyalty.reports.next_actions import shown_next
from loyalty.rules.health import DEFAULT_SCORECARD, FeatureCode
from loyalty.rules.next_action import FEATURES, ActKind, Standing, expected_effect, ranked
from loyalty.services.next_actions import next_acts, skip_act
from tests.make import Cast, make_api, make_call, make_client, make_contact, make_package, make_promised

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 10, 9, tzinfo=UTC)
TODAY = date(2026, 6, 10)
FULL: dict[FeatureCode, int] = {feature.code: feature.maximum for feature in DEFAULT_SCORECARD.features}


def standing(
    points: dict[FeatureCode, int] | None = None, *, capped_by: str = "", score: int | None = None
) -> Standing:
    held = {**FULL, **(points or {})}
    raw = sum(held.values())
    return Standing(held, raw if score is None else score, raw, capped_by)


def effect(kind: ActKind, now: Standing) -> int:
    return expected_effect(kind, now, DEFAULT_SCORECARD)


def test_an_act_wins_the_points_that_its_feature_has_lost() -> None:
    assert effect(ActKind.SILENCE, standing({"silence": 6})) == 14
    assert effect(ActKind.SILENCE, standing()) == 0


def test_a_call_to_a_critic_also_lifts_the_cap() -> None:
    now = standing({"nps": 0}, capped_by="open_detractor", score=49)
    assert effect(ActKind.DETRACTOR, now) == 15 + (85 - 49)
    assert effect(ActKind.SILENCE, now) == 0


def test_what_presses_also_counts_what_would_be_lost_without_it() -> None:
    assert effect(ActKind.DUE_PROMISE, standing()) == 15 - 11
    assert effect(ActKind.DUE_PROMISE, standing({"promises": 6})) == 9 + 6
    assert effect(ActKind.RENEWAL, standing({"contract_left": 2})) == 3 + 1


@given(kind=st.sampled_from(ActKind), share=st.floats(0, 1))
def test_the_effect_is_never_negative_and_never_more_than_the_feature(kind: ActKind, share: float) -> None:
    feature = next(row for row in DEFAULT_SCORECARD.features if row.code == FEATURES[kind])
    points = round(share * feature.maximum)
    assert 0 <= effect(kind, standing({feature.code: points})) <= feature.maximum


def test_the_largest_comes_first_and_what_moves_nothing_is_left_out() -> None:
    acts = [(ActKind.MISSING_ANCHOR, 3, "a"), (ActKind.SILENCE, 0, "b"), (ActKind.DUE_PROMISE, 3, "c")]
    assert [act[2] for act in ranked(acts)] == ["c", "a"]


@pytest.fixture
def alfa(cast: Cast) -> Client:
    return make_client(name="Alfa", account_manager=cast.manager)


def scored(client: Client, *, facts: dict[str, Any] | None = None, **points: int) -> HealthSnapshot:
    held: dict[str, int] = {**dict(FULL.items()), **points}
    rows = [
        {"code": code, "points": held[code], "maximum": most, "known": True, "facts": (facts or {}).get(code, {})}
        for code, most in FULL.items()
    ]
    raw = sum(held.values())
    return HealthSnapshot.objects.create(client=client, as_of_on=TODAY, score=raw, raw=raw, band="green", factors=rows)


def kinds(client: Client, at: datetime = AT) -> list[str]:
    return [act.kind.value for act in next_acts(client, at=at)]


THREE = {"anchors": {"codes": ["audit", "it", "tax"]}}


def test_before_the_first_score_nothing_is_proposed(alfa: Client) -> None:
    assert next_acts(alfa, at=AT) == []


def test_a_promise_that_is_due_within_a_day_is_proposed(alfa: Client, cast: Cast) -> None:
    scored(alfa, facts=THREE)
    make_promised(alfa, due_at=AT + timedelta(hours=30), by=cast.manager, at=AT)
    assert kinds(alfa) == []
    assert kinds(alfa, AT + timedelta(hours=7)) == ["due_promise"]


def test_silence_and_few_services_are_ranked_by_their_points(alfa: Client) -> None:
    quiet = {"days": 40, "last_on": "2026-05-01", "usual": "10"}
    scored(alfa, silence=0, anchors=4, facts={"silence": quiet, "anchors": {"codes": ["it"]}})
    assert kinds(alfa) == ["silence", "missing_anchor"]
    first = shown_next(next_acts(alfa, at=AT), alfa, today=TODAY)[0]
    assert (first.title, first.effect) == ("Talk to Alfa", 20)
    assert first.evidence == "Quiet for 40 days; usually it is 10."


def test_a_payer_whom_nobody_met_for_90_days_is_to_be_met(alfa: Client, cast: Cast) -> None:
    scored(alfa, people_touched=3, facts=THREE)
    payer = make_contact(alfa, buying_role="customer")
    make_contact(alfa, last_name="User", buying_role="consumer")
    assert [act.about for act in next_acts(alfa, at=AT)] == [payer]
    make_call(alfa, contacts=[payer], at=AT - timedelta(days=91), by=cast.manager)
    assert next_acts(alfa, at=AT)[0].facts == {"days": 91}
    make_call(alfa, contacts=[payer], at=AT - timedelta(days=89), by=cast.manager)
    assert kinds(alfa) == []


def test_a_package_with_a_fifth_left_is_to_be_followed_by_the_next(alfa: Client) -> None:
    scored(alfa, contract_left=2, facts=THREE)
    package = make_package(alfa, hours=10)
    assert kinds(alfa) == []
    type(package).objects.filter(pk=package.pk).update(purchased_minutes=3001)
    assert kinds(alfa) == ["low_package"]


def test_a_small_package_that_is_full_hides_no_larger_one_that_runs_low(alfa: Client) -> None:
    scored(alfa, contract_left=2, facts=THREE)
    low = make_package(alfa, hours=10)
    type(low).objects.filter(pk=low.pk).update(purchased_minutes=6000)
    make_package(alfa, hours=5)
    assert [act.about for act in next_acts(alfa, at=AT)] == [low]


def test_an_act_that_was_put_away_gives_place_to_the_next_until_its_day(alfa: Client, cast: Cast) -> None:
    quiet = {"days": 40, "last_on": "2026-05-01", "usual": "10"}
    scored(alfa, silence=0, anchors=4, facts={"silence": quiet, "anchors": {"codes": ["it"]}})
    skip_act(alfa, kind=ActKind.SILENCE, subject="", until=TODAY + timedelta(days=7), by=cast.manager)
    assert kinds(alfa) == ["missing_anchor"]
    assert kinds(alfa, AT + timedelta(days=7)) == ["silence", "missing_anchor"]


def test_the_card_shows_it_and_puts_it_away_with_a_way_back(client: Browser, alfa: Client, cast: Cast) -> None:
    scored(alfa, anchors=4, facts={"anchors": {"codes": ["it"]}})
    client.force_login(cast.manager)
    assert f"/next/clients/{alfa.pk}/" in client.get(f"/clients/{alfa.pk}/").content.decode()
    panel = client.get(f"/next/clients/{alfa.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Offer another service" in panel
    assert "11 points of health" in panel
    body = {"kind": "missing_anchor", "subject": "", "days": "90"}
    assert client.post(f"/next/clients/{alfa.pk}/skip/", body).status_code == 302
    assert "Nothing to do first" in client.get(f"/next/clients/{alfa.pk}/").content.decode()
    client.post(f"/next/{SkippedAct.objects.get().pk}/undo/")
    assert not SkippedAct.objects.exists()


def test_a_wrong_act_is_refused_in_words(client: Browser, alfa: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    for body in (
        {"kind": "dance", "days": "7"},
        {"kind": "silence", "days": "8"},
        {"kind": "silence", "subject": "x'", "days": "7"},
    ):
        assert client.post(f"/next/clients/{alfa.pk}/skip/", body).status_code == 422


def test_others_do_not_see_it(client: Browser, alfa: Client, cast: Cast) -> None:
    client.force_login(cast.outsider)
    assert client.get(f"/next/clients/{alfa.pk}/").status_code == 404


def test_the_api_names_the_acts_beside_the_score(alfa: Client, cast: Cast) -> None:
    scored(alfa, anchors=4, facts={"anchors": {"codes": ["it"]}})
    shown = make_api(cast.manager).get(f"/api/v1/clients/{alfa.pk}/health/").data["next_actions"]
    assert [(act["kind"], act["effect_points"], act["subject"]) for act in shown] == [("missing_anchor", 11, None)]
