"""The recapitulative statement: services to EU businesses by VAT ID, in whole euros, of a month or quarter, once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing.exports.batches import Asked, make_batch
from billing.models import ExportBatch, Invoice
from billing.rules.zm import Supplied, is_zm_period, write_zm, zm_rows
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.views.zm import usual_period
from clients.models import Client
from crm.invariants import find_breaches
from tests.make import Cast, browser_of, make_api, make_client, make_seller, make_user
from tests.make.invoices import make_invoice, make_rate_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 2, 9, tzinfo=UTC)
MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)


def abroad(vat_id: str = "ATU13585627", **kw: Any) -> Client:
    return make_client(country=vat_id[:2], vat_id=vat_id, default_seller=make_seller(), **kw)


def declared(first: date = date(2026, 3, 1), last: date = MARCH, **kw: Any) -> ExportBatch:
    asked = Asked(format="zm", first=first, last=last, seller=make_seller(), **kw)
    return make_batch(asked, by=make_user(), at=AT)[0]


def lines_of(batch: ExportBatch) -> list[str]:
    return bytes(batch.file.content).decode().split("\r\n")[:-1]


def refusal(**kw: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        declared(**kw)
    return str(refused.value.error_dict["to"][0].code)


def test_sums_are_rounded_once_and_nothing_is_left_out_of_them() -> None:
    supplies = [
        Supplied("ATU1", Decimal("100.30")),
        Supplied("atu 1", Decimal("100.30")),
        Supplied("FR2", Decimal(-50)),
    ]
    rows = zm_rows([*supplies, Supplied("IT3", Decimal(7)), Supplied("IT3", Decimal(-7))])
    assert [(row.vat_id, row.net, row.whole) for row in rows] == [
        ("ATU1", Decimal("200.60"), 201),
        ("FR2", Decimal(-50), -50),
    ]
    assert write_zm(rows).decode().split("\r\n")[2:4] == ["ATU1,201,S", "FR2,-50,S"]


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        (date(2026, 2, 1), date(2026, 2, 28), True),
        (date(2026, 1, 1), date(2026, 3, 31), True),
        (date(2026, 2, 1), date(2026, 4, 30), False),
        (date(2026, 1, 1), date(2026, 1, 30), False),
        (date(2026, 1, 2), date(2026, 1, 31), False),
    ],
)
def test_a_period_is_a_month_or_a_quarter(first: date, last: date, *, fits: bool) -> None:
    assert is_zm_period(first, last) is fits


def test_the_quarter_that_is_over() -> None:
    assert usual_period(date(2026, 5, 20)) == {"first": date(2026, 1, 1), "last": date(2026, 3, 31)}
    assert usual_period(date(2026, 2, 1)) == {"first": date(2025, 10, 1), "last": date(2025, 12, 31)}


def test_the_file_names_each_vat_id_once_and_only_reverse_charge() -> None:
    austria = abroad()
    make_invoice(austria)
    make_invoice(austria, minutes=60)
    make_invoice(abroad("FR83404833048"))
    make_invoice(make_client())
    assert lines_of(declared()) == [
        "#v3.0",
        "USt-IdNr.,Betrag (Euro),Art der Leistung",
        "ATU13585627,1387,S",
        "FR83404833048,1261,S",
    ]
    assert not list(find_breaches())


def test_the_day_of_supply_decides_and_a_credit_note_counts_on_its_own() -> None:
    client = abroad()
    invoice = make_invoice(client, on=date(2026, 4, 2), worked_on=date(2026, 3, 10))
    assert lines_of(declared())[2:] == ["ATU13585627,1261,S"]
    asked = [CreditLine(line_id=invoice.lines.get().pk, amount=Decimal("150.00"))]
    said: dict[str, Any] = {"reason": "late", "issued_on": APRIL, "by": make_user(), "at": AT}
    credit_invoice(invoice, kind=CreditKind.GOODWILL, lines=asked, **said)
    assert lines_of(declared(date(2026, 4, 1), APRIL))[2:] == ["ATU13585627,-150,S"]
    assert not list(find_breaches())


def test_another_currency_is_declared_as_it_was_frozen() -> None:
    make_rate_of("EUR", "USD", "1.25", on=MARCH)
    make_invoice(abroad(currency="USD"), currency="USD")
    invoice = Invoice.objects.get()
    assert lines_of(declared())[2:] == [f"ATU13585627,{round(invoice.base_net_amount or 0)},S"]


def test_a_document_is_declared_once_and_a_correction_repeats_all() -> None:
    client = abroad()
    make_invoice(client)
    first = declared()
    assert declared().pk == first.pk
    make_invoice(client)
    with pytest.raises(ValidationError) as refused:
        declared(date(2026, 1, 1))
    assert refused.value.error_dict["reason"][0].code == "required"
    assert lines_of(declared(reason="one came late"))[2:] == ["ATU13585627,2521,S"]


def test_half_a_month_or_one_client_is_no_statement() -> None:
    client = abroad()
    make_invoice(client)
    assert refusal(first=date(2026, 3, 2)) == "zm_period"
    assert refusal(client=client) == "zm_period"


def test_the_page_shows_the_rows_and_the_api_makes_the_file(cast: Cast) -> None:
    make_invoice(abroad())
    browser, api = browser_of(cast.finance), make_api(cast.finance)
    page = browser.get("/exports/zm/?first=2026-03-01&last=2026-03-31").content.decode()
    assert "ATU13585627" in page
    assert "1 261" in page.replace("\u202f", " ").replace("\xa0", " ")
    assert browser.get("/exports/zm/?first=2026-03-01&last=2026-03-30").status_code == 422
    body = {"format": "zm", "seller": make_seller().pk, "from": "2026-03-01", "to": "2026-03-31"}
    half = api.post("/api/v1/export-batches/", {**body, "to": "2026-03-30"})
    assert half.status_code == 400
    assert api.post("/api/v1/export-batches/", body).status_code == 201
