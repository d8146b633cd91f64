"""Residual value: which orders and renewals the models read, when they are fitted, and what is kept of each client."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Discount, RetainerFee
from billing.services.credits import CreditKind, credit_invoice
from clients.models import Client, ClientFigure
from crm.models import JobRun
from crm.tasks import run_job
from loyalty.models import FittedModel, LoyaltyPolicy, ValueSnapshot
from loyalty.rules.models import residual, sbg
from loyalty.rules.models.histories import histories
from loyalty.rules.models.simulation import draw_adhoc, draw_parameters, draw_retainers
from loyalty.services.drawing import dice
from loyalty.services.fits import as_fit, keep_fit, newest_fit
from loyalty.services.orders import Orders, Running, histories_of, read_orders, read_renewals, read_running
from loyalty.services.residuals import fit_models, refresh_residuals, value_residuals
from loyalty.services.values import refresh_values
from tests.make import Cast, browser_of, make_api, make_client, make_seller, make_user
from tests.make.invoices import make_invoice
from tests.make.retainers import make_retainer
from tests.statements import counted

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def ours(**kw: object) -> Client:
    return make_client(**{"status": "active", "since_on": date(2024, 1, 1), **kw})


def buy(client: Client, *months: int, minutes: int = 600) -> None:
    """An invoice of ten hours on the 28th of each month of 2026."""
    for month in months:
        make_invoice(client, on=date(2026, month, 28), worked_on=date(2026, month, 20), minutes=minutes)


def test_orders_are_net_revenue_by_day_without_what_was_credited() -> None:
    client = ours()
    gone = make_client(merged_into=client, default_seller=client.default_seller)
    buy(client, 3)
    buy(gone, 4)
    credited = make_invoice(client, on=date(2026, 5, 28), worked_on=date(2026, 5, 20))
    credit_invoice(credited, kind=CreditKind.FULL, reason="wrong", by=make_user(), issued_on=date(2026, 5, 28), at=NOON)
    orders = read_orders(on=ON)
    assert {pk: [day for day, _amount in rows] for pk, rows in orders.items()} == {
        client.pk: [date(2026, 3, 28), date(2026, 4, 28)]
    }
    assert sum(amount for _day, amount in orders[client.pk]) == Decimal("2521.00")


def test_orders_after_the_day_are_not_known() -> None:
    client = ours()
    buy(client, 3, 6)
    assert len(read_orders(on=date(2026, 4, 1))[client.pk]) == 1
    seen = histories_of(read_orders(on=ON), as_of=date(2026, 4, 1))
    assert (seen.clients, list(seen.data.x)) == ((client.pk,), [0.0])


@pytest.mark.parametrize(
    ("starts_on", "ended_on", "decided", "left"),
    [
        (date(2026, 1, 1), None, 0, 0),
        (date(2024, 1, 1), None, 2, 0),
        (date(2024, 1, 1), date(2025, 12, 31), 2, 1),
        (date(2024, 1, 1), date(2025, 6, 30), 2, 1),
        (date(2026, 1, 1), date(2026, 3, 31), 1, 1),
        (date(2024, 1, 1), date(2026, 12, 31), 2, 0),
    ],
)
def test_a_retainer_met_a_decision_at_the_end_of_each_term(
    starts_on: date, ended_on: date | None, decided: int, left: int
) -> None:
    make_retainer(starts_on=starts_on, ended_on=ended_on)
    make_retainer(starts_on=starts_on, status="draft")
    data = read_renewals(on=ON)
    assert (list(data.decided), list(data.left)) == ([decided], [left])


def test_a_retainer_is_worth_its_agreed_fee_before_the_first_invoice() -> None:
    """Net, whatever a first part period would bring, at the fee that holds on the day, less the discount in force."""
    client = ours()
    agreed = make_retainer(
        client, monthly_fee=Decimal("11900.00"), starts_on=date(2026, 11, 16), bill_in="arrears", fee_months=3
    )
    assert list(read_running(on=ON).data.fee) == [10_000.0]
    terms = {"percent": Decimal(10), "valid_from": date(2026, 11, 1), "reason": "volume", "made_by": make_user()}
    terms |= {"approved": True, "decided_at": NOON}
    off = Discount.objects.create(client=client, covers="hours", **terms)
    assert list(read_running(on=ON).data.fee) == [10_000.0]
    Discount.objects.filter(pk=off.pk).update(covers="services")
    assert list(read_running(on=ON).data.fee) == [9_000.0]
    dated = {"reason": "more work", "made_by": terms["made_by"], "made_at": NOON}
    RetainerFee.objects.create(retainer=agreed, monthly_fee=Decimal(23800), valid_from=date(2026, 11, 20), **dated)
    RetainerFee.objects.create(retainer=agreed, monthly_fee=Decimal(99999), valid_from=date(2026, 12, 1), **dated)
    assert list(read_running(on=ON).data.fee) == [18_000.0]


def test_more_retainers_need_no_more_statements() -> None:
    make_retainer(ours(), price_includes_tax=False)
    read_running(on=ON)
    with counted() as few:
        read_running(on=ON)
    for _more in range(4):
        make_retainer(ours(), price_includes_tax=False)
    with counted() as many:
        read_running(on=ON)
    assert len(few) == len(many)


def test_a_retainer_whose_currency_or_vat_has_no_rate_is_left_out() -> None:
    make_retainer(ours(), seller=make_seller("AU", currency="EUR"))
    make_retainer(ours(country="RU", language="ru"))
    assert read_running(on=ON).clients == ()


@pytest.mark.parametrize("known", [{"ended_on": date(2026, 12, 31)}, {"renewal_mode": "ends"}])
def test_a_known_end_is_not_renewed_by_any_draw(known: dict[str, Any]) -> None:
    """One month is left of a fee of 80 000, so it is worth 79 074 and not 1.7 million."""
    make_retainer(ours(), price_includes_tax=False, starts_on=date(2025, 1, 1), term_months=24, **known)
    make_retainer(ours(), price_includes_tax=False, starts_on=date(2025, 1, 1), term_months=24)
    data = read_running(on=ON).data
    assert (list(data.to_decision), list(data.ends)) == ([1.0, 1.0], [1.0, 0.0])
    parameters = np.tile((2.0, 8.0), (500, 1))
    drawn = draw_retainers(parameters, data, horizon=36, annual_rate=0.15, random=np.random.default_rng(1))
    assert drawn[0] == pytest.approx(79_074, abs=1)
    assert drawn[1].mean() > 1_000_000
    formula = residual.retainer_revenue(sbg.Parameters(2.0, 8.0), data, horizon=36)
    assert list(formula[0, :3]) == [80_000.0, 0.0, 0.0]


def test_an_empty_firm_keeps_no_model_and_no_value() -> None:
    refresh_values(on=ON)
    assert refresh_residuals(on=ON) == 0
    assert not FittedModel.objects.exists()


def make_firm() -> list[Client]:
    """Five clients with three orders each, of different sizes and with different pauses."""
    made = [ours() for _number in range(5)]
    bought = [(month, place) for place in range(5) for month in (2, 3 + place % 2, 6 + place % 3)]
    for month, place in sorted(bought):
        buy(made[place], month, minutes=300 + 120 * place)
    refresh_values(on=ON)
    return made


def test_who_buys_once_a_year_is_valued_by_years_and_not_by_silence() -> None:
    made = make_firm()
    yearly, usual = made[0], made[1:]
    orders = {client.pk: [(date(2026, month, 28), Decimal(1000)) for month in (2, 4, 7)] for client in usual}
    orders[yearly.pk] = [(date(year, 12, 10), Decimal(1000)) for year in (2022, 2023, 2024, 2025)]
    fit_models(orders, on=ON)
    assert FittedModel.objects.get(role="adhoc").n == 4
    found = value_residuals(orders, on=ON, policy=LoyaltyPolicy.load())
    assert found[yearly.pk].model == "bg_bb"
    assert {found[client.pk].model for client in usual} == {"mbg_nbd"}
    margin = ValueSnapshot.objects.get(client=yearly, as_of_on=ON).margin_share
    assert margin is not None
    assert 0 < found[yearly.pk].mean < 3 * 1000 * margin
    FittedModel.objects.filter(role="yearly").delete()
    again = value_residuals(orders, on=ON, policy=LoyaltyPolicy.load())
    assert again[yearly.pk].model == "mbg_nbd"


def test_values_are_margins_with_an_interval_and_the_reason_for_the_method() -> None:
    made = make_firm()
    assert refresh_residuals(on=ON) == 5
    fit = FittedModel.objects.get(role="adhoc")
    assert (fit.method, fit.reason, fit.n) == ("pooled", "few_clients", 5)
    for client in made:
        row = ValueSnapshot.objects.get(client=client, as_of_on=ON)
        assert row.residual_p10 is not None
        assert row.residual_mean is not None
        assert row.residual_p10 <= row.residual_p50 <= row.residual_p90
        assert row.residual_mean >= 0
        assert ClientFigure.objects.get(client=client).residual_value == row.residual_mean
        assert row.residual_horizon_months == 36


def test_the_same_night_twice_gives_the_same_values_and_keeps_the_month_s_models() -> None:
    make_firm()
    refresh_residuals(on=ON)
    before = list(ValueSnapshot.objects.order_by("pk").values())
    refresh_residuals(on=ON)
    assert list(ValueSnapshot.objects.order_by("pk").values()) == before
    refresh_values(on=ON + timedelta(days=1))
    refresh_residuals(on=ON + timedelta(days=1))
    assert set(FittedModel.objects.values_list("as_of_on", flat=True)) == {ON}
    refresh_residuals(on=ON + timedelta(days=1), refit=True)
    assert FittedModel.objects.filter(as_of_on=ON + timedelta(days=1)).count() == 2


def test_a_kept_fit_reads_back_as_it_was() -> None:
    make_firm()
    refresh_residuals(on=ON)
    row = newest_fit("adhoc", on=ON)
    assert row is not None
    fit = as_fit(row)
    assert (fit.names, fit.values, fit.method) == (("r", "alpha", "a", "b"), tuple(row.values), "pooled")
    assert newest_fit("adhoc", on=ON - timedelta(days=1)) is None


def test_a_lost_client_teaches_the_model_but_has_no_value() -> None:
    first, *_others = make_firm()
    Client.objects.filter(pk=first.pk).update(status="lost", status_on=ON)
    assert refresh_residuals(on=ON) == 4
    assert FittedModel.objects.get(role="adhoc").n == 5


def test_a_client_that_is_lost_loses_the_value_that_it_had() -> None:
    first, *_others = make_firm()
    refresh_residuals(on=ON)
    assert ClientFigure.objects.get(client=first).residual_value is not None
    Client.objects.filter(pk=first.pk).update(status="lost", status_on=ON)
    refresh_residuals(on=ON)
    assert ClientFigure.objects.get(client=first).residual_value is None


def test_what_is_summed_is_drawn_from_dice_of_its_own() -> None:
    drawn = {float(dice(role, block).random()) for role in ("retainers", "adhoc") for block in (0, 1, 201)}
    assert len(drawn) == 6
    assert dice("adhoc", 1).random() == dice("adhoc", 1).random()


def test_drawn_retainers_are_worth_what_the_formula_says() -> None:
    running, parameters = residual.retainers([100.0], [1.0], [4.0]), sbg.Parameters(2.0, 8.0)
    revenue = residual.retainer_revenue(parameters, running, horizon=36)
    expected = residual.residual_value(revenue, [1.0], annual_rate=0.15)
    dice = np.random.default_rng(1)
    drawn = draw_retainers(np.tile(parameters, (20_000, 1)), running, horizon=36, annual_rate=0.15, random=dice)
    assert drawn.mean() == pytest.approx(float(expected[0]), rel=0.02)


def test_the_badge_shows_the_value_to_come_once_a_partner_chose_it(cast: Cast) -> None:
    client = make_firm()[0]
    policy = LoyaltyPolicy.load()
    policy.badge = LoyaltyPolicy.Badge.RESIDUAL
    policy.save()
    refresh_residuals(on=ON)
    figures = ClientFigure.objects.get(client=client)
    assert figures.badge_value == figures.residual_value
    shape = make_api(cast.partner).get(f"/api/v1/clients/{client.pk}/value/").json()["residual"]
    assert (shape["mean"], shape["horizon_months"]) == (str(figures.residual_value), 36)
    assert shape["p10"] is not None


def test_model_report_says_what_was_fitted_and_why_not_better(cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.partner, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("loyalty:model_report")
    assert "No model yet" in browser.get(url).content.decode()
    make_firm()
    refresh_residuals(on=ON)
    text = browser.get(url).content.decode()
    for words in ("MBG/NBD", "One rate for all clients", "too few clients for a fit of their own", "orders a month"):
        assert words in text


def test_a_pooled_rate_is_drawn_from_its_own_posterior() -> None:
    """Of twelve retainers little is known: the draws spread as the Beta does, and the kept row keeps it."""
    decided, left = [1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5], [1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0]
    fit = sbg.fit_pooled(sbg.renewals(decided, left))
    assert fit.posterior == pytest.approx((6, 39))
    drawn = draw_parameters(fit, 20_000, np.random.default_rng(1))
    low, high = np.quantile(drawn[:, 0] / drawn.sum(axis=1), (0.05, 0.95))
    assert (low, high) == (pytest.approx(0.061092, abs=0.003), pytest.approx(0.224203, abs=0.003))
    keep_fit("retainers", fit, "few_clients", on=ON)
    row = newest_fit("retainers", on=ON)
    assert row is not None
    assert as_fit(row) == fit


def test_a_handful_of_orders_is_uncertain_too() -> None:
    make_firm()
    refresh_residuals(on=ON)
    for role in ("adhoc", "spend"):
        row = newest_fit(role, on=ON)
        assert row is not None
        drawn = draw_parameters(as_fit(row), 200, np.random.default_rng(1))
        assert drawn.std(axis=0).max() > 0


def test_the_report_names_a_fit_whose_error_the_interval_leaves_out(cast: Cast) -> None:
    make_firm()
    refresh_residuals(on=ON)
    url, browser = reverse("loyalty:model_report"), browser_of(cast.partner)
    assert "holds chance and the error of the parameters; the error" in browser.get(url).content.decode()
    FittedModel.objects.filter(role="spend").update(covariance=None)
    assert "of which the data tell no error: value of an order" in browser.get(url).content.decode()


def test_the_report_warns_of_a_fit_that_is_not_identified(cast: Cast) -> None:
    make_firm()
    refresh_residuals(on=ON)
    url, browser = reverse("loyalty:model_report"), browser_of(cast.partner)
    assert "Take this fit with care" not in browser.get(url).content.decode()
    FittedModel.objects.filter(role="adhoc").update(warnings=["homogeneous", "not_converged"])
    text = browser.get(url).content.decode()
    assert "the data show no difference between clients, the search for the parameters did not come to an end" in text


def test_a_calibration_of_health_does_not_stand_for_a_first_fit() -> None:
    make_firm()
    kept = {"model": "platt", "method": "mle", "names": ["a"], "values": [1.0], "log_likelihood": 0.0, "n": 9}
    FittedModel.objects.create(role="health", as_of_on=ON, **kept)
    refresh_residuals(on=ON)
    assert FittedModel.objects.filter(role="adhoc").exists()


def test_a_partner_fits_the_models_anew(cast: Cast) -> None:
    make_firm()
    url = reverse("loyalty:models_refit")
    assert browser_of(cast.manager).post(url).status_code == 403
    assert browser_of(cast.partner).post(url).status_code == 302
    run = JobRun.objects.get(job="loyalty_models")
    run_job(run.pk)
    assert FittedModel.objects.filter(role="adhoc").exists()
    run.refresh_from_db()
    assert run.state == "done"


def test_extras_stop_when_the_client_is_lost() -> None:
    """Orders besides a retainer end with it in the same draw, not in a future of their own."""
    seen, spend = histories([11.0], [23.0], [24.0]), np.tile((4.0, 3.5, 250.0), (4000, 1))
    parameters = np.tile((0.8, 5.0, 0.7, 3.0), (4000, 1))
    stays = np.where(np.arange(4000) % 2, 0.0, 36.0)[None, :]
    terms: dict[str, Any] = {"horizon": 36.0, "annual_rate": 0.15}
    free = draw_adhoc(parameters, seen, spend, [400.0], random=np.random.default_rng(1), **terms)
    bound = draw_adhoc(parameters, seen, spend, [400.0], random=np.random.default_rng(1), until=stays, **terms)
    assert (bound[stays == 0] == 0).all()
    assert bound[stays == 36].mean() == pytest.approx(free.mean(), rel=0.1)


def test_a_client_with_retainer_and_orders_is_worth_less_than_both_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_firm()[0]
    read = Running((client.pk,), residual.retainers([100.0], [1.0], [1.0], term=[1]))
    monkeypatch.setattr("loyalty.services.drawing.read_running", lambda **_on: read)
    orders, policy = read_orders(on=ON), LoyaltyPolicy.load()
    fit_models(orders, on=ON)
    keep_fit("retainers", sbg.fit_pooled(sbg.renewals([1, 1, 1], [1, 1, 0])), "few_clients", on=ON)
    both = value_residuals(orders, on=ON, policy=policy)[client.pk].mean
    extras, fees = (_apart(role, orders, policy, client) for role in ("retainers", "adhoc"))
    assert fees < both < extras + fees


def _apart(without: str, orders: Orders, policy: LoyaltyPolicy, client: Client) -> Decimal:
    """The value by one model alone."""
    kept = FittedModel.objects.filter(role=without).values().get()
    FittedModel.objects.filter(role=without).delete()
    found = value_residuals(orders, on=ON, policy=policy)[client.pk].mean
    FittedModel.objects.create(**kept)
    return found
