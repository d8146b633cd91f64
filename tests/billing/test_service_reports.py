"""Utilization, realization and cost to serve, each against figures worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client as Browser
from django.utils import timezone

from billing.models import Expense, InvoiceLine
from billing.reports.realization import realization
from billing.reports.serving import By, cost_to_serve
from billing.reports.utilization import utilization
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.client_figures import refresh_money
from billing.services.credits import CreditKind, credit_invoice
from billing.services.dunning import stop_dunning
from billing.services.expenses import approve_expenses, hand_in_expense
from billing.services.fees import draft_due_fees
from billing.services.issuing import issue_invoice, prepare_draft
from clients.models import Absence, Client, ClientFigure, Extra, Interaction
from crm.periods import DateRange
from tests.make import Cast, log, make_api, make_client, make_package, make_service_line
from tests.make.hours import AT, make_engagement
from tests.make.invoices import make_free_work, make_invoice, make_series, make_work
from tests.make.retainers import make_retainer

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


def shared_invoice(cast: Cast, client: Client) -> tuple[Any, Any]:
    """One invoice of two engagements by two people, 300.00 and 150.00 with VAT, and a package sold beside it."""
    one, two = make_engagement(client, name="One"), make_engagement(client, name="Two")
    make_work(client, minutes=60, worked_on=DAY, engagement=two, employee=cast.manager)
    make_invoice(client, on=DAY, minutes=120, worked_on=DAY, engagement=one, employee=cast.consultant)
    package = make_package(client)
    draft = draft_package_invoice(package, by=None, on=DAY)
    prepare_draft(draft, at=AT)
    issue_invoice(draft, issued_on=DAY, by=None, at=AT)
    return one, two


@pytest.mark.parametrize("by", list(By))
def test_every_grouping_has_the_same_totals(by: By, cast: Cast, alfa: Client) -> None:
    shared_invoice(cast, alfa)
    late = make_invoice(alfa, on=DAY, worked_on=DAY)
    make_free_work(alfa, minutes=7, billing_type="dispute", worked_on=DAY, cost_per_hour=Decimal("61.37"))
    stop_dunning(late, reason="says it does not work", on=DAY, by=cast.finance)
    total, whole = cost_to_serve(by=by, window=JUNE).total, cost_to_serve(by=By.CLIENT, window=JUNE).total
    assert total == whole
    books = InvoiceLine.objects.revenue(first=JUNE.start, last=date(2026, 6, 30))
    assert total.revenue == books.aggregate(total=Sum("revenue"))["total"]
    assert whole.parts["hospitality"] == Decimal("80.00")
    assert whole.parts["extras"] == Decimal("30.00")


def test_one_invoice_of_two_engagements_counts_for_both(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    one, two = shared_invoice(cast, client)
    rows = {row.key: row for row in cost_to_serve(by=By.ENGAGEMENT, window=JUNE).rows}
    assert (rows[one.pk].revenue, rows[two.pk].revenue) == (Decimal("252.10"), Decimal("126.05"))
    assert rows[None].revenue > 0
    assert rows[None].name == "Not by engagement"


def test_a_person_s_revenue_is_the_work_on_the_lines(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    shared_invoice(cast, client)
    rows = {row.key: row for row in cost_to_serve(by=By.CONSULTANT, window=JUNE).rows}
    assert (rows[cast.consultant.pk].revenue, rows[cast.manager.pk].revenue) == (Decimal("252.10"), Decimal("126.05"))
    assert rows[cast.consultant.pk].margin is not None


def test_a_credit_note_takes_back_the_work_that_it_frees(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    engagement = make_engagement(client)
    invoice = make_invoice(client, on=DAY, minutes=60, worked_on=DAY, engagement=engagement, employee=cast.consultant)
    credit_invoice(invoice, reason="wrong", issued_on=DAY, by=cast.finance, at=AT, kind=CreditKind.FULL)
    for by in (By.ENGAGEMENT, By.CONSULTANT):
        assert {row.revenue for row in cost_to_serve(by=by, window=JUNE).rows} == {Decimal(0)}


def test_a_fee_counts_for_the_engagement_of_its_retainer(cast: Cast) -> None:
    client = make_client()
    retainer = make_retainer(client, monthly_fee=Decimal("100.00"), price_includes_tax=False, starts_on=JUNE.start)
    engagement = make_engagement(client, retainer=retainer)
    make_engagement(client)
    assert client.default_seller is not None
    make_series(client.default_seller)
    draft = draft_due_fees(on=JUNE.start, at=AT).drafts[0]
    prepare_draft(draft, at=AT)
    issue_invoice(draft, issued_on=DAY, by=None, at=AT)
    (row,) = (row for row in cost_to_serve(by=By.ENGAGEMENT, window=JUNE).rows if row.revenue)
    assert (row.key, row.revenue) == (engagement.pk, Decimal("100.00"))


def test_hospitality_and_extras_count_for_who_gave_them(cast: Cast, alfa: Client) -> None:
    rows = {row.key: row for row in cost_to_serve(by=By.CONSULTANT, window=JUNE).rows}
    given = rows[cast.manager.pk].parts
    assert (given["hospitality"], given["extras"]) == (Decimal("80.00"), Decimal("30.00"))
    rest = {row.key: row for row in cost_to_serve(by=By.SERVICE_LINE, window=JUNE).rows}[None]
    assert (rest.name, rest.parts["hospitality"]) == ("Not by service line", Decimal("80.00"))


def test_a_cost_without_a_rate_is_not_known_and_named(cast: Cast, alfa: Client, client: Browser) -> None:
    extra = {"given_on": DAY, "given_by": cast.manager, "value": Decimal(75), "currency": "USD"}
    Extra.objects.create(client=alfa, name="Licence", cost=Decimal(30), **extra)
    other = make_client()
    Extra.objects.create(client=other, name="Course", cost=Decimal(10), **{**extra, "currency": "EUR"})
    body = make_api(cast.finance).get("/api/v1/reports/cost-to-serve/?from=2026-06-01&to=2026-06-30").json()
    rows = {row["id"]: row for row in body["rows"]}
    assert (rows[alfa.pk]["extras"], rows[alfa.pk]["cost_to_serve"], rows[alfa.pk]["margin"]) == (None, None, None)
    assert rows[other.pk]["cost_to_serve"] == "10.00"
    assert (body["total"]["margin"], body["total"]["work"]) == (None, "780.00")
    assert body["note"] == "There is no exchange rate for USD on 10 Jun 2026: Licence."
    client.force_login(cast.partner)
    page = client.get("/reports/serving/", {"from": "2026-06-01", "to": "2026-06-30"}).content.decode()
    assert "There is no exchange rate for USD" in page
    refresh_money(on=date(2026, 6, 30))
    known = ClientFigure.objects.get(client=other)
    figures = ClientFigure.objects.get(client=alfa)
    assert (figures.cost_to_serve_12m, figures.margin_12m) == (None, None)
    assert (known.cost_to_serve_12m, known.margin_12m) == (Decimal(10), Decimal(-10))


def test_realization_is_billed_by_standard_value(cast: Cast, alfa: Client) -> None:
    row = realization(by=By.CLIENT, window=JUNE)[0]
    assert (row.standard, row.billed, row.goodwill) == (Decimal("1950.00"), Decimal("1500.00"), Decimal("150.00"))
    assert (row.share, row.write_down) == (Decimal("0.769231"), Decimal("450.00"))


def test_utilization_counts_weekly_minutes_less_holidays_and_absences(cast: Cast, alfa: Client) -> None:
    person = cast.consultant
    person.holiday_calendar = "DE-BY"
    person.save()
    Absence.objects.create(user=person, from_on=date(2026, 6, 8), to_on=date(2026, 6, 9))
    row = next(row for row in utilization(cast.partner, first=DAY, last=DAY, on=JUNE.end) if row.person == person)
    # 22 weekdays in June 2026, less Corpus Christi (4 June) and two days away
    assert row.use.available_minutes == 19 * 480
    assert (row.use.worked_minutes, row.use.billable_minutes) == (780, 600)
    assert row.absent_days == 2


def test_days_to_come_are_not_available_yet(cast: Cast, alfa: Client) -> None:
    Absence.objects.create(user=cast.consultant, from_on=date(2026, 6, 11), to_on=date(2026, 6, 20))

    def use(on: date) -> tuple[int, int]:
        rows = utilization(cast.partner, first=DAY, last=DAY, on=on)
        row = next(row for row in rows if row.person == cast.consultant)
        return row.use.available_minutes, row.absent_days

    # The first ten days of June 2026 have eight weekdays
    assert use(DAY) == (8 * 480, 0)
    assert use(date(2026, 6, 12)) == (8 * 480, 2)
    assert use(date(2026, 5, 20)) == (0, 0)


def test_everybody_else_sees_only_their_own_use(cast: Cast, alfa: Client) -> None:
    assert [row.person for row in utilization(cast.manager, first=DAY, last=DAY, on=JUNE.end)] == [cast.manager]


def test_utilization_names_what_people_approved_themselves(cast: Cast, alfa: Client) -> None:
    make_package(alfa, draw_on_log=True)
    assert log(alfa, cast.consultant, 45).approved_on_log
    use = {row.person: row.self_approved_minutes for row in utilization(cast.partner, first=DAY, last=DAY, on=JUNE.end)}
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
    with django_assert_max_num_queries(13) as asked:
        cost_to_serve(by=By.CLIENT, window=JUNE)
        realization(by=By.CLIENT, window=JUNE)
    assert not any("billing_timeentry" in query["sql"] for query in asked.captured_queries)
