"""The register for 1C: INN and KPP stay text, VAT by rate, and "without VAT" is not 0 %."""

import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest

from billing.exports.batches import Asked, make_batch
from tests.make import make_client, make_seller, make_user
from tests.make.invoices import make_invoice, make_rate_of

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 31)


def rows_of(seller: Any) -> list[dict[str, Any]]:
    asked = Asked(format="onec", first=date(2026, 3, 1), last=ON, seller=seller)
    batch = make_batch(asked, by=make_user(), at=datetime(2026, 4, 2, tzinfo=UTC))[0]
    sheet = openpyxl.load_workbook(io.BytesIO(bytes(batch.file.content))).active
    assert sheet is not None
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_a_row_names_the_client_by_its_numbers_and_the_vat_by_its_rate() -> None:
    make_rate_of("EUR", "RUB", "90", on=ON)
    client = make_client(
        country="RU", legal_name="ООО «Ромашка»", tax_number="7707083893", registration_reason="770701001"
    )
    invoice = make_invoice(client, rate="8000")
    row = rows_of(client.default_seller)[0]
    assert (row["Номер"], row["ИНН"], row["КПП"]) == (invoice.number, "7707083893", "770701001")
    assert (row["Контрагент"], row["Сумма"], row["Ставка НДС"], row["Сумма НДС"]) == (
        "ООО «Ромашка»",
        80000,
        "22%",
        14426.23,
    )


def test_without_vat_is_not_zero_per_cent() -> None:
    make_rate_of("EUR", "RUB", "90", on=ON)
    seller = make_seller("RU", code="usn", vat_regime="simplified")
    make_invoice(make_client(country="RU", default_seller=seller), rate="8000")
    row = rows_of(seller)[0]
    assert (row["Ставка НДС"], row["Сумма НДС"]) == ("Без НДС", 0)
