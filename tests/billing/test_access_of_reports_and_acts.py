"""Who may not: prices and costs in Histories, acts on what one only sees, and addresses that nobody meant."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from billing.models import Discount, Expense, GoodwillBudget, Product, Question, QuestionList
from billing.services.discounts import ask_for_discount, end_discount
from billing.services.expenses import hand_in_expense
from billing.services.questions import start_list
from clients.models import Client, TierPolicy
from crm.models import User
from tests.make import Cast, browser_of, make_api, make_client, make_engagement, make_package
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(account_manager=cast.partner, why_kept="A door to the ministry")
    make_engagement(client, lead=cast.partner, members=[cast.consultant])
    return client


def history_of(user: User, table: str, pk: int) -> str:
    return browser_of(user).get(reverse("crm:history", args=[table, pk])).content.decode()


def test_the_history_of_the_catalogue_keeps_our_cost(cast: Cast) -> None:
    row = Product.objects.create(
        code="x", name="Licence", unit_price=Decimal(90), currency="EUR", cost=Decimal("61.37")
    )
    assert "61.37" in history_of(cast.finance, "billing_product", row.pk)
    for person in (cast.consultant, cast.manager):
        text = history_of(person, "billing_product", row.pk)
        assert "Licence" in text
        assert "61.37" not in text


def test_the_history_of_a_package_keeps_its_price_from_consultants(cast: Cast, alfa: Client) -> None:
    row = make_package(alfa, price=Decimal("7413.00"))
    assert "7413" in history_of(cast.partner, "billing_hourpackage", row.pk)
    text = history_of(cast.consultant, "billing_hourpackage", row.pk)
    assert row.name in text
    assert "7413" not in text


def test_the_history_of_a_client_is_for_who_sees_more_than_the_card(cast: Cast, alfa: Client) -> None:
    url = reverse("crm:history", args=["clients_client", alfa.pk])
    assert browser_of(cast.manager).get(url).status_code == 404
    assert browser_of(cast.finance).get(url).status_code == 404
    assert "ministry" not in history_of(cast.consultant, "clients_client", alfa.pk)
    assert "ministry" in history_of(cast.partner, "clients_client", alfa.pk)


def test_a_goodwill_budget_is_for_who_keeps_the_client(cast: Cast, alfa: Client) -> None:
    GoodwillBudget.objects.create(client=alfa, year=2026, minutes=30, reason="Spoilt last year")
    assert make_api(cast.manager).get("/api/v1/goodwill-budgets/").json()["results"] == []
    assert len(make_api(cast.finance).get("/api/v1/goodwill-budgets/").json()["results"]) == 1


def test_the_expense_of_a_colleague_cannot_be_made_ones_own(cast: Cast, alfa: Client) -> None:
    alfa.account_manager = cast.manager
    alfa.save()
    row = Expense(employee=cast.consultant, client=alfa, description="Taxi", spent_on=DAY, amount=Decimal("11.90"))
    hand_in_expense(row, by=cast.consultant, at=AT)
    answer = make_api(cast.manager).patch(f"/api/v1/expenses/{row.pk}/", {"employee": cast.manager.pk})
    assert answer.status_code == 403
    row.refresh_from_db()
    assert row.employee == cast.consultant
    row.employee = cast.manager
    with pytest.raises(PermissionDenied):
        hand_in_expense(row, by=cast.manager, at=AT)


def test_account_managers_grant_discounts_to_own_clients_only(cast: Cast, alfa: Client) -> None:
    TierPolicy.objects.ensure()
    TierPolicy.objects.update(discount_ceiling_percent=10)
    api, body = make_api(cast.manager), {"percent": "5.00", "valid_from": "2026-01-01", "reason": "large order"}
    assert api.post("/api/v1/discounts/", {**body, "client": alfa.pk}).status_code == 403
    assert api.post("/api/v1/discounts/", {**body, "tier": "a"}).status_code == 403
    browser = browser_of(cast.manager)
    for asked in ({"client": alfa.pk}, {"tier": "a"}):
        assert browser.post(reverse("billing:discount_new"), body | asked).status_code == 422
    assert not Discount.objects.exists()
    fields = {"percent": Decimal(5), "valid_from": date(2026, 1, 1), "reason": "frame contract"}
    granted = ask_for_discount(Discount(tier="a", **fields), by=cast.partner, at=AT)
    assert browser.post(reverse("billing:discount_end", args=[granted.pk])).status_code == 403
    assert api.post(f"/api/v1/discounts/{granted.pk}/end/", {}).status_code == 403


def test_ending_a_discount_never_makes_it_longer(cast: Cast, alfa: Client) -> None:
    fields = {"percent": Decimal(5), "valid_from": date(2026, 1, 1), "valid_to": date(2026, 6, 30), "reason": "frame"}
    row = ask_for_discount(Discount(client=alfa, **fields), by=cast.partner, at=AT)
    with pytest.raises(ValidationError):
        end_discount(row, on=date(2030, 1, 1))
    assert end_discount(row, on=date(2026, 3, 31)).valid_to == date(2026, 3, 31)


def test_finance_reads_question_lists_and_adds_nothing(cast: Cast, alfa: Client) -> None:
    row = start_list(QuestionList(client=alfa, title="After the work"), by=cast.consultant)
    url = reverse("billing:question_detail", args=[row.pk])
    browser = browser_of(cast.finance)
    assert browser.get(url).status_code == 200
    assert browser.post(url, {"text": "How?", "estimated_minutes": "30m"}).status_code == 403
    assert not Question.objects.exists()


def test_a_stranger_draws_no_price_out_of_a_question_list(cast: Cast, alfa: Client) -> None:
    body = {"client": alfa.pk, "title": "What would it cost?"}
    assert make_api(cast.manager).post("/api/v1/question-lists/", body).status_code == 403
    row = start_list(QuestionList(client=alfa, title="What would it cost?"), by=cast.manager)
    url = f"/api/v1/question-lists/{row.pk}/offer/"
    assert make_api(cast.manager).post(url, {"session_at": "2099-01-01T10:00:00Z"}).status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "/goodwill/?year=20261",
        "/expenses/new/?client=²",
        "/complaints/new/?client=²",
        "/questions/new/?client=²",
        "/reports/serving/?to=0001-01-01",
        "/reports/serving/?to=9999-12-31",
        "/reports/utilization/?from=0001-01-01&to=9999-12-31",
    ],
)
def test_odd_addresses_break_no_page(address: str, cast: Cast) -> None:
    assert browser_of(cast.partner).get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "reports/cost-to-serve/?to=0001-01-01",
        "reports/utilization/?to=9999-12-31",
        "reports/backlog/?on=9999-12-31",
        "reports/conversion/?on=0001-01-01",
        "reports/avoided/?on=0001-01-01",
        "reports/offers/?last=0001-01-01",
    ],
)
def test_the_ends_of_the_calendar_are_no_days_of_a_report(address: str, cast: Cast) -> None:
    assert make_api(cast.partner).get(f"/api/v1/{address}").status_code == 400


def test_a_budget_is_of_a_year_that_people_live_in(cast: Cast, alfa: Client) -> None:
    browser = browser_of(cast.partner)
    assert browser.post(f"/goodwill/{alfa.pk}/99999/", {"minutes": "1h", "reason": "x"}).status_code == 404
