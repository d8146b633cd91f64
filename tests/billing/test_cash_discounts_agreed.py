"""Cash discounts agreed in an offer or a retainer: they come along to its invoices, before the client's own terms."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse

from billing.documents.e_invoices.fields import e_invoice_fields
from billing.documents.offers import offer_paper
from billing.models import Invoice, Offer
from billing.services.drafting import draft_invoices
from billing.services.fees import draft_due_fees
from billing.services.fixed_offers import draft_fixed_offer, draft_offer_advance
from billing.services.offers import revise_offer
from tests.billing.test_e_invoices import client as e_client
from tests.make import Cast, make_api, make_client
from tests.make.invoices import NOON, make_series, make_work
from tests.make.offers import make_accepted_offer, make_offer, make_sent_offer
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
JULY = date(2026, 7, 1)
THREE = {"cash_discount_percent": Decimal(3), "cash_discount_days": 7}
TWO = {"cash_discount_percent": Decimal(2), "cash_discount_days": 14}


def terms_of(invoice: Invoice) -> tuple[int | None, int | None]:
    percent = invoice.cash_discount_percent
    return None if percent is None else int(percent), invoice.cash_discount_days


def fixed(client: Any, **kw: Any) -> Offer:
    return make_accepted_offer(client, basis="fixed", fixed_price=Decimal("1190.00"), hourly_rate=None, **kw)


def test_a_fixed_offer_brings_its_terms_to_its_invoices() -> None:
    client = make_client(**TWO)
    assert terms_of(draft_offer_advance(fixed(client, **THREE), amount=Decimal(119), by=None, on=JULY)) == (3, 7)
    assert terms_of(draft_fixed_offer(fixed(client, **THREE), by=None, on=JULY)) == (3, 7)


def test_without_terms_of_its_own_the_client_s_hold() -> None:
    assert terms_of(draft_fixed_offer(fixed(make_client(**TWO)), by=None, on=JULY)) == (2, 14)
    assert terms_of(draft_fixed_offer(fixed(make_client()), by=None, on=JULY)) == (None, None)


def test_work_of_one_offer_has_its_terms_and_mixed_work_the_client_s() -> None:
    client = make_client(**TWO)
    offer = make_accepted_offer(client, **THREE)
    make_work(client, offer=offer, worked_on=date(2026, 6, 3))
    (one,) = draft_invoices(client, through=JULY, by=None, on=JULY).drafts
    assert terms_of(one) == (3, 7)
    make_work(client, offer=offer, worked_on=date(2026, 6, 4))
    make_work(client, worked_on=date(2026, 6, 4))
    (mixed,) = draft_invoices(client, through=JULY, by=None, on=JULY).drafts
    assert terms_of(mixed) == (2, 14)


def test_a_retainer_brings_its_terms_to_its_fees() -> None:
    client = make_client(**TWO)
    assert client.default_seller is not None
    make_series(client.default_seller)
    make_retainer(client, monthly_fee=Decimal("800.00"), price_includes_tax=False, **THREE)
    draft_due_fees(on=date(2026, 1, 31), at=datetime.combine(date(2026, 1, 31), NOON))
    assert terms_of(Invoice.objects.get()) == (3, 7)


def test_the_terms_stand_in_the_e_invoice() -> None:
    draft = draft_fixed_offer(fixed(e_client(), **THREE), by=None, on=JULY)
    assert e_invoice_fields(draft, on=JULY)["BT-20"].endswith("\n#SKONTO#TAGE=7#PROZENT=3.00#\n")


def test_a_sent_offer_says_its_terms_and_keeps_them() -> None:
    offer = make_sent_offer(make_client(language="de"), **THREE)
    said = "Bei Zahlung innerhalb von 7 Tagen nach Rechnungsdatum 3 % Skonto."
    assert said in offer_paper(offer).texts
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(cash_discount_days=30)
    again = revise_offer(offer, by=offer.author, valid_until=JULY)
    assert (again.cash_discount_percent, again.cash_discount_days) == (Decimal(3), 7)
    assert not any("Skonto" in text for text in offer_paper(make_offer(make_client(language="de", **TWO))).texts)


@pytest.mark.parametrize("make", [make_offer, make_retainer])
def test_per_cent_and_days_come_together(make: Any) -> None:
    row = make()
    row.cash_discount_percent = Decimal(3)
    with pytest.raises(ValidationError, match="per cent up to 50, and days"):
        row.full_clean()


def test_forms_and_api_take_the_terms(cast: Cast, finance: Browser) -> None:
    client = make_client(account_manager=cast.manager)
    api = make_api(cast.manager)
    offer = api.post(
        "/api/v1/offers/", {"client": client.pk, "title": "A", "hourly_rate": "150.00", "cash_discount_percent": "3"}
    )
    assert (offer.status_code, offer.json()["errors"][0]["code"]) == (400, "cash_discount")
    made = api.post(
        "/api/v1/offers/",
        {
            "client": client.pk,
            "title": "A",
            "hourly_rate": "150.00",
            "cash_discount_percent": "3",
            "cash_discount_days": 7,
        },
    )
    assert (made.status_code, made.json()["cash_discount_days"]) == (201, 7)
    contract = {"client": client.pk, "name": "R", "monthly_fee": "80.00", "starts_on": "2026-01-01"}
    retainer = api.post("/api/v1/retainers/", contract | {"cash_discount_percent": "3", "cash_discount_days": 7})
    assert (retainer.status_code, retainer.json()["cash_discount_percent"]) == (201, "3.00")
    browser = Browser()
    browser.force_login(cast.manager)
    for name in ("offer_new", "retainer_new"):
        form = browser.get(reverse(f"billing:{name}")).context["form"]
        assert {"cash_discount_percent", "cash_discount_days"} <= form.fields.keys()
