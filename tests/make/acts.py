"""Russian companies, their clients and acts of services."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from lxml import etree
from pypdfium2 import PdfDocument

from billing.documents.act_files import act_file
from billing.models import (
    ExchangeRate,
    Invoice,
    Series,
    ServiceAct,
    ServiceActFile,
)
from billing.services.service_acts import (
    make_act,
)
from clients.models import Client, Seller
from crm.access import Role
from tests.billing.errors import code_of_error
from tests.make import make_client, make_seller, make_user
from tests.make.invoices import make_invoice, make_rate_of

MARCH = date(2026, 3, 31)
AT = datetime(2026, 4, 2, 9, 30, 15, tzinfo=UTC)


def russian_seller(**kw: Any) -> Seller:
    if not ExchangeRate.objects.exists():
        make_rate_of("EUR", "RUB", "90", on=MARCH)
    fields = {
        "street": "Невский проспект, 100",
        "city": "Санкт-Петербург",
        "tax_number": "7707083893",
        "registration_reason": "780101001",
        "director_name": "Белова Ирина Сергеевна",
        "edo_id": "2BM-7707083893",
        **kw,
    }
    seller = make_seller("RU", **fields)
    Series.objects.get_or_create(seller=seller, kind="act", defaults={"code": "act", "pattern": "{year}-{number:04}"})
    return seller


def russian_client(seller: Seller, **kw: Any) -> Client:
    fields = {
        "legal_name": "ООО «Ромашка»",
        "street": "улица Мира, 3",
        "city": "Москва",
        "tax_number": "7736050003",
        "registration_reason": "773601001",
        "e_address": "2BE-7736050003",
        **kw,
    }
    return make_client(country="RU", language="ru", default_seller=seller, **fields)


def billed(seller: Seller, rate: str = "8000", **kw: Any) -> Invoice:
    return make_invoice(russian_client(seller, **kw), rate=rate)


def acted(invoice: Invoice, on: date = MARCH) -> ServiceAct:
    return make_act(invoice, acted_on=on, by=make_user(Role.FINANCE), at=AT)


def refusal(invoice: Invoice, on: date = MARCH) -> str:
    with pytest.raises(ValidationError) as refused:
        acted(invoice, on)
    return code_of_error(refused.value)


def upd_of(act: ServiceAct) -> Any:
    return etree.fromstring(bytes(act_file(act, ServiceActFile.Format.UPD, at=AT).content))


def words_of(act: ServiceAct) -> str:
    return words_in_pdf(bytes(act_file(act, ServiceActFile.Format.PDF, at=AT).content))


def words_in_pdf(content: bytes) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in PdfDocument(content)).split())
