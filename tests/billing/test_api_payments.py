"""Payments and write-offs through the API: what settles what, once, by whom."""

from typing import Any

import pytest

from billing.models import Payment, WriteOff
from tests.make import Cast, make_api, make_client, make_seller
from tests.make.invoices import make_draft, make_invoice
from tests.statements import counted

URL, INVOICES, WRITE_OFFS = "/api/v1/payments/", "/api/v1/invoices/", "/api/v1/write-off-requests/"


def codes(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def payment(invoice: Any, amount: str = "1500.00", **kw: Any) -> dict[str, Any]:
    return {
        "client": invoice.client_id,
        "amount": amount,
        "received_on": "2026-04-10",
        "allocations": [{"invoice": invoice.pk, "amount": amount}],
        **kw,
    }


def test_a_payment_settles_an_invoice(cast: Cast) -> None:
    invoice = make_invoice()
    api = make_api(cast.finance)
    response = api.post(URL, payment(invoice, reference="RE 2026-0001"))
    assert response.status_code == 201, response.json()
    booked = response.json()
    assert (booked["currency"], booked["unapplied_amount"], booked["seller"]) == ("EUR", "0.00", invoice.seller_id)
    assert [(row["invoice"], row["amount"]) for row in booked["allocations"]] == [(invoice.pk, "1500.00")]
    settled = api.get(f"{INVOICES}{invoice.pk}/").json()
    assert (settled["balance_amount"], settled["paid_amount"], settled["state"]) == ("0.00", "1500.00", "paid")
    assert api.patch(f"{URL}{booked['id']}/", {"amount": "1.00"}).status_code == 405


def test_what_is_left_over_is_credit_and_settles_later(cast: Cast) -> None:
    client = make_client()
    first, second = make_invoice(client), make_invoice(client)
    api = make_api(cast.finance)
    both = {"allocations": [{"invoice": first.pk, "amount": "1500.00"}]}
    booked = api.post(URL, payment(first, "2000.00", **both)).json()
    assert booked["unapplied_amount"] == "500.00"
    url = f"{URL}{booked['id']}/"
    applied = api.post(f"{url}allocate/", {"allocations": [{"invoice": second.pk, "amount": "500.00"}]}).json()
    assert (applied["unapplied_amount"], len(applied["allocations"])) == ("0.00", 2)
    assert api.get(f"{INVOICES}{second.pk}/").json()["state"] in ("part_paid", "overdue")
    allocation = applied["allocations"][1]["id"]
    taken = api.post(f"{url}take-back/", {"allocation": allocation}).json()
    assert (taken["unapplied_amount"], taken["allocations"][2]["amount"]) == ("500.00", "-500.00")
    again = api.post(f"{url}take-back/", {"allocation": allocation})
    assert (again.status_code, codes(again)) == (409, [("already_done", None)])
    assert codes(api.post(f"{url}take-back/", {"allocation": 10**9})) == [("does_not_exist", "allocation")]


@pytest.mark.parametrize(
    ("wrong", "code", "attr"),
    [
        ({"amount": 1500.5, "allocations": []}, "float", "amount"),
        ({"amount": "0.00", "allocations": []}, "invalid", "amount"),
        ({"amount": "-5.00", "allocations": []}, "invalid", "amount"),
        ({"amount": "1" * 20, "allocations": []}, "max_digits", "amount"),
        ({"received_on": "10.04.2026"}, "invalid", "received_on"),
        ({"client": 10**9}, "does_not_exist", "client"),
        ({"currency": "eur"}, "invalid", "currency"),
        ({"reference": "x" * 141}, "max_length", "reference"),
        ({"allocations": "all"}, "not_a_list", "allocations.non_field_errors"),
        ({"allocations": [{"invoice": 10**9, "amount": "1.00"}]}, "does_not_exist", "allocations.0.invoice"),
        ({"allocations": [{"amount": "1.00"}]}, "required", "allocations.0.invoice"),
    ],
)
def test_a_wrong_payment_names_its_field(cast: Cast, wrong: dict[str, Any], code: str, attr: str) -> None:
    response = make_api(cast.finance).post(URL, payment(make_invoice(), **wrong))
    assert (response.status_code, codes(response)) == (400, [(code, attr)])
    assert not Payment.objects.exists()


def test_no_more_is_settled_than_is_owed_or_paid(cast: Cast) -> None:
    invoice = make_invoice()
    api = make_api(cast.finance)
    over = [{"invoice": invoice.pk, "amount": "1500.01"}]
    assert codes(api.post(URL, payment(invoice, "2000.00", allocations=over))) == [("over_allocated", "allocations")]
    assert codes(api.post(URL, payment(invoice, "100.00", allocations=over))) == [("over_allocated", "allocations")]
    twice = [{"invoice": invoice.pk, "amount": "1.00"}] * 2
    assert codes(api.post(URL, payment(invoice, allocations=twice)))[0][0] == "invoice_twice"
    draft = [{"invoice": make_draft(invoice.client).pk, "amount": "1.00"}]
    refused = api.post(URL, payment(invoice, allocations=draft))
    assert (refused.status_code, codes(refused)[0][0]) == (409, "wrong_status")
    foreign = payment(invoice, client=make_client().pk)
    assert codes(api.post(URL, foreign)) == [("wrong_party", "allocations")]
    other = payment(invoice, seller=make_seller("RU").pk)
    assert codes(api.post(URL, other)) == [("wrong_party", "allocations")]
    assert not Payment.objects.exists()


def test_a_payment_booked_twice_with_one_key_is_booked_once(cast: Cast) -> None:
    invoice = make_invoice()
    api = make_api(cast.finance)
    for _time in range(2):
        response = api.post(URL, payment(invoice), HTTP_IDEMPOTENCY_KEY="bank-1")
        assert response.status_code == 201
    assert Payment.objects.count() == 1
    key = {"external_source": "bank", "external_id": "1", "allocations": []}
    assert api.post(URL, payment(invoice, "5.00", **key)).status_code == 201
    assert codes(api.post(URL, payment(invoice, "5.00", **key))) == [("external_id_taken", "external_id")]


def test_account_managers_read_payments_of_own_clients_only(cast: Cast) -> None:
    own, foreign = make_invoice(make_client(account_manager=cast.manager)), make_invoice()
    finance, manager = make_api(cast.finance), make_api(cast.manager)
    numbers = [finance.post(URL, payment(invoice)).json()["id"] for invoice in (own, foreign)]
    assert [row["id"] for row in manager.get(URL).json()["results"]] == numbers[:1]
    assert manager.get(f"{URL}{numbers[1]}/").status_code == 404
    assert manager.post(URL, payment(own)).status_code == 403
    assert make_api(cast.consultant).get(URL).status_code == 403


def test_a_list_takes_five_statements_whatever_its_length(cast: Cast) -> None:
    invoice, api = make_invoice(), make_api(cast.finance)
    for count in (10, 50):
        while Payment.objects.count() < count:
            api.post(URL, payment(invoice, "1.00"))
        with counted() as statements:
            assert len(api.get(f"{URL}?page_size=500").json()["results"]) == count
        assert len(statements) == 5  # token, count, rows, allocations, refunds


def test_one_asks_to_write_off_and_another_decides(cast: Cast) -> None:
    invoice = make_invoice()
    finance, partner = make_api(cast.finance), make_api(cast.partner)
    url = f"{INVOICES}{invoice.pk}/write-off/"
    assert codes(finance.post(url, {})) == [("required", "reason")]
    assert codes(finance.post(url, {"reason": "gone", "amount": "1500.01"})) == [("over_allocated", "amount")]
    asked = finance.post(url, {"reason": "insolvent"})
    assert (asked.status_code, asked.json()["amount"], asked.json()["approved"]) == (201, "1500.00", None)
    assert finance.post(url, {"reason": "insolvent"}).status_code == 409
    decision = f"{WRITE_OFFS}{asked.json()['id']}/"
    assert [row["id"] for row in partner.get(f"{WRITE_OFFS}?is_open=true").json()["results"]] == [asked.json()["id"]]
    assert finance.post(f"{decision}approve/").status_code == 403
    assert partner.post(f"{decision}approve/", {"written_off_on": "2026-04-30"}).json()["approved"] is True
    settled = finance.get(f"{INVOICES}{invoice.pk}/").json()
    assert (settled["balance_amount"], settled["state"]) == ("0.00", "written_off")
    again = partner.post(f"{decision}refuse/")
    assert (again.status_code, codes(again)) == (409, [("already_done", None)])
    assert finance.post(WRITE_OFFS, {}).status_code in (403, 405)
    assert WriteOff.objects.count() == 1
