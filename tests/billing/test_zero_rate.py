"""Taxed at 0 per cent is not without VAT: on the line, the paper, the act, the payment order and in every file."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.documents.paper import paper_of
from billing.documents.payment_code import payment_code
from billing.exports.batches import Asked, make_batch
from billing.models import Invoice, InvoiceLine
from billing.rules.datev import Case, case_of
from billing.rules.vat import RateKind, Regime, Treatment, statutory_percent, tax_of
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft
from billing.services.issuing import issue_invoice, prepare_draft
from clients.models import Seller
from tests.make import Cast, make_api, make_user
from tests.make.acts import acted, russian_client, russian_seller, upd_of, words_of
from tests.make.invoices import make_draft, make_series

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 31)
AT = datetime(2026, 4, 2, tzinfo=UTC)


def one_line(seller: Seller, vat: str) -> Invoice:
    make_series(seller)
    terms = DraftTerms(client=russian_client(seller), seller=seller, currency="RUB", price_includes_tax=True)
    draft = open_draft(terms, by=None, on=ON)
    line = HandLine(
        kind=InvoiceLine.Kind.FIXED,
        description="Перевозка",
        quantity=Decimal(1),
        unit="C62",
        unit_price=Decimal(8000),
        vat=RateKind(vat),
    )
    add_hand_line(draft, line, on=ON)
    prepare_draft(draft, at=AT)
    return issue_invoice(draft, issued_on=ON, by=None, at=AT)


@pytest.fixture
def zero() -> Invoice:
    return one_line(russian_seller(), "Z")


@pytest.fixture
def without() -> Invoice:
    return one_line(russian_seller(code="usn", vat_regime="simplified"), "S")


def said_on(invoice: Invoice) -> list[str]:
    return [label for label, _amount in paper_of(invoice).totals]


def test_the_rate_is_zero_on_every_day_and_only_where_vat_is_charged() -> None:
    assert statutory_percent("RU", RateKind.ZERO, supplied_on=date(1999, 1, 1)) == 0
    assert tax_of(Treatment.STANDARD, percent=Decimal(0)).category == "Z"
    assert tax_of(Treatment.REVERSE_CHARGE, percent=Decimal(0)).category == "AE"
    assert tax_of(Treatment.NO_VAT, percent=Decimal(0), regime=Regime.SMALL_BUSINESS).category == "E"


def test_the_lines_tell_them_apart(zero: Invoice, without: Invoice) -> None:
    assert [row.category for row in zero.vat.all()] == ["Z"]
    assert [row.category for row in without.vat.all()] == ["E"]
    assert (zero.net_amount, zero.vat_amount) == (8000, 0)


def test_the_paper_tells_them_apart(zero: Invoice, without: Invoice) -> None:
    assert said_on(zero)[1:] == ["НДС 0%"]
    assert said_on(without) == ["Без НДС"]


def test_the_act_and_the_upd_tell_them_apart(zero: Invoice, without: Invoice) -> None:
    taxed, free = acted(zero), acted(without)
    assert [row.get("НалСт") for row in upd_of(taxed).iter("СведТов")] == ["0%"]
    assert [row.get("НалСт") for row in upd_of(free).iter("СведТов")] == ["без НДС"]
    assert "0 %" in words_of(taxed).replace("\u202f", " ")
    assert "0 %" not in words_of(free).replace("\u202f", " ")


def test_the_register_for_1c_tells_them_apart(zero: Invoice, without: Invoice) -> None:
    told = []
    for invoice in (zero, without):
        asked = Asked(format="onec", first=date(2026, 3, 1), last=ON, seller=invoice.seller)
        batch = make_batch(asked, by=make_user(), at=AT)[0]
        sheet = openpyxl.load_workbook(io.BytesIO(bytes(batch.file.content))).active
        assert sheet is not None
        head, row = sheet.iter_rows(values_only=True)
        told.append(dict(zip(head, row, strict=True))["Ставка НДС"])
    assert told == ["0%", "Без НДС"]


def test_the_payment_order_tells_them_apart(zero: Invoice, without: Invoice) -> None:
    bank = {"account_number": "40702810200000012345", "bik": "044525225", "bank_name": "ПАО СБЕРБАНК"}
    drawn = {each.pk: payment_code(each, seller={**each.seller_frozen, "bank": bank}) for each in (zero, without)}
    assert all(drawn.values())
    assert drawn[zero.pk] != drawn[without.pk]


def test_datev_has_an_account_of_its_own_for_it() -> None:
    assert case_of(category="Z", percent=Decimal(0)) is Case.ZERO
    assert case_of(category="E", percent=Decimal(0)) is Case.EXEMPT


def test_a_line_by_hand_and_an_item_of_the_catalogue_may_be_at_zero(cast: Cast, finance: Browser) -> None:
    draft = make_draft()
    body = {"description": "Licence", "kind": "product", "quantity": "1", "unit": "C62", "unit_price": "50", "vat": "Z"}
    posted = finance.post(reverse("billing:invoice_line_new", args=[draft.pk]), body | {"supplied_on": "2026-03-31"})
    assert posted.status_code == 302
    line = draft.lines.get(vat_category="Z")
    assert (line.vat_rate, line.vat_amount) == (0, 0)
    form = finance.get(reverse("billing:invoice_line_edit", args=[line.pk])).context["form"]
    assert form["vat"].value() == "Z"
    page = finance.get(reverse("billing:invoice_detail", args=[draft.pk])).content.decode().replace("\u202f", " ")
    assert "VAT: 0 % of" in page
    made = make_api(cast.finance).post(
        "/api/v1/products/",
        {"code": "zero", "name": "Zero", "kind": "product", "unit_price": "5.00", "currency": "EUR", "vat": "Z"},
        format="json",
    )
    assert made.status_code == 201, made.json()
