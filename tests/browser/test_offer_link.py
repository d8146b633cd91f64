"""The client's side of an offer: read on a signed link, accepted with a typed name, and what our page shows then."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from billing.models import Engagement, Offer
from billing.services.offer_links import link_to_offer
from crm.models import User
from tests.browser.axe import axe
from tests.make import Cast, make_cast, make_client, make_contact, make_seller
from tests.make.invoices import make_series

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_an_offer_is_written_sent_accepted_by_the_client_and_begun(
    page: Page, phone: Page, cast: Cast, sign_in: SignIn
) -> None:
    client = make_client(name="Hofmann & Söhne", account_manager=cast.manager, language="en")
    make_contact(client, first_name="Petra", last_name="Hofmann")
    make_series(make_seller())
    sign_in(page, cast.manager)
    _write(page)
    offer = Offer.objects.get()
    assert (offer.estimated_minutes, offer.author) == (240, cast.manager)

    page.get_by_role("link", name="Send").click()
    page.locator("dialog [name=recipient]").fill("petra@hofmann.example")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(page.get_by_text("sent", exact=True).first).to_be_visible()

    offer.refresh_from_db()
    secret = link_to_offer(offer, by=cast.manager, at=timezone.now())
    _accept(phone, reverse("billing:offer_link", args=[secret]))

    page.reload()
    expect(page.get_by_text("Petra Hofmann").first).to_be_visible()
    expect(page.get_by_text("accepted", exact=True).first).to_be_visible()
    assert Engagement.objects.get().offer == offer
    axe(page)


def _write(page: Page) -> None:
    page.goto("/offers/new/")
    page.get_by_label("Client", exact=True).select_option(label="Hofmann & Söhne")
    page.get_by_label("Title", exact=True).fill("Warehouse module")
    page.locator("#id_hourly_rate").fill("150.00")
    page.get_by_label("Valid until", exact=True).fill((timezone.localdate() + timedelta(days=14)).isoformat())
    page.locator("#id_items-0-description").fill("Set-up and training")
    page.locator("[name=items-0-minutes]").fill("4")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", name="Warehouse module", level=1)).to_be_visible()


def _accept(phone: Page, address: str) -> None:
    phone.goto(address)
    expect(phone.get_by_role("heading", name="Warehouse module")).to_be_visible()
    expect(phone.get_by_text("600.00")).to_be_visible()
    axe(phone)
    phone.get_by_label("Your name", exact=True).fill("Petra Hofmann")
    phone.get_by_role("button", name="Accept the offer").click()
    expect(phone.get_by_text("This offer is accepted.")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("button", name="Accept the offer")).to_have_count(0)
