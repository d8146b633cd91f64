"""The client's link to an issued document: shows, changes nothing, ends, is revoked, and is logged."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.documents.paper import paper_of
from billing.models import Invoice
from billing.services.invoice_links import link_to_invoice
from crm.models import LinkOpening, SignedLink
from tests.billing.errors import code_of
from tests.make import Cast, make_client
from tests.make.invoices import make_draft, make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice() -> Invoice:
    return make_invoice(make_client(language="de", name="Brandl"))


def address(secret: str) -> str:
    return reverse("billing:invoice_public", args=[secret])


def test_a_shared_invoice_shows_its_lines_sums_and_file_until_it_is_revoked(cast: Cast, invoice: Invoice) -> None:
    finance, stranger = Browser(), Browser()
    finance.force_login(cast.finance)
    shared = finance.post(reverse("billing:invoice_share", args=[invoice.pk])).content.decode()
    url = address(shared.partition("/i/")[2].partition("/")[0])
    shown = stranger.get(url).content.decode()
    assert 'lang="de"' in shown
    assert "noindex" in shown
    paper = paper_of(invoice)
    assert all(words in shown for words in (paper.number, paper.rows[0].text, paper.rows[0].amount, paper.total[1]))
    file: Any = stranger.get(url, {"format": "pdf"})
    assert file.content.startswith(b"%PDF")
    assert "attachment" in file.headers["Content-Disposition"]
    link = SignedLink.objects.get()
    assert (link.expires_at - link.made_at).days == 90
    detail = reverse("billing:invoice_detail", args=[invoice.pk])
    assert b"Opened last" in finance.get(detail).content
    finance.post(reverse("billing:invoice_unshare", args=[invoice.pk]))
    assert stranger.get(url).status_code == 410
    assert b"Opened last" not in finance.get(detail).content


def test_a_scanner_that_opens_the_link_changes_nothing_and_is_logged(invoice: Invoice) -> None:
    secret = link_to_invoice(invoice, by=None, at=timezone.now())
    before = Invoice.objects.filter(pk=invoice.pk).values().get(), SignedLink.objects.values().get()
    scanner = Browser(headers={"user-agent": "Scanner/1"})
    assert [getattr(scanner, how)(address(secret)).status_code for how in ("get", "head", "post")] == [200, 200, 405]
    assert before == (Invoice.objects.filter(pk=invoice.pk).values().get(), SignedLink.objects.values().get())
    openings = LinkOpening.objects.order_by("pk").values_list("method", "user_agent")
    assert list(openings) == [("GET", "Scanner/1"), ("HEAD", "Scanner/1")]


def test_unknown_ended_and_foreign_links_open_nothing(invoice: Invoice) -> None:
    ended = link_to_invoice(invoice, by=None, at=timezone.now() - timedelta(days=90, seconds=1))
    assert [Browser().get(address(secret)).status_code for secret in ("unknown", ended)] == [410, 410]
    other = link_to_invoice(invoice, by=None, at=timezone.now())
    assert Browser().get(reverse("billing:package_public", args=[other])).status_code == 410
    assert not LinkOpening.objects.exists()


def test_a_draft_has_no_link(cast: Cast) -> None:
    draft = make_draft()
    with pytest.raises(ValidationError) as refused:
        link_to_invoice(draft, by=cast.finance, at=timezone.now())
    assert code_of(refused) == "wrong_status"
    finance = Browser()
    finance.force_login(cast.finance)
    assert finance.post(reverse("billing:invoice_share", args=[draft.pk])).status_code == 404
    assert not SignedLink.objects.exists()


def test_only_those_who_write_invoices_share_one(cast: Cast, invoice: Invoice) -> None:
    consultant = Browser()
    consultant.force_login(cast.consultant)
    assert consultant.post(reverse("billing:invoice_share", args=[invoice.pk])).status_code in (403, 404)
    assert not SignedLink.objects.exists()
