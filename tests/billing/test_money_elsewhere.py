"""Invoices where people meet them outside of finance: on the client card and in the palette."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from tests.billing.test_pages_invoices import HTMX, invoice_of

pytestmark = pytest.mark.django_db


def test_client_money_panel_says_what_is_owed(finance: Browser, today: date) -> None:
    invoice = invoice_of(today)
    url = reverse("billing:client_money_panel", args=[invoice.client_id])
    bars = finance.get(url, headers=HTMX).context["owed"]
    assert [(bar.currency, bar.total) for bar in bars] == [("EUR", Decimal("1500.00"))]


def test_the_palette_finds_an_invoice_by_its_number(finance: Browser, today: date) -> None:
    invoice = invoice_of(today)
    response = finance.get(reverse("search"), {"q": invoice.number})
    assert reverse("billing:invoice_detail", args=[invoice.pk]) in response.content.decode()
