"""Residual value: which orders and renewals the models read, when they are fitted, and what is kept of each client."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.services.credits import CreditKind, credit_invoice
from clients.models import Client, ClientFigure
from loyalty.models import FittedModel, LoyaltyPolicy, ValueSnapshot
from loyalty.rules.models import residual, sbg
from loyalty.rules.models.simulation import draw_retainers
from loyalty.services.fits import as_fit, newest_fit
from loyalty.services.orders import histories_of, read_orders, read_renewals, read_running
from loyalty.services.residuals import dice, refresh_residuals
from loyalty.services.values import refresh_values
from tests.make import Cast, make_api, make_client, make_user
from tests.make.invoices import make_invoice
from tests.make.retainers import make_retainer

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


def test_a_retainer_that_was_never_invoiced_is_worth_nothing_yet() -> None:
    make_retainer(ours(country="RU", language="ru"))
    assert read_running(on=ON).clients == ()


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
