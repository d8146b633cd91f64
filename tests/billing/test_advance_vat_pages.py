"""Advance VAT invoices as files, in the register for 1C, on their pages and in the API."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from lxml import etree

from billing.documents.advance_vat_files import advance_vat_file, keep_forgotten_advance_vat
from billing.exports.batches import Asked, make_batch
from billing.models import AdvanceVatFile, AdvanceVatInvoice
from clients.models import Seller
from crm.invariants import find_breaches
from tests.billing.test_advance_vat import AT, MARCH, bill_of, issued, pay, with_series
from tests.billing.test_hour_acts import sold_package
from tests.billing.test_onec import rows_of
from tests.make import Cast, browser_of, make_api, make_user
from tests.make.acts import russian_seller, words_in_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return with_series(russian_seller())


class TestFiles:
    def test_the_paper_names_the_payment_and_the_rate(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        advance = issued(pay(bill, "120000"), bill, payment_number="77")
        words = words_in_pdf(bytes(advance_vat_file(advance, AdvanceVatFile.Format.PDF, at=AT).content))
        for said in (
            "Счёт-фактура на аванс",
            "№ A2026-0001",
            "№ 77 от 3 февраля 2026",
            "20/120",
            "7736050003/773601001",
        ):
            assert said in words

    def test_the_upd_is_a_vat_invoice_alone(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        advance = issued(pay(bill, "120000"), bill, payment_number="77")
        root = etree.fromstring(bytes(advance_vat_file(advance, AdvanceVatFile.Format.UPD, at=AT).content))
        assert root.find("Документ").get("Функция") == "СЧФ"
        paid, row = root.find(".//СвПРД"), root.find(".//СведТов")
        assert (paid.get("НомерПРД"), paid.get("ДатаПРД"), paid.get("СуммаПРД")) == ("77", "03.02.2026", "120000.00")
        assert (row.get("НалСт"), row.find("СумНал/СумНал").text, row.get("КолТов")) == ("20/120", "20000.00", None)

    def test_what_a_lost_message_left_is_kept_later(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        advance = issued(pay(bill, "120000"), bill)
        advance.files.all()
        keep_forgotten_advance_vat(at=AT)
        assert {row.format for row in advance.files.all()} >= {"pdf"}

    def test_it_leaves_once_in_the_register_of_1c(self, seller: Seller) -> None:
        bill = bill_of(sold_package(seller))
        march = date(2026, 3, 5)
        advance = issued(pay(bill, "120000"), bill, march)
        row = rows_of(seller)[0]
        assert (row["Номер"], row["Ставка НДС"], row["Сумма НДС"], row["Документ"]) == (
            advance.number,
            "20/120",
            20000,
            "Счёт-фактура на аванс",
        )
        asked = Asked(format="onec", first=date(2026, 3, 2), last=MARCH, seller=seller)
        with pytest.raises(ValidationError) as refused:
            make_batch(asked, by=make_user(), at=AT)
        assert refused.value.code == "already_done"
        assert not list(find_breaches())


class TestEdges:
    def test_finance_makes_them_on_the_page(self, cast: Cast, seller: Seller) -> None:
        bill, browser = bill_of(sold_package(seller)), browser_of(cast.finance)
        payment = pay(bill, "120000")
        assert "overdue" in browser.get("/advance-vat/").content.decode()
        assert "1 advance VAT invoice is to be issued." in browser.get("/finance/").content.decode()
        assert browser.post("/advance-vat/make/", {"issued_on": "2026-02-05"}).status_code == 422
        key = f"{payment.pk}-{bill.pk}"
        said = {"receipt": [key], f"number-{key}": "91", "issued_on": "2026-02-05"}
        assert browser.post("/advance-vat/make/", said).status_code == 302
        advance = AdvanceVatInvoice.objects.get()
        assert advance.payment_number == "91"
        assert advance.number in browser.get(f"/invoices/{bill.pk}/").content.decode()
        detail = browser.get(f"/advance-vat/{advance.pk}/")
        assert "VAT left" in detail.content.decode()
        assert browser.get(f"/advance-vat/{advance.pk}/file/pdf/")["Content-Type"] == "application/pdf"
        assert advance.number in b"".join(browser.get("/advance-vat/?format=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        back = browser.post(f"/advance-vat/{advance.pk}/withdraw/", {"reason": "wrong"})
        assert back.status_code in (204, 302)
        assert hasattr(AdvanceVatInvoice.objects.get(), "withdrawal")

    def test_the_api_says_what_waits_and_makes_it(self, cast: Cast, seller: Seller) -> None:
        bill, api = bill_of(sold_package(seller)), make_api(cast.finance)
        payment, url = pay(bill, "120000"), "/api/v1/advance-vat-invoices/"
        rows = api.get(f"{url}awaiting/").json()
        assert [(row["payment"], row["gross_amount"], row["due_on"]) for row in rows] == [
            (payment.pk, "120000.00", "2026-02-08")
        ]
        body = {"payment": payment.pk, "invoice": bill.pk, "issued_on": "2026-02-05", "payment_number": "7"}
        made = api.post(url, body)
        assert made.status_code == 201, made.content
        assert (made.json()["vat_amount"], made.json()["rest_vat"]) == ("20000.00", "20000.00")
        again = api.post(url, body)
        assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "nothing_received")
        wrong = api.post(f"{url}{made.json()['id']}/withdraw/", {"reason": ""})
        assert wrong.status_code == 400
        nothing = api.post(f"{url}{made.json()['id']}/deduct-paid-back/")
        assert (nothing.status_code, nothing.json()["errors"][0]["code"]) == (409, "nothing_received")
