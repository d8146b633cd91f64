"""Main job 7 over HTTP: with tokens it agrees, logs, approves, invoices, is paid, and reads the concentration."""

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from tests.make import Cast, make_client, make_rate
from tests.make.api import HttpApi, make_http_api
from tests.make.invoices import make_series

pytestmark = pytest.mark.django_db(transaction=True)
V1 = "/api/v1"


class Desks(NamedTuple):
    """One token for each person of the story."""

    partner: HttpApi
    manager: HttpApi
    finance: HttpApi


def test_an_integration_works_from_package_to_payment_and_portfolio(cast: Cast, live_server: LiveServer) -> None:
    client = make_client(account_manager=cast.manager)
    assert client.default_seller
    make_series(client.default_seller)
    make_rate()
    desks = Desks(*(make_http_api(user, live_server.url) for user in (cast.partner, cast.manager, cast.finance)))
    today = timezone.localdate()
    day = (today - timedelta(days=1)).isoformat()
    package, offer = agree_on_hours(desks, client.pk, day)
    work_and_approve(desks, {"client": client.pk, "worked_on": day, "description": "Audit"}, package, offer)
    invoice_and_settle(desks.finance, client.pk, today)
    read_portfolio(desks, client.pk)


def agree_on_hours(desks: Desks, client: int, day: str) -> tuple[int, int]:
    """Sells a package of five hours and has an offer over four hours accepted; gives their ids."""
    sold = {"client": client, "purchased_minutes": 300, "price": "675.00", "valid_from": day, "draw_on_log": False}
    package = desks.manager.post(f"{V1}/hour-packages/", sold).json()
    offer = desks.partner.post(
        f"{V1}/offers/",
        {"client": client, "title": "Second server", "hourly_rate": "150.00", "estimated_minutes": 240},
    ).json()
    assert offer["price_includes_tax"] is True
    desks.partner.post(f"{V1}/offers/{offer['id']}/send/", {})
    accepted = desks.partner.post(f"{V1}/offers/{offer['id']}/accept/", {"by_name": "Petra Hofmann"}).json()
    assert (accepted["status"], accepted["signed_minutes"]) == ("accepted", 240)
    return package["id"], offer["id"]


def work_and_approve(desks: Desks, work: dict[str, object], package: int, offer: int) -> None:
    """Seven hours split over the package and time, four on the offer; somebody else approves."""
    entry = desks.partner.post(f"{V1}/time-entries/", {**work, "minutes": 420}).json()
    assert [(row["source"], row["id"], row["minutes"]) for row in entry["coverage"]] == [
        ("package", package, 300),
        ("time_and_materials", None, 120),
    ]
    offered = desks.partner.post(f"{V1}/time-entries/", {**work, "minutes": 240, "offer": offer}).json()
    for number in (entry["id"], offered["id"]):
        assert desks.partner.post(f"{V1}/time-entries/{number}/submit/").json()["status"] == "submitted"
        assert desks.partner.post(f"{V1}/time-entries/{number}/approve/").status_code == 403
        assert desks.manager.post(f"{V1}/time-entries/{number}/approve/").json()["status"] == "approved"
    ledger = desks.manager.get(f"{V1}/hour-packages/{package}/ledger/").json()["results"]
    assert [(row["kind"], row["minutes"], row["balance_minutes"]) for row in ledger] == [
        ("purchase", 300, 300),
        ("draw", -300, 0),
    ]


def invoice_and_settle(finance: HttpApi, client: int, today: date) -> None:
    """Drafts the rest, adds a line by hand, issues and books what was paid."""
    drafted = finance.post(f"{V1}/invoices/draft/", {"client": client, "through": today.isoformat()}).json()
    (draft,) = drafted["drafts"]
    assert (draft["gross_amount"], drafted["skipped"]) == ("900.00", [])
    url = f"{V1}/invoices/{draft['id']}/"
    line = {"description": "Set-up by hand", "quantity": "4", "unit": "HUR", "unit_price": "150.00"}
    written = finance.post(f"{url}lines/", line).json()
    assert (written["gross_amount"], written["net_amount"], written["vat_amount"]) == ("1500.00", "1260.50", "239.50")
    issued = finance.post(f"{url}issue/", {"issued_on": today.isoformat()}).json()
    assert (issued["status"], issued["balance_amount"]) == ("issued", "1500.00")
    assert finance.get(f"{url}pdf/").content.startswith(b"%PDF")
    paid = {"client": client, "amount": "1500.00", "received_on": today.isoformat()}
    booked = finance.post(f"{V1}/payments/", {**paid, "allocations": [{"invoice": draft["id"], "amount": "1500.00"}]})
    assert booked.status_code == 201
    assert (finance.get(url).json()["balance_amount"], finance.get(url).json()["state"]) == ("0.00", "paid")


def read_portfolio(desks: Desks, client: int) -> None:
    """One client that brings all: every share is one, and the effective number too."""
    asked = f"{V1}/reports/concentration/"
    figures = desks.partner.get(asked).json()
    assert (figures["n"], figures["total"], figures["effective_number"]) == (1, "1260.50", 1.0)
    assert {figures[name] for name in ("top1", "top3", "top5", "top10")} == {"1.000000"}
    assert (figures["hhi_points"], [row["client"] for row in figures["rows"]]) == (10_000.0, [client])
    assert HttpApi(desks.partner.base, token="").get(asked).status_code == 401
