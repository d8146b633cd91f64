"""Models for comparison: what the data carry, the year held back, calendar years, and that no value is made of them."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from loyalty.models import FittedModel
from loyalty.reports.fits import models_context
from loyalty.rules.models.histories import histories
from loyalty.services.comparisons import fit_bg, fit_comparisons, fit_pareto, years_of
from loyalty.services.orders import Orders
from loyalty.services.residuals import fit_models
from tests.make import Cast, browser_of

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def many(clients: int, *, seed: int = 7) -> Orders:
    """Clients who joined evenly over four years and order every few months until they leave."""
    random = np.random.default_rng(seed)
    found = {}
    for pk in range(1, clients + 1):
        day, days = ON - timedelta(days=int(random.uniform(60, 1460))), []
        rate, leaving = random.gamma(0.9, 1 / 150), random.beta(0.8, 3)
        while day <= ON:
            days.append((day, Decimal(500)))
            if random.random() < leaving:
                break
            day += timedelta(days=1 + int(random.exponential(1 / max(rate, 1e-5))))
        found[pk] = days
    return found


def test_each_model_is_kept_with_what_it_expected_of_the_last_year() -> None:
    fit_comparisons(many(260), many(260), on=ON)
    rows = {row.role: row for row in FittedModel.objects.all()}
    assert {role: (row.model, row.method) for role, row in rows.items()} == {
        "bg": ("bg_nbd", "mle"),
        "pareto": ("pareto_nbd", "mle"),
        "yearly": ("bg_bb", "pooled"),
    }
    for row in rows.values():
        assert row.holdout["expected"] >= 0
        assert row.holdout["actual"] >= 0
    fit_comparisons(many(260), many(260), on=ON)
    assert FittedModel.objects.count() == 3


def test_few_clients_get_priors_or_nothing() -> None:
    few = histories([1, 2] * 20, [5, 9] * 20, [12] * 40)
    found = fit_bg(few)
    assert found
    assert (found[0].method, found[1].reason) == ("map", "few_clients")
    assert fit_pareto(few) is None
    assert fit_bg(histories([1], [5], [12])) is None
    assert fit_bg(histories([0] * 200, [0] * 200, [12] * 200)) is None


def test_nothing_ordered_or_nobody_again_keeps_nothing() -> None:
    fit_comparisons({}, {}, on=ON)
    once = {1: [(date(2026, 5, 1), Decimal(5))]}
    fit_comparisons(once, once, on=ON)
    assert not FittedModel.objects.exists()


def test_calendar_years_after_the_first_and_before_this_one_count() -> None:
    orders = {
        1: [(date(2022, 12, 30), Decimal(1)), (date(2024, 1, 2), Decimal(1)), (date(2024, 5, 2), Decimal(1))],
        2: [(date(2023, 3, 1), Decimal(1)), (date(2026, 3, 1), Decimal(1))],
        3: [(date(2025, 3, 1), Decimal(1))],
        4: [(date(2026, 3, 1), Decimal(1))],
    }
    data = years_of(orders, until=2026)
    assert [list(column) for column in (data.x, data.last, data.seen)] == [[1, 0], [2, 0], [3, 2]]
    assert years_of({}, until=2026).x.size == 0


def test_the_report_sets_them_beside_each_other(cast: Cast) -> None:
    fit_models(many(260), on=ON)
    shown = browser_of(cast.partner).get("/value/models/").content.decode()
    rows = shown.split("h-rivals", 2)[2]
    for name in ("MBG/NBD", "BG/NBD", "Pareto/NBD", "BG/BB"):
        assert f'<th scope="row">{name} ' in rows
    assert rows.count("days with orders") == 3
    assert rows.count("clients who buy in a calendar year") == 1
    assert "of the same counts: MBG/NBD, BG/NBD, Pareto/NBD." in rows
    assert "None" not in shown


def test_only_fits_of_the_chosen_one_s_day_stand_beside_it(cast: Cast) -> None:
    fit_models(many(260), on=ON)
    FittedModel.objects.filter(role="pareto").update(as_of_on=ON - timedelta(days=31))
    context = models_context()
    assert [row.fit.role for row in context["rivals"]] == ["adhoc", "bg", "yearly"]
    assert context["comparable"] == "MBG/NBD, BG/NBD"
    FittedModel.objects.filter(role="bg").delete()
    assert models_context()["comparable"] == ""
    FittedModel.objects.filter(role="yearly").delete()
    assert models_context()["rivals"] == []
