"""The stress test over the firm's own rows."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from clients.models import Extra
from loyalty.services.stress import chance_of_loss, exposures, few_large, run_stress_test, yearly_chances
from tests.make import Cast, browser_of, make_api, make_client, make_firm_figure, make_revenue, make_work_cost

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def test_a_lost_client_takes_its_revenue_and_leaves_cost_behind() -> None:
    big, small = make_client(), make_client()
    make_revenue(big, "400.00")
    make_revenue(small, "600.00")
    make_work_cost(big, "300.00")
    make_firm_figure(cash="300.00", cost="10.00", avoidable_percent=Decimal(50))
    outcome = run_stress_test(exposures(on=ON), lost=frozenset({big.pk}), on=ON).outcome
    assert (outcome.revenue_before, outcome.revenue_after) == (Decimal("1000.00"), Decimal("600.00"))
    assert (outcome.margin_before, outcome.margin_after) == (Decimal("700.00"), Decimal("450.00"))
    assert (outcome.lost_share, outcome.stranded_cost) == (Decimal("0.400000"), Decimal("150.00"))


def test_cost_of_clients_without_revenue_counts_too() -> None:
    make_revenue(make_client(), "100.00")
    make_work_cost(make_client(), "70.00")
    assert run_stress_test(exposures(on=ON), on=ON).outcome.margin_before == Decimal("30.00")


def test_a_cost_without_a_rate_is_told_beside_the_margin(cast: Cast) -> None:
    client = make_client()
    make_revenue(client, "100.00", on=timezone.localdate())
    given = {"given_on": timezone.localdate(), "given_by": cast.partner, "value": Decimal(75)}
    Extra.objects.create(client=client, name="Licence", cost=Decimal(30), currency="USD", **given)
    words = "The cost of 1 client lacks an exchange rate and counts as nothing"
    shown = make_api(cast.partner).post(
        "/api/v1/reports/concentration/stress/", {"lost": [], "late": [], "days": 0}, format="json"
    )
    assert shown.json()["cost_note"].startswith(words)
    assert words in browser_of(cast.partner).get(reverse("loyalty:portfolio")).content.decode()
    Extra.objects.all().delete()
    shown = make_api(cast.partner).post(
        "/api/v1/reports/concentration/stress/", {"lost": [], "late": [], "days": 0}, format="json"
    )
    assert shown.json()["cost_note"] is None


def test_a_client_without_business_takes_nothing_along() -> None:
    make_revenue(make_client(), "100.00")
    idle = make_client()
    outcome = run_stress_test(exposures(on=ON), lost=frozenset({idle.pk}), on=ON).outcome
    assert (outcome.lost_share, outcome.revenue_after) == (Decimal(0), Decimal("100.00"))


def test_nobody_knows_is_refused_by_field() -> None:
    with pytest.raises(ValidationError) as refused:
        run_stress_test(exposures(on=ON), late=frozenset({999_999}), on=ON)
    assert set(refused.value.error_dict) == {"late"}


def test_the_newest_figures_on_or_before_the_day_hold() -> None:
    make_revenue(make_client(), "120.00")
    make_firm_figure(cash="100.00", cost="20.00", valid_on=date(2026, 1, 1))
    make_firm_figure(cash="999.00", cost="20.00", valid_on=date(2027, 1, 1))
    outcome = run_stress_test(exposures(on=ON), on=ON).outcome
    assert outcome.cash_months == Decimal("10.0")  # 100 / (20 - 10)


def test_missing_figures_say_what_is_missing() -> None:
    make_revenue(make_client(), "120.00")
    assert run_stress_test(exposures(on=ON), on=ON).outcome.cash_note == "cash_missing"
    make_firm_figure(cost=None)
    assert run_stress_test(exposures(on=ON), on=ON).outcome.cash_note == "fixed_cost_missing"


def test_an_empty_firm_has_nothing_to_lose() -> None:
    assert chance_of_loss(exposures(on=ON), yearly_chances()) is None
    assert run_stress_test([], on=ON).outcome.lost_share is None


def test_up_to_twenty_clients_are_counted_exactly_more_are_drawn_the_same_each_time() -> None:
    for _client in range(20):
        make_revenue(make_client(), "10.00")
    exact = chance_of_loss(exposures(on=ON), yearly_chances())
    assert exact is not None
    assert exact.method == "exact"
    make_revenue(make_client(), "10.00")
    drawn = chance_of_loss(exposures(on=ON), yearly_chances())
    assert drawn is not None
    assert drawn.method == "monte_carlo"
    assert drawn == chance_of_loss(exposures(on=ON), yearly_chances())


def test_the_page_says_how_much_of_a_bad_year_is_owed_to_a_few_large_clients(cast: Cast) -> None:
    assert few_large(exposures(on=ON), yearly_chances()) is None
    make_revenue(make_client(), "900.00")
    for _client in range(9):
        make_revenue(make_client(), "10.00")
    found = few_large(exposures(on=ON), yearly_chances())
    assert found is not None
    assert found.few_large > 0.2
    text = browser_of(cast.partner).get(reverse("loyalty:portfolio_chance")).content.decode()
    assert "the size of a few adds about" in text


def test_companies_of_one_parent_leave_together_and_the_lost_are_left_out() -> None:
    parent = make_client()
    for amount, kw in (("100.00", {"parent": parent}), ("100.00", {}), ("500.00", {"status": "lost"})):
        make_revenue(make_client(**kw), amount)
    make_revenue(parent, "200.00")
    found = chance_of_loss(exposures(on=ON), yearly_chances())
    assert found is not None
    p = yearly_chances().unscored
    assert found.p_none == pytest.approx((1 - p) ** 2)  # a group of 300 and a client of 100
    assert found.expected == pytest.approx(p)
