"""Values of clients from the rollups: own, borrowed from a segment or the firm, lapsed, and the past."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import Sum

from billing.models import Expense, InvoiceLine, RevenueDay
from billing.services.client_figures import refresh_money
from billing.services.credits import CreditKind, credit_invoice
from clients.models import Client, ClientFigure, Extra, Interaction
from loyalty.models import LoyaltyPolicy, SegmentValue, SegmentYears, ValueSnapshot
from loyalty.services.purchases import months_of
from loyalty.services.segments import typical_value
from loyalty.services.values import refresh_values, value_client
from tests.make import make_buyer, make_client, make_revenue, make_service_line, make_user, make_work_cost
from tests.make.invoices import make_invoice, make_series
from tests.statements import counted

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def value_of(client: Client) -> Decimal | None:
    value: Decimal | None = ClientFigure.objects.get(client=client).simple_value
    return value


def test_five_years_of_twenty_purchases_at_500_are_worth_50_000() -> None:
    client = make_client(since_on=date(2020, 1, 1))
    make_revenue(client, "10000.00", invoice_count=20)
    refresh_values(on=ON)
    figures = ClientFigure.objects.get(client=client)
    assert (figures.simple_value, figures.simple_value_source) == (Decimal("50000.00"), "own")
    assert figures.simple_value_inputs["average_check"] == "500.00"


def served(client: Client) -> None:
    """100 000 of revenue, 40 000 of work, 15 000 of expenses, 3 000 of hospitality and 2 000 of extras."""
    make_revenue(client, "100000.00", on=date(2026, 6, 10), invoice_count=6)
    make_work_cost(client, "40000.00", month=date(2026, 6, 1))
    by = make_user()
    spent = {"spent_on": date(2026, 6, 12), "currency": "EUR", "seller": client.default_seller}
    spent |= {"status": "approved", "approved_by": make_user(), "approved_at": NOON}
    Expense.objects.create(
        client=client, employee=by, description="Hotel", amount=Decimal(15000), net_amount=Decimal(15000), **spent
    )
    at = datetime(2026, 6, 13, 12, tzinfo=UTC)
    Interaction.objects.create(client=client, occurred_at=at, summary="Dinner", cost=Decimal(3000), logged_by=by)
    given = {"given_on": date(2026, 6, 14), "given_by": by, "value": Decimal(2000)}
    Extra.objects.create(client=client, name="Workshop", cost=Decimal(2000), currency="EUR", **given)


def test_what_serving_costs_beside_work_comes_off_history_and_margin() -> None:
    client = make_client(since_on=date(2020, 1, 1))
    served(client)
    refresh_money(on=ON)
    refresh_values(on=ON)
    row = ValueSnapshot.objects.get(client=client)
    figures = ClientFigure.objects.get(client=client)
    assert row.historical_plain == figures.margin_12m == Decimal(40_000)
    assert row.margin_share == Decimal("0.4")
    assert value_client(client, on=ON).margin_share == row.margin_share
    assert value_client(client, on=ON).history.plain == row.historical_plain
    assert [month.cost for month in months_of(client, on=ON)] == [Decimal(60_000)]


def test_a_cost_without_a_rate_leaves_history_open_and_the_margin_to_the_firm() -> None:
    client, known = make_client(since_on=date(2020, 1, 1)), make_client(since_on=date(2020, 1, 1))
    served(client)
    make_revenue(known, "1000.00", invoice_count=6)
    make_work_cost(known, "250.00")
    Extra.objects.filter(client=client).update(currency="USD")
    refresh_values(on=ON)
    row = ValueSnapshot.objects.get(client=client)
    assert (row.historical_plain, row.historical_discounted, row.margin_share) == (None, None, Decimal("0.75"))
    assert value_client(client, on=ON).margin_share == Decimal("0.75")
    assert months_of(client, on=ON)[0].cost is None


def test_a_credit_note_of_an_older_invoice_takes_nothing_off_the_average_of_the_counted_ones() -> None:
    """Twice as much invoiced thirteen months ago, and taken back eleven months ago."""
    client = make_client(since_on=date(2020, 1, 1))
    make_series(client.default_seller)  # type: ignore[arg-type]
    for year in (2022, 2023):
        make_invoice(client, on=date(year, 1, 15), worked_on=date(year, 1, 10))
    wrong = make_invoice(client, on=date(2025, 10, 20), worked_on=date(2025, 10, 1), minutes=1200)
    credit_invoice(wrong, kind=CreditKind.FULL, reason="wrong", by=make_user(), issued_on=date(2025, 12, 28), at=NOON)
    right = make_invoice(client, on=date(2026, 3, 28), worked_on=date(2026, 3, 20), minutes=600)
    refresh_values(on=ON)
    figures = ClientFigure.objects.get(client=client)
    assert (figures.simple_value, figures.simple_value_source) == (5 * right.net_amount, "own")
    assert SegmentValue.objects.get(service_line=None, tier="").value == round(5 * right.net_amount / 2, 2)
    assert [(month.standing, month.invoices) for month in months_of(client, on=ON)] == [
        (right.net_amount, 1),
        (Decimal(0), 0),
        (Decimal(0), 0),
    ]


def test_a_new_client_is_worth_what_its_segment_is() -> None:
    line = make_service_line("it")
    buyer = make_client(since_on=date(2020, 1, 1), tier="a")
    make_revenue(buyer, "4000.00", invoice_count=4, service_line=line)
    make_buyer("100.00 100.00 100.00", tier="c")
    prospect = make_client(status="prospect", tier="a")
    young = make_client(since_on=date(2026, 5, 1), tier="a")
    make_revenue(young, "9000.00", invoice_count=9, on=date(2026, 6, 1), service_line=line)
    few = make_buyer("50.00 50.00", tier="c")
    refresh_values(on=ON)
    # tier a: 4000 in two years, 9000 since May, counted as one year: (10 000 + 45 000) / 2; tier c: (750 + 250) / 2
    assert value_of(prospect) == Decimal("27500.00")
    assert value_of(young) == Decimal("27500.00")
    assert value_of(few) == Decimal("500.00")
    assert value_of(buyer) == Decimal("20000.00")
    inputs = ClientFigure.objects.get(client=prospect).simple_value_inputs
    assert inputs["segment"] == {"service_line": None, "tier": "a", "clients": 2}


def test_without_a_segment_the_firm_s_average_stands() -> None:
    make_buyer("100.00 100.00 100.00 100.00", tier="c")
    lonely = make_client(status="prospect", tier="vip")
    refresh_values(on=ON)
    figures = ClientFigure.objects.get(client=lonely)
    assert (figures.simple_value, figures.simple_value_source) == (Decimal("1000.00"), "firm")


def test_an_empty_firm_knows_no_value() -> None:
    client = make_client()
    refresh_values(on=ON)
    assert (value_of(client), SegmentValue.objects.count()) == (None, 0)
    assert typical_value(service_line=None, tier="a").shown.value is None


def test_a_client_who_stopped_buying_is_worth_nothing() -> None:
    client = make_buyer("300.00 300.00 300.00", on=date(2025, 6, 10))
    refresh_values(on=ON)
    assert (value_of(client), ClientFigure.objects.get(client=client).simple_value_source) == (Decimal("0.00"), "own")


def test_all_zeros_give_zero_and_never_an_error() -> None:
    client = make_buyer("0.00 0.00 0.00")
    refresh_values(on=ON)
    assert value_of(client) == Decimal("0.00")


def test_negative_revenue_is_not_a_negative_value() -> None:
    client = make_buyer("100.00 -500.00 100.00")
    refresh_values(on=ON)
    figures = ClientFigure.objects.get(client=client)
    assert (figures.simple_value, figures.historical_value) == (Decimal("0.00"), Decimal("-300.00"))


def test_years_come_from_the_client_then_the_segment_then_the_firm() -> None:
    own = make_buyer("100.00 100.00 100.00", tier="a", expected_years=Decimal(10), expected_years_reason="Contract")
    zero = make_buyer("100.00 100.00 100.00", tier="a", expected_years=Decimal(0), expected_years_reason="Leaves")
    segment = make_buyer("100.00 100.00 100.00", tier="a")
    firm = make_buyer("100.00 100.00 100.00", tier="c")
    SegmentYears.objects.create(tier="a", years=Decimal(2), reason="Short projects", made_by=make_user())
    refresh_values(on=ON)
    values = [value_of(client) for client in (own, zero, segment, firm)]
    assert values == [Decimal("3000.00"), Decimal("0.00"), Decimal("600.00"), Decimal("1500.00")]


def test_the_past_is_revenue_less_cost_discounted_by_days() -> None:
    client = make_client(since_on=date(2020, 1, 1))
    make_revenue(client, "1000.00", on=date(2025, 11, 26))
    make_work_cost(client, "400.00", month=date(2026, 10, 1))
    valuation = value_client(client, on=ON)
    assert valuation.history.plain == Decimal("600.00")
    late = Decimal("1.15") ** (Decimal(26) / 365)  # the cost of October counts on the 31st
    assert valuation.history.discounted == pytest.approx(Decimal(1150) - 400 * late)


def test_the_margin_is_drawn_to_the_firm_while_invoices_are_few() -> None:
    rich, other = make_buyer("100.00 100.00 100.00 100.00 100.00 100.00"), make_buyer("200.00 200.00 200.00")
    make_work_cost(rich, "270.00")
    make_work_cost(other, "450.00")
    assert value_client(rich, on=ON).margin_share == Decimal("0.475000")  # (0.55 + 0.40) / 2 with six invoices


def test_what_was_merged_away_counts_for_the_survivor() -> None:
    survivor = make_buyer("100.00 100.00")
    merged = make_buyer("100.00", merged_into=survivor)
    refresh_values(on=ON)
    assert value_of(survivor) == Decimal("1500.00")
    assert not ClientFigure.objects.filter(client=merged).exists()


def test_revenue_is_that_of_the_books_to_the_cent() -> None:
    client = make_client(since_on=date(2020, 1, 1))
    for month in (3, 4, 5):
        make_invoice(client, on=date(2026, month, 28), worked_on=date(2026, month, 10))
    full_scan = InvoiceLine.objects.revenue().aggregate(total=Sum("revenue"))["total"]
    assert full_scan > 0
    assert RevenueDay.objects.aggregate(total=Sum("net_amount"))["total"] == full_scan
    assert value_client(client, on=ON).factors.average_check == full_scan / 3


def test_a_day_run_twice_leaves_the_same_rows() -> None:
    make_buyer("100.00 100.00 100.00")
    refresh_values(on=ON)
    before = list(ValueSnapshot.objects.values()), list(SegmentValue.objects.values_list("value", "client_count"))
    refresh_values(on=ON)
    again = list(ValueSnapshot.objects.values()), list(SegmentValue.objects.values_list("value", "client_count"))
    assert len(before[0]) == 1
    assert [{**row, "id": 0} for row in before[0]] == [{**row, "id": 0} for row in again[0]]
    assert before[1] == again[1]


def test_a_worker_that_dies_in_the_middle_leaves_nothing_half(monkeypatch: pytest.MonkeyPatch) -> None:
    make_buyer("100.00 100.00 100.00")

    def die(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the worker died")

    monkeypatch.setattr("loyalty.services.values.write_figures", die)
    with pytest.raises(RuntimeError):
        refresh_values(on=ON)
    assert (ValueSnapshot.objects.count(), SegmentValue.objects.count()) == (0, 0)


def test_more_clients_need_no_more_statements() -> None:
    make_buyer("100.00 100.00 100.00")
    LoyaltyPolicy.load()
    refresh_values(on=ON)
    with counted() as few:
        refresh_values(on=ON)
    for _more in range(5):
        make_buyer("100.00 100.00 100.00", tier="a")
    with counted() as many:
        refresh_values(on=ON)
    assert len(many) == len(few)
