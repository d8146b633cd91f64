"""What is owed and what waits to be invoiced, as numbers through the API."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.reports.drafts import Drafts
from billing.reports.pipeline import pipeline
from billing.reports.wip import sum_by_basis, wip_on
from tests.make import Cast, make_api, make_client
from tests.make.invoices import make_draft, make_invoice, make_rate_of, make_work
from tests.statements import counted

AGEING, WIP = "/api/v1/reports/ageing/", "/api/v1/reports/wip/"
NOTHING = {"current": "0.00", "d1_30": "0.00", "d31_60": "0.00", "d61_90": "0.00", "d90_plus": "0.00"}


def test_what_is_owed_falls_into_the_bucket_of_its_age(cast: Cast) -> None:
    client = make_client()
    make_invoice(client, on=date(2026, 3, 31))  # due on 14 April
    api = make_api(cast.finance)
    for on, bucket in (
        ("2026-04-14", "current"),
        ("2026-04-15", "d1_30"),
        ("2026-05-14", "d1_30"),
        ("2026-05-15", "d31_60"),
        ("2026-07-13", "d61_90"),
        ("2026-07-14", "d90_plus"),
    ):
        report = api.get(AGEING, {"on": on}).json()
        row = {"client": client.pk, "name": client.name, **NOTHING, "total": "1500.00"} | {bucket: "1500.00"}
        assert (report["on"], report["currency"], report["total"]) == (on, "EUR", "1500.00")
        assert report["rows"] == [row]
        assert report["ages"][bucket] == "1500.00"


def test_a_day_in_the_past_does_not_know_what_came_later(cast: Cast) -> None:
    invoice = make_invoice(on=date(2026, 3, 31))
    api = make_api(cast.finance)
    paid = {"client": invoice.client_id, "amount": "600.00", "received_on": "2026-04-20"}
    api.post("/api/v1/payments/", {**paid, "allocations": [{"invoice": invoice.pk, "amount": "600.00"}]})
    credit = {"kind": "goodwill", "reason": "late", "issued_on": "2026-05-01"}
    lines = [{"line": invoice.lines.get().pk, "amount": "100.00"}]
    assert api.post(f"/api/v1/invoices/{invoice.pk}/credit/", {**credit, "lines": lines}).status_code == 201
    totals = {day: api.get(AGEING, {"on": day}).json()["total"] for day in ("2026-03-30", "2026-04-19", "2026-04-20")}
    assert totals == {"2026-03-30": "0.00", "2026-04-19": "1500.00", "2026-04-20": "900.00"}
    assert api.get(AGEING, {"on": "2026-05-01"}).json()["total"] == "800.00"
    assert api.get(AGEING).json()["total"] == "800.00"


def test_days_of_sales_outstanding_are_null_with_a_note_where_nothing_was_billed(cast: Cast) -> None:
    make_invoice(on=date(2026, 3, 31))
    api = make_api(cast.finance)
    report = api.get(AGEING, {"on": "2026-04-30"}).json()
    assert (report["dso"], report["note"]) == ("90.0", "")
    report = api.get(AGEING, {"on": "2026-07-31"}).json()
    assert (report["dso"], report["note"]) == (None, "Nothing was billed in the 90 days before.")


def test_other_currencies_are_counted_at_the_rate_of_their_document(cast: Cast) -> None:
    make_rate_of("EUR", "RUB", "100.00", on=date(2026, 3, 31))
    make_invoice(make_client(country="RU", language="ru"))
    make_rate_of("EUR", "RUB", "50.00", on=date(2026, 4, 30))
    report = make_api(cast.finance).get(AGEING, {"on": "2026-04-30"}).json()
    assert (report["currency"], report["total"]) == ("EUR", "15.00")


def test_work_that_waits_is_listed_by_client_currency_and_age(cast: Cast) -> None:
    client = make_client(name="Alfa", account_manager=cast.manager)
    make_work(client, minutes=600, worked_on=date(2026, 3, 1))
    make_work(client, minutes=60, worked_on=date(2026, 3, 30))
    make_work(make_client(name="Beta"), minutes=60, includes_tax=False, worked_on=date(2025, 3, 30))
    make_draft(make_client(name="Drafted"))
    report = make_api(cast.finance).get(WIP, {"on": "2026-04-10"}).json()
    alfa, beta = report["rows"]
    assert (alfa["client"], alfa["entries"], alfa["minutes"], alfa["amount"]) == (client.pk, 2, 660, "1650.00")
    assert (alfa["d0_30"], alfa["d31_60"], alfa["d90_plus"]) == ("150.00", "1500.00", "0.00")
    assert (alfa["oldest_on"], alfa["price_includes_tax"]) == ("2026-03-01", True)
    assert (beta["d90_plus"], beta["price_includes_tax"]) == ("150.00", False)
    assert report["totals"] == [
        {"currency": "EUR", "price_includes_tax": False, "amount": "150.00"},
        {"currency": "EUR", "price_includes_tax": True, "amount": "1650.00"},
    ]
    stage = pipeline(cast.finance, drafts=Drafts(), on=date(2026, 4, 10)).wip
    assert (stage.sums, stage.gross_sums) == ([("EUR", Decimal("150.00"))], [("EUR", Decimal("1650.00"))])
    page = sum_by_basis(wip_on(cast.finance, on=date(2026, 4, 10)))
    assert page == [(row["currency"], row["price_includes_tax"], Decimal(row["amount"])) for row in report["totals"]]
    assert [row["name"] for row in make_api(cast.manager).get(WIP).json()["rows"]] == ["Alfa"]


def test_who_reads_reports_and_what_a_wrong_day_answers(cast: Cast) -> None:
    own, foreign = make_client(account_manager=cast.manager), make_client()
    for client in (own, foreign):
        make_invoice(client)
    for url in (AGEING, WIP):
        assert make_api(cast.consultant).get(url).status_code == 403
        wrong = make_api(cast.finance).get(url, {"on": "yesterday"})
        assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "on")
    rows = make_api(cast.manager).get(AGEING).json()["rows"]
    assert [row["client"] for row in rows] == [own.pk]


@pytest.mark.parametrize("on", ["1900-01-01", "2999-12-31"])
def test_days_at_the_ends_of_time_are_answered(cast: Cast, on: str) -> None:
    make_invoice()
    make_work(make_client())
    for url in (AGEING, WIP):
        assert make_api(cast.finance).get(url, {"on": on}).status_code == 200


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31"])
def test_days_beyond_the_ends_of_time_are_refused(cast: Cast, on: str) -> None:
    for url in (AGEING, WIP):
        answer = make_api(cast.finance).get(url, {"on": on})
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "on")


def test_reports_take_few_statements_whatever_the_number_of_clients(cast: Cast, settings: Any) -> None:
    api, taken = make_api(cast.finance), set()
    api.get(AGEING)
    for _round in range(2):
        for _number in range(3):
            make_invoice()
            make_work(make_client())
        with counted() as statements:
            api.get(AGEING)
            api.get(WIP)
        taken.add(len(statements))
    assert len(taken) == 1
