"""The way under the limit: what is missing, who is new, and no pace where nobody came."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from clients.models import Client
from crm.periods import trailing_months
from loyalty.reports.diversification import Plan, diversification
from loyalty.services.concentration import client_revenue
from tests.make import Cast, browser_of, make_client, make_revenue

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def plan() -> Plan | None:
    return diversification(client_revenue(trailing_months(ON, 12)), on=ON)


def old(amount: str) -> None:
    client = make_client()
    make_revenue(client, "1.00", on=date(2024, 1, 5))
    make_revenue(client, amount, on=date(2026, 6, 10))


def new(amount: str, *, on: date) -> None:
    make_revenue(make_client(), amount, on=on)


def test_what_is_missing_and_the_pace_of_new_clients() -> None:
    old("500.00")
    old("300.00")
    new("100.00", on=date(2026, 8, 3))
    new("100.00", on=date(2026, 11, 1))
    found = plan()
    assert found
    assert (found.limit, found.missing) == (Decimal("0.3"), Decimal("666.67"))
    assert (found.new_clients, found.new_amount, found.new_share) == (2, Decimal(200), Decimal("0.2"))
    assert (found.months, found.clients_needed) == (41, 7)
    assert [(row.quarter_on.month, row.clients, row.amount) for row in found.intake] == [
        (10, 1, Decimal(100)),
        (7, 1, Decimal(100)),
        (4, 0, Decimal(0)),
        (1, 0, Decimal(0)),
    ]


def test_without_revenue_there_is_no_plan_and_without_new_clients_no_pace() -> None:
    assert plan() is None
    old("500.00")
    found = plan()
    assert found
    assert (found.missing, found.months, found.clients_needed) == (Decimal("1166.67"), None, None)


def test_a_new_company_of_a_known_group_is_no_new_client() -> None:
    old("500.00")
    old("300.00")
    for parent in Client.objects.order_by("pk"):
        make_revenue(make_client(parent=parent), "50.00", on=date(2026, 8, 3))
    head = make_client()
    for _number in range(2):
        make_revenue(make_client(parent=head), "30.00", on=date(2026, 11, 1))
    found = plan()
    assert found
    assert (found.new_clients, found.new_amount) == (1, Decimal(60))


def test_companies_of_the_largest_group_are_no_way_out_of_it() -> None:
    old("100.00")
    new("900.00", on=date(2026, 8, 3))
    found = plan()
    assert found
    assert (found.new_clients, found.new_amount, found.months) == (0, Decimal(0), None)


def test_under_the_limit_nothing_is_missing() -> None:
    for _number in range(4):
        old("100.00")
    found = plan()
    assert found
    assert found.missing == 0


def test_the_portfolio_shows_the_plan(cast: Cast) -> None:
    make_revenue(make_client(), "500.00", on=timezone.localdate())
    shown = browser_of(cast.partner).get("/portfolio/").content.decode()
    assert "The way under the limit" in shown
    assert "brings the largest client down to 30" in shown
