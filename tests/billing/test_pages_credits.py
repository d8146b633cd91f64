"""Pages of what corrects an invoice: credit notes, write-offs, and what an account manager may see of them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Coverage, Invoice, WriteOff, WriteOffRequest
from tests.billing.test_pages_invoices import invoice_of, seen_by
from tests.make import Cast, make_client
from tests.make.invoices import make_invoice, make_work

pytestmark = pytest.mark.django_db


def test_invoice_credit_in_part_frees_only_the_named_entry(finance: Browser, today: date) -> None:
    client = make_client()
    kept = make_work(client, worked_on=today - timedelta(days=5), minutes=300)
    invoice = invoice_of(today, client=client, minutes=300)
    billed = invoice.lines.get()
    freed = billed.billed.exclude(entry=kept).get().entry
    assert freed is not None
    body = {"kind": "partial", "reason": "twice", "issued_on": today.isoformat(), f"entries_{billed.pk}": [freed.pk]}
    response = finance.post(reverse("billing:invoice_credit", args=[invoice.pk]), body)
    credit = Invoice.objects.credit_notes().get()
    assert response["Location"] == reverse("billing:invoice_detail", args=[credit.pk])
    assert credit.gross_amount == Decimal("750.00")
    assert list(Coverage.objects.filter(is_billed=False).values_list("entry", flat=True)) == [freed.pk]


def test_invoice_credit_above_what_is_left_is_refused_in_words(finance: Browser, today: date) -> None:
    invoice = invoice_of(today)
    amount = {f"amount_{invoice.lines.get().pk}": "1500.01"}
    body = {"kind": "goodwill", "reason": "late", "issued_on": today.isoformat(), **amount}
    response = finance.post(reverse("billing:invoice_credit", args=[invoice.pk]), body)
    assert response.status_code == 422
    assert "Only 1500.00 is left on this line." in response.content.decode()


def test_a_write_off_is_asked_by_one_and_approved_by_another(cast: Cast, finance: Browser, today: date) -> None:
    invoice = invoice_of(today)
    asked = {"amount": "1500.00", "reason": "insolvent"}
    finance.post(reverse("billing:invoice_write_off", args=[invoice.pk]), asked)
    waiting = WriteOffRequest.objects.get()
    approve = reverse("billing:write_off_approve", args=[waiting.pk])
    assert finance.post(approve).status_code == 403
    seen_by(cast.partner).post(approve)
    assert WriteOff.objects.get().amount == Decimal("1500.00")
    state = finance.get(reverse("billing:invoice_detail", args=[invoice.pk])).context["invoice"].state
    assert state == "written_off"


def test_nobody_approves_the_write_off_they_asked_for(cast: Cast, today: date) -> None:
    invoice, partner = invoice_of(today), seen_by(cast.partner)
    partner.post(reverse("billing:invoice_write_off", args=[invoice.pk]), {"amount": "10", "reason": "small"})
    response = partner.post(reverse("billing:write_off_approve", args=[WriteOffRequest.objects.get().pk]))
    assert response.status_code == 403
    assert not WriteOff.objects.exists()


def test_an_account_manager_reads_own_invoices_and_changes_none(cast: Cast, today: date) -> None:
    own, other = invoice_of(today, client=make_client(account_manager=cast.manager)), invoice_of(today)
    browser = seen_by(cast.manager)
    assert browser.get(reverse("billing:invoice_detail", args=[own.pk])).status_code == 200
    assert browser.get(reverse("billing:invoice_detail", args=[other.pk])).status_code == 404
    assert browser.get(reverse("billing:client_money_panel", args=[other.client_id])).status_code == 404
    assert browser.post(reverse("billing:invoice_credit", args=[own.pk])).status_code == 403
    assert len(browser.get(reverse("billing:invoice_list")).context["page"].rows) == 1


def test_invoice_credit_sum_says_what_it_comes_to_before_it_is_issued(finance: Browser) -> None:
    invoice = make_invoice()
    url = reverse("billing:invoice_credit_sum", args=[invoice.pk])
    line = invoice.lines.get().pk
    full = finance.get(url, {"kind": "full"}).context["sum"]
    assert (full.gross, full.net, full.vat) == (Decimal("1500.00"), Decimal("1260.50"), Decimal("239.50"))
    part = finance.get(url, {"kind": "goodwill", f"amount_{line}": "75.00"}).context["sum"]
    assert (part.gross, part.net, part.vat) == (Decimal("75.00"), Decimal("63.03"), Decimal("11.97"))
    assert finance.get(url, {"kind": "goodwill", f"amount_{line}": "1500.01"}).context["sum"] is None
    assert finance.get(url, {"kind": "goodwill"}).context["sum"] is None
