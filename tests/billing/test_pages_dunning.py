"""Pages and API of reminders: the list, letters before they leave, stops, levels and texts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import DunningNotice, DunningStop, DunningText, Invoice
from billing.services.dunning import send_reminders, steps_now
from billing.services.payments import book_payment
from tests.billing.test_payments import receipt
from tests.make import Cast, browser_of, make_api, make_client
from tests.make.invoices import make_invoice
from tests.statements import counted

pytestmark = pytest.mark.django_db
URL = "/api/v1/dunning-notices/"


def late(**kw: Any) -> Invoice:
    on = timezone.localdate() - timedelta(days=40)
    return make_invoice(make_client(**kw), on=on, worked_on=on)


def test_dunning_list_says_that_a_client_has_credit(cast: Cast) -> None:
    invoice = late(name="Brandl")
    late(name="Carl")
    paid = receipt(invoice.client, "70.00", received_on=timezone.localdate())
    book_payment(paid, settles={}, by=cast.finance, at=timezone.now())
    page = browser_of(cast.finance).get(reverse("billing:dunning_list"))
    told = {chase.party.client.name: chase.credit_amount for chase in page.context["chases"]}
    assert told == {"Brandl": Decimal("70.00"), "Carl": Decimal(0)}
    assert f"?client={invoice.client_id}&amp;rest=open" in page.content.decode()
    listed = browser_of(cast.finance).get(f"{reverse('billing:payment_list')}?client={invoice.client_id}&rest=open")
    assert [row.unapplied_amount for row in listed.context["page"].rows] == [Decimal("70.00")]


def test_dunning_list_names_who_is_due_and_what_was_sent(cast: Cast) -> None:
    invoice = late(name="Brandl")
    page = browser_of(cast.finance).get(reverse("billing:dunning_list"))
    assert [chase.party.client.name for chase in page.context["due"]] == ["Brandl"]
    send_reminders([invoice], on=timezone.localdate(), by=cast.finance, at=timezone.now())
    page = browser_of(cast.finance).get(reverse("billing:dunning_list"))
    assert (page.context["due"], [notice.level for notice in page.context["page"].rows]) == ([], [1])


def test_dunning_list_needs_the_same_queries_for_many_clients(cast: Cast) -> None:
    browser, url = browser_of(cast.finance), reverse("billing:dunning_list")
    late()
    browser.get(url)
    with counted() as few:
        browser.get(url)
    for _ in range(5):
        late()
    with counted() as many:
        browser.get(url)
    assert len(many) <= len(few)


def test_dunning_send_shows_the_letter_and_sends_it(cast: Cast) -> None:
    invoice, browser = late(language="de"), browser_of(cast.finance)
    url = reverse("billing:dunning_send")
    assert "Zahlungserinnerung" in browser.get(url, {"invoice": invoice.pk}).content.decode()
    assert browser.post(url, {"invoice": invoice.pk}).status_code == 302
    assert DunningNotice.objects.get().made_by == cast.finance
    assert browser.post(url, {"invoice": invoice.pk}).status_code == 422
    assert browser.post(url, {}).status_code == 422


def test_dunning_detail_and_its_file(cast: Cast) -> None:
    notice = send_reminders([late()], on=timezone.localdate(), by=cast.finance, at=timezone.now())[0]
    browser = browser_of(cast.finance)
    assert (
        notice.items.get().invoice.number
        in browser.get(reverse("billing:dunning_detail", args=[notice.pk])).content.decode()
    )
    assert browser.get(reverse("billing:dunning_pdf", args=[notice.pk])).content[:5] == b"%PDF-"


def test_dunning_stop_and_resume_from_the_invoice(cast: Cast) -> None:
    invoice, browser = late(), browser_of(cast.finance)
    browser.post(reverse("billing:dunning_stop", args=[invoice.pk]), {"reason": "contested hours"})
    page = browser.get(reverse("billing:invoice_detail", args=[invoice.pk]))
    assert "contested hours" in page.content.decode()
    browser.post(reverse("billing:dunning_resume", args=[invoice.pk]))
    assert DunningStop.objects.get().lifted_by == cast.finance


def test_dunning_settings_keep_days_and_texts(cast: Cast) -> None:
    browser, url = browser_of(cast.partner), reverse("billing:dunning_settings")
    assert browser.post(url, {"level_1": 5, "level_2": 5, "level_3": 9}).status_code == 422
    assert browser.post(url, {"level_1": 5, "level_2": 15, "level_3": 25}).status_code == 302
    assert steps_now() == (5, 15, 25)
    text = reverse("billing:dunning_text", args=[2, "ru"])
    assert "Второе напоминание" in browser.get(text).content.decode()
    browser.post(text, {"subject": "Свои слова", "body": "Просим {total}"})
    assert DunningText.objects.get().subject == "Свои слова"
    assert browser.get(reverse("billing:dunning_text", args=[4, "ru"])).status_code == 404


def test_reminders_through_the_api(cast: Cast) -> None:
    invoice, api = late(), make_api(cast.finance)
    assert api.post(f"/api/v1/invoices/{invoice.pk}/stop-dunning/", {"reason": "contested"}).status_code == 201
    assert api.post(f"/api/v1/invoices/{invoice.pk}/stop-dunning/", {"reason": "again"}).status_code == 409
    assert api.post(f"{URL}send/", {"invoices": [invoice.pk]}).json()["errors"][0]["code"] == "dunning_not_due"
    disputed = api.get("/api/v1/invoices/", {"in_dispute": "true"}).json()["results"]
    assert [(row["id"], row["balance_amount"]) for row in disputed] == [(invoice.pk, "1500.00")]
    assert api.get("/api/v1/invoices/", {"in_dispute": "false"}).json()["results"] == []
    assert api.post(f"/api/v1/invoices/{invoice.pk}/resume-dunning/").json()["lifted_by"] == cast.finance.pk
    sent = api.post(f"{URL}send/", {"invoices": [invoice.pk]})
    assert sent.status_code == 201, sent.json()
    assert [row["level"] for row in sent.json()] == [1]
    assert api.get(URL).json()["results"][0]["items"][0]["amount"] == "1500.00"
    assert api.patch(f"{URL}{sent.json()[0]['id']}/", {"level": 3}).status_code == 405
    assert make_api(cast.consultant).get(URL).status_code in (403, 404)
