"""The loyalty test: six questions a quarter, answers with evidence, a score of 0..6, and blanks that become tasks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients.models import Client, Task
from clients.services.tasks import dismiss_task
from crm.periods import quarter_start
from loyalty.models import LoyaltyAnswer, LoyaltyTest
from loyalty.rules.loyalty_test import Question, blanks, score
from loyalty.services.loyalty_tests import BLANK, HOLD, Said, earlier_answers, hold_test, renew_tests
from tests.make import Cast, browser_of, make_api, make_client

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 20)
AT = datetime(2026, 5, 20, 9, tzinfo=UTC)
SAID = Said("The CFO reads the monthly report", "Her mail of 3 May")


def test_the_score_counts_answers_and_the_rest_is_blank() -> None:
    assert (score({"users", "head"}), len(blanks({"users", "head"}))) == (2, 4)
    assert (score(set()), score({each.value for each in Question})) == (0, 6)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    return make_client(name="Alfa", account_manager=cast.manager, tier="a")


def held(client: Client, cast: Cast, *questions: str, on: date = TODAY, said: Said = SAID) -> LoyaltyTest:
    at = AT + (on - TODAY)
    return hold_test(client, answers=dict.fromkeys(questions, said), by=cast.manager, on=on, at=at)


def open_tasks_of(kind: str) -> list[Task]:
    return list(Task.objects.unfinished().filter(kind=kind).order_by("pk"))


def test_a_test_belongs_to_its_quarter_and_is_continued_in_it(alfa: Client, cast: Cast) -> None:
    held(alfa, cast, "users")
    test = held(alfa, cast, "head", on=TODAY + timedelta(days=3))
    assert LoyaltyTest.objects.count() == 1
    assert test.quarter_on == date(2026, 4, 1)
    answered = dict(test.answers.values_list("question", "answered_on"))
    assert answered == {"users": TODAY, "head": TODAY + timedelta(days=3)}
    held(alfa, cast, "users", on=date(2026, 7, 1))
    assert LoyaltyTest.objects.count() == 2


def test_what_did_not_change_keeps_its_date(alfa: Client, cast: Cast) -> None:
    held(alfa, cast, "users")
    test = held(alfa, cast, "users", on=TODAY + timedelta(days=3))
    assert test.answers.get().answered_on == TODAY
    held(alfa, cast, "users", on=TODAY + timedelta(days=3), said=Said("The CFO and two clerks", "Visit"))
    assert test.answers.get().answered_on == TODAY + timedelta(days=3)


@pytest.mark.parametrize(
    ("said", "field"), [(Said("They like us", " "), "evidence_users"), (Said("", "A mail"), "answer_users")]
)
def test_half_an_answer_is_refused_at_what_is_missing(alfa: Client, cast: Cast, said: Said, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        held(alfa, cast, "users", said=said)
    assert list(refused.value.error_dict) == [field]
    assert not LoyaltyTest.objects.exists()


def test_an_answer_that_is_emptied_is_taken_back(alfa: Client, cast: Cast) -> None:
    held(alfa, cast, "users")
    test = held(alfa, cast, "users", said=Said("", ""))
    assert test.answers.count() == 0


def test_each_quarter_asks_for_a_test_of_vip_and_a_once(alfa: Client, cast: Cast) -> None:
    make_client(account_manager=cast.manager, tier="b")
    make_client(account_manager=cast.manager, tier="vip", status="lost", status_on=TODAY)
    assert renew_tests(on=TODAY, at=AT) == 1
    assert renew_tests(on=TODAY + timedelta(days=1), at=AT) == 0
    (task,) = open_tasks_of(HOLD)
    assert (task.client, task.assignee) == (alfa, cast.manager)
    assert timezone.localdate(task.due_at) == date(2026, 6, 1)


def test_blanks_become_tasks_and_answers_settle_them(alfa: Client, cast: Cast) -> None:
    renew_tests(on=TODAY, at=AT)
    held(alfa, cast, "users", "gains", "head", "comfort")
    assert open_tasks_of(HOLD) == []
    assert [task.title for task in open_tasks_of(BLANK)] == [
        "Does management know us, and which problem we solve?",
        "Which problem of the staff do we solve?",
    ]
    held(alfa, cast, "staff")
    assert len(open_tasks_of(BLANK)) == 1
    assert renew_tests(on=TODAY, at=AT) == 0


def test_a_blank_that_was_dismissed_stays_away_until_the_next_quarter(alfa: Client, cast: Cast) -> None:
    held(alfa, cast, "users", "gains", "head", "comfort", "staff")
    (task,) = open_tasks_of(BLANK)
    dismiss_task(task, reason="No management there", by=cast.manager, at=AT)
    assert renew_tests(on=TODAY, at=AT) == 0
    assert renew_tests(on=date(2026, 7, 1), at=datetime(2026, 7, 1, 9, tzinfo=UTC)) == 1
    assert open_tasks_of(BLANK) == []


def test_earlier_answers_are_the_newest_before_the_quarter(alfa: Client, cast: Cast) -> None:
    held(alfa, cast, "users", on=date(2025, 12, 1), said=Said("Old", "Old"))
    held(alfa, cast, "users", on=date(2026, 3, 1), said=Said("Newer", "Visit"))
    held(alfa, cast, "users")
    assert earlier_answers(alfa, quarter=date(2026, 4, 1))["users"].answer == "Newer"


def test_the_page_keeps_what_was_typed_and_takes_over_what_is_still_true(alfa: Client, cast: Cast) -> None:
    before = quarter_start(timezone.localdate()) - timedelta(days=1)
    held(alfa, cast, "head", on=before)
    browser = browser_of(cast.manager)
    url = f"/loyalty/tests/{alfa.pk}/"
    assert SAID.answer in browser.get(url).content.decode()
    wrong = browser.post(url, {"answer_users": "They like us", "keep_head": "on"})
    assert wrong.status_code == 422
    assert "They like us" in wrong.content.decode()
    body = {"answer_users": "The CFO", "evidence_users": "Her mail", "keep_head": "on"}
    assert browser.post(url, body).status_code == 302
    test = LoyaltyTest.objects.of_quarter(quarter_start(timezone.localdate())).get()
    assert dict(test.answers.values_list("question", "answer")) == {"users": "The CFO", "head": SAID.answer}


def test_the_list_shows_own_clients_of_the_tiers_by_score(alfa: Client, cast: Cast) -> None:
    make_client(name="Beta", account_manager=cast.manager, tier="b")
    make_client(name="Gamma", account_manager=cast.partner, tier="vip")
    held(alfa, cast, "users", on=timezone.localdate())
    shown = browser_of(cast.manager).get("/loyalty/tests/?show=open").content.decode()
    assert "Alfa" in shown
    assert "Beta" not in shown
    assert "Gamma" not in shown
    assert "Gamma" in browser_of(cast.partner).get("/loyalty/tests/?show=none").content.decode()
    assert browser_of(cast.consultant).get("/loyalty/tests/").status_code == 404


def test_the_list_costs_the_same_for_many_clients(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _number in range(12):
        make_client(account_manager=cast.manager, tier="a")
    browser = browser_of(cast.manager)
    browser.get("/loyalty/tests/")
    with django_assert_max_num_queries(12):
        assert browser.get("/loyalty/tests/").content.decode().count("data-row") == 12


def test_answers_leave_as_a_file(alfa: Client, cast: Cast) -> None:
    held(alfa, cast, "users")
    sent = browser_of(cast.manager).get("/loyalty/tests/export/?format=csv")
    assert "Her mail of 3 May" in sent.getvalue().decode()


def test_the_api_holds_continues_and_reads_a_test(alfa: Client, cast: Cast) -> None:
    api = make_api(cast.manager)
    said = {"question": "users", "answer": "The CFO", "evidence": "Her mail"}
    made = api.post("/api/v1/loyalty-tests/", {"client": alfa.pk, "answers": [said]}, format="json")
    assert (made.status_code, made.data["score"]) == (201, 1)
    url = f"/api/v1/loyalty-tests/{made.data['id']}/"
    more = api.patch(url, {"answers": [{**said, "question": "head"}]}, format="json")
    assert (more.data["score"], len(more.data["blanks"])) == (2, 4)
    half = api.patch(url, {"answers": [{**said, "evidence": ""}]}, format="json")
    assert (half.status_code, half.data["errors"][0]["attr"]) == (400, "evidence_users")
    assert [row["id"] for row in api.get("/api/v1/loyalty-tests/").data["results"]] == [made.data["id"]]
    assert make_api(cast.outsider).get(url).status_code == 404
    stranger = make_client(account_manager=cast.partner, tier="a")
    assert api.post("/api/v1/loyalty-tests/", {"client": stranger.pk}, format="json").status_code == 403


def test_a_test_of_a_past_quarter_is_closed(alfa: Client, cast: Cast) -> None:
    test = held(alfa, cast, "users", on=date(2025, 5, 1))
    answered = make_api(cast.manager).patch(f"/api/v1/loyalty-tests/{test.pk}/", {"answers": []}, format="json")
    assert (answered.status_code, answered.data["errors"][0]["code"]) == (409, "wrong_status")


def test_an_answer_without_evidence_is_refused_by_the_database(alfa: Client, cast: Cast) -> None:
    test = held(alfa, cast, "users")
    row = LoyaltyAnswer(test=test, question="head", answer="Yes", evidence="", answered_on=TODAY)
    with pytest.raises(ValidationError):
        row.full_clean()


def test_without_an_owner_a_partner_holds_the_test(cast: Cast) -> None:
    client = make_client(tier="a")
    renew_tests(on=TODAY, at=AT)
    assert [task.assignee for task in open_tasks_of(HOLD)] == [cast.partner]
    held(client, cast, "users")
    assert {task.assignee for task in open_tasks_of(BLANK)} == {cast.partner}
