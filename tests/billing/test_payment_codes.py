"""The code on the PDF of an invoice, read back by a decoder as a banking app would."""

from datetime import date
from typing import Any

import pytest
import zxingcpp
from pypdfium2 import PdfDocument

from billing.documents.invoices import render_invoice
from billing.documents.payment_code import payment_code
from billing.models import Invoice
from clients.models import BankAccount
from tests.make import make_client, make_seller
from tests.make.invoices import make_draft, make_invoice, make_rate_of

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 31)
DPI = 200


def read_back(invoice: Invoice) -> list[str]:
    """What stands in the codes of the PDF's pages."""
    pages = PdfDocument(render_invoice(invoice))
    pictures = [page.render(scale=DPI / 72).to_pil() for page in pages]
    return [found.text for picture in pictures for found in zxingcpp.read_barcodes(picture)]


def russian_invoice(**seller: Any) -> Invoice:
    make_rate_of("EUR", "RUB", "90", on=ON)
    company = make_seller("RU", tax_number="7707083893", registration_reason="780101001", **seller)
    BankAccount.objects.create(
        seller=company,
        currency="RUB",
        holder='ООО "Меридиан | Аудит"',
        account_number="40702810200000012345",
        bik="044525225",
        correspondent_account="30101810400000000225",
        bank_name="ПАО СБЕРБАНК",
    )
    return make_invoice(make_client(country="RU", default_seller=company), rate="8000")


def test_a_sepa_code_carries_amount_account_and_structured_reference() -> None:
    invoice = make_invoice()
    (text,) = read_back(invoice)
    assert text.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "",
        "Meridian Consulting GmbH",
        "DE02120300000000202051",
        "EUR1500.00",
        "",
        "RF3120260001",
    ]


def test_a_russian_code_carries_kopecks_and_the_purpose_with_its_vat() -> None:
    invoice = russian_invoice()
    (text,) = read_back(invoice)
    assert text == (
        'ST00012|Name=ООО "Меридиан / Аудит"|PersonalAcc=40702810200000012345|BankName=ПАО СБЕРБАНК|BIC=044525225'
        "|CorrespAcc=30101810400000000225|Sum=8000000"
        f"|Purpose=Оплата по счету № {invoice.number} от 31.03.2026. В т.ч. НДС 22% - 14426.23"
        "|PayeeINN=7707083893|KPP=780101001"
    )


def test_without_vat_the_purpose_says_so() -> None:
    (text,) = read_back(russian_invoice(code="usn", vat_regime="simplified"))
    assert ". Без НДС|" in text


def test_a_draft_has_no_code() -> None:
    assert read_back(make_draft()) == []


@pytest.mark.parametrize("field", ["bank_name", "bik", "account_number"])
def test_an_account_without_a_mandatory_field_has_no_code(field: str) -> None:
    invoice = russian_invoice()
    frozen = invoice.seller_frozen or {}
    assert payment_code(invoice, seller=frozen)
    assert not payment_code(invoice, seller={**frozen, "bank": {**frozen["bank"], field: ""}})
