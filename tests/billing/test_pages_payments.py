"""Pages of payments: the proposal, parts and overpayments, several invoices, taking back, applying the rest."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment
from clients.models import Client
from clients.services.merging import merge_client
from tests.make import Cast, make_client
from tests.make.invoices import make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return make_client()


@pytest.fixture
def finance(cast: Cast) -> Browser:
    browser = Browser()
    browser.force_login(cast.finance)
    return browser


def owing(client: Client, minutes: int = 600) -> Invoice:
    today = timezone.localdate()
    return make_invoice(client, on=today, worked_on=today - timedelta(days=5), minutes=minutes)


def paid(client: Client, amount: str, **changes: object) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    body = {"client": client.pk, "seller": client.default_seller_id, "currency": "EUR", "received_on": today}
    return {**body, "amount": amount, "reference": "", **changes}


def balance(invoice: Invoice) -> Decimal:
    return Invoice.objects.with_balance().get(pk=invoice.pk).balance_amount


def test_payment_new_proposes_the_oldest_debt_first(finance: Browser, client: Client) -> None:
    first, second = owing(client), owing(client, minutes=300)
    form = finance.get(reverse("billing:payment_new"), paid(client, "1800.00")).context["form"]
    assert [field.initial for _invoice, field in form.rows] == [Decimal("1500.00"), Decimal("300.00")]
    assert [invoice for invoice, _field in form.rows] == [first, second]


def test_payment_new_without_a_choice_settles_what_is_proposed(finance: Browser, client: Client) -> None:
    first, second = owing(client), owing(client, minutes=300)
    finance.post(reverse("billing:payment_new"), paid(client, "1800.00"))
    assert (balance(first), balance(second)) == (Decimal(0), Decimal("450.00"))


def test_payment_new_settles_exactly_what_was_named(finance: Browser, client: Client) -> None:
    first, second = owing(client), owing(client, minutes=300)
    named = {f"settle_{first.pk}": "", f"settle_{second.pk}": "500.00"}
    finance.post(reverse("billing:payment_new"), paid(client, "600.00", **named))
    assert (balance(first), balance(second)) == (Decimal("1500.00"), Decimal("250.00"))
    assert Payment.objects.with_unapplied().get().unapplied_amount == Decimal("100.00")


def test_an_overpayment_becomes_the_clients_credit(finance: Browser, client: Client) -> None:
    invoice = owing(client)
    answer = finance.post(reverse("billing:payment_new"), paid(client, "2000.00"), follow=True)
    assert balance(invoice) == 0
    assert "500.00" in answer.content.decode()
    rows = finance.get(reverse("billing:payment_list"), {"rest": "open"}).context["page"].rows
    assert [row.unapplied_amount for row in rows] == [Decimal("500.00")]


@pytest.mark.parametrize("amount", ["0", "-5", "x", "1.234", "99999999999999"])
def test_payment_new_refuses_nonsense_and_keeps_it(finance: Browser, client: Client, amount: str) -> None:
    response = finance.post(reverse("billing:payment_new"), paid(client, amount, reference="typed words"))
    assert response.status_code == 422
    assert 'value="typed words"' in response.content.decode()
    assert not Payment.objects.exists()


def test_payment_new_never_settles_more_than_is_owed(finance: Browser, client: Client) -> None:
    invoice = owing(client)
    response = finance.post(reverse("billing:payment_new"), paid(client, "2000", **{f"settle_{invoice.pk}": "1600"}))
    assert response.status_code == 422
    assert "owes 1500.00" in response.content.decode()
    assert not Payment.objects.exists()


def test_payment_new_from_an_invoice_brings_everything_along(finance: Browser, client: Client) -> None:
    invoice = owing(client)
    form = finance.get(reverse("billing:payment_new"), {"invoice": invoice.pk}).context["form"]
    assert (form["amount"].value(), form["client"].value()) == ("1500.00", client.pk)


def test_an_allocation_is_taken_back_once_and_applied_again(finance: Browser, client: Client) -> None:
    invoice = owing(client)
    finance.post(reverse("billing:payment_new"), paid(client, "1500.00"))
    payment = Payment.objects.get()
    back = reverse("billing:allocation_take_back", args=[payment.allocations.get().pk])
    finance.post(back)
    finance.post(back)
    assert balance(invoice) == Decimal("1500.00")
    body = {f"settle_{invoice.pk}": "1000.00"}
    finance.post(reverse("billing:payment_allocate", args=[payment.pk]), body)
    assert balance(invoice) == Decimal("500.00")


def test_credit_stands_on_the_invoices_that_it_could_settle_and_is_applied_by_a_person(
    finance: Browser, client: Client
) -> None:
    owing(client, minutes=300)
    finance.post(reverse("billing:payment_new"), paid(client, "1000.00"))
    payment = Payment.objects.get()
    old, new = owing(client), owing(client, minutes=100)
    page = finance.get(reverse("billing:invoice_detail", args=[new.pk]))
    assert page.context["credits"] == [payment]
    assert reverse("billing:payment_detail", args=[payment.pk]) in page.content.decode()
    assert (balance(old), balance(new)) == (Decimal("1500.00"), Decimal("250.00"))
    form = finance.get(reverse("billing:payment_detail", args=[payment.pk])).context["form"]
    assert [field.initial for _invoice, field in form.rows] == [Decimal("250.00"), None]


def test_an_invoice_of_a_merged_client_is_paid_by_the_one_that_stayed(finance: Browser, client: Client) -> None:
    gone = make_client()
    invoice = owing(gone)
    merge_client(gone, into=client, at=timezone.now())
    form = finance.get(reverse("billing:payment_new"), {"invoice": invoice.pk}).context["form"]
    assert ([row.pk for row, _field in form.rows], form.initial["client"]) == ([invoice.pk], client.pk)
    assert finance.post(reverse("billing:payment_new"), paid(client, "1500.00")).status_code == 302
    assert balance(invoice) == 0


def test_payment_allocate_above_the_rest_is_refused_in_words(finance: Browser, client: Client) -> None:
    owing(client)
    finance.post(reverse("billing:payment_new"), paid(client, "1600.00"))
    payment, second = Payment.objects.get(), owing(client)
    body = {f"settle_{second.pk}": "200.00"}
    response = finance.post(reverse("billing:payment_allocate", args=[payment.pk]), body)
    assert response.status_code == 422
    assert "100.00 is left" in response.content.decode()


def test_payments_are_read_by_the_account_manager_and_hidden_from_consultants(
    finance: Browser, cast: Cast, client: Client
) -> None:
    Client.objects.filter(pk=client.pk).update(account_manager=cast.manager)
    finance.post(reverse("billing:payment_new"), paid(client, "10.00"))
    url = reverse("billing:payment_detail", args=[Payment.objects.get().pk])
    codes = {}
    for user in (cast.manager, cast.consultant):
        browser = Browser()
        browser.force_login(user)
        codes[user.username] = browser.get(url).status_code, browser.post(reverse("billing:payment_new")).status_code
    assert codes == {"anna": (200, 403), "jonas": (404, 403)}


def test_payment_export_gives_exactly_the_filtered_rows(finance: Browser, client: Client) -> None:
    for reference in ("kept", "other"):
        finance.post(reverse("billing:payment_new"), paid(client, "10.00", reference=reference))
    query = {"search": "kept", "format": "csv", "headers": "names"}
    response: Any = finance.get(reverse("billing:payment_export"), query)
    text = b"".join(response.streaming_content).decode()
    assert "kept" in text
    assert "other" not in text


def test_payment_list_narrows_by_days(finance: Browser, client: Client) -> None:
    finance.post(reverse("billing:payment_new"), paid(client, "10.00"))
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert not finance.get(reverse("billing:payment_list"), {"received_on__gte": tomorrow}).context["page"].rows
    assert date.fromisoformat(tomorrow) > timezone.localdate()
