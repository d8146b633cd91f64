"""Loss reviews: what opens one, the cooling-off, conclusions in words, ways back, and who may read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, KeyClientDesignation, Task
from clients.services.facts import write_figures
from clients.services.status import confirm_status
from crm.models import User
from loyalty.models import HealthSnapshot, LossReview
from loyalty.reports.losses import alike_clients, losses_context
from loyalty.services.reviews import conclude_review, open_reviews, remind_reviewers
from tests.make import Cast, make_api, make_client, make_need, make_revenue, make_user

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ANSWERS: dict[str, Any] = {
    "cause": "broken_promise",
    "outcome": "to_competitor",
    "preventable": True,
    "could_have_done": "Warn before the date.",
}


def ours(**kw: object) -> Client:
    return make_client(**{"status": "active", "since_on": date(2024, 1, 1), **kw})


def lose(client: Client, *, on: date = ON, by: User | None = None) -> LossReview:
    confirm_status(client, status="lost", on=on, by=by or make_user(), at=NOON)
    return LossReview.objects.get(client=client, kind="lost")


def test_a_client_called_lost_owes_a_review_at_once_with_what_went() -> None:
    manager = make_user()
    client = ours(account_manager=manager)
    write_figures("value", {client.pk: {"simple_value": Decimal("5000.00")}}, as_of=ON)
    make_revenue(client, "900.00", on=date(2026, 1, 10))
    make_revenue(client, "77.00", on=date(2025, 11, 1))
    HealthSnapshot.objects.create(client=client, as_of_on=date(2026, 8, 20), score=58, raw=58, band="amber")
    HealthSnapshot.objects.create(client=client, as_of_on=date(2026, 11, 20), score=12, raw=12, band="red")
    review = lose(client)
    assert (review.value_lost, review.revenue_lost, review.health_before) == (Decimal(5000), Decimal(900), 58)
    task = Task.objects.get(kind="loss_review")
    assert (task.assignee, task.value_at_stake) == (manager, Decimal("5000.00"))
    assert task.due_at.date() in (date(2026, 12, 25), date(2026, 12, 26))


def test_coming_back_owes_no_review() -> None:
    client = ours(status="dormant")
    confirm_status(client, status="active", on=ON, by=make_user(), at=NOON)
    assert not LossReview.objects.exists()


def test_an_ended_designation_owes_a_review() -> None:
    client = ours()
    KeyClientDesignation.objects.create(
        client=client, type="image", reason="known in town", since_on=date(2025, 1, 1), until_on=date(2026, 11, 20)
    )
    assert open_reviews(on=ON, at=NOON) == 1
    assert LossReview.objects.get().kind == "key_ended"
    assert open_reviews(on=ON, at=NOON) == 0


@pytest.mark.parametrize(("now", "owed"), [("60.00", 1), ("60.01", 0)])
def test_a_fall_of_revenue_by_40_percent_owes_one_review_a_year(now: str, owed: int) -> None:
    client = ours()
    figures = {"revenue_12m": Decimal(now), "revenue_before_12m": Decimal("100.00")}
    write_figures("revenue", {client.pk: figures}, as_of=ON)
    assert open_reviews(on=ON, at=NOON) == owed
    assert open_reviews(on=ON + timedelta(days=100), at=NOON) == 0
    if owed:
        assert LossReview.objects.get().revenue_lost == Decimal("40.00")


def test_a_client_without_revenue_before_cannot_fall() -> None:
    client = ours()
    write_figures("revenue", {client.pk: {"revenue_12m": Decimal(0), "revenue_before_12m": Decimal(0)}}, as_of=ON)
    assert open_reviews(on=ON, at=NOON) == 0


@pytest.mark.parametrize(("days", "allowed"), [(29, False), (30, True)])
def test_conclusions_wait_thirty_days(days: int, allowed: bool) -> None:
    review, by = lose(ours()), make_user()
    for name, value in ANSWERS.items():
        setattr(review, name, value)
    at = NOON + timedelta(days=days)
    if allowed:
        assert conclude_review(review, by=by, at=at).concluded_on == at.date()
        assert not Task.objects.unfinished().filter(kind="loss_review").exists()
    else:
        with pytest.raises(ValidationError) as refused:
            conclude_review(review, by=by, at=at)
        assert refused.value.code == "wrong_status"


@pytest.mark.parametrize(
    ("status", "back", "asked"),
    [("active", None, True), ("lost", None, False), ("lost", ON + timedelta(days=60), True)],
)
def test_who_is_a_client_or_shall_be_again_has_a_next_need(status: str, back: date | None, asked: bool) -> None:
    review = lose(ours())
    for name, value in ANSWERS.items():
        setattr(review, name, value)
    review.client.status, review.win_back_on, review.win_back_owner = status, back, make_user() if back else None
    at = NOON + timedelta(days=40)
    if asked:
        with pytest.raises(ValidationError) as refused:
            conclude_review(review, by=make_user(), at=at)
        assert refused.value.code == "next_need"
        make_need(review.client, due_on=at.date() + timedelta(days=9))
    assert conclude_review(review, by=make_user(), at=at).concluded_on


def test_the_database_too_refuses_a_conclusion_before_thirty_days() -> None:
    review = lose(ours())
    for name, value in ANSWERS.items():
        setattr(review, name, value)
    review.concluded_on = ON + timedelta(days=29)
    with pytest.raises(ValidationError, match="30 days"):
        review.full_clean()


@pytest.mark.parametrize("missing", ["cause", "outcome", "could_have_done", "preventable"])
def test_a_conclusion_needs_every_answer(missing: str) -> None:
    review = lose(ours())
    for name, value in (ANSWERS | {missing: None if missing == "preventable" else ""}).items():
        setattr(review, name, value)
    with pytest.raises(ValidationError, match="A conclusion says"):
        conclude_review(review, by=make_user(), at=NOON + timedelta(days=40))


def test_a_way_back_has_a_day_and_an_owner_who_is_reminded_on_it() -> None:
    review, owner = lose(ours()), make_user()
    review.win_back_on = date(2027, 1, 10)
    with pytest.raises(ValidationError, match="a day and an owner"):
        review.full_clean()
    review.win_back_owner, review.win_back_act = owner, "Invite them"
    review.full_clean()
    review.save()
    remind_reviewers(at=NOON + timedelta(days=44))
    assert not Task.objects.filter(kind="win_back").exists()
    remind_reviewers(at=NOON + timedelta(days=45))
    assert Task.objects.get(kind="win_back").assignee == owner


def keep(client: Client, weak: set[str], day: date, *, score: int = 40) -> None:
    """A night's score in which these features are weak."""
    factors: list[dict[str, Any]] = [
        {"code": code, "points": 0 if code in weak else 10, "maximum": 10, "known": True, "facts": {}}
        for code in ("nps", "silence", "promises")
    ]
    band = "red" if score < 50 else "green"
    HealthSnapshot.objects.create(client=client, as_of_on=day, score=score, raw=score, band=band, factors=factors)
    write_figures("health", {client.pk: {"health_score": score, "health_band": band}}, as_of=day)


def test_clients_that_show_the_signs_of_lost_ones_are_named(cast: Cast) -> None:
    lost, alike, other = ours(status="lost"), ours(), ours()
    keep(lost, {"nps", "promises"}, date(2026, 5, 31))
    keep(alike, {"nps", "promises", "silence"}, ON)
    keep(other, {"nps", "silence"}, ON)
    found = alike_clients(cast.partner)
    assert [each.client for each in found] == [alike]
    assert found[0].signs == ("NPS of key people", "promises honoured")
    assert alike_clients(cast.manager) == []


def test_a_client_that_is_well_again_is_no_look_alike(cast: Cast) -> None:
    lost, healed = ours(status="lost"), ours()
    keep(lost, {"nps", "promises"}, date(2026, 5, 31))
    keep(healed, {"nps", "promises"}, date(2026, 9, 30))
    keep(healed, {"nps", "promises"}, ON, score=80)
    assert alike_clients(cast.partner) == []


def test_the_page_sums_what_could_have_been_kept(cast: Cast) -> None:
    for value, preventable, cause in ((300, True, "price"), (100, False, "price"), (50, True, "neglect")):
        LossReview.objects.create(
            client=ours(),
            happened_on=date(2026, 6, 1),
            value_lost=Decimal(value),
            currency="EUR",
            concluded_on=date(2026, 7, 15),
            **(ANSWERS | {"preventable": preventable, "cause": cause}),
        )
    context = losses_context(cast.partner, show="preventable", on=ON)
    figures = context["figures"]
    assert (figures["lost"], figures["value"], figures["keepable"], figures["preventable"]) == (3, 450, 350, 2)
    assert [(reason["cause"], reason["value"]) for reason in context["reasons"]] == [
        ("price", Decimal(400)),
        ("we were silent", Decimal(50)),
    ]
    assert context["chart"]["cum"] == [88.9, 100.0]
    assert len(context["rows"]) == 2


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_lost_list_of_an_empty_firm_says_so(cast: Cast) -> None:
    text = signed_in(cast.partner).get(reverse("loyalty:lost_list")).content.decode()
    assert "Nobody left in 12 months." in text
    assert "NaN" not in text


def test_lost_list_counts_who_is_lost_by_silence_and_says_so(cast: Cast) -> None:
    today = timezone.localdate()
    mine, foreign = ours(name="Silent", account_manager=cast.manager), ours(name="Other")
    lose(ours(account_manager=cast.manager))
    for client in (mine, foreign):
        write_figures("revenue", {client.pk: {"last_revenue_on": today - timedelta(days=400)}}, as_of=today)
    text = " ".join(signed_in(cast.manager).get(reverse("loyalty:lost_list")).content.decode().split())
    assert "<dd>2</dd>" in text
    assert "1 of them by silence, not confirmed," in text
    assert reverse("clients:client_status", args=[mine.pk]) + "?status=lost" in text
    assert "Other" not in text


def test_lost_list_and_review_are_a_manager_s_own(cast: Cast) -> None:
    own, other = lose(ours(name="Eigen AG", account_manager=cast.manager)), lose(ours(name="Fremd AG"))
    browser = signed_in(cast.manager)
    text = browser.get(reverse("loyalty:lost_list")).content.decode()
    assert "Eigen AG" in text
    assert "Fremd AG" not in text
    assert browser.get(reverse("loyalty:review_edit", args=[own.pk])).status_code == 200
    assert browser.get(reverse("loyalty:review_edit", args=[other.pk])).status_code == 404
    answer: Any = browser.get(reverse("loyalty:lost_export"))
    exported = b"".join(answer.streaming_content).decode()
    assert "Eigen AG" in exported
    assert "Fremd AG" not in exported


def test_review_edit_keeps_answers_as_they_come_and_concludes_when_all_are_there(cast: Cast) -> None:
    review = lose(ours(), on=date(2026, 10, 1))
    browser, url = signed_in(cast.partner), reverse("loyalty:review_edit", args=[review.pk])
    assert browser.post(url, {"cause": "price"}).status_code == 302
    answer = browser.post(url, {"cause": "price", "lessons": "Ask earlier", "conclude": "1"})
    assert answer.status_code == 422
    assert "Ask earlier" in answer.content.decode()
    assert browser.post(url, ANSWERS | {"preventable": "1", "conclude": "1"}).status_code == 302
    review.refresh_from_db()
    assert (review.preventable, review.concluded_by) == (True, cast.partner)


def test_the_api_patches_answers_and_concludes(cast: Cast) -> None:
    review = lose(ours(account_manager=cast.manager), on=date(2026, 10, 1))
    api, url = make_api(cast.manager), f"/api/v1/loss-reviews/{review.pk}/"
    assert api.post("/api/v1/loss-reviews/", {"client": review.client_id}).status_code == 405
    assert api.patch(url, {"cause": "price"}, format="json").json()["cause"] == "price"
    refused = api.post(f"{url}conclude/")
    assert refused.status_code == 400
    api.patch(url, ANSWERS, format="json")
    assert api.post(f"{url}conclude/").json()["concluded_by"] == cast.manager.pk
    assert api.get("/api/v1/loss-reviews/?kind=lost").json()["results"][0]["id"] == review.pk
