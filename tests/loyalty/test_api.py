"""The API of loyalty: exact shapes, rights, and answers that are refused."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from clients.models import KeyClientDesignation, Task
from crm.access import Role
from loyalty.models import Survey, SurveyResponse
from loyalty.services.values import refresh_values
from tests.make import (
    Cast,
    make_answer,
    make_api,
    make_client,
    make_contact,
    make_firm_figure,
    make_revenue,
    make_survey,
    make_user,
    make_work_cost,
)

pytestmark = pytest.mark.django_db
TABLE = {"A": 400, "B": 200, "C": 120, "D": 80, "E": 60, "F": 50, "G": 40, "H": 25, "I": 15, "J": 10}


def make_table() -> dict[str, int]:
    """The ten clients of the reference, with revenue within the last year."""
    on = timezone.localdate() - timedelta(days=30)
    made = {}
    for name, amount in TABLE.items():
        client = make_client(name=name)
        make_revenue(client, f"{amount}.00", on=on)
        made[name] = client.pk
    return made


def test_concentration_has_the_shape_of_the_contract(cast: Cast) -> None:
    made = make_table()
    answer = make_api(cast.partner).get("/api/v1/reports/concentration/").json()
    shares = {name: answer[name] for name in ("top1", "top3", "top5", "top10")}
    assert shares == {"top1": "0.400000", "top3": "0.720000", "top5": "0.860000", "top10": "1.000000"}
    assert (answer["n"], answer["total"], answer["currency"]) == (10, "1000.00", "EUR")
    assert answer["hhi_points"] == 2294.5
    assert (answer["hhi_normalised"], answer["gini"], answer["entropy"]) == ("0.143833", "0.541000", "1.793509")
    assert answer["effective_number"] == 4.358248
    first = answer["rows"][0]
    assert (first["client"], first["amount"], first["share"]) == (made["A"], "400.00", "0.400000")
    assert answer["negative"] == []
    assert answer["note"] is None


def test_concentration_of_nothing_is_null_with_a_note(cast: Cast) -> None:
    answer = make_api(cast.partner).get("/api/v1/reports/concentration/").json()
    assert answer["top1"] is None
    assert answer["hhi_points"] is None
    assert answer["rows"] == []
    assert answer["note"]


def test_negative_amounts_stand_apart(cast: Cast) -> None:
    on = timezone.localdate() - timedelta(days=5)
    make_revenue(make_client(), "100.00", on=on)
    loser = make_client()
    make_revenue(loser, "-30.00", on=on)
    answer = make_api(cast.partner).get("/api/v1/reports/concentration/?by=client").json()
    assert [(row["client"], row["amount"]) for row in answer["negative"]] == [(loser.pk, "-30.00")]
    assert (answer["n"], answer["top1"]) == (1, "1.000000")


@pytest.mark.parametrize(
    "query",
    ["basis=profit", "by=weather", "from=yesterday", "from=2026-02-01&to=2026-01-01", "basis=margin&by=service_line"],
)
def test_a_wrong_question_is_400_and_names_the_parameter(cast: Cast, query: str) -> None:
    response = make_api(cast.partner).get(f"/api/v1/reports/concentration/?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] in query


def test_dates_beyond_the_calendar_are_400(cast: Cast) -> None:
    response = make_api(cast.partner).get("/api/v1/reports/concentration/?from=0001-01-01&to=9999-12-31")
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["reports/concentration/", "reports/nps/", "reports/clv/"])
def test_a_consultant_sees_no_report(cast: Cast, path: str) -> None:
    assert make_api(cast.consultant).get(f"/api/v1/{path}").status_code == 403


def test_the_stress_test_takes_the_named_clients_away(cast: Cast) -> None:
    made = make_table()
    make_firm_figure()
    body = {"lost": [made["A"]], "late": [made["B"]], "days": 30}
    answer = make_api(cast.partner).post("/api/v1/reports/concentration/stress/", body).json()
    assert answer["lost_share"] == "0.400000"
    assert (answer["revenue_before"], answer["revenue_after"]) == ("1000.00", "600.00")
    assert answer["method"] == "exact"
    assert answer["probabilities"] == "default"
    assert Decimal(answer["expected_loss_share"]) == Decimal("0.161000")
    assert Decimal(answer["var99"]) >= Decimal(answer["var95"])


def test_the_stress_test_without_cash_says_so(cast: Cast) -> None:
    make_table()
    answer = make_api(cast.partner).post("/api/v1/reports/concentration/stress/", {"lost": []}).json()
    assert answer["cash_months"] is None
    assert "cash" in answer["note"]


def test_the_stress_test_of_an_empty_firm_has_no_figures(cast: Cast) -> None:
    answer = make_api(cast.partner).post("/api/v1/reports/concentration/stress/", {}).json()
    assert (answer["lost_share"], answer["var95"], answer["method"]) == (None, None, None)


@pytest.mark.parametrize("body", [{"lost": [999_999]}, {"lost": ["1"]}, {"lost": "all"}, {"days": -1}, {"late": [0]}])
def test_the_stress_test_refuses_what_is_no_client(cast: Cast, body: dict[str, Any]) -> None:
    response = make_api(cast.partner).post("/api/v1/reports/concentration/stress/", body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"].split(".")[0] in body


def test_nps_has_interval_bounds_and_groups(cast: Cast) -> None:
    survey = make_survey()
    for score in (10, 9, 9, 8, 3):
        make_answer(score, survey=survey, answered_at=timezone.now())
    answer = make_api(cast.partner).get("/api/v1/reports/nps/?by=tier").json()
    assert (answer["n"], answer["promoters"], answer["passives"], answer["detractors"]) == (5, 3, 1, 1)
    assert answer["nps"] == 40
    assert answer["interval"][0] <= 40 <= answer["interval"][1]
    assert answer["account"] == {"n": 5, "nps": 40.0}
    assert [group["key"] for group in answer["groups"]] == ["b"]
    assert answer["response_rate"] is None  # nobody was asked by mail


def test_nps_by_designation_names_the_yardstick(cast: Cast) -> None:
    client = make_client()
    KeyClientDesignation.objects.create(client=client, type="tester", since_on=date(2026, 1, 1), quality_yardstick=True)
    make_answer(10, make_contact(client), answered_at=timezone.now())
    make_answer(0, answered_at=timezone.now())
    groups = make_api(cast.partner).get("/api/v1/reports/nps/?by=designation").json()["groups"]
    assert {group["key"]: group["nps"] for group in groups} == {"quality_yardstick": 100, "tester": 100, None: -100}


def test_nps_without_answers_is_null_with_a_note(cast: Cast) -> None:
    answer = make_api(cast.partner).get("/api/v1/reports/nps/").json()
    assert (answer["n"], answer["nps"], answer["interval"], answer["bounds"]) == (0, None, None, None)
    assert answer["note"]


def test_a_manager_reads_the_answers_of_own_clients(cast: Cast) -> None:
    own = make_contact(make_client(account_manager=cast.manager))
    make_answer(10, own, answered_at=timezone.now())
    make_answer(0, answered_at=timezone.now())
    api = make_api(cast.manager)
    assert api.get("/api/v1/reports/nps/").json()["nps"] == 100
    assert [row["score"] for row in api.get("/api/v1/survey-responses/").json()["results"]] == [10]


@pytest.mark.parametrize("score", [7.5, 11, -1, "9", True, None, 9.0])
def test_anything_but_a_score_is_refused(cast: Cast, score: object) -> None:
    body = {"survey": make_survey().pk, "contact": make_contact().pk, "score": score}
    response = make_api(cast.partner).post("/api/v1/survey-responses/", body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "score"


def test_an_imported_answer_counts_and_a_second_one_is_409(cast: Cast) -> None:
    contact, survey = make_contact(make_client(account_manager=cast.manager)), make_survey()
    body = {"survey": survey.pk, "contact": contact.pk, "score": 9, "comment": "By phone"}
    api = make_api(cast.partner)
    first = api.post("/api/v1/survey-responses/", body)
    assert (first.status_code, first.json()["client"]) == (201, contact.client_id)
    second = api.post("/api/v1/survey-responses/", body | {"score": 3})
    assert (second.status_code, second.json()["errors"][0]["code"]) == (409, "already_done")
    assert SurveyResponse.objects.get().score == 9


def test_an_imported_detractor_opens_a_loop_unless_it_is_old(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    api, survey = make_api(cast.partner), make_survey()
    old = (timezone.now() - timedelta(days=60)).isoformat()
    fresh, stale = make_contact(client), make_contact(client, last_name="Weber")
    api.post("/api/v1/survey-responses/", {"survey": survey.pk, "contact": fresh.pk, "score": 2})
    api.post("/api/v1/survey-responses/", {"survey": survey.pk, "contact": stale.pk, "score": 2, "answered_at": old})
    assert [task.contact_id for task in Task.objects.filter(kind="detractor")] == [fresh.pk]


def test_an_answer_from_the_future_is_refused(cast: Cast) -> None:
    late = (timezone.now() + timedelta(days=1)).isoformat()
    body = {"survey": make_survey().pk, "contact": make_contact().pk, "score": 9, "answered_at": late}
    assert make_api(cast.partner).post("/api/v1/survey-responses/", body).status_code == 400


def test_a_manager_imports_no_answers_of_other_clients(cast: Cast) -> None:
    body = {"survey": make_survey().pk, "contact": make_contact().pk, "score": 9}
    assert make_api(cast.manager).post("/api/v1/survey-responses/", body).status_code == 403


@pytest.mark.parametrize("audience", [{"weather": ["x"]}, {"tier": "a"}, {"client": ["1"]}, [], "all", 7])
def test_an_audience_nobody_knows_is_refused(cast: Cast, audience: object) -> None:
    body = {"name": "Spring", "kind": "relational", "audience": audience}
    response = make_api(cast.partner).post("/api/v1/surveys/", body)
    assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "audience")


def test_a_survey_is_made_and_sent_once(cast: Cast) -> None:
    make_contact(make_client(tier="a"))
    api = make_api(cast.partner)
    made = api.post("/api/v1/surveys/", {"name": "Spring", "kind": "relational", "audience": {"tier": ["a"]}}).json()
    assert api.post(f"/api/v1/surveys/{made['id']}/send/").json()["state"] == "sending"
    again = api.post(f"/api/v1/surveys/{made['id']}/send/")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_done")
    assert api.patch(f"/api/v1/surveys/{made['id']}/", {"name": "Summer"}).status_code == 409
    assert Survey.objects.get().invitations.count() == 1


def test_firm_figures_are_kept_by_finance(cast: Cast) -> None:
    body = {"valid_on": "2026-01-01", "cash": "1000.00", "fixed_cost_monthly": "250.00"}
    made = make_api(cast.finance).post("/api/v1/firm-figures/", body)
    assert (made.status_code, made.json()["avoidable_percent"]) == (201, "36.00")
    assert make_api(cast.finance).post("/api/v1/firm-figures/", body).status_code == 400
    assert make_api(cast.manager).get("/api/v1/firm-figures/").status_code == 403
    wrong = make_api(cast.finance).post("/api/v1/firm-figures/", body | {"valid_on": "2026-02-01", "cash": "much"})
    assert wrong.json()["errors"][0]["attr"] == "cash"


def test_value_has_the_shape_of_the_contract(cast: Cast) -> None:
    today = timezone.localdate()
    client = make_client(since_on=today - timedelta(days=800))
    for back in range(20):
        make_revenue(client, "500.00", on=today - timedelta(days=back * 7 + 1))
    answer = make_api(cast.partner).get(f"/api/v1/clients/{client.pk}/value/").json()
    assert answer["simple"] == {
        "years": "5.0",
        "purchases_per_year": "20.00",
        "average_check": "500.00",
        "value": "50000.00",
        "source": "own",
    }
    assert answer["historical"]["plain"] == "10000.00"
    assert Decimal(answer["historical"]["discounted"]) > 10_000
    assert (answer["margin"], answer["as_of"]) == ("1.000000", str(today))
    assert answer["residual"]["mean"] is None


def test_a_new_client_has_the_value_of_a_typical_one(cast: Cast) -> None:
    today = timezone.localdate()
    old = make_client(since_on=today - timedelta(days=2000))
    for back in range(4):
        make_revenue(old, "1000.00", on=today - timedelta(days=30 * back + 1))
    refresh_values(on=today)
    answer = make_api(cast.partner).get(f"/api/v1/clients/{make_client(status='prospect').pk}/value/").json()
    assert (answer["simple"]["value"], answer["simple"]["source"]) == ("10000.00", "segment")
    assert answer["typical_new_client"] is True


def test_a_consultant_gets_a_band_and_no_amount(cast: Cast) -> None:
    today = timezone.localdate()
    client = make_client(since_on=today - timedelta(days=800))
    client.members.create(user=cast.consultant, from_on=today - timedelta(days=30))
    for back in range(20):
        make_revenue(client, "500.00", on=today - timedelta(days=back * 7 + 1))
    make_work_cost(client, "100.00", month=today.replace(day=1))
    answer = make_api(cast.consultant).get(f"/api/v1/clients/{client.pk}/value/").json()
    assert answer["simple"]["value"] is answer["simple"]["average_check"] is None
    assert answer["historical"] == {"plain": None, "discounted": None}
    assert answer["margin"] is None
    assert answer["band"] == ["50000.00", "250000.00"]
    assert answer["simple"]["source"] == "own"


def test_a_client_one_may_not_see_is_404(cast: Cast) -> None:
    other = make_client().pk
    assert make_api(cast.consultant).get(f"/api/v1/clients/{other}/value/").status_code == 404
    assert make_api(cast.manager).get(f"/api/v1/clients/{other}/value/").status_code == 404
    assert make_api(cast.finance).get(f"/api/v1/clients/{other}/value/").status_code == 200
    nobody = make_api(make_user(Role.INTEGRATION)).get(f"/api/v1/clients/{other}/value/")
    assert (nobody.status_code, nobody.json()["errors"][0]["code"]) == (403, "role_group")


def test_the_ranking_lists_the_most_valuable_first(cast: Cast) -> None:
    today = timezone.localdate()
    for amount in ("100.00", "900.00"):
        client = make_client(name=f"Buyer of {amount}", since_on=today - timedelta(days=800))
        for back in range(3):
            make_revenue(client, amount, on=today - timedelta(days=30 * back + 1))
    refresh_values(on=today)
    rows = make_api(cast.partner).get("/api/v1/reports/clv/").json()["results"]
    assert [(row["name"], row["value"]) for row in rows] == [
        ("Buyer of 900.00", "13500.00"),
        ("Buyer of 100.00", "1500.00"),
    ]
