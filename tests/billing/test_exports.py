"""Pages and API of exports: what is new, a new one, its history and bytes, and the lock that it proposes."""

from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import ExportBatch, PeriodLock
from clients.models import Client
from tests.make import Cast, make_api, make_client, make_seller
from tests.make.invoices import make_invoice

pytestmark = pytest.mark.django_db
MARCH = {"from_on": "2026-03-01", "to_on": "2026-03-31"}
API = "/api/v1/export-batches/"


@pytest.fixture
def invoiced() -> Client:
    client = make_client()
    make_invoice(client)
    return client


def exported(finance: Browser, **changes: str) -> Any:
    return finance.post(reverse("billing:export_new"), {"format": "csv", "language": "", **MARCH, **changes})


def test_export_list_says_what_is_new_and_what_has_left(finance: Browser, invoiced: Client) -> None:
    waiting = {(row.form.code, row.count) for row in finance.get(reverse("billing:export_list")).context["waiting"]}
    assert ("csv", 1) in waiting
    exported(finance)
    page = finance.get(reverse("billing:export_list"))
    assert ("csv", 0) in {(row.form.code, row.count) for row in page.context["waiting"]}
    assert page.context["page"].rows[0].file.document_count == 1


def test_export_new_counts_before_it_makes(finance: Browser, invoiced: Client) -> None:
    preview = finance.get(reverse("billing:export_new"), {"format": "csv", **MARCH}).context
    assert (preview["all"], preview["new"]) == (1, 1)
    exported(finance)
    preview = finance.get(reverse("billing:export_new"), {"format": "csv", **MARCH}).context
    assert (preview["new"], preview["left"]) == (0, 1)


def test_export_new_keeps_what_was_typed_when_it_is_refused(finance: Browser, invoiced: Client) -> None:
    exported(finance)
    answer = exported(finance, from_on="2026-03-02")
    assert answer.status_code == 422
    assert "Give a reason to repeat it." in answer.content.decode()
    assert exported(finance, from_on="2026-05-02").status_code == 422
    assert exported(finance, from_on="2026-03-02", reason="lost").status_code == 302


def test_export_file_gives_the_same_bytes_every_time(finance: Browser, invoiced: Client) -> None:
    exported(finance)
    batch = ExportBatch.objects.get()
    first, second = (finance.get(reverse("billing:export_file", args=[batch.pk])) for _ in range(2))
    assert first.content == second.content == bytes(batch.file.content)
    assert f"_{batch.pk}.csv" in first["Content-Disposition"]


def test_export_detail_proposes_the_lock_and_closes_the_period(finance: Browser, invoiced: Client) -> None:
    exported(finance)
    batch = ExportBatch.objects.get()
    seller = invoiced.default_seller_id
    page = finance.get(reverse("billing:export_detail", args=[batch.pk]))
    assert [each.pk for each in page.context["locks"]] == [seller]
    url = reverse("billing:export_lock", args=[batch.pk, seller])
    assert finance.post(url).status_code == 302
    lock = PeriodLock.objects.newest(PeriodLock.Kind.DOCUMENTS, seller=make_seller())
    assert lock is not None
    assert lock.locked_until_on == date(2026, 3, 31)
    assert finance.post(url).status_code == 404
    assert finance.get(reverse("billing:export_detail", args=[batch.pk])).context["locks"] == []


def test_export_detail_proposes_no_lock_for_a_part_of_the_documents(finance: Browser, invoiced: Client) -> None:
    exported(finance, client=str(invoiced.pk))
    page = finance.get(reverse("billing:export_detail", args=[ExportBatch.objects.get().pk]))
    assert page.context["locks"] == []


def test_exports_are_for_partner_and_finance(cast: Cast, invoiced: Client) -> None:
    for person, status in ((cast.partner, 200), (cast.finance, 200), (cast.manager, 404), (cast.consultant, 404)):
        browser = Browser()
        browser.force_login(person)
        assert browser.get(reverse("billing:export_list")).status_code == status
        assert make_api(person).get(API).status_code == (200 if status == 200 else 403)


def test_the_api_answers_the_same_request_with_the_same_batch(cast: Cast, invoiced: Client) -> None:
    api = make_api(cast.finance)
    body = {"format": "csv", "from": "2026-03-01", "to": "2026-03-31"}
    made, again = api.post(API, body), api.post(API, body)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    told = made.json()
    assert (told["from"], told["to"], told["document_count"]) == ("2026-03-01", "2026-03-31", 1)
    assert told["seller"] == invoiced.default_seller_id
    assert told["proposed_locks"] == [{"seller": told["seller"], "locked_until_on": "2026-03-31"}]
    file = api.get(told["file"])
    assert file.content == bytes(ExportBatch.objects.get().file.content)
    assert api.get(API).json()["results"][0]["sha256"] == told["sha256"]


def test_the_api_words_what_it_refuses(cast: Cast, invoiced: Client) -> None:
    api = make_api(cast.finance)
    body = {"format": "csv", "from": "2026-03-01", "to": "2026-03-31"}
    assert api.post(API, body | {"from": "2026-05-01", "to": "2026-05-31"}).json()["errors"][0]["code"] == (
        "nothing_to_export"
    )
    api.post(API, body)
    refused = api.post(API, body | {"from": "2026-03-02"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "already_done")
    assert api.post(API, body | {"to": "2026-02-01"}).json()["errors"][0]["attr"] == "to"
    assert api.post(API, body | {"format": "lotus"}).json()["errors"][0]["attr"] == "format"
