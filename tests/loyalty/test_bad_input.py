"""Input that a firm really has: nothing, one of everything, zeros, losses, gaps, orders twice, no rates.

Every night's step and every page of loyalty has a stated answer to each, never NaN, infinity or an error.
"""

import json
import math
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from billing.models import RevenueDay
from billing.services.currencies import DayRates
from clients.models import Client, ClientFigure
from clients.services.facts import write_figures
from crm.links import make_link
from crm.models import SignedLink
from loyalty.models import FittedModel, SurveyInvitation, SurveyResponse
from loyalty.rules.models.histories import history_of
from loyalty.services.answers import record_answer
from loyalty.services.backtests import keep_backtest, keep_calibration
from loyalty.services.concentration import refresh_concentration
from loyalty.services.dependence import refresh_dependence
from loyalty.services.health import refresh_health
from loyalty.services.nps import refresh_nps
from loyalty.services.orders import read_renewals, read_running
from loyalty.services.residuals import refresh_residuals
from loyalty.services.retention import refresh_retention
from loyalty.services.reviews import open_reviews
from loyalty.services.values import refresh_values
from tests.make import (
    Cast,
    browser_of,
    make_answer,
    make_api,
    make_client,
    make_contact,
    make_revenue,
    make_survey,
    make_work_cost,
)
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NOW = timezone.now()
PAGES = (
    "/portfolio/",
    "/portfolio/?basis=margin",
    "/portfolio/?basis=receivables&by=client",
    "/portfolio/?by=service_line",
    "/portfolio/stress/",
    "/portfolio/chance/",
    "/loyalty/",
    "/loyalty/calculators/",
    "/value/",
    "/value/models/",
    "/value/segments/",
    "/health/",
    "/health/backtest/",
    "/lost/",
    "/retention/",
    "/retention/export/",
    "/ideas/",
    "/loyalty/tests/",
)
REPORTS = (
    "concentration/",
    "concentration/?basis=margin",
    "concentration/?basis=receivables",
    "concentration/?by=employee",
    "nps/?by=tier",
    "clv/",
    "health/",
    "retention-by-anchors/",
)


def empty(_cast: Cast) -> None:
    pass


def one_client(_cast: Cast) -> None:
    make_revenue(make_client(since_on=TODAY - timedelta(days=900)), "1000.00", on=TODAY - timedelta(days=5))


def one_answer(_cast: Cast) -> None:
    make_answer(9, answered_at=NOW - timedelta(days=1))


def all_zeros(_cast: Cast) -> None:
    for _number in range(3):
        client = make_client(since_on=TODAY - timedelta(days=900))
        make_revenue(client, "0.00", on=TODAY - timedelta(days=5))
        write_figures("revenue", {client.pk: {"revenue_12m": 0, "revenue_before_12m": 0}}, as_of=TODAY)


def negative_margins(_cast: Cast) -> None:
    for _number in range(2):
        client = make_client(since_on=TODAY - timedelta(days=900))
        make_revenue(client, "100.00", on=TODAY - timedelta(days=5))
        make_work_cost(client, "900.00", month=TODAY.replace(day=1))
    make_revenue(make_client(), "-50.00", on=TODAY - timedelta(days=5))


def gaps(_cast: Cast) -> None:
    client = make_client(since_on=TODAY - timedelta(days=1500))
    for days in (1400, 700, 20):
        make_revenue(client, "100.00", on=TODAY - timedelta(days=days))


def future_renewals(_cast: Cast) -> None:
    client = make_client(since_on=TODAY - timedelta(days=30))
    make_retainer(client, starts_on=TODAY + timedelta(days=20), status="active")
    make_retainer(make_client(), starts_on=TODAY - timedelta(days=20), status="active")


CASES = [empty, one_client, one_answer, all_zeros, negative_margins, gaps, future_renewals]


def night(on: date = TODAY) -> None:
    refresh_values(on=on)
    refresh_residuals(on=on)
    refresh_nps(on=on)
    refresh_concentration(on=on)
    refresh_dependence(on=on)
    refresh_health(on=on, at=NOW)
    keep_calibration(on=on)
    keep_backtest(on=on)
    open_reviews(on=on, at=NOW)
    refresh_retention(on=on)


def odd_numbers(value: Any) -> list[Any]:
    """NaN and infinities anywhere in an answer."""
    if isinstance(value, dict):
        return [odd for each in value.values() for odd in odd_numbers(each)]
    if isinstance(value, list):
        return [odd for each in value for odd in odd_numbers(each)]
    odd = isinstance(value, float) and not math.isfinite(value)
    return [value] if odd or (isinstance(value, str) and value.lower() in {"nan", "inf", "-inf", "infinity"}) else []


@pytest.mark.parametrize("case", CASES)
def test_every_night_and_every_page_has_an_answer(cast: Cast, case: Any) -> None:
    case(cast)
    night()
    browser, api = browser_of(cast.partner), make_api(cast.partner)
    for path in PAGES:
        answer = browser.get(path)
        assert answer.status_code in {200, 302, 405}, path
        text = (answer.getvalue() if answer.streaming else answer.content).decode().lower()
        for odd in (">nan<", ">inf<", "infinity", ">none<"):
            assert odd not in text, (path, odd)
    for path in REPORTS:
        report = api.get(f"/api/v1/reports/{path}")
        assert report.status_code == 200, path
        assert odd_numbers(json.loads(report.content)) == [], path
    for client in Client.objects.all():
        for part in ("value", "health"):
            figures = api.get(f"/api/v1/clients/{client.pk}/{part}/")
            assert figures.status_code == 200
            assert odd_numbers(json.loads(figures.content)) == []


def test_nothing_to_share_is_no_figure_and_says_so(cast: Cast) -> None:
    all_zeros(cast)
    refresh_concentration(on=TODAY)
    body = make_api(cast.partner).get("/api/v1/reports/concentration/").json()
    assert (body["n"], body["top1"], body["hhi_points"]) == (0, None, None)
    assert body["note"]


def test_one_answer_has_its_interval_and_claims_no_trend(cast: Cast) -> None:
    one_answer(cast)
    body = make_api(cast.partner).get("/api/v1/reports/nps/").json()
    assert (body["n"], Decimal(body["nps"])) == (1, Decimal(100))
    assert [float(limit) for limit in body["interval"]] == [pytest.approx(-48.4986, abs=0.001), 100]


def test_negative_margins_stand_apart_and_are_worth_nothing_to_come(cast: Cast) -> None:
    negative_margins(cast)
    refresh_values(on=TODAY)
    refresh_residuals(on=TODAY)
    assert {row for row in ClientFigure.objects.values_list("residual_value", flat=True) if row} == set()
    refresh_concentration(on=TODAY)
    body = make_api(cast.partner).get("/api/v1/reports/concentration/?basis=revenue").json()
    assert len(body["negative"]) == 1


@pytest.mark.parametrize("score", [11, -1, 7.5, "9", True, None, float("nan")])
def test_a_score_that_is_none_is_refused(cast: Cast, score: Any) -> None:
    contact = make_contact()
    with pytest.raises(ValueError, match="integer from 0 to 10"):
        record_answer(make_survey(), contact, score=score, comment="", at=NOW)
    if score == score:  # JSON knows no NaN
        body = {"survey": make_survey().pk, "contact": contact.pk, "score": score}
        sent = make_api(cast.partner).post("/api/v1/survey-responses/", body, format="json")
        assert (sent.status_code, sent.json()["errors"][0]["attr"]) == (400, "score")
    assert not SurveyResponse.objects.exists()


def test_two_answers_on_one_link_are_one_that_changed(cast: Cast) -> None:
    contact, survey = make_contact(), make_survey(by=cast.partner, state="sent")
    row = SurveyInvitation.objects.create(survey=survey, contact=contact, made_at=NOW, sent_at=NOW)
    row.link, secret = make_link(
        SignedLink.Purpose.SURVEY,
        subject_id=row.pk,
        recipient=contact.email,
        by=cast.partner,
        at=NOW,
        expires_at=NOW + timedelta(days=30),
    )
    row.save()
    stranger = browser_of(cast.outsider)
    stranger.logout()
    for score in (3, 9):
        assert stranger.post(f"/s/{secret}/", {"score": score}).status_code in {200, 302}
    assert SurveyResponse.objects.get().score == 9
    SurveyResponse.objects.update(answered_at=NOW - timedelta(hours=25))
    late = stranger.post(f"/s/{secret}/", {"score": 1})
    assert late.status_code < 500
    assert SurveyResponse.objects.get().score == 9
    with pytest.raises(ValidationError, match="no longer be changed"):
        record_answer(survey, contact, score=1, comment="", at=NOW + timedelta(hours=25))


def test_orders_of_one_day_are_one_order() -> None:
    day = date(2026, 3, 1)
    twice = [(day, Decimal(5)), (day, Decimal(5)), (day + timedelta(days=60), Decimal(4))]
    found = history_of(twice, as_of=date(2026, 5, 1))
    assert found
    assert found.repeats == 1


def test_a_renewal_in_the_future_is_no_decision_yet(cast: Cast) -> None:
    future_renewals(cast)
    renewals = read_renewals(on=TODAY)
    assert (list(renewals.decided), list(renewals.left)) == ([0], [0])
    assert list(read_running(on=TODAY).data.renewals_done) == [0]
    refresh_residuals(on=TODAY)
    assert all(math.isfinite(value) for row in FittedModel.objects.all() for value in row.values)


def test_a_retainer_in_a_currency_without_a_rate_is_left_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invoices carry their own rate since they were issued; only what is reckoned today can lack one."""
    monkeypatch.setattr(DayRates, "to_base", lambda *_args: None)
    future_renewals(cast)
    assert read_running(on=TODAY).clients == ()
    night()
    assert not ClientFigure.objects.filter(residual_value__gt=0).exists()


def test_revenue_of_a_long_gap_counts_where_it_lies(cast: Cast) -> None:
    gaps(cast)
    snapshot = refresh_retention(on=TODAY)
    assert snapshot.client_count == 1
    assert RevenueDay.objects.count() == 3
