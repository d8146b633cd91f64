"""Acts on pages and in the API: who sees them, what waits, acts made together, files, signatures."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import ExchangeRate, Invoice, ServiceAct, ServiceActSignature
from tests.make import Cast, browser_of, make_api
from tests.make.acts import russian_client, russian_seller
from tests.make.invoices import make_invoice, make_rate_of
from tests.statements import counted

pytestmark = pytest.mark.django_db
URL, LIST = "/api/v1/service-acts/", "/acts/"


def rendered(**kw: Any) -> Invoice:
    """An issued Russian invoice over work of five days ago."""
    today = timezone.localdate()
    seller = russian_seller()
    if not ExchangeRate.objects.filter(valid_on=today).exists():
        make_rate_of("EUR", "RUB", "90", on=today)
    worked_on = today - timedelta(days=5)
    return make_invoice(russian_client(seller, **kw), on=today, rate="8000", worked_on=worked_on)


def codes(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def test_finance_makes_the_acts_of_all_that_waits_in_one_go(cast: Cast) -> None:
    invoice, browser = rendered(), browser_of(cast.finance)
    assert invoice.number in browser.get(LIST).content.decode()
    response = browser.post(f"{LIST}make/", {"invoice": [invoice.pk], "acted_on": timezone.localdate()})
    assert response.status_code == 302
    act = ServiceAct.objects.get()
    page = browser.get(LIST).content.decode()
    assert act.number in page
    assert "Rendered, without an act" not in page
    assert "Act of services" in browser.get(reverse("billing:invoice_detail", args=[invoice.pk])).content.decode()


def test_what_was_chosen_and_typed_stays_when_it_is_refused(cast: Cast) -> None:
    invoice, browser = rendered(), browser_of(cast.finance)
    nothing = browser.post(f"{LIST}make/", {"acted_on": "2026-01-31"})
    assert nothing.status_code == 422
    assert "Choose at least one row." in nothing.content.decode()
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    other = rendered()
    refused = browser.post(f"{LIST}make/", {"invoice": [invoice.pk], "acted_on": tomorrow})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "This day is yet to come." in text
    assert tomorrow in text
    assert [row[1] for row in refused.context["waiting"] if row[0] in (invoice, other)] == [True, False]
    assert not ServiceAct.objects.exists()


def test_the_filter_and_the_pager_refresh_the_rows_alone(cast: Cast) -> None:
    browser = browser_of(cast.finance)
    rows = browser.get(LIST, {"search": "x"}, headers={"HX-Request": "true", "HX-Target": "rows"}).content.decode()
    assert "<h1" not in rows
    assert "<h1" in browser.get(LIST, headers={"HX-Request": "true"}).content.decode()
    wrong = browser.get(LIST, {"acted_on__gte": "never"}).content.decode()
    assert "No act fits these filters" not in wrong


def test_a_signature_is_recorded_and_undone(cast: Cast) -> None:
    invoice, browser = rendered(), browser_of(cast.finance)
    browser.post(f"{LIST}make/", {"invoice": [invoice.pk], "acted_on": timezone.localdate()})
    act = ServiceAct.objects.get()
    wrong = browser.post(f"{LIST}{act.pk}/sign/", {"signed_on": "2001-01-01", "signed_by": "Иванов"})
    assert wrong.status_code == 422
    assert "Иванов" in wrong.content.decode()
    browser.post(f"{LIST}{act.pk}/sign/", {"signed_on": timezone.localdate(), "signed_by": "Иванов"})
    assert ServiceActSignature.objects.get().signed_by == "Иванов"
    assert act.number not in browser.get(LIST, {"state": "unsigned"}).content.decode()
    browser.post(f"{LIST}{act.pk}/unsign/")
    assert not ServiceActSignature.objects.exists()


def test_a_upd_that_lacks_something_says_what_on_the_page_of_its_invoice(cast: Cast) -> None:
    invoice, browser = rendered(e_address=""), browser_of(cast.finance)
    browser.post(f"{LIST}make/", {"invoice": [invoice.pk], "acted_on": timezone.localdate()})
    act = ServiceAct.objects.get()
    answer = browser.get(f"{LIST}{act.pk}/file/upd/", follow=True)
    assert "participant id at its EDO operator" in answer.content.decode()
    assert browser.get(f"{LIST}{act.pk}/file/pdf/")["Content-Type"] == "application/pdf"
    assert browser.get(f"{LIST}{act.pk}/file/exe/").status_code == 404


def test_who_may_not_see_an_invoice_sees_no_act_of_it(cast: Cast) -> None:
    invoice = rendered()
    browser_of(cast.finance).post(f"{LIST}make/", {"invoice": [invoice.pk], "acted_on": timezone.localdate()})
    act = ServiceAct.objects.get()
    for person in (cast.manager, cast.consultant):
        assert browser_of(person).get(f"{LIST}{act.pk}/file/pdf/").status_code == 404
        assert make_api(person).get(f"{URL}{act.pk}/").status_code == 404
    assert make_api(cast.manager).post(URL, {"invoice": invoice.pk, "acted_on": "2026-01-01"}).status_code == 403


def test_the_api_makes_signs_and_answers_the_files(cast: Cast) -> None:
    invoice, api = rendered(), make_api(cast.finance)
    today = timezone.localdate().isoformat()
    response = api.post(URL, {"invoice": invoice.pk, "acted_on": today})
    assert response.status_code == 201, response.json()
    made = response.json()
    assert (made["invoice"], made["client"], made["signed_on"]) == (invoice.pk, invoice.client_id, None)
    again = api.post(URL, {"invoice": invoice.pk, "acted_on": today})
    assert (again.status_code, codes(again)) == (409, [("already_done", None)])
    url = f"{URL}{made['id']}/"
    signed = api.post(f"{url}sign/", {"signed_on": today, "signed_by": "Иванов"}).json()
    assert (signed["signed_on"], signed["signed_by"]) == (today, "Иванов")
    assert api.post(f"{url}unsign/").json()["signed_on"] is None
    assert api.get(f"{url}pdf/").content.startswith(b"%PDF")
    assert api.get(f"{url}upd/").content == api.get(f"{url}upd/").content
    assert api.patch(url, {"number": "x"}).status_code == 405


def test_the_page_asks_as_much_for_many_as_for_few(cast: Cast) -> None:
    browser = browser_of(cast.finance)
    for _ in range(2):
        invoice = rendered()
        browser.post(f"{LIST}make/", {"invoice": [invoice.pk], "acted_on": timezone.localdate()})
    rendered()
    browser.get(LIST)
    with counted() as few:
        browser.get(LIST)
    for _ in range(5):
        invoice = rendered()
        browser.post(f"{LIST}make/", {"invoice": [invoice.pk], "acted_on": timezone.localdate()})
    for _ in range(4):
        rendered()
    with counted() as many:
        browser.get(LIST)
    assert len(many) <= len(few)
