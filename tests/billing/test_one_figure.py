"""What is owed and what waits to be invoiced come from one function each, whatever screen, file or job says it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Invoice
from billing.navigation import to_chase
from billing.reports.owed import owed_on
from billing.services.client_figures import refresh_money
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.expenses import approve_expenses
from billing.services.payments import book_payment
from billing.services.repayments import return_payment
from clients.models import Client, ClientFigure
from clients.services.merging import merge_client
from tests.billing.test_expenses import spent
from tests.billing.test_payments import receipt
from tests.make import Cast, make_api, make_client
from tests.make.invoices import make_draft, make_invoice, make_rate_of, make_work
from tests.statements import counted

pytestmark = pytest.mark.django_db
AGEING, WIP = "/api/v1/reports/ageing/", "/api/v1/reports/wip/"


def sold(client: Client, *, on: date, **kw: Any) -> Invoice:
    return make_invoice(client, on=on, worked_on=on - timedelta(days=1), **kw)


def owed_everywhere(finance: Browser, cast: Cast, today: date) -> dict[str, Decimal]:
    """The sum of claims in euros, as each place says it."""
    refresh_money(on=today)
    home = finance.get(reverse("billing:finance_home")).context["home"]
    listed = finance.get(reverse("billing:invoice_list")).context["pipeline"]
    debtors = finance.get(reverse("billing:ageing")).context["rows"]
    rows = make_api(cast.finance).get("/api/v1/invoices/?status=unpaid&page_size=500").json()["results"]
    panels = [
        finance.get(reverse("billing:client_money_panel", args=[pk])).context["owed"]
        for pk in Client.objects.filter(merged_into=None).values_list("pk", flat=True)
    ]
    return {
        "home": home.owed.all.total,
        "home, by age": sum(bar.total for bar in home.ages),
        "strip": dict(listed.unpaid.sums).get("EUR", Decimal(0)),
        "strip, by age": sum(bar.total for bar in listed.ages),
        "rows": sum((Decimal(row["balance_amount"]) for row in rows), Decimal(0)),
        "API": Decimal(make_api(cast.finance).get(AGEING).json()["total"]),
        "by client": sum((row.ages.total for row in debtors), Decimal(0)),
        "cards": sum((bar.total for bars in panels for bar in bars), Decimal(0)),
        "figures": sum((row.receivables or Decimal(0) for row in ClientFigure.objects.all()), Decimal(0)),
    }


def test_a_claim_is_the_same_on_every_screen(finance: Browser, cast: Cast, today: date) -> None:
    alfa, beta, gone = make_client(name="Alfa"), make_client(name="Beta"), make_client(name="Gone")
    at = datetime.combine(today, datetime.min.time(), UTC)
    part, _late = sold(alfa, on=today - timedelta(days=60)), sold(gone, on=today - timedelta(days=10))
    ahead = sold(beta, on=today + timedelta(days=3))
    book_payment(receipt(alfa, "900.00", received_on=today), settles={part: Decimal("400.00")}, by=cast.finance, at=at)
    line = CreditLine(line_id=ahead.lines.get().pk, amount=Decimal("100.00"))
    on = ahead.issued_on or today
    credit_invoice(ahead, kind=CreditKind.GOODWILL, reason="late", lines=[line], issued_on=on, by=cast.partner, at=at)
    merge_client(gone, into=beta, at=at)
    found = owed_everywhere(finance, cast, today)
    assert set(found.values()) == {Decimal("4000.00")}, found


def test_a_merged_clients_claims_stand_with_the_one_that_stayed(cast: Cast, today: date) -> None:
    alfa, gone = make_client(name="Alfa"), make_client(name="Gone")
    sold(alfa, on=today)
    sold(gone, on=today)
    merge_client(gone, into=alfa, at=datetime.now(UTC))
    rows = make_api(cast.finance).get(AGEING).json()["rows"]
    assert [(row["client"], row["name"], row["total"]) for row in rows] == [(alfa.pk, "Alfa", "3000.00")]


def test_a_look_back_leaves_out_what_is_dated_later(cast: Cast, today: date) -> None:
    sold(make_client(), on=today + timedelta(days=3))
    yesterday = today - timedelta(days=1)
    assert owed_on(cast.finance, on=yesterday, today=today).all.total == 0
    assert owed_on(cast.finance, on=today, today=today).all.total == Decimal("1500.00")
    assert make_api(cast.finance).get(AGEING, {"on": yesterday.isoformat()}).json()["total"] == "0.00"


def test_dso_looks_at_the_documents_that_are_owed(finance: Browser, cast: Cast, today: date) -> None:
    sold(make_client(), on=today + timedelta(days=3))
    assert finance.get(reverse("billing:finance_home")).context["home"].dso == Decimal("90.0")
    assert make_api(cast.finance).get(AGEING).json()["dso"] == "90.0"


def test_figures_of_clients_convert_like_the_ageing(cast: Cast, today: date) -> None:
    make_rate_of("EUR", "RUB", "92.40", on=today)
    client = make_client(country="RU", language="ru")
    sold(client, on=today)
    refresh_money(on=today)
    total = make_api(cast.finance).get(AGEING).json()["total"]
    assert (ClientFigure.objects.get(client=client).receivables, total) == (Decimal("16.23"), "16.23")


def test_a_client_of_two_letters_is_late_once(finance: Browser, cast: Cast, today: date) -> None:
    make_rate_of("EUR", "RUB", "92.40", on=today - timedelta(days=60))
    client = make_client()
    for currency in ("EUR", "RUB"):
        sold(client, on=today - timedelta(days=60), currency=currency)
    response = finance.get(reverse("billing:finance_home"))
    home = response.context["home"]
    assert (len(home.chases), home.late_clients, home.due_clients) == (2, 1, 1)
    assert "1 client is overdue" in response.content.decode()
    badge = to_chase(cast.finance, today)
    assert badge
    assert badge.text == "1"


def test_work_that_waits_is_the_same_on_every_screen(finance: Browser, cast: Cast, today: date) -> None:
    alfa, gone = make_client(name="Alfa"), make_client(name="Gone")
    for client in (alfa, gone):
        make_work(client, worked_on=today - timedelta(days=40))
    paid = spent(alfa, cast, spent_on=today - timedelta(days=5))
    approve_expenses([paid.pk], by=cast.partner, at=datetime.now(UTC))
    merge_client(gone, into=alfa, at=datetime.now(UTC))
    report = make_api(cast.finance).get(WIP).json()
    told = [(row["currency"], row["price_includes_tax"], Decimal(row["amount"])) for row in report["totals"]]
    assert told == [("EUR", False, paid.net_amount), ("EUR", True, Decimal("3000.00"))]
    stage = finance.get(reverse("billing:invoice_list")).context["pipeline"].wip
    assert (stage.count, stage.sums, stage.gross_sums) == (3, [told[0][::2]], [told[1][::2]])
    assert finance.get(reverse("billing:wip_list")).context["totals"] == told
    assert finance.get(reverse("billing:invoice_draft_all")).context["sums"] == told
    assert {row["client"] for row in report["rows"]} == {alfa.pk}
    assert [(row["entries"], row["expenses"], row["d0_30"]) for row in report["rows"]] == [
        (0, 1, str(paid.net_amount)),
        (2, 0, "0.00"),
    ]


def test_money_that_left_again_is_not_paid_this_month(finance: Browser, cast: Cast, today: date) -> None:
    at = datetime.now(UTC)
    wrong = book_payment(receipt(make_client(), "70.00", received_on=today), settles={}, by=cast.finance, at=at)
    book_payment(receipt(make_client(), "30.00", received_on=today), settles={}, by=cast.finance, at=at)
    return_payment(wrong, paid_on=today, by=cast.finance, at=at)
    paid = finance.get(reverse("billing:invoice_list")).context["pipeline"].paid
    assert (paid.count, paid.sums) == (1, [("EUR", Decimal("30.00"))])


def test_margin_is_revenue_less_cost_to_serve_everywhere(cast: Cast, today: date) -> None:
    client = make_client()
    sold(client, on=today - timedelta(days=40), cost_per_hour=Decimal("60.00"))
    paid = spent(client, cast, spent_on=today - timedelta(days=5))
    approve_expenses([paid.pk], by=cast.partner, at=datetime.now(UTC))
    refresh_money(on=today)
    api, year = make_api(cast.partner), {"from": (today - timedelta(days=300)).isoformat(), "to": today.isoformat()}
    rows = api.get("/api/v1/reports/concentration/", {"basis": "margin", **year}).json()["rows"]
    margin = ClientFigure.objects.get(client=client).margin_12m
    assert [Decimal(row["amount"]) for row in rows] == [margin]
    assert margin == Decimal("1260.50") - Decimal("600.00") - paid.net_amount


def test_the_strip_asks_the_same_for_many_clients(finance: Browser, today: date) -> None:
    def fill(n: int) -> None:
        for _each in range(n):
            client = make_client()
            sold(client, on=today)
            make_draft(client, on=today, worked_on=today)
            make_work(client, worked_on=today)

    url = reverse("billing:wip_list")
    fill(1)
    finance.get(url)
    with counted() as few:
        finance.get(url)
    fill(5)
    with counted() as many:
        finance.get(url)
    assert len(few) == len(many)
