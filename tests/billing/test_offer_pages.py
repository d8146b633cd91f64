"""Pages of offers: writing one with its parts, sending, revising, decisions, who sees prices, exports."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from billing.models import Offer, OfferSignature
from billing.services.offers import send_offer
from clients.models import Client, ClientMember
from tests.make import Cast, make_client, make_seller
from tests.make.invoices import make_series
from tests.make.offers import make_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def owned(cast: Cast) -> Client:
    make_series(make_seller())
    return make_client(account_manager=cast.manager, billing_email="ap@brandl.example")


def url(name: str, offer: Offer) -> str:
    return reverse(f"billing:{name}", args=[offer.pk])


def draft_of(client: Client, cast: Cast, **kw: Any) -> Offer:
    until = timezone.localdate() + timedelta(days=14)
    return make_offer(client, author=cast.manager, valid_until=until, **kw)


def form_of(client: Client, **kw: Any) -> dict[str, Any]:
    parts = [("Set-up", "3"), ("Training", "1:30"), ("", "")]
    rows = {f"items-{n}-description": part for n, (part, _hours) in enumerate(parts)}
    rows |= {f"items-{n}-minutes": hours for n, (_part, hours) in enumerate(parts)}
    return {
        "client": client.pk,
        "title": "Second server",
        "basis": "actual",
        "hourly_rate": "150.00",
        "price_includes_tax": "on",
        "valid_until": (timezone.localdate() + timedelta(days=14)).isoformat(),
        "items-TOTAL_FORMS": "3",
        "items-INITIAL_FORMS": "0",
        **rows,
        **kw,
    }


def test_an_offer_is_written_with_its_parts(client: Browser, cast: Cast, owned: Client) -> None:
    client.force_login(cast.manager)
    answer = client.post(reverse("billing:offer_new"), form_of(owned))
    offer = Offer.objects.get()
    assert answer.url == url("offer_detail", offer)  # type: ignore[attr-defined]
    assert (offer.estimated_minutes, offer.author, offer.currency) == (270, cast.manager, "EUR")
    assert list(offer.items.values_list("description", "minutes")) == [("Set-up", 180), ("Training", 90)]


def test_without_a_price_it_comes_back_with_the_reason(client: Browser, cast: Cast, owned: Client) -> None:
    client.force_login(cast.manager)
    answer = client.post(reverse("billing:offer_new"), form_of(owned, hourly_rate=""))
    assert answer.status_code == 422
    assert "Give a fixed price, or a price an hour." in answer.content.decode()
    assert 'value="Set-up"' in answer.content.decode()


def test_a_draft_is_edited_and_an_emptied_part_goes(client: Browser, cast: Cast, owned: Client) -> None:
    offer = draft_of(owned, cast)
    client.force_login(cast.manager)
    form = form_of(owned, **{"title": "Third server", "items-1-description": "", "items-1-minutes": ""})
    assert client.post(url("offer_edit", offer), form).status_code == 302
    offer.refresh_from_db()
    assert (offer.title, offer.items.count(), offer.estimated_minutes) == ("Third server", 1, 180)


def signed_page() -> SimpleUploadedFile:
    return SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed", content_type="application/pdf")


def test_sending_revising_and_recording_a_decision(client: Browser, cast: Cast, owned: Client) -> None:
    offer = draft_of(owned, cast)
    client.force_login(cast.manager)
    client.post(url("offer_send", offer), {"recipient": "petra@brandl.example"})
    offer.refresh_from_db()
    assert (offer.status, offer.recipient) == ("sent", "petra@brandl.example")
    client.post(url("offer_decide", offer), {"accepted": "yes", "by_name": "Petra Hofmann", "file": signed_page()})
    assert OfferSignature.objects.get().recorded_by == cast.manager
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    client.post(url("offer_revise", offer), {"estimated_minutes": "8", "valid_until": until})
    assert Offer.objects.get(version=2).estimated_minutes == 480
    html = client.get(url("offer_detail", offer)).content.decode()
    assert "Petra Hofmann" in html
    assert "Open version 2" in html


def test_a_refused_act_says_why_and_changes_nothing(client: Browser, cast: Cast, owned: Client) -> None:
    client.force_login(cast.manager)
    offer = draft_of(owned, cast)
    answer = client.post(url("offer_decide", offer), {"accepted": "yes", "by_name": "Petra", "file": signed_page()})
    assert answer.status_code == 422
    assert "Only an offer that was sent can be decided." in answer.content.decode()


def test_a_link_to_hand_over_is_shown_once_and_opens(client: Browser, cast: Cast, owned: Client) -> None:
    offer = send_offer(draft_of(owned, cast), at=timezone.now())
    client.force_login(cast.manager)
    html = client.post(url("offer_new_link", offer)).content.decode()
    link = html.split('value="http://testserver')[1].split('"')[0]
    client.logout()
    assert client.get(link).status_code == 200


def test_a_consultant_writes_and_revises_but_does_not_send(client: Browser, cast: Cast, owned: Client) -> None:
    ClientMember.objects.create(client=owned, user=cast.consultant, from_on=timezone.localdate())
    client.force_login(cast.consultant)
    client.post(reverse("billing:offer_new"), form_of(owned))
    offer = Offer.objects.get(author=cast.consultant)
    assert client.post(url("offer_send", offer), {"recipient": "x@y.example"}).status_code == 403


def test_prices_are_hidden_from_consultants_where_the_seller_says_so(
    client: Browser, cast: Cast, owned: Client
) -> None:
    ClientMember.objects.create(client=owned, user=cast.consultant, from_on=timezone.localdate())
    offer = draft_of(owned, cast)
    client.force_login(cast.consultant)
    assert "600.00" in client.get(url("offer_detail", offer)).content.decode()
    type(offer.seller).objects.update(consultants_see_rates=False)
    html = client.get(url("offer_detail", offer)).content.decode()
    assert "600.00" not in html
    assert "150.00" not in html
    assert client.get(url("offer_pdf", offer)).status_code == 404


def test_an_outsider_sees_neither_page_nor_document(client: Browser, cast: Cast, owned: Client) -> None:
    offer = draft_of(owned, cast)
    client.force_login(cast.outsider)
    for name in ("offer_detail", "offer_pdf", "offer_edit"):
        assert client.get(url(name, offer)).status_code == 404


def test_the_document_is_a_pdf(client: Browser, cast: Cast, owned: Client) -> None:
    client.force_login(cast.manager)
    answer = client.get(url("offer_pdf", draft_of(owned, cast)))
    assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")


def test_the_list_finds_filters_and_exports(client: Browser, cast: Cast, owned: Client) -> None:
    draft_of(owned, cast)
    send_offer(draft_of(owned, cast, title="Audit of 2026"), at=timezone.now())
    client.force_login(cast.manager)
    found = client.get(reverse("billing:offer_list"), {"search": "audit"}).content.decode()
    assert "Audit of 2026" in found
    assert "Second server" not in found
    rows = client.get(
        reverse("billing:offer_list"), {"status": "draft"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Second server" in rows
    assert "<html" not in rows
    for form in ("csv", "xlsx"):
        answer = client.get(reverse("billing:offer_list"), {"format": form})
        assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_the_list_needs_no_more_statements_for_more_rows(
    client: Browser,
    cast: Cast,
    owned: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(6):
        draft_of(owned, cast)
    client.force_login(cast.manager)
    client.get(reverse("billing:offer_list"))
    with django_assert_max_num_queries(12):
        client.get(reverse("billing:offer_list"))
