"""Money as figures of clients: exact windows, shares that add up, anchors from three sources."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import RevenueDay, WorkMonth
from billing.services.client_figures import refresh_money
from clients.models import Client, ClientFigure, ServiceLine
from tests.make import make_client, make_service_line

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # rollups are written without their books
ON = date(2026, 11, 22)


def book(client: Client, issued_on: date, amount: int, line: ServiceLine | None = None) -> None:
    assert client.default_seller is not None
    RevenueDay.objects.create(
        client=client,
        seller=client.default_seller,
        service_line=line,
        issued_on=issued_on,
        net_amount=amount,
        standing_amount=max(amount, 0),
    )


def test_revenue_counts_the_last_twelve_months_to_the_day() -> None:
    client = make_client()
    book(client, date(2025, 11, 22), 100)
    book(client, date(2025, 11, 23), 10)
    book(client, ON, 1)
    refresh_money(on=ON)
    figures = ClientFigure.objects.get(client=client)
    assert (figures.revenue_12m, figures.revenue_before_12m) == (Decimal(11), Decimal(100))
    assert figures.last_revenue_on == ON


def test_shares_are_of_the_whole_firm_even_when_one_client_is_refreshed() -> None:
    small, large = make_client(), make_client()
    book(small, ON, 25)
    book(large, ON, 75)
    refresh_money([small.pk], on=ON)
    assert ClientFigure.objects.get(client=small).revenue_share == Decimal("0.25")
    assert not ClientFigure.objects.filter(client=large).exclude(revenue_as_of_on=None).exists()


def test_a_firm_without_revenue_has_no_shares() -> None:
    client = make_client()
    refresh_money(on=ON)
    assert ClientFigure.objects.get(client=client).revenue_share is None


def test_margin_takes_the_cost_to_serve_out_of_revenue() -> None:
    client = make_client()
    book(client, ON, 100)
    WorkMonth.objects.create(client=client, month_on=date(2026, 11, 1), minutes=60, cost_amount=130)
    refresh_money(on=ON)
    assert ClientFigure.objects.get(client=client).margin_12m == Decimal(-30)


def test_anchors_are_distinct_service_lines_in_use() -> None:
    client, it, law = make_client(), make_service_line("it"), make_service_line("law")
    book(client, ON, 100, it)
    book(client, date(2024, 1, 1), 100, make_service_line("audit"))
    WorkMonth.objects.create(client=client, service_line=it, month_on=date(2026, 10, 1), minutes=5, prepaid_minutes=5)
    WorkMonth.objects.create(client=client, service_line=law, month_on=date(2026, 10, 1), minutes=5, prepaid_minutes=5)
    refresh_money(on=ON)
    assert ClientFigure.objects.get(client=client).anchor_codes == ["it", "law"]


def test_the_trend_is_the_revenue_of_eight_quarters() -> None:
    client, quiet = make_client(), make_client()
    for on, amount in ((date(2026, 9, 1), 5), (date(2026, 8, 31), 7), (date(2024, 12, 1), 3), (date(2024, 11, 30), 99)):
        book(client, on, amount)
    refresh_money(on=ON)
    trend = ClientFigure.objects.get(client=client).revenue_trend
    assert [Decimal(amount) for amount in trend] == [3, 0, 0, 0, 0, 0, 7, 5]
    assert ClientFigure.objects.get(client=quiet).revenue_trend == []
