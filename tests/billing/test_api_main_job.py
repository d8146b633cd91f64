"""Main job 7: an integration agrees, logs, approves, invoices and is paid, all with tokens."""

from datetime import timedelta

from django.utils import timezone

from tests.make import Cast, make_api, make_client, make_rate
from tests.make.invoices import make_series

V1 = "/api/v1"


def test_an_integration_works_from_package_to_payment(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    assert client.default_seller
    make_series(client.default_seller)
    make_rate()
    partner, manager, finance = make_api(cast.partner), make_api(cast.manager), make_api(cast.finance)
    today = timezone.localdate()
    day = (today - timedelta(days=1)).isoformat()

    sold = {"client": client.pk, "purchased_minutes": 300, "price": "675.00", "valid_from": day, "draw_on_log": False}
    package = manager.post(f"{V1}/hour-packages/", sold).json()
    offer = partner.post(
        f"{V1}/offers/",
        {"client": client.pk, "title": "Second server", "hourly_rate": "150.00", "estimated_minutes": 240},
    ).json()
    assert offer["price_includes_tax"] is True
    partner.post(f"{V1}/offers/{offer['id']}/send/", {})
    accepted = partner.post(f"{V1}/offers/{offer['id']}/accept/", {"by_name": "Petra Hofmann"}).json()
    assert (accepted["status"], accepted["signed_minutes"]) == ("accepted", 240)

    split = {"client": client.pk, "worked_on": day, "minutes": 420, "description": "Audit"}
    entry = partner.post(f"{V1}/time-entries/", split).json()
    assert [(row["source"], row["id"], row["minutes"]) for row in entry["coverage"]] == [
        ("package", package["id"], 300),
        ("time_and_materials", None, 120),
    ]
    offered = partner.post(f"{V1}/time-entries/", {**split, "minutes": 240, "offer": offer["id"]}).json()
    for number in (entry["id"], offered["id"]):
        assert partner.post(f"{V1}/time-entries/{number}/submit/").json()["status"] == "submitted"
        assert partner.post(f"{V1}/time-entries/{number}/approve/").status_code == 403
        assert manager.post(f"{V1}/time-entries/{number}/approve/").json()["status"] == "approved"
    ledger = manager.get(f"{V1}/hour-packages/{package['id']}/ledger/").json()["results"]
    assert [(row["kind"], row["minutes"], row["balance_minutes"]) for row in ledger] == [
        ("purchase", 300, 300),
        ("draw", -300, 0),
    ]

    drafted = finance.post(f"{V1}/invoices/draft/", {"client": client.pk, "through": today.isoformat()}).json()
    (draft,) = drafted["drafts"]
    assert (draft["gross_amount"], drafted["skipped"]) == ("900.00", [])
    url = f"{V1}/invoices/{draft['id']}/"
    line = {"description": "Set-up by hand", "quantity": "4", "unit": "HUR", "unit_price": "150.00"}
    written = finance.post(f"{url}lines/", line).json()
    assert (written["gross_amount"], written["net_amount"], written["vat_amount"]) == ("1500.00", "1260.50", "239.50")
    issued = finance.post(f"{url}issue/", {"issued_on": today.isoformat()}).json()
    assert (issued["status"], issued["balance_amount"]) == ("issued", "1500.00")
    assert finance.get(f"{url}pdf/").content.startswith(b"%PDF")
    paid = {"client": client.pk, "amount": "1500.00", "received_on": today.isoformat()}
    booked = finance.post(f"{V1}/payments/", {**paid, "allocations": [{"invoice": draft["id"], "amount": "1500.00"}]})
    assert booked.status_code == 201
    assert (finance.get(url).json()["balance_amount"], finance.get(url).json()["state"]) == ("0.00", "paid")
