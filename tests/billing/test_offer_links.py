"""The client's page of an offer: it shows on GET, decides on POST, and says so clearly when it has ended."""

from datetime import datetime, time, timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Offer, OfferSignature
from billing.services.offer_links import link_to_offer
from billing.services.offers import expire_offers, revise_offer, send_offer
from crm.links import find_link
from crm.models import AuditEntry, LinkOpening, SignedLink
from tests.make import make_client, make_contact
from tests.make.offers import make_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent() -> Offer:
    client = make_client(language="en")
    until = timezone.localdate() + timedelta(days=10)
    return send_offer(make_offer(client, contact=make_contact(client), valid_until=until), at=timezone.now())


@pytest.fixture
def address(sent: Offer) -> str:
    return reverse("billing:offer_link", args=[link_to_offer(sent, by=None, at=timezone.now())])


def test_a_scanner_that_opens_every_link_changes_nothing(client: Browser, sent: Offer, address: str) -> None:
    entries = AuditEntry.objects.count()
    for _ in range(3):
        for url in (address, f"{address}?format=pdf", f"{address}?accept=1&by_name=Robot"):
            assert client.get(url).status_code == 200
        client.head(address)
    sent.refresh_from_db()
    assert sent.status == "sent"
    assert not OfferSignature.objects.exists()
    assert AuditEntry.objects.count() == entries
    assert LinkOpening.objects.count() >= 9


def test_the_page_shows_the_offer_and_is_not_indexed(client: Browser, address: str) -> None:
    html = client.get(address).content.decode()
    assert "Second server" in html
    assert "600.00" in html
    assert "noindex" in html


def test_a_typed_name_and_a_pressed_button_accept(client: Browser, sent: Offer, address: str) -> None:
    answer = client.post(address, {"by_name": "Petra Hofmann", "accept": "1"}, headers={"user-agent": "Firefox 150"})
    assert answer.status_code == 200
    assert "This offer is accepted." in answer.content.decode()
    signature = OfferSignature.objects.get()
    assert (signature.accepted, signature.by_name, signature.address, signature.user_agent) == (
        True,
        "Petra Hofmann",
        "127.0.0.1",
        "Firefox 150",
    )
    sent.refresh_from_db()
    assert signature.document_sha256 == sent.document_sha256


def test_the_other_button_declines(client: Browser, sent: Offer, address: str) -> None:
    client.post(address, {"by_name": "Petra Hofmann", "decline": "1"})
    sent.refresh_from_db()
    assert sent.status == "declined"


def test_without_a_name_nothing_is_decided_and_the_page_says_why(client: Browser, address: str) -> None:
    answer = client.post(address, {"by_name": "", "accept": "1"})
    assert answer.status_code == 422
    assert not OfferSignature.objects.exists()


def test_a_second_press_changes_nothing(client: Browser, address: str) -> None:
    client.post(address, {"by_name": "Petra", "accept": "1"})
    again = client.post(address, {"by_name": "Mallory", "decline": "1"})
    assert again.status_code == 422
    assert OfferSignature.objects.get().by_name == "Petra"
    assert "This offer is accepted." in client.get(address).content.decode()


def test_a_link_opens_through_the_last_valid_day_and_no_longer(sent: Offer) -> None:
    secret = link_to_offer(sent, by=None, at=timezone.now())
    midnight = datetime.combine(sent.valid_until + timedelta(days=1), time(), tzinfo=timezone.get_default_timezone())
    assert find_link(secret, SignedLink.Purpose.OFFER, at=midnight - timedelta(seconds=1))
    assert find_link(secret, SignedLink.Purpose.OFFER, at=midnight) is None


def test_an_offer_whose_last_day_has_passed_is_expired_and_its_link_refuses(
    client: Browser, sent: Offer, address: str
) -> None:
    SignedLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert expire_offers(on=sent.valid_until + timedelta(days=1)) == 1
    assert client.get(address).status_code == 410
    assert client.post(address, {"by_name": "Petra", "accept": "1"}).status_code == 410
    sent.refresh_from_db()
    assert (sent.status, OfferSignature.objects.count()) == ("expired", 0)


def test_an_unknown_and_a_revised_link_say_that_they_ended(client: Browser, sent: Offer, address: str) -> None:
    assert client.get("/o/nothing-of-the-kind/").status_code == 410
    newer = revise_offer(sent, by=sent.author, valid_until=sent.valid_until)
    send_offer(newer, at=timezone.now())
    ended = client.get(address)
    assert ended.status_code == 410
    assert "This link has ended" in ended.content.decode()
    assert client.post(address, {"by_name": "Petra", "accept": "1"}).status_code == 410
    assert not OfferSignature.objects.exists()
