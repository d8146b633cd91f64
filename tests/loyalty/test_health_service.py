"""Health of clients: scores kept with evidence, caps, weights in versions, tasks for changes, and the backtest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.services.client_figures import anchors_of
from billing.services.ledger import adjust_balance
from clients.models import Client, ClientFigure, StatusChange, Task
from clients.services.facts import write_figures
from crm.access import Role
from loyalty.models import DetractorLoop, FittedModel, HealthSnapshot, HealthWeights
from loyalty.services.answers import record_answer
from loyalty.services.backtests import backtest_health, keep_backtest, keep_calibration, kept_backtest
from loyalty.services.health import caps_of, month_ends, refresh_health, score_clients, served
from loyalty.services.readings import read_contracts
from loyalty.services.stress import yearly_chances
from tests.make import make_client, make_contact, make_revenue, make_service_line, make_survey, make_user
from tests.make.attention import make_call
from tests.make.hours import make_package
from tests.make.invoices import make_invoice
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
NEUTRAL = 10 + 0 + 6 + 9 + 5 + 5 + 0 + 1


def ours(**kw: object) -> Client:
    return make_client(**{"status": "active", "since_on": date(2026, 11, 1), **kw})


def figures_of(client: Client) -> tuple[int | None, str]:
    row = ClientFigure.objects.get(client=client)
    return row.health_score, row.health_band


def test_a_client_of_whom_nothing_is_known_scores_the_neutral_points() -> None:
    client = ours()
    assert refresh_health(on=ON, at=NOON) == 1
    assert figures_of(client) == (NEUTRAL, "red")
    snapshot = HealthSnapshot.objects.get(client=client, as_of_on=ON)
    assert [factor["known"] for factor in snapshot.factors] == [False, True, False, False, False, False, True, True]


def test_every_point_keeps_the_fact_it_was_read_from() -> None:
    client = ours()
    make_revenue(client, "10.00", service_line=make_service_line("it"), on=ON)
    make_call(client, at=NOON - timedelta(days=3))
    refresh_health(on=ON, at=NOON)
    facts = {factor["code"]: factor["facts"] for factor in HealthSnapshot.objects.get(client=client).factors}
    assert (facts["anchors"], facts["people_touched"], facts["silence"]["days"]) == ({"codes": ["it"]}, {"n": 1}, 3)


def test_prospects_and_merged_clients_have_no_score_and_a_lost_one_loses_it() -> None:
    ours(status="prospect")
    client = ours()
    make_client(merged_into=client, status="active", since_on=date(2026, 1, 1))
    assert refresh_health(on=ON, at=NOON) == 1
    Client.objects.filter(pk=client.pk).update(status="lost", status_on=ON)
    refresh_health(on=ON, at=NOON)
    assert figures_of(client) == (None, "")
    assert served(on=ON - timedelta(days=1)) == [client.pk]


def test_twice_on_a_day_leaves_the_same_rows() -> None:
    ours()
    refresh_health(on=ON, at=NOON)
    before = list(HealthSnapshot.objects.values())
    refresh_health(on=ON, at=NOON)
    assert list(HealthSnapshot.objects.values()) == before


def test_the_first_run_writes_the_month_ends_of_two_years() -> None:
    client = ours(since_on=date(2026, 9, 1))
    refresh_health(on=ON, at=NOON)
    days = HealthSnapshot.objects.filter(client=client).order_by("as_of_on").values_list("as_of_on", flat=True)
    assert list(days) == [date(2026, 9, 30), date(2026, 10, 31), ON]
    assert (month_ends(ON)[0], month_ends(ON)[-1], len(month_ends(ON))) == (date(2024, 11, 30), date(2026, 10, 31), 24)


def test_an_open_detractor_who_decides_caps_the_score() -> None:
    client, now = ours(account_manager=make_user()), timezone.now()
    today = timezone.localdate(now)
    decider, user = make_contact(client, influence="decision_maker"), make_contact(client)
    record_answer(make_survey(), user, score=2, comment="", at=now)
    assert caps_of(on=today) == {}
    answer = record_answer(make_survey(), decider, score=3, comment="", at=now)
    assert caps_of(on=today) == {client.pk: {"open_detractor"}}
    assert caps_of(on=today - timedelta(days=1)) == {}
    Task.objects.filter(source=f"survey-response:{answer.pk}").update(state="done", closed_at=now)
    assert caps_of(on=today) == {client.pk: {"open_detractor"}}  # ticked off is not closed
    words = {"first_contact_at": now, "cause": "neglect", "action": "Called.", "recovered": True}
    DetractorLoop.objects.filter(response=answer).update(**words, closed_at=now)
    assert caps_of(on=today) == {}


@pytest.mark.parametrize(("days", "capped"), [(90, False), (91, True)])
def test_an_invoice_over_90_days_late_caps_the_score(days: int, capped: bool) -> None:
    client = ours()
    invoice = make_invoice(client)
    assert invoice.due_on is not None
    assert caps_of(on=invoice.due_on + timedelta(days=days)) == ({client.pk: {"overdue_90"}} if capped else {})


def test_notice_caps_the_score_at_ten() -> None:
    client = ours()
    make_retainer(client, ended_on=date(2026, 12, 10), notice_given_on=date(2026, 11, 9))
    assert caps_of(on=ON) == {client.pk: {"notice_given"}}
    assert score_clients(on=ON)[client.pk].health.score == 10


def test_a_past_month_is_read_as_it_stood_before_the_contract_ended() -> None:
    """A year later the contract is over; the months before the notice knew nothing of it."""
    client = ours(since_on=date(2025, 1, 1))
    ended, notice = date(2026, 3, 31), date(2026, 2, 20)
    make_retainer(client, starts_on=date(2025, 6, 1), ended_on=ended, notice_given_on=notice, status="ended")
    assert [client.pk in caps_of(on=day) for day in (date(2026, 1, 31), notice, ended, date(2026, 4, 1))] == [
        False,
        True,
        True,
        False,
    ]
    before, after = (read_contracts(on=day)[client.pk].facts["until"] for day in (date(2026, 1, 31), notice))
    assert (before, after) == ("2026-05-31", "2026-03-31")
    assert client.pk not in read_contracts(on=date(2026, 4, 1))
    refresh_health(on=ON, at=NOON)
    january, february = HealthSnapshot.objects.filter(
        client=client, as_of_on__in=[date(2026, 1, 31), date(2026, 2, 28)]
    ).order_by("as_of_on")
    assert (january.capped_by, february.capped_by) == ("", "notice_given")
    assert ("contract_left", 5) in {(row["code"], row["points"]) for row in january.factors}


def test_services_of_a_contract_that_has_ended_were_anchors_while_it_ran() -> None:
    client, line = ours(), make_service_line()
    retainer = make_retainer(client, ended_on=date(2026, 3, 31), status="ended")
    retainer.service_lines.add(line)
    assert anchors_of(on=date(2026, 3, 31)) == {client.pk: {line.code}}
    assert anchors_of(on=date(2026, 4, 1)) == {}


def test_hours_that_are_used_up_now_were_left_then() -> None:
    package = make_package(ours(), hours=10)
    adjust_balance(package.account, minutes=-600, reason="used up", on=date(2026, 9, 1), by=None, at=NOON)
    held = [package.client_id in read_contracts(on=day) for day in (date(2026, 8, 31), date(2026, 9, 1))]
    assert held == [True, False]


def test_a_change_of_band_opens_one_task_with_the_costliest_factor_first() -> None:
    manager = make_user(language="en")
    client = ours(account_manager=manager)
    write_figures("health", {client.pk: {"health_score": 80, "health_band": "green"}}, as_of=ON - timedelta(days=1))
    refresh_health(on=ON, at=NOON)
    refresh_health(on=ON, at=NOON)
    task = Task.objects.get(kind="health")
    assert (task.assignee, task.client, task.due_at) == (manager, client, NOON + timedelta(days=2))
    assert task.title == f"Health is “at risk” now ({NEUTRAL}), was “good”"
    assert task.detail.startswith("services used −15, silence against the own rhythm −10, people touched −10")


def test_a_cap_that_costs_most_stands_first_in_the_task() -> None:
    client = ours(account_manager=make_user(language="en"), country="RU")
    make_retainer(client, ended_on=date(2026, 12, 10), notice_given_on=date(2026, 11, 9))
    write_figures("health", {client.pk: {"health_score": 80, "health_band": "green"}}, as_of=ON - timedelta(days=1))
    refresh_health(on=ON, at=NOON)
    raw = HealthSnapshot.objects.get(client=client).raw
    detail = Task.objects.get(kind="health").detail
    assert detail.startswith(f"notice was given −{raw - 10}, services used −15, ")


def test_a_change_of_band_without_an_owner_goes_to_a_partner() -> None:
    partner, client = make_user(Role.PARTNER), ours()
    write_figures("health", {client.pk: {"health_score": 80, "health_band": "green"}}, as_of=ON - timedelta(days=1))
    refresh_health(on=ON, at=NOON)
    assert Task.objects.get(kind="health").assignee == partner


def test_a_first_score_is_no_change_of_band() -> None:
    ours(account_manager=make_user())
    refresh_health(on=ON, at=NOON)
    assert not Task.objects.filter(kind="health").exists()


def make_weights(**kw: object) -> HealthWeights:
    weights = HealthWeights(**{"reason": "more weight on services", "made_by": make_user(), **kw})
    weights.full_clean()
    weights.save()
    return weights


def test_new_weights_score_from_the_next_run_and_old_scores_keep_theirs() -> None:
    client = ours()
    refresh_health(on=ON, at=NOON)
    weights = make_weights(silence=0, anchors=35)
    refresh_health(on=ON + timedelta(days=1), at=NOON)
    old, new = HealthSnapshot.objects.filter(client=client).order_by("as_of_on")
    assert (old.score, old.weights) == (NEUTRAL, None)
    assert (new.score, new.weights) == (NEUTRAL - 10, weights)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"silence": 21}, "add up to 100"),
        ({"green_from": 40}, "Watch begins"),
        ({"amber_from": 0}, "Watch begins"),
        ({"notice_given": 101}, "between 0 and 100"),
    ],
)
def test_weights_that_make_no_sense_are_refused(wrong: dict[str, int], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make_weights(**wrong)


def test_a_version_of_weights_is_never_changed() -> None:
    weights = make_weights()
    with pytest.raises(DatabaseError), transaction.atomic():
        HealthWeights.objects.filter(pk=weights.pk).update(silence=10)


def keep(client: Client, score: int, *, on: date) -> None:
    band = "green" if score >= 75 else "amber" if score >= 50 else "red"
    factors = [{"code": "silence", "points": score // 5, "maximum": 20, "known": True, "facts": {}}]
    factors += [{"code": "anchors", "points": 0, "maximum": 15, "known": True, "facts": {}}] * 7
    HealthSnapshot.objects.create(client=client, as_of_on=on, score=score, raw=score, band=band, factors=factors)


def page_of(name: str) -> str:
    browser = Browser()
    browser.force_login(make_user(Role.PARTNER), backend="django.contrib.auth.backends.ModelBackend")
    response = browser.get(reverse(f"loyalty:{name}"))
    assert response.status_code == 200
    return response.content.decode()


def lose(client: Client, *, on: date) -> None:
    StatusChange.objects.create(
        client=client, old="active", new="lost", confirmed_on=on, made_by=make_user(), made_at=NOON
    )


def test_the_backtest_sets_scores_against_losses_of_the_half_year_after() -> None:
    day, older = date(2026, 5, 20), date(2025, 11, 20)
    lost, kept, late = ours(), ours(), ours()
    for client, score in ((lost, 30), (kept, 80), (late, 55)):
        keep(client, score, on=day)
    keep(lost, 60, on=older)
    keep(lost, 10, on=ON)  # its half-year is not over
    lose(lost, on=date(2026, 7, 1))
    lose(late, on=date(2026, 11, 21))  # one day beyond
    test = backtest_health(on=ON)
    assert (test.cases, test.losses, test.days, test.label) == (4, 1, (older, day), "watch_list")
    assert test.score is not None
    assert test.score.auc == 1.0
    assert "Not tried yet" in page_of("health_backtest")
    keep_backtest(on=ON)
    assert kept_backtest() == (replace(test, calibrated=None), ON)
    assert [(row.n, row.lost) for row in test.bands] == [(1, 0), (2, 0), (1, 1)]
    assert dict(test.by_feature)["silence"] is not None
    keep_backtest(on=ON)
    text = page_of("health_backtest")
    assert "1 loss is too few" in text
    assert ("not proven to beat chance" in text) is not test.score.beats_chance


def test_a_firm_without_losses_learns_nothing_and_says_so() -> None:
    keep(ours(), 80, on=date(2026, 5, 20))
    test = backtest_health(on=ON)
    assert (test.score, test.lift, test.calibrated, test.brier, test.bins) == (None, None, None, None, ())
    assert backtest_health(on=date(2020, 1, 1)).cases == 0


def test_chances_are_the_default_table_until_fifty_losses_calibrate_them() -> None:
    day = date(2026, 5, 20)
    clients = [ours() for _number in range(120)]
    for place, client in enumerate(clients):
        keep(client, 30 + place // 2, on=day)
    write_figures(
        "health",
        {c.pk: {"health_score": 30 + place // 2, "health_band": "red"} for place, c in enumerate(clients)},
        as_of=ON,
    )
    for client in [*clients[:48], clients[60]]:
        lose(client, on=date(2026, 8, 1))
    keep_calibration(on=ON)
    assert FittedModel.objects.get(role="health").holdout == {"losses": 49}
    chances = yearly_chances()
    assert (chances.source, chances.of(clients[0].pk), chances.of(0)) == ("default", 0.245, 0.161)
    lose(clients[48], on=date(2026, 8, 1))
    keep_backtest(on=ON)
    text = page_of("health_backtest")
    assert "may be read as a probability" in text
    assert ">None<" not in text
    FittedModel.objects.all().delete()
    keep_calibration(on=ON)
    keep_calibration(on=ON + timedelta(days=1))
    assert "Losses by health" in page_of("model_report")
    assert FittedModel.objects.filter(role="health").count() == 1
    chances = yearly_chances()
    assert chances.source == "calibrated"
    assert chances.of(clients[0].pk) > 0.9 > 0.1 > chances.of(clients[119].pk)
    assert chances.of(0) == pytest.approx(1 - (1 - 50 / 120) ** 2)


def test_a_lost_client_without_a_confirmed_day_was_ours_until_a_year_after_its_last_revenue() -> None:
    client = make_client(status="lost", since_on=date(2020, 1, 1))
    write_figures("revenue", {client.pk: {"last_revenue_on": date(2025, 3, 1)}}, as_of=ON)
    assert served(on=date(2026, 2, 28)) == [client.pk]
    assert served(on=date(2026, 3, 1)) == []
    Client.objects.update(status_on=date(2025, 6, 1))
    assert served(on=date(2025, 5, 31)) == [client.pk]
    assert served(on=date(2025, 6, 1)) == []


def test_a_silent_client_whom_nobody_called_lost_is_still_looked_after() -> None:
    client = ours()
    write_figures("revenue", {client.pk: {"last_revenue_on": date(2024, 3, 1)}}, as_of=ON)
    assert served(on=ON) == [client.pk]
