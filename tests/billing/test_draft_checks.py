"""Drafts of clients who take e-invoices: checked by a worker, kept with a hash, issued only as they were checked."""

from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import DraftCheck, Invoice
from billing.services.drafts import change_line, change_texts, remove_line
from billing.services.invoice_runs import issue_queued, queue_drafts
from billing.services.issuing import issue_invoice
from billing.tasks import check_draft, check_forgotten_drafts
from clients.models import Client, Seller
from tests.billing.test_e_invoices import AT, ON, client
from tests.make import Cast, browser_of, make_api, make_client, make_user
from tests.make.invoices import make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(cast: Cast) -> Browser:
    return browser_of(cast.finance)


def unchecked(draft: Invoice) -> bool:
    """Whether issuing is refused for want of a check of what the draft says now."""
    try:
        with transaction.atomic():
            issue_invoice(draft, issued_on=ON, by=None, at=AT)
            transaction.set_rollback(True)
    except ValidationError as refused:
        return refused.code == "not_checked"
    return False


def test_a_draft_is_issued_only_after_a_check_of_what_it_says() -> None:
    draft = make_draft(client())
    assert unchecked(draft)
    check_draft(draft.pk)
    assert not unchecked(draft)
    kept = DraftCheck.objects.get(invoice=draft)
    assert (kept.format, [row for row in kept.findings if row["is_fatal"]]) == ("xrechnung", [])


@pytest.mark.parametrize("change", ["a line", "a text", "the client", "the company", "the format"])
def test_what_changed_since_is_checked_anew(change: str) -> None:
    draft = make_draft(client())
    check_draft(draft.pk)
    if change == "a line":
        change_line(draft.lines.get(), description="Something else")
    elif change == "a text":
        change_texts(draft, notes="Thank you")
    elif change == "the client":
        Client.objects.filter(pk=draft.client_id).update(street="Nebenstraße 2")
    elif change == "the company":
        Seller.objects.filter(pk=draft.seller_id).update(contact_name="Somebody Else")
    else:
        Client.objects.filter(pk=draft.client_id).update(e_invoice="zugferd")
    draft = Invoice.objects.get(pk=draft.pk)
    assert unchecked(draft)
    check_draft(draft.pk)
    assert not unchecked(draft)


def test_a_worker_checks_each_draft_whose_client_takes_e_invoices(django_capture_on_commit_callbacks: Any) -> None:
    with mock.patch("crm.jobs._send") as sent, django_capture_on_commit_callbacks(execute=True):
        draft, bare = make_draft(client()), make_draft(make_client())
    asked = [call.args[1] for call in sent.call_args_list if call.args[0] == "billing.tasks.check_draft"]
    assert (draft.pk,) in asked
    assert (bare.pk,) not in asked


def test_a_run_checks_what_it_issues() -> None:
    draft = make_draft(client())
    queue_drafts([draft], on=ON, by=make_user())
    assert issue_queued(at=AT, tell=lambda _draft, refused: pytest.fail(refused) if refused else None) == 1


def test_the_page_and_the_api_say_how_the_check_stands(cast: Cast, finance: Browser) -> None:
    draft, api = make_draft(client()), make_api(cast.finance)
    url, page = f"/api/v1/invoices/{draft.pk}/", reverse("billing:invoice_check", args=[draft.pk])
    assert api.get(f"{url}check/").json() == {"state": "pending", "format": "XRechnung", "problems": []}
    assert "is being checked" in finance.get(page).content.decode()
    issue = reverse("billing:invoice_issue", args=[draft.pk])
    today = timezone.localdate().isoformat()
    early = finance.post(issue, {"issued_on": today})
    assert early.status_code == 422
    assert today in early.content.decode()
    refused = api.post(f"{url}issue/", {"issued_on": today})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "not_checked")
    check_draft(draft.pk)
    assert api.get(f"{url}check/").json()["state"] == "passed"
    assert "has passed" in finance.get(page).content.decode()
    assert api.post(f"{url}issue/", {"issued_on": today}).status_code == 200
    assert api.get(f"{url}check/").status_code == 409
    assert finance.get(page).status_code == 404
    bare = make_draft(make_client())
    assert api.get(f"/api/v1/invoices/{bare.pk}/check/").json()["state"] == "none"
    bad = make_draft(client(city=""))
    check_draft(bad.pk)
    told = api.get(f"/api/v1/invoices/{bad.pk}/check/").json()
    assert (told["state"], [problem["code"] for problem in told["problems"]]) == ("refused", ["e_invoice_refused"])


def test_drafts_that_are_not_checked_are_issued_together_in_the_background(finance: Browser) -> None:
    draft = make_draft(client())
    answer = finance.post(
        reverse("billing:invoice_bulk_issue"), {"draft": [draft.pk], "issued_on": timezone.localdate().isoformat()}
    )
    draft.refresh_from_db()
    assert (answer.status_code, draft.issue_asked_on) == (302, timezone.localdate())


def test_a_draft_without_lines_stops_no_run() -> None:
    empty, good = make_draft(client()), make_draft(client())
    queue_drafts([empty, good], on=ON, by=make_user())
    remove_line(empty.lines.get())
    told: list[str] = []
    assert issue_queued(at=AT, tell=lambda _draft, refused: told.append(refused)) == 1
    assert len([words for words in told if words]) == 1
    good.refresh_from_db()
    assert good.number
    check_draft(empty.pk)
    assert not DraftCheck.objects.filter(invoice=empty).exists()


def test_what_changed_while_it_was_judged_keeps_no_check() -> None:
    draft = make_draft(client())

    def judged_late(*_args: Any) -> Any:
        change_texts(draft, notes="Thank you")
        return b"", []

    with mock.patch("billing.documents.e_invoices.keeping._judged", judged_late):
        check_draft(draft.pk)
    assert unchecked(draft)


def test_a_lost_message_is_made_up_for() -> None:
    draft = make_draft(client())
    check_forgotten_drafts()
    assert not unchecked(draft)


def test_who_waits_asks_the_worker_once_in_a_while(finance: Browser, django_capture_on_commit_callbacks: Any) -> None:
    draft = make_draft(client())
    cache.clear()
    with mock.patch("crm.jobs._send") as sent, django_capture_on_commit_callbacks(execute=True):
        for _look in range(5):
            finance.get(reverse("billing:invoice_check", args=[draft.pk]))
    assert sent.call_count == 1
    slow = finance.get(reverse("billing:invoice_check", args=[draft.pk]), {"looks": "30"}).content.decode()
    assert "hx-get" not in slow
    assert "not checked yet" in slow


def test_the_api_asks_for_the_check_that_it_names(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    draft = make_draft(client())
    cache.clear()
    with mock.patch("crm.jobs._send") as sent, django_capture_on_commit_callbacks(execute=True):
        answer = make_api(cast.finance).post(f"/api/v1/invoices/{draft.pk}/issue/", {})
    assert answer.status_code == 409
    assert [call.args[0] for call in sent.call_args_list] == ["billing.tasks.check_draft"]
