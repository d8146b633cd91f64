"""Main job 7 over HTTP: a program with one token agrees, logs, approves, invoices, is paid, and reads the portfolio.

The firm is new. All that the program has is an address and the token of a service account whose role group is
`partner`; the work is a colleague's, so that nobody approves their own.
"""

import csv
import io
import zipfile
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from billing.services.firm import start_firm
from crm.access import Role
from tests.make import make_user
from tests.make.api import HttpApi, make_http_api

pytestmark = pytest.mark.django_db(transaction=True)
V1 = "/api/v1"


class Program:
    """The integration with what it has found out and made so far."""

    def __init__(self, api: HttpApi, today: date) -> None:
        self.api, self.today = api, today.isoformat()
        self.day = (today - timedelta(days=1)).isoformat()
        self.seller = self.get("sellers/?country=DE")["results"][0]["id"]
        self.consultant = self.get("users/?role=consultant")["results"][0]["id"]
        self.client = 0

    def get(self, path: str) -> Any:
        answer = self.api.get(f"{V1}/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, body: object = None, status: int = 201) -> Any:
        answer = self.api.post(f"{V1}/{path}", body)
        assert answer.status_code == status, answer.content
        return answer.json()

    def file(self, path: str) -> bytes:
        answer = self.api.get(f"{V1}/{path}")
        assert answer.status_code == 200, answer.content
        return answer.content

    def work(self, minutes: int, **kw: object) -> dict[str, object]:
        work = {"client": self.client, "employee": self.consultant, "worked_on": self.day, "description": "Audit"}
        return {**work, "minutes": minutes, **kw}


@pytest.fixture
def program(live_server: LiveServer) -> Program:
    start_firm(at=timezone.now(), with_passwords=False)
    robot = make_user(Role.INTEGRATION, Role.PARTNER, username="robot")
    return Program(make_http_api(robot, live_server.url), timezone.localdate())


def test_an_integration_works_from_package_to_payment_and_portfolio(program: Program) -> None:
    win_a_client(program)
    package, offer = agree_on_hours(program)
    draw_after_calls(program, package)
    work_and_approve(program, package, offer)
    read_statement(program, package)
    invoice = invoice_ten_hours(program)
    settle_and_export(program, invoice)
    read_portfolio(program)


def win_a_client(program: Program) -> None:
    """A client of the German company at 150.00 an hour including VAT."""
    account = {"seller": program.seller, "currency": "EUR", "holder": "Firm", "iban": "DE02120300000000202051"}
    program.post("bank-accounts/", account)
    keeper = program.get("users/?role=account_manager")["results"][0]["id"]
    named = {"name": "Alfa", "status": "active", "country": "DE", "account_manager": keeper}
    program.client = program.post("clients/", {**named, "default_seller": program.seller})["id"]
    rate = {"seller": program.seller, "amount": "150.00", "currency": "EUR", "price_includes_tax": True}
    program.post("rates/", {**rate, "valid_from": "2020-01-01"})


def agree_on_hours(program: Program) -> tuple[int, int]:
    """Sells ten hours that calls draw from at once, and has an offer over four hours accepted; gives their ids."""
    sold = {"client": program.client, "purchased_minutes": 600, "price": "1350.00", "valid_from": program.day}
    package = program.post("hour-packages/", {**sold, "draw_on_log": True})
    estimated = {"client": program.client, "title": "Second server", "hourly_rate": "150.00", "estimated_minutes": 240}
    offer = program.post("offers/", estimated)
    assert offer["price_includes_tax"] is True
    program.post(f"offers/{offer['id']}/send/", {}, status=200)
    accepted = program.post(f"offers/{offer['id']}/accept/", {"by_name": "Petra Hofmann"}, status=200)
    assert (accepted["status"], accepted["signed_minutes"]) == ("accepted", 240)
    return package["id"], offer["id"]


def draw_after_calls(program: Program, package: int) -> None:
    """After every call the time is taken off; before the second one the package holds 8.5 hours, after it 7.0."""
    program.post("time-entries/", program.work(90))
    planned = program.post("time-entries/preview/", program.work(90), status=200)
    (part,) = planned["coverage"]
    assert (part["source"], part["id"], part["minutes"]) == ("package", package, 90)
    (held,) = planned["balances"]
    assert (held["id"], held["before_minutes"] / 60, held["after_minutes"] / 60) == (package, 8.5, 7.0)
    assert program.get(f"hour-packages/{package}/")["balance_minutes"] == 510  # a preview writes nothing
    logged = program.post("time-entries/", program.work(90))
    assert (logged["status"], logged["approved_on_log"]) == ("approved", True)
    assert program.get(f"hour-packages/{package}/")["balance_minutes"] == 420
    program.post("time-entries/", program.work(120))


def work_and_approve(program: Program, package: int, offer: int) -> None:
    """Seven hours split over what the package still holds and time, four on the offer; the program approves both."""
    split = [("package", package, 300), ("time_and_materials", None, 120)]
    planned = program.post("time-entries/preview/", program.work(420), status=200)["coverage"]
    entry = program.post("time-entries/", program.work(420))
    for parts in (planned, entry["coverage"]):
        assert [(row["source"], row["id"], row["minutes"]) for row in parts] == split
    offered = program.post("time-entries/", program.work(240, offer=offer))
    for number in (entry["id"], offered["id"]):
        assert program.post(f"time-entries/{number}/submit/", status=200)["status"] == "submitted"
        assert program.post(f"time-entries/{number}/approve/", status=200)["status"] == "approved"
    ledger = program.get(f"hour-packages/{package}/ledger/")["results"]
    assert [(row["kind"], row["minutes"], row["balance_minutes"]) for row in ledger] == [
        ("purchase", 600, 600),
        ("draw", -90, 510),
        ("draw", -90, 420),
        ("draw", -120, 300),
        ("draw", -300, 0),
    ]


def read_statement(program: Program, package: int) -> None:
    """The same four draws as JSON, CSV, XLSX and PDF."""
    url = f"hour-packages/{package}/statement/?from={program.day}&to={program.today}&format="
    told = program.get(f"{url}json")
    assert (told["opening_minutes"], told["closing_minutes"]) == (0, 0)
    rows = list(csv.reader(io.StringIO(program.file(f"{url}csv").decode("utf-8-sig"))))
    assert len([row for row in rows if "Audit" in ",".join(row)]) == 4
    with zipfile.ZipFile(io.BytesIO(program.file(f"{url}xlsx"))) as book:
        assert "xl/worksheets/sheet1.xml" in book.namelist()
    assert program.file(f"{url}pdf").startswith(b"%PDF")


def invoice_ten_hours(program: Program) -> Any:
    """Drafts what is not prepaid, adds a line by hand to make ten hours, and issues: VAT is taken out once."""
    drafted = program.post("invoices/draft/", {"client": program.client, "through": program.today})
    (draft,) = drafted["drafts"]
    assert (draft["number"], draft["gross_amount"], drafted["skipped"]) == ("", "900.00", [])
    line = {"description": "Set-up by hand", "quantity": "4", "unit": "HUR", "unit_price": "150.00"}
    written = program.post(f"invoices/{draft['id']}/lines/", line)
    assert (written["gross_amount"], written["net_amount"], written["vat_amount"]) == ("1500.00", "1260.50", "239.50")
    issued = program.post(f"invoices/{draft['id']}/issue/", {"issued_on": program.today}, status=200)
    assert (issued["status"], issued["balance_amount"]) == ("issued", "1500.00")
    assert issued["number"] == f"{program.today[:4]}-0001"
    assert program.file(f"invoices/{draft['id']}/pdf/").startswith(b"%PDF")
    return issued


def settle_and_export(program: Program, invoice: Any) -> None:
    """Books what was paid; the register of the day names the invoice, and its bytes are those of the hash."""
    found = f"invoices/?client={program.client}&status="
    assert [row["id"] for row in program.get(f"{found}unpaid")["results"]] == [invoice["id"]]
    paid = {"client": program.client, "amount": "1500.00", "received_on": program.today, "reference": invoice["number"]}
    program.post("payments/", {**paid, "allocations": [{"invoice": invoice["id"], "amount": "1500.00"}]})
    assert program.get(f"{found}unpaid")["results"] == []
    (settled,) = program.get(f"{found}paid")["results"]
    assert (settled["balance_amount"], settled["state"]) == ("0.00", "paid")
    asked = {"seller": program.seller, "from": program.today, "to": program.today}
    for form, mark in (("csv", invoice["number"].encode()), ("xlsx", b"PK")):
        batch = program.post("export-batches/", {**asked, "format": form})
        content = program.file(batch["file"].partition(f"{V1}/")[2])
        assert (sha256(content).hexdigest(), mark in content) == (batch["sha256"], True)


def read_portfolio(program: Program) -> None:
    """One client that brings all: every share is one, and the effective number too."""
    figures = program.get("reports/concentration/?basis=revenue")
    assert (figures["n"], figures["total"], figures["effective_number"]) == (1, "1260.50", 1.0)
    assert {figures[name] for name in ("top1", "top3", "top5", "top10")} == {"1.000000"}
    assert (figures["hhi_points"], [row["client"] for row in figures["rows"]]) == (10_000.0, [program.client])


def test_a_program_says_whose_work_it_is(program: Program) -> None:
    win_a_client(program)
    work = program.work(60)
    del work["employee"]
    for path in ("time-entries/", "time-entries/preview/"):
        answer = program.api.post(f"{V1}/{path}", work)
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "employee")


def test_without_a_token_or_a_role_group_nothing_is_answered(live_server: LiveServer) -> None:
    asked = (f"{V1}/clients/", f"{V1}/clients/1/", f"{V1}/reports/concentration/")
    bare = make_http_api(make_user(Role.INTEGRATION), live_server.url)
    for path in asked:
        assert HttpApi(bare.base, token="").get(path).status_code == 401
        refused = bare.get(path)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "role_group")
        assert "role beside" in refused.json()["errors"][0]["detail"]
