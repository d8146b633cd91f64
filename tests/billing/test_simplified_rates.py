"""Russian companies under the simplified regime that charge 5 or 7 % VAT: on invoices, UPD, advances, in questions."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Payment
from billing.reports.simplified import over_limit
from billing.services.payments import Receipt, book_payment
from billing.services.taxes import Taxes, treatment_of
from clients.models import Client, Seller
from crm.db import worded
from tests.billing.test_advance_vat import bill_of, pay, waiting, with_series
from tests.billing.test_hour_acts import sold_package
from tests.make import Cast, make_api, make_client, make_seller, make_user
from tests.make.acts import acted, billed, russian_client, russian_seller, upd_of

pytestmark = pytest.mark.django_db
RATES = [("simplified_5", "5", "3809.52"), ("simplified_7", "7", "5233.64")]
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(("regime", "rate", "vat"), RATES)
def test_an_invoice_and_its_upd_state_the_rate_of_the_company(regime: str, rate: str, vat: str) -> None:
    invoice = billed(russian_seller(vat_regime=regime))
    line = invoice.lines.get()
    assert (invoice.treatment, line.vat_category, line.vat_rate) == ("standard", "S", Decimal(rate))
    assert (invoice.gross_amount, invoice.vat_amount) == (Decimal(80000), Decimal(vat))
    document = upd_of(acted(invoice)).find("Документ")
    assert document.get("Функция") == "СЧФДОП"
    assert document.find("ТаблСчФакт/СведТов").get("НалСт") == f"{rate}%"


@pytest.mark.parametrize(("regime", "rate", "_vat"), RATES)
def test_money_ahead_bears_the_settlement_rate(regime: str, rate: str, _vat: str) -> None:
    pay(bill_of(sold_package(with_series(russian_seller(vat_regime=regime)))), "60000")
    row = waiting()[0].rows[0]
    assert row.settlement == f"{rate}/{100 + int(rate)}"
    assert row.vat == (row.gross * int(rate) / (100 + int(rate))).quantize(Decimal("0.01"))


def test_a_service_for_a_client_abroad_bears_none() -> None:
    seller = russian_seller(vat_regime="simplified_5")
    taxes = Taxes.of(seller, treatment_of(seller, make_client(country="DE")))
    assert taxes.tax(date(2026, 3, 1)).category == "O"


def test_a_price_from_before_2025_contained_no_vat() -> None:
    taxes = Taxes.of(russian_seller(vat_regime="simplified_5"), "standard")
    assert taxes.agreed_percent(date(2024, 12, 31)) == 0
    assert taxes.agreed_percent(date(2025, 1, 1)) == 5
    with pytest.raises(ValidationError, match="no VAT rate"):
        taxes.percent(date(2024, 12, 31))


def test_the_low_rates_are_of_russia_only(cast: Cast) -> None:
    seller = make_seller("DE")
    seller.vat_regime = Seller.VatRegime.SIMPLIFIED_7
    with pytest.raises(ValidationError, match="Russia only"), worded():
        seller.save()
    refused = make_api(cast.partner).patch(f"/api/v1/sellers/{seller.pk}/", {"vat_regime": "simplified_7"})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "vat_regime")


def receive(client: Client, amount: str, on: date) -> Payment:
    assert client.default_seller is not None
    money = Receipt(client=client, seller=client.default_seller, amount=Decimal(amount), currency="RUB", received_on=on)
    return book_payment(money, settles={}, by=make_user(), at=AT)


def test_who_earned_more_than_the_limit_of_the_year_is_told_to_charge_vat(finance: Browser) -> None:
    client = russian_client(russian_seller(vat_regime="simplified"))
    receive(client, "20000000", date(2025, 12, 31))
    receive(client, "99000000", date(2026, 1, 1))
    assert over_limit(on=date(2026, 11, 30)) == []
    receive(client, "0.01", date(2025, 1, 1))
    (row,) = over_limit(on=date(2026, 11, 30))
    assert (row.received, row.limit) == (Decimal("20000000.01"), Decimal(20_000_000))
    assert over_limit(on=date(2025, 11, 30)) == []
    assert b"charges no VAT in 2026 and has to." in finance.get(reverse("billing:finance_home")).content


def test_who_charges_vat_is_told_nothing() -> None:
    client = russian_client(russian_seller(vat_regime="simplified_5"))
    receive(client, "30000000", date(2025, 12, 31))
    assert over_limit(on=date(2026, 11, 30)) == []
