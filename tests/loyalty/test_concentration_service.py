"""Concentration from the rollups: groups, bases, windows, alerts and the daily trend."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db.models import Sum
from django.urls import reverse

from billing.models import InvoiceLine
from billing.services.client_figures import refresh_money
from billing.services.payments import Receipt, book_payment
from clients.models import Client, ClientFigure, Extra, Task
from clients.services.facts import write_figures
from crm.models import Firm
from crm.periods import DateRange, trailing_months
from loyalty.models import ConcentrationSnapshot, LoyaltyPolicy
from loyalty.reports.portfolio import bands
from loyalty.services.alerts import raise_alerts
from loyalty.services.concentration import Report, concentration_report, hhi_parts, refresh_concentration
from loyalty.services.holders import By
from tests.make import (
    Cast,
    browser_of,
    make_api,
    make_client,
    make_revenue,
    make_service_line,
    make_user,
    make_work_cost,
)
from tests.make.invoices import make_invoice
from tests.statements import counted

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
YEAR = trailing_months(ON, 12)
TABLE = {"A": 400, "B": 200, "C": 120, "D": 80, "E": 60, "F": 50, "G": 40, "H": 25, "I": 15, "J": 10}


def make_table() -> None:
    for name, amount in TABLE.items():
        make_revenue(make_client(name=name), f"{amount}.00")


def tops(report: Report) -> tuple[float | None, ...]:
    figures = report.figures
    return figures.top1, figures.top3, figures.top5, figures.top10


def test_ten_known_clients_have_the_shares_of_the_reference() -> None:
    make_table()
    report = concentration_report("revenue", window=YEAR)
    assert tops(report) == (0.40, 0.72, 0.86, 1.0)
    assert report.figures.hhi_points == 2294.5
    assert [report.name_of(row.key) for row in report.figures.rows[:3]] == ["A", "B", "C"]


def test_companies_of_one_parent_are_one_holder() -> None:
    parent = make_client(name="Holding")
    make_revenue(make_client(parent=make_client(parent=parent)), "300.00")
    make_revenue(make_client(parent=parent), "300.00")
    make_revenue(make_client(), "400.00")
    by_group = concentration_report("revenue", window=YEAR)
    assert (by_group.figures.top1, by_group.name_of(parent.pk)) == (0.6, "Holding")
    assert concentration_report("revenue", window=YEAR, by=By.CLIENT).figures.top1 == 0.4


def test_a_ring_of_parents_does_not_hang() -> None:
    first, second = make_client(), make_client()
    first.parent, second.parent = second, first
    first.save()
    second.save()
    make_revenue(first, "100.00")
    assert concentration_report("revenue", window=YEAR).figures.n == 1


def test_merged_clients_count_for_the_survivor() -> None:
    survivor = make_client()
    make_revenue(make_client(merged_into=survivor), "100.00")
    report = concentration_report("revenue", window=YEAR, by=By.CLIENT)
    assert [row.key for row in report.figures.rows] == [survivor.pk]


def test_margin_is_revenue_less_cost_and_losses_stand_apart() -> None:
    winner, loser = make_client(), make_client()
    make_revenue(winner, "100.00")
    make_work_cost(winner, "40.00")
    make_work_cost(loser, "70.00")
    figures = concentration_report("margin", window=YEAR, by=By.CLIENT).figures
    assert [(row.key, row.amount) for row in figures.rows] == [(winner.pk, Decimal("60.00"))]
    assert figures.negative == ((loser.pk, Decimal("-70.00")),)


def test_only_losses_are_a_stated_answer() -> None:
    make_work_cost(make_client(), "70.00")
    report = concentration_report("margin", window=YEAR)
    assert (report.figures.n, report.figures.top1, report.figures.gini) == (0, None, None)
    assert report.note


def test_receivables_are_those_of_the_figures() -> None:
    for owed in ("150.00", "50.00"):
        ClientFigure.objects.update_or_create(client=make_client(), defaults={"receivables": Decimal(owed)})
    assert concentration_report("receivables", window=YEAR).figures.top1 == 0.75


def test_receivables_of_an_earlier_day_are_those_that_were_owed_then() -> None:
    """An invoice of March, paid in May: owed at the end of April, not today."""
    paid, owing = make_client(), make_client()
    invoice = make_invoice(paid, on=date(2026, 3, 28), worked_on=date(2026, 3, 20))
    make_invoice(owing, on=date(2026, 3, 28), worked_on=date(2026, 3, 20))
    make_invoice(owing, on=date(2026, 6, 28), worked_on=date(2026, 6, 20))
    receipt = Receipt(
        client=paid,
        seller=invoice.seller,
        amount=invoice.gross_amount,
        currency=invoice.currency,
        received_on=date(2026, 5, 4),
    )
    book_payment(receipt, settles={invoice: invoice.gross_amount}, by=make_user(), at=NOW)
    refresh_money(on=ON)
    then = concentration_report("receivables", window=trailing_months(date(2026, 4, 30), 12))
    assert {row.key: row.amount for row in then.figures.rows} == {
        paid.pk: invoice.gross_amount,
        owing.pk: invoice.gross_amount,
    }
    now = concentration_report("receivables", window=YEAR)
    assert [(row.key, row.amount) for row in now.figures.rows] == [(owing.pk, 2 * invoice.gross_amount)]


def test_by_service_line_only_revenue_is_known() -> None:
    make_revenue(make_client(), "30.00", service_line=make_service_line("it", name="IT operations"))
    make_revenue(make_client(), "10.00")
    report = concentration_report("revenue", window=YEAR, by=By.SERVICE_LINE)
    assert [report.name_of(row.key) for row in report.figures.rows] == ["IT operations", "without a service line"]
    with pytest.raises(ValueError, match="only revenue"):
        concentration_report("margin", window=YEAR, by=By.SERVICE_LINE)


@pytest.mark.parametrize("by", [By.GROUP, By.INDUSTRY, By.EMPLOYEE, By.SERVICE_LINE])
def test_the_hhi_over_clients_is_the_exact_sum_of_its_groups(cast: Cast, by: By) -> None:
    parent, audit, law = make_client(industry="steel", account_manager=cast.manager), *map(make_service_line, "AL")
    for amount, kw, line in ((400, {"parent": parent}, audit), (200, {}, law), (80, {"industry": "steel"}, audit)):
        make_revenue(make_client(**kw), str(amount), service_line=line)
    make_revenue(parent, "120", service_line=law)
    report = concentration_report("revenue", window=YEAR, by=by)
    whole = sum(part.contribution for part in hhi_parts(report))
    assert whole == Fraction(400**2 + 200**2 + 80**2 + 120**2, 800**2)
    url = f"/api/v1/reports/concentration/?by={by}&from={YEAR.start}&to={YEAR.last}"
    told = make_api(cast.partner).get(url).json()["decomposition"]
    assert told["hhi_points"] == pytest.approx(float(10_000 * whole))
    assert sum(group["hhi_points"] for group in told["groups"]) == pytest.approx(told["hhi_points"], abs=1e-4)
    text = browser_of(cast.partner).get(reverse("loyalty:portfolio") + f"?by={by}&months=36").content.decode()
    assert "Where the HHI over clients" in text


def test_counted_by_client_there_is_nothing_to_part() -> None:
    make_table()
    assert hhi_parts(concentration_report("revenue", window=YEAR, by=By.CLIENT)) == ()


def test_the_window_ends_with_its_last_day() -> None:
    client = make_client()
    make_revenue(client, "10.00", on=date(2026, 1, 31))
    make_revenue(client, "100.00", on=date(2026, 2, 1))
    report = concentration_report("revenue", window=DateRange(date(2026, 1, 1), date(2026, 2, 1)))
    assert report.figures.positive_total == Decimal("10.00")


def test_the_total_is_that_of_the_books_to_the_cent() -> None:
    for month in (1, 2, 3):
        make_invoice(make_client(), on=date(2026, month, 28), worked_on=date(2026, month, 5), minutes=77 * month)
    full_scan = InvoiceLine.objects.revenue().aggregate(total=Sum("revenue"))["total"]
    assert concentration_report("revenue", window=YEAR).figures.total == full_scan


def test_documents_without_a_rate_are_told() -> None:
    make_revenue(make_client(), "0.00", missing_rate_count=2)
    assert "2 documents" in concentration_report("revenue", window=YEAR).note


def test_the_trend_is_kept_daily_and_written_once() -> None:
    make_table()
    refresh_concentration(on=ON)
    first = ConcentrationSnapshot.objects.count()
    refresh_concentration(on=ON)
    assert ConcentrationSnapshot.objects.count() == first
    today = ConcentrationSnapshot.objects.get(as_of_on=ON, basis="revenue")
    assert (today.top1, today.top3, today.hhi_points) == (Decimal("0.400000"), Decimal("0.720000"), Decimal("2294.50"))
    earlier = ConcentrationSnapshot.objects.get(as_of_on=date(2026, 5, 31))
    assert earlier.top1 is None  # nothing was invoiced before June


def test_a_breach_becomes_a_partner_s_task_and_goes_with_its_cause(cast: Cast) -> None:
    make_table()
    report = refresh_concentration(on=ON)[0]
    assert raise_alerts(report, at=NOW) > 0
    assert raise_alerts(report, at=NOW) == 0
    tasks = Task.objects.unfinished().filter(kind="concentration")
    assert {task.assignee for task in tasks} == {cast.partner}
    assert "Revenue: the largest client is 40%, limit 30%" in {task.title for task in tasks}
    policy = LoyaltyPolicy.load()
    policy.top1_watch_percent = policy.top1_warn_percent = policy.top1_limit_percent = Decimal(90)
    policy.top3_limit_percent, policy.hhi_watch, policy.hhi_limit = Decimal(100), 9000, 10_000
    policy.save()
    raise_alerts(report, at=NOW)
    assert not tasks.all().exists()


def test_more_clients_need_no_more_statements() -> None:
    make_revenue(make_client(), "10.00")
    Firm.load()
    with counted() as few:
        concentration_report("margin", window=YEAR)
    make_table()
    with counted() as many:
        concentration_report("margin", window=YEAR)
    assert len(few) == len(many)


def test_a_client_whose_cost_lacks_a_rate_is_left_out_of_the_margin_and_named(cast: Cast) -> None:
    known, unknown = make_client(), make_client()
    make_revenue(known, "100.00")
    make_revenue(unknown, "100.00")
    given = {"given_on": YEAR.start, "given_by": cast.manager, "value": Decimal(75)}
    Extra.objects.create(client=unknown, name="Licence", cost=Decimal(30), currency="USD", **given)
    report = concentration_report("margin", window=YEAR, by=By.CLIENT)
    assert [row.key for row in report.figures.rows] == [known.pk]
    assert "no exchange rate for USD" in report.note
    assert "Licence" in report.note
    assert "USD" not in concentration_report("revenue", window=YEAR).note


def test_margin_and_receivables_raise_alerts_of_their_own(cast: Cast) -> None:
    make_table()
    write_figures("receivables", {Client.objects.get(name="A").pk: {"receivables": Decimal(900)}}, as_of=ON)
    raise_alerts(*refresh_concentration(on=ON), at=NOW)
    sources = Task.objects.filter(kind="concentration").values_list("source", flat=True)
    assert {source.split(":")[0] for source in sources} == {"revenue", "margin", "receivables"}


def test_bands_follow_the_partner_s_limits_and_few_shares_have_none_of_the_hhi() -> None:
    for amount in (*["10.00"] * 11, "20.00"):
        make_revenue(make_client(), amount)
    policy = LoyaltyPolicy.load()
    assert bands(concentration_report("revenue", window=YEAR), policy) == {"largest": "moderate", "hhi": "low"}
    policy.top1_watch_percent = policy.top1_warn_percent = Decimal(12)
    policy.hhi_watch = 500
    assert bands(concentration_report("revenue", window=YEAR), policy) == {"largest": "high", "hhi": "moderate"}


def test_a_firm_of_few_clients_has_a_band_of_the_largest_only() -> None:
    make_revenue(make_client(), "100.00")
    assert set(bands(concentration_report("revenue", window=YEAR), LoyaltyPolicy.load())) == {"largest"}
