"""Sold hours refunded on their invoice: the hours leave the package with the money, by service, page and API."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import HourPackage, Invoice, LedgerRow
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, CreditLine
from billing.services.endings import expire_package
from billing.services.issuing import issue_invoice
from billing.services.packages import void_package
from billing.services.sold_hours import credit_or_refund
from billing.services.terms import ONE_DAY
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.errors import code_of
from tests.make import Cast, make_api, make_client, make_package, make_user, submitted
from tests.make.hours import AT, DAY
from tests.make.invoices import make_invoice, make_series

pytestmark = pytest.mark.django_db


def sold_package(**kw: Any) -> tuple[HourPackage, Invoice]:
    package = make_package(**{"hours": 10, "price": Decimal("1500.00"), **kw})
    make_series(package.seller)
    invoice = draft_package_invoice(package, by=None, on=DAY)
    return package, issue_invoice(invoice, issued_on=DAY, by=None, at=AT)


def hours_left(package: HourPackage) -> int:
    return int(HourPackage.objects.get(pk=package.pk).account.balance_minutes)


def refund_hours_of(invoice: Invoice, amount: str | None = None) -> Invoice:
    named = () if amount is None else (CreditLine(line_id=invoice.lines.get().pk, amount=Decimal(amount)),)
    refund = CreditKind.PACKAGE_REFUND
    by = make_user(Role.FINANCE)
    return credit_or_refund(invoice, kind=refund, reason="moves away", issued_on=DAY, by=by, at=AT, lines=named)


def test_a_refund_on_the_invoice_takes_the_hours_that_it_pays_for(cast: Cast) -> None:
    package, invoice = sold_package()
    note = refund_hours_of(invoice, "300.00")
    assert (note.correction_kind, note.gross_amount, hours_left(package)) == ("package_refund", Decimal("300.00"), 480)
    assert LedgerRow.objects.get(kind="refund").price == Decimal("300.00")


def test_a_refund_without_an_amount_gives_back_all_that_is_unused(cast: Cast) -> None:
    package, invoice = sold_package()
    approve_entries([submitted(package.client, cast.consultant, 60).pk], by=cast.partner, at=AT)
    assert (refund_hours_of(invoice).gross_amount, hours_left(package)) == (Decimal("1350.00"), 0)
    with pytest.raises(ValidationError) as refused:
        refund_hours_of(invoice)
    assert code_of(refused) == "balance_limit"


def test_used_hours_are_not_refunded_and_nothing_else_is_refunded_as_hours(cast: Cast) -> None:
    package, invoice = sold_package()
    approve_entries([submitted(package.client, cast.consultant, 60).pk], by=cast.partner, at=AT)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        refund_hours_of(invoice, "1500.00")
    assert code_of(refused) == "balance_limit"
    assert (hours_left(package), Invoice.objects.credit_notes().count()) == (540, 0)
    work = make_invoice(make_client(), on=DAY)
    with pytest.raises(ValidationError) as refused:
        refund_hours_of(work, "10.00")
    assert code_of(refused) == "invalid"


def test_the_api_and_the_page_refund_hours_as_one(cast: Cast, client: Browser) -> None:
    package, invoice = sold_package()
    api, url = make_api(cast.finance), f"/api/v1/invoices/{invoice.pk}/credit/"
    body = {"kind": "package_refund", "reason": "moves away", "issued_on": timezone.localdate().isoformat()}
    line = invoice.lines.get().pk
    made = api.post(url, {**body, "lines": [{"line": line, "amount": "150.00"}]})
    assert (made.status_code, made.json()["gross_amount"], hours_left(package)) == (201, "150.00", 540)
    client.force_login(cast.finance)
    page = reverse("billing:invoice_credit", args=[invoice.pk])
    assert client.post(page, {**body, f"amount_{line}": "150.00"}).status_code == 302
    assert hours_left(package) == 480
    other = make_invoice(make_client(), on=timezone.localdate(), worked_on=timezone.localdate())
    refused = api.post(f"/api/v1/invoices/{other.pk}/credit/", body)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "lines")


def test_a_price_that_does_not_divide_evenly_is_refunded_for_all_that_is_unused(cast: Cast) -> None:
    package, invoice = sold_package(hours=7, price=Decimal("1000.00"))
    approve_entries([submitted(package.client, cast.consultant, 15).pk], by=cast.partner, at=AT)
    assert (refund_hours_of(invoice).gross_amount, hours_left(package)) == (Decimal("964.29"), 0)


def test_the_named_worth_of_all_unused_hours_is_refunded(cast: Cast) -> None:
    package, invoice = sold_package(hours=7, price=Decimal("1000.00"))
    approve_entries([submitted(package.client, cast.consultant, 15).pk], by=cast.partner, at=AT)
    assert (refund_hours_of(invoice, "964.29").gross_amount, hours_left(package)) == (Decimal("964.29"), 0)


def credited_in_full(invoice: Invoice) -> Invoice:
    by = make_user(Role.FINANCE)
    return credit_or_refund(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=DAY, by=by, at=AT)


def test_a_full_credit_takes_the_hours_with_the_money(cast: Cast) -> None:
    package, invoice = sold_package()
    refund_hours_of(invoice, "300.00")
    note = credited_in_full(invoice)
    assert (note.gross_amount, hours_left(package)) == (Decimal("1200.00"), 0)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        credited_in_full(note)
    assert code_of(refused) == "wrong_status"
    with pytest.raises(ValidationError) as refused:
        draft_package_invoice(package, by=None, on=DAY)
    assert code_of(refused) == "wrong_status"
    void_package(package, reason="sold by mistake", by=cast.partner, on=DAY, at=AT)
    assert not list(find_breaches())


def test_a_full_credit_is_refused_once_hours_are_used(cast: Cast) -> None:
    package, invoice = sold_package()
    approve_entries([submitted(package.client, cast.consultant, 60).pk], by=cast.partner, at=AT)
    body = {"kind": "full", "reason": "wrong", "issued_on": timezone.localdate().isoformat()}
    refused = make_api(cast.finance).post(f"/api/v1/invoices/{invoice.pk}/credit/", body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "balance_limit")
    assert "540" in refused.json()["errors"][0]["detail"]
    assert (hours_left(package), Invoice.objects.credit_notes().count()) == (540, 0)


def test_a_full_credit_of_expired_hours_gives_the_money_back(cast: Cast) -> None:
    package, invoice = sold_package(expires_on=DAY)
    expire_package(package, on=DAY + ONE_DAY, by=None, at=AT)
    assert (credited_in_full(invoice).gross_amount, hours_left(package)) == (Decimal("1500.00"), 0)
