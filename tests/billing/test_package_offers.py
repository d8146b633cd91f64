"""More hours of a package as an offer: sent to the client, added when it is accepted, invoiced once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Engagement, HourPackage, Invoice, LedgerRow, Offer, TimeEntry
from billing.reports.offer_results import offer_results
from billing.services.fixed_offers import draft_fixed_offer
from billing.services.offer_links import link_to_offer
from billing.services.offers import Signer, change_offer, decide_offer, expire_offers, revise_offer
from billing.services.package_offers import offer_top_up
from clients.models import Contact, Task
from tests.billing.errors import code_of
from tests.make import Cast, make_client, make_contact, make_package
from tests.make.invoices import make_series
from tests.make.offers import SENT_AT

pytestmark = pytest.mark.django_db
PETRA = Signer("Petra Lindner")


@pytest.fixture
def package(cast: Cast) -> HourPackage:
    client = make_client(account_manager=cast.manager, language="de", billing_email="rechnung@brandl.example")
    assert client.default_seller is not None
    make_series(client.default_seller)
    return make_package(client, name="Support 2026", expires_on=date(2026, 12, 31))


def offered(package: HourPackage, cast: Cast, **kw: object) -> Offer:
    terms = {"minutes": 3000, "price": Decimal("6750.00"), "valid_until": date(2026, 6, 30)} | kw
    return offer_top_up(package, **terms, by=cast.manager, at=SENT_AT)  # type: ignore[arg-type]  # terms by name


def test_the_offer_says_hours_and_price_in_the_package_s_terms_and_the_client_s_language(
    package: HourPackage, cast: Cast
) -> None:
    contact = make_contact(package.client, email="petra@brandl.example")
    offer = offered(package, cast, contact=contact)
    assert (offer.status, offer.recipient, offer.basis) == ("sent", "petra@brandl.example", "fixed")
    assert (offer.estimated_price, offer.price_includes_tax) == (Decimal("6750.00"), True)
    assert offer.document["title"].startswith("Aufstockung um 50")
    assert "31. Dezember 2026" in offer.document["text"]
    assert offer.document["items"][0][1] == 3000


def test_acceptance_adds_the_hours_and_drafts_their_invoice_once(package: HourPackage, cast: Cast) -> None:
    offer = decide_offer(offered(package, cast), accepted=True, signer=PETRA, at=SENT_AT)
    package.refresh_from_db()
    row = LedgerRow.objects.get(account=package.account_id, source__contains=offer.number)
    assert (row.kind, row.minutes, row.price) == ("purchase", 3000, Decimal("6750.00"))
    assert package.purchased_minutes == 6000
    assert "Petra Lindner" in row.source
    assert (offer.status, offer.close_reason, offer.signed_minutes) == ("closed", "delivered", 3000)
    assert Invoice.objects.get().lines.get().amount == Decimal("6750.00")
    assert not Engagement.objects.exists()
    assert "send the invoice" in Task.objects.get(kind="offer_accepted").title
    with pytest.raises(ValidationError) as refused:
        decide_offer(offer, accepted=True, signer=PETRA, at=SENT_AT)
    assert code_of(refused) == "already_done"
    with pytest.raises(ValidationError):
        draft_fixed_offer(offer, by=cast.finance, on=SENT_AT.date())
    assert not Offer.objects.fixed_to_invoice().exists()
    assert LedgerRow.objects.filter(account=package.account_id, kind="purchase").count() == 2


def test_a_refusal_adds_nothing(package: HourPackage, cast: Cast) -> None:
    offer = decide_offer(offered(package, cast), accepted=False, signer=PETRA, at=SENT_AT)
    package.refresh_from_db()
    assert (offer.status, package.purchased_minutes) == ("declined", 3000)
    assert not Invoice.objects.exists()


def test_a_package_that_is_void_by_then_refuses_the_acceptance_and_keeps_the_offer_open(
    package: HourPackage, cast: Cast
) -> None:
    offer = offered(package, cast)
    HourPackage.objects.filter(pk=package.pk).update(voided_on=date(2026, 6, 1))
    with pytest.raises(ValidationError) as refused:
        decide_offer(offer, accepted=True, signer=PETRA, at=SENT_AT)
    assert code_of(refused) == "wrong_status"
    offer.refresh_from_db()
    assert offer.status == "sent"


@pytest.mark.parametrize(
    ("terms", "code", "field"),
    [
        ({"valid_until": date(2027, 1, 1)}, "too_late", "valid_until"),
        ({"price": Decimal(0)}, "price_missing", "price"),
        ({"contact": "foreign"}, "contact_foreign", "contact"),
    ],
)
def test_what_cannot_be_offered_is_refused_by_field(
    package: HourPackage, cast: Cast, terms: dict[str, object], code: str, field: str
) -> None:
    if "contact" in terms:
        terms = {"contact": make_contact(make_client())}
    with pytest.raises(ValidationError) as refused:
        offered(package, cast, **terms)
    assert (code_of(refused), list(refused.value.error_dict)) == (code, [field])


def test_a_revised_offer_still_adds_its_hours_to_the_package(package: HourPackage, cast: Cast) -> None:
    offer = offered(package, cast)
    draft = revise_offer(offer, by=cast.manager, valid_until=date(2026, 7, 31), estimated_minutes=6000)
    assert draft.hour_package == package
    draft.client = make_client()
    with pytest.raises(ValidationError) as refused:
        change_offer(draft, by=cast.manager)
    assert code_of(refused) == "hour_package_foreign"


def test_what_was_sent_keeps_the_package_that_it_adds_to(package: HourPackage, cast: Cast) -> None:
    offer, other = offered(package, cast), make_package(package.client)
    with pytest.raises(InternalError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(hour_package=other)


def test_no_work_is_logged_on_an_offer_of_hours(package: HourPackage, cast: Cast) -> None:
    offer = offered(package, cast)
    entry = TimeEntry(client=package.client, offer=offer, minutes=60)
    with pytest.raises(ValidationError) as refused:
        entry.clean()
    assert list(refused.value.error_dict) == ["offer"]


def test_hours_sold_say_nothing_about_how_well_work_is_estimated(package: HourPackage, cast: Cast) -> None:
    decide_offer(offered(package, cast), accepted=True, signer=PETRA, at=SENT_AT)
    rows = offer_results(cast.partner, first=date(2026, 1, 1), last=date(2026, 12, 31), by="consultant")
    assert [(row.won, row.delivered) for row in rows] == [(1, 0)]


def test_an_offer_that_ran_out_adds_nothing(package: HourPackage, cast: Cast) -> None:
    offered(package, cast)
    assert expire_offers(on=date(2026, 7, 1)) == 1
    assert not Invoice.objects.exists()


def test_package_offer_sends_and_says_to_whom(package: HourPackage, cast: Cast) -> None:
    HourPackage.objects.filter(pk=package.pk).update(valid_from=timezone.localdate())
    browser, url = Browser(), reverse("billing:package_offer", args=[package.pk])
    browser.force_login(cast.manager)
    contact = make_contact(package.client, email="petra@brandl.example")
    shown = browser.get(url, {"hours": "100"}).content.decode()
    assert 'value="13500.00"' in shown
    assert 'value="100"' in shown
    until = timezone.localdate() + timedelta(days=7)
    body = {"hours": "50", "price": "6750", "valid_until": until.isoformat(), "contact": contact.pk}
    refused = browser.post(url, {**body, "price": "0"})
    assert (refused.status_code, b"granted, not offered" in refused.content) == (422, True)
    assert browser.post(url, body).status_code == 302
    offer = Offer.objects.get()
    assert (offer.hour_package, offer.recipient) == (package, "petra@brandl.example")
    listed = browser.get(reverse("billing:package_detail", args=[package.pk])).content.decode()
    assert offer.number in listed


def test_package_offer_is_for_who_sends_offers_of_this_client(package: HourPackage, cast: Cast) -> None:
    url = reverse("billing:package_offer", args=[package.pk])
    page = reverse("billing:package_detail", args=[package.pk])
    browser = Browser()
    browser.force_login(cast.finance)
    assert browser.get(url).status_code == 403
    assert b"Send top-up offer" not in browser.get(page).content
    browser.force_login(cast.outsider)
    assert browser.get(url).status_code in (403, 404)


def test_the_client_accepts_on_the_link_and_reads_that_the_hours_are_there(package: HourPackage, cast: Cast) -> None:
    today = timezone.localdate()
    HourPackage.objects.filter(pk=package.pk).update(valid_from=today)
    package.client.language = "en"
    package.client.save()
    offer = offer_top_up(
        package, minutes=600, price=Decimal("1350.00"), valid_until=today, by=cast.manager, at=timezone.now()
    )
    url = reverse("billing:offer_link", args=[link_to_offer(offer, by=cast.manager, at=timezone.now())])
    assert b"Top-up of 10" in Browser().get(url).content
    answer = Browser().post(url, {"by_name": "Petra Lindner", "accept": "1"})
    assert b"The hours are on your account" in answer.content
    package.refresh_from_db()
    assert package.account.balance_minutes == 3600


def test_the_api_offers_hours(package: HourPackage, cast: Cast) -> None:
    browser, url = Browser(), f"/api/v1/hour-packages/{package.pk}/top-up-offer/"
    browser.force_login(cast.manager)
    stranger: Contact = make_contact(make_client(account_manager=cast.manager))
    wrong = browser.post(url, {"minutes": 60, "price": "135.00", "contact": stranger.pk}, "application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "contact")
    made = browser.post(url, {"minutes": 60, "price": "135.00"}, "application/json")
    assert made.status_code == 201
    assert (made.json()["hour_package"], made.json()["status"], made.json()["fixed_price"]) == (
        package.pk,
        "sent",
        "135.00",
    )
