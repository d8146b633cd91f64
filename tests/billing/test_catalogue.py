"""The catalogue: items copied onto drafts with price, VAT and cost, in the client's language; pages and API."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing.models import Invoice, Product
from billing.services.catalogue import add_product
from tests.billing.errors import code_of
from tests.make import Cast, browser_of, make_api, make_client
from tests.make.invoices import make_draft
from tests.statements import counted

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)
URL = "/api/v1/products/"


def make_product(**kw: Any) -> Product:
    fields = {
        "code": "backup",
        "kind": "licence",
        "name": "Backup licence",
        "name_de": "Sicherungslizenz",
        "unit": "MON",
        "quantity": Decimal(12),
        "unit_price": Decimal("11.90"),
        "currency": "EUR",
        "price_includes_tax": True,
        "cost": Decimal("4.00"),
        **kw,
    }
    return Product.objects.create(**fields)


def test_an_item_is_copied_with_quantity_price_vat_and_cost() -> None:
    draft = make_draft(make_client(language="de"))
    line = add_product(draft, make_product(), on=MARCH)
    assert (line.description, line.kind, line.unit) == ("Sicherungslizenz", "licence", "MON")
    assert (line.quantity, line.amount) == (Decimal(12), Decimal("142.80"))
    assert (line.vat_rate, line.cost) == (Decimal(19), Decimal("48.00"))
    draft.refresh_from_db()
    assert draft.gross_amount == Decimal("1642.80")


def test_a_reduced_rate_and_another_quantity() -> None:
    line = add_product(make_draft(), make_product(vat="R", cost=None), quantity=Decimal("2.5"), on=MARCH)
    assert (line.vat_rate, line.amount, line.cost) == (7, Decimal("29.75"), None)


def test_a_later_change_of_the_catalogue_changes_no_draft() -> None:
    product = make_product()
    line = add_product(make_draft(), product, on=MARCH)
    product.unit_price = Decimal(99)
    product.save()
    line.refresh_from_db()
    assert line.unit_price == Decimal("11.90")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"currency": "RUB"}, "product_basis"),
        ({"price_includes_tax": False}, "product_basis"),
        ({"is_active": False}, "product_foreign"),
    ],
)
def test_what_does_not_fit_the_draft_is_refused(change: dict[str, Any], code: str) -> None:
    draft = make_draft()
    with pytest.raises(ValidationError) as refused:
        add_product(draft, make_product(**change), on=MARCH)
    assert code_of(refused) == code


def test_an_item_of_another_own_company_is_refused() -> None:
    draft = make_draft()
    foreign = make_client(country="RU").default_seller
    with pytest.raises(ValidationError) as refused:
        add_product(draft, make_product(seller=foreign), on=MARCH)
    assert code_of(refused) == "product_foreign"


@pytest.mark.parametrize("change", [{"unit_price": -1}, {"quantity": 0}, {"cost": -1}])
def test_the_database_refuses_what_has_no_sense(change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_product(**change)


def test_product_new_and_edit(cast: Cast) -> None:
    browser = browser_of(cast.finance)
    body = {"name": "Travel", "code": "travel", "kind": "expense", "quantity": "1", "unit": "C62", "vat": "S"}
    body |= {"unit_price": "50.00", "currency": "EUR", "is_active": "on"}
    assert browser.post(reverse("billing:product_new"), body).status_code == 302
    product = Product.objects.get()
    assert browser.post(reverse("billing:product_edit", args=[product.pk]), body | {"code": ""}).status_code == 422
    browser.post(reverse("billing:product_edit", args=[product.pk]), body | {"name": "Journey"})
    assert Product.objects.get().name == "Journey"


def test_product_list_searches_in_the_same_queries(cast: Cast) -> None:
    browser, url = browser_of(cast.finance), reverse("billing:product_list")
    make_product()
    make_product(code="old", name="Old", is_active=False)
    assert [row.code for row in browser.get(url).context["page"].rows] == ["backup"]
    assert [row.code for row in browser.get(url, {"all": "1", "q": "old"}).context["page"].rows] == ["old"]
    with counted() as few:
        browser.get(url)
    for n in range(5):
        make_product(code=f"more-{n}")
    with counted() as many:
        browser.get(url)
    assert len(many) <= len(few)


def test_invoice_product_add_offers_what_fits(cast: Cast) -> None:
    draft, browser = make_draft(), browser_of(cast.finance)
    product = make_product()
    make_product(code="rub", currency="RUB")
    url = reverse("billing:invoice_product_add", args=[draft.pk])
    assert list(browser.get(url).context["form"].fields["product"].queryset) == [product]
    assert browser.post(url, {"product": product.pk, "quantity": ""}).status_code == 302
    assert draft.lines.get(kind="licence").quantity == 12


def test_products_through_the_api(cast: Cast) -> None:
    api = make_api(cast.finance)
    body = {"code": "m365", "kind": "licence", "name": "Licence", "unit_price": "11.9000", "currency": "EUR"}
    made = api.post(URL, body | {"price_includes_tax": True, "quantity": "1", "cost": "5.00"})
    assert made.status_code == 201, made.json()
    draft = make_draft()
    taken = api.post(f"/api/v1/invoices/{draft.pk}/products/", {"product": made.json()["id"], "quantity": "10"})
    assert taken.status_code == 201, taken.json()
    assert taken.json()["lines"][-1]["amount"] == "119.00"
    assert make_api(cast.consultant).get(URL).json()["results"][0]["cost"] is None
    assert make_api(cast.consultant).post(URL, body | {"code": "x"}).status_code == 403
    assert api.delete(f"{URL}{made.json()['id']}/").status_code == 405
    assert Invoice.objects.get().gross_amount == Decimal("1619.00")
