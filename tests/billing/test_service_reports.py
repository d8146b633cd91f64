"""Utilization, realization and cost to serve, each against figures worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from billing.models import Expense
from billing.reports.serving import By, cost_to_serve, realization
from billing.reports.utilization import utilization
from billing.services.client_figures import refresh_money
from billing.services.dunning import stop_dunning
from billing.services.expenses import approve_expenses, hand_in_expense
from clients.models import Absence, Client, ClientFigure, Extra, Interaction
from crm.periods import DateRange
from tests.make import Cast, log, make_api, make_client, make_package, make_service_line
from tests.make.hours import AT
from tests.make.invoices import make_free_work, make_invoice

pytestmark = pytest.mark.django_db
JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
DAY = date(2026, 6, 10)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    """A month of June: 10 h billed, 1 h goodwill, 2 h dispute, an expense, a dinner and an extra."""
    client = make_client(account_manager=cast.manager)
    it = make_service_line("it")
    cost: dict[str, Any] = {
        "cost_per_hour": Decimal("60.00"),
        "worked_on": DAY,
        "employee": cast.consultant,
        "service_line": it,
    }
    make_invoice(client, on=DAY, minutes=600, **cost)
    make_free_work(client, minutes=60, **cost)
    make_free_work(client, minutes=120, billing_type="dispute", reason="They deny it", **cost)
    row = Expense(
        employee=cast.consultant, client=client, description="Train", spent_on=DAY, amount=Decimal(119), vat_percent=19
    )
    approve_expenses([hand_in_expense(row, by=cast.consultant, at=AT).pk], by=cast.manager, at=AT)
    Interaction.objects.create(
        client=client,
        kind="hospitality",
        initiated_by="client",
        cost=Decimal("80.00"),
        occurred_at=datetime(2026, 6, 10, 18, tzinfo=UTC),
        logged_by=cast.manager,
    )
    Extra.objects.create(
        client=client,
        name="Check",
        given_on=DAY,
        given_by=cast.manager,
        cost=Decimal(30),
        value=Decimal(75),
        currency="EUR",
    )
    return client


def test_cost_to_serve_is_work_expenses_hospitality_and_extras(cast: Cast, alfa: Client) -> None:
    report = cost_to_serve(by=By.CLIENT, window=JUNE)
    row = next(row for row in report.rows if row.key == alfa.pk)
    assert row.parts == {
        "work": Decimal("780.00"),
        "expenses": Decimal("100.00"),
        "hospitality": Decimal("80.00"),
        "extras": Decimal("30.00"),
    }
    assert (row.cost, row.margin) == (Decimal("990.00"), Decimal("270.50"))
    assert (row.minutes, row.dispute_minutes) == (780, 120)
    assert report.total.cost == row.cost


def test_the_client_s_figures_say_the_same_as_the_report(cast: Cast, alfa: Client) -> None:
    refresh_money(on=date(2026, 6, 30))
    row = next(row for row in cost_to_serve(by=By.CLIENT, window=JUNE).rows if row.key == alfa.pk)
    figures = ClientFigure.objects.get(client=alfa)
    assert (
        (figures.cost_to_serve_12m, figures.margin_12m) == (row.cost, row.margin) == (Decimal(990), Decimal("270.50"))
    )


def test_what_a_merged_client_cost_counts_for_the_one_it_became(cast: Cast, alfa: Client) -> None:
    other = make_client()
    Client.objects.filter(pk=alfa.pk).update(merged_into=other)
    row = next(row for row in cost_to_serve(by=By.CLIENT, window=JUNE).rows if row.key == other.pk)
    refresh_money([other.pk], on=date(2026, 6, 30))
    assert row.cost == ClientFigure.objects.get(client=other).cost_to_serve_12m == Decimal("990.00")


def test_a_dispute_stands_beside_the_amount_that_is_fought_over(cast: Cast) -> None:
    invoice = make_invoice(on=date(2026, 3, 31))
    make_free_work(
        invoice.client,
        minutes=120,
        billing_type="dispute",
        worked_on=DAY,
        employee=cast.consultant,
        cost_per_hour=Decimal("60.00"),
    )
    make_invoice(invoice.client, on=date(2026, 3, 31))  # late as well, but nobody disputes it

    def fought() -> tuple[int, Decimal, Decimal]:
        report = cost_to_serve(by=By.CLIENT, window=JUNE)
        row = next(row for row in report.rows if row.key == invoice.client_id)
        return row.dispute_minutes, row.dispute_cost, row.disputed_amount

    assert fought() == (120, Decimal("120.00"), Decimal(0))
    stop_dunning(invoice, reason="says it does not work", on=DAY, by=cast.finance)
    assert fought() == (120, Decimal("120.00"), Decimal("1500.00"))


@pytest.mark.parametrize("by", list(By))
def test_every_grouping_has_the_same_cost_of_work(by: By, cast: Cast, alfa: Client) -> None:
    report = cost_to_serve(by=by, window=JUNE)
    assert report.total.parts["work"] == Decimal("780.00")
    assert report.total.parts["expenses"] == Decimal("100.00")


def test_realization_is_billed_by_standard_value(cast: Cast, alfa: Client) -> None:
    row = realization(by=By.CLIENT, window=JUNE)[0]
    assert (row.standard, row.billed, row.goodwill) == (Decimal("1950.00"), Decimal("1500.00"), Decimal("150.00"))
    assert (row.share, row.write_down) == (Decimal("0.769231"), Decimal("450.00"))


def test_utilization_counts_weekly_minutes_less_holidays_and_absences(cast: Cast, alfa: Client) -> None:
    person = cast.consultant
    person.holiday_calendar = "DE-BY"
    person.save()
    Absence.objects.create(user=person, from_on=date(2026, 6, 8), to_on=date(2026, 6, 9))
    row = next(row for row in utilization(cast.partner, first=DAY, last=DAY) if row.person == person)
    # 22 weekdays in June 2026, less Corpus Christi (4 June) and two days away
    assert row.use.available_minutes == 19 * 480
    assert (row.use.worked_minutes, row.use.billable_minutes) == (780, 600)
    assert row.absent_days == 2


def test_everybody_else_sees_only_their_own_use(cast: Cast, alfa: Client) -> None:
    assert [row.person for row in utilization(cast.manager, first=DAY, last=DAY)] == [cast.manager]


def test_utilization_names_what_people_approved_themselves(cast: Cast, alfa: Client) -> None:
    make_package(alfa, draw_on_log=True)
    assert log(alfa, cast.consultant, 45).approved_on_log
    use = {row.person: row.self_approved_minutes for row in utilization(cast.partner, first=DAY, last=DAY)}
    assert (use[cast.consultant], use[cast.manager]) == (45, 0)
    shown = make_api(cast.partner).get(f"/api/v1/reports/utilization/?from={DAY}&to={DAY}").data["rows"]
    assert {row["self_approved_minutes"] for row in shown} == {0, 45}
    browser = Browser()
    browser.force_login(cast.partner)
    page = browser.get(f"/reports/utilization/?from={DAY}&to={DAY}").content.decode()
    assert "0:45 were approved by who did the work" in page


@pytest.mark.parametrize("report", ["utilization", "realization", "cost-to-serve"])
def test_the_reports_answer_through_the_api(report: str, cast: Cast, alfa: Client) -> None:
    url = f"/api/v1/reports/{report}/?from=2026-06-01&to=2026-06-30"
    body = make_api(cast.partner).get(url).json()
    assert (body["from"], body["to"]) == ("2026-06-01", "2026-06-30")
    assert body["rows"]
    assert make_api(cast.consultant).get(url).status_code in (403, 404)


@pytest.mark.parametrize("by", ["client", "engagement", "service_line", "consultant"])
def test_cost_to_serve_answers_in_the_contract_s_shape(by: str, cast: Cast, alfa: Client) -> None:
    body = make_api(cast.finance).get(f"/api/v1/reports/cost-to-serve/?from=2026-06-01&to=2026-06-30&by={by}").json()
    assert (body["currency"], body["total"]["work"]) == ("EUR", "780.00")


def test_nonsense_in_a_window_is_named(cast: Cast) -> None:
    api = make_api(cast.partner)
    response = api.get("/api/v1/reports/cost-to-serve/?from=2026-07-01&to=2026-06-01")
    assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "to")


@pytest.mark.parametrize("report", ["utilization", "realization", "cost-to-serve"])
def test_a_window_that_begins_after_today_names_its_beginning(cast: Cast, report: str) -> None:
    begins = timezone.localdate() + timedelta(days=200)
    response = make_api(cast.partner).get(f"/api/v1/reports/{report}/?from={begins}")
    assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "from")


@pytest.mark.parametrize("page", ["/wip/", "/reports/serving/", "/reports/utilization/"])
def test_the_pages_show_the_figures(page: str, client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.partner)
    response = client.get(page, {"from": "2026-06-01", "to": "2026-06-30"})
    assert response.status_code == 200
    assert (str(cast.consultant) if "utilization" in page else alfa.name) in response.content.decode()


@pytest.mark.parametrize("page", ["/wip/", "/reports/serving/", "/reports/utilization/", "/goodwill/"])
def test_consultants_see_no_money(page: str, client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.consultant)
    assert client.get(page).status_code == 404


def test_a_partner_says_why_a_client_under_the_margin_is_kept(client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.partner)
    client.post(f"/reports/serving/{alfa.pk}/kept/", {"why_kept": "They send us others"})
    alfa.refresh_from_db()
    assert alfa.why_kept == "They send us others"
    client.force_login(cast.manager)
    assert client.post(f"/reports/serving/{alfa.pk}/kept/", {"why_kept": "x"}).status_code == 403


def test_the_reports_read_rollups_and_no_time_entries(
    cast: Cast, alfa: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12) as asked:
        cost_to_serve(by=By.CLIENT, window=JUNE)
        realization(by=By.CLIENT, window=JUNE)
    assert not any("billing_timeentry" in query["sql"] for query in asked.captured_queries)
