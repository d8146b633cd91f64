"""Issued documents and their files: until when they are kept is said, and nothing deletes them."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from billing.documents.delivery import deliver_document
from billing.exports.batches import Asked, make_batch
from billing.models import DocumentFile, DocumentReport, ExportFile
from tests.billing.test_e_invoices import client
from tests.make import Cast, make_api, make_client, make_seller, make_user
from tests.make.invoices import make_draft, make_invoice, make_rate_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 2, 12, tzinfo=UTC)
ON = date(2026, 3, 31)


def test_the_page_and_the_api_say_until_when_a_document_is_kept(cast: Cast, finance: Browser) -> None:
    invoice = make_invoice()
    page = finance.get(reverse("billing:invoice_detail", args=[invoice.pk]))
    assert page.context["kept_until"] == date(2034, 12, 31)
    assert "nothing deletes it" in page.content.decode()
    url = f"/api/v1/invoices/{invoice.pk}/"
    assert make_api(cast.finance).get(url).json()["kept_until"] == "2034-12-31"
    draft = make_draft(invoice.client)
    assert make_api(cast.finance).get(f"/api/v1/invoices/{draft.pk}/").json()["kept_until"] is None


def test_a_russian_company_keeps_for_five_years_and_any_company_longer_if_it_says_so() -> None:
    make_rate_of("EUR", "RUB", "90", on=ON)
    russian = make_invoice(make_client(country="RU", default_seller=make_seller("RU")), rate="8000")
    assert russian.kept_until == date(2031, 12, 31)
    russian.seller.keep_years = 7
    assert russian.kept_until == date(2033, 12, 31)


def test_a_company_keeps_no_shorter_than_the_law_wants(cast: Cast) -> None:
    seller = make_seller()
    api, url = make_api(cast.partner), f"/api/v1/sellers/{seller.pk}/"
    refused = api.patch(url, {"keep_years": 5})
    assert [(error["code"], error["attr"]) for error in refused.json()["errors"]] == [("too_short", "keep_years")]
    assert api.patch(url, {"keep_years": 10}).status_code == 200
    assert api.patch(f"/api/v1/sellers/{make_seller('RU').pk}/", {"keep_years": 5}).status_code == 200


def test_a_batch_is_a_part_of_the_books(finance: Browser) -> None:
    invoice = make_invoice()
    asked = Asked(format="csv", first=date(2026, 3, 1), last=ON, seller=invoice.seller)
    batch = make_batch(asked, by=make_user(), at=AT)[0]
    assert batch.kept_until.year == batch.created_at.year + 10
    assert "nothing deletes it" in finance.get(reverse("billing:export_detail", args=[batch.pk])).content.decode()


@pytest.mark.parametrize("table", ["documentfile", "documentreport", "exportfile", "exportbatch"])
@pytest.mark.parametrize("act", ["DELETE FROM billing_{}", "UPDATE billing_{} SET id = id + 1000"])
def test_the_database_deletes_and_changes_no_original(table: str, act: str) -> None:
    invoice = make_invoice(client())
    deliver_document(invoice.pk, at=AT)
    make_batch(Asked(format="csv", first=date(2026, 3, 1), last=ON, seller=invoice.seller), by=make_user(), at=AT)
    assert DocumentFile.objects.exists()
    assert DocumentReport.objects.exists()
    assert ExportFile.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))
