"""Client rates and offers far below the ordinary price are discounts: above the tier's ceiling a partner decides."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Discount, Offer, Rate
from billing.rules.spread import percent_below
from billing.services.discounts import ask_for_discount, decide_discount
from billing.services.low_prices import keep_rate
from billing.services.offers import change_offer, revise_offer, send_offer
from billing.services.rates import load_prices
from clients.models import Client, PersonalRelationship, TierPolicy
from crm.access import Role
from tests.billing.errors import code_of
from tests.make import Cast, make_api, make_client, make_contact, make_rate, make_user
from tests.make.hours import AT, DAY, new_entry
from tests.make.invoices import make_draft
from tests.make.offers import SENT_AT, make_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_() -> Client:
    """Of tier b, whose ceiling is 10 per cent; anybody pays 150.00 an hour."""
    TierPolicy.objects.ensure()
    TierPolicy.objects.update(discount_ceiling_percent=10)
    make_rate()
    return make_client(tier="b")


def agree(client: Client, amount: str, **kw: Any) -> Rate:
    fields = {"price_includes_tax": True, "currency": "EUR", "valid_from": date(2026, 1, 1), **kw}
    by = fields.pop("by", None) or make_user(Role.FINANCE)
    rate = Rate(client=client, seller=client.default_seller, amount=Decimal(amount), **fields)
    return keep_rate(rate, by=by, at=AT)


def hour_of(client: Client) -> Decimal:
    """What an hour of new work costs the client."""
    entry = new_entry(client, make_user(), seller=client.default_seller)
    price = load_prices([entry]).price_of(entry)
    assert price is not None
    return price.amount


def test_how_far_a_price_lies_below_the_ordinary_one_is_never_rounded_down() -> None:
    assert percent_below(Decimal("135.00"), Decimal("150.00")) == 10
    assert percent_below(Decimal("134.9999"), Decimal("150.00")) == Decimal("10.01")
    assert percent_below(Decimal("151.00"), Decimal("150.00")) == 0


def test_a_rate_within_the_ceiling_holds_and_one_below_it_waits(client_: Client) -> None:
    assert agree(client_, "135.00").approved is True
    assert not Discount.objects.exists()
    other = make_client(tier="b")
    assert agree(other, "120.00").approved is None
    asked = Discount.objects.get()
    assert (asked.client, asked.covers, asked.percent, asked.approved) == (other, "price", Decimal("20.00"), None)
    assert hour_of(other) == Decimal("150.00")


def test_an_approved_rate_holds_and_takes_nothing_off_twice(client_: Client) -> None:
    rate = agree(client_, "120.00")
    decide_discount(rate.discounts.get(), approved=True, by=make_user(Role.PARTNER), at=AT)
    assert hour_of(client_) == Decimal("120.00")
    assert not make_draft(client_).lines.filter(kind="discount").exists()


def test_a_refused_rate_does_not_hold_and_leaves_room_for_another(client_: Client) -> None:
    rate = agree(client_, "100.00")
    decide_discount(rate.discounts.get(), approved=False, by=make_user(Role.PARTNER), at=AT)
    assert agree(client_, "140.00").approved is True
    assert [row.amount for row in Rate.objects.valid(on=DAY).filter(client=client_)] == [Decimal("140.0000")]


def test_a_changed_rate_is_judged_anew(client_: Client) -> None:
    finance, partner = make_user(Role.FINANCE), make_user(Role.PARTNER)
    rate = agree(client_, "120.00", by=finance)
    rate.amount = Decimal("140.00")
    assert keep_rate(rate, by=finance, at=AT).approved is True
    assert not Discount.objects.exists()
    rate.amount = Decimal("120.00")
    keep_rate(rate, by=finance, at=AT)
    decide_discount(rate.discounts.get(), approved=True, by=partner, at=AT)
    rate.refresh_from_db()
    for amount, held in (("125.00", True), ("120.00", True), ("119.00", None)):
        rate.amount = Decimal(amount)
        assert keep_rate(rate, by=finance, at=AT).approved is held


def test_a_partner_who_sets_a_rate_has_decided_unless_one_of_us_is_close(client_: Client) -> None:
    partner = make_user(Role.PARTNER)
    assert agree(client_, "100.00", by=partner).approved is True
    decided = Discount.objects.get()
    assert (decided.made_by, decided.approved, decided.decided_at) == (partner, True, AT)
    near = make_client(tier="b")
    PersonalRelationship.objects.create(
        client=near, contact=make_contact(near), employee=make_user(), kind="friend", declared_on=DAY
    )
    rate = agree(near, "140.00", by=partner)
    assert rate.approved is None
    with pytest.raises(PermissionDenied):
        decide_discount(rate.discounts.get(), approved=True, by=partner, at=AT)


def test_a_rate_in_another_tax_basis_or_for_nobody_in_particular_is_no_discount(client_: Client) -> None:
    assert agree(client_, "90.00", price_includes_tax=False).approved is True
    keep_rate(
        Rate(
            seller=client_.default_seller,
            employee=make_user(),
            amount=Decimal("50.00"),
            currency="EUR",
            price_includes_tax=True,
            valid_from=DAY,
        ),
        by=make_user(Role.FINANCE),
        at=AT,
    )
    assert not Discount.objects.exists()


@pytest.mark.parametrize(
    "price",
    [
        {"hourly_rate": Decimal("120.00")},
        {"hourly_rate": None, "basis": "fixed", "fixed_price": Decimal("480.00")},  # four hours
    ],
)
def test_an_offer_below_the_ceiling_is_sent_once_a_partner_has_approved_it(
    client_: Client, price: dict[str, Any]
) -> None:
    offer = make_offer(client_, **price)
    with pytest.raises(ValidationError) as refused:
        send_offer(offer, at=SENT_AT)
    assert code_of(refused) == "needs_decision"
    assert offer.discounts.get().percent == Decimal("20.00")
    decide_discount(offer.discounts.get(), approved=True, by=make_user(Role.PARTNER), at=AT)
    assert send_offer(offer, at=SENT_AT).status == Offer.Status.SENT


def test_a_refused_offer_is_sent_at_a_better_price(client_: Client) -> None:
    offer = make_offer(client_, hourly_rate=Decimal("100.00"))
    decide_discount(offer.discounts.get(), approved=False, by=make_user(Role.PARTNER), at=AT)
    change_offer(offer, by=offer.author)
    with pytest.raises(ValidationError, match="refused"):
        send_offer(offer, at=SENT_AT)
    offer.hourly_rate = Decimal("120.00")
    change_offer(offer, by=offer.author)
    assert [row.approved for row in offer.discounts.order_by("pk")] == [False, None]
    decide_discount(offer.discounts.latest("pk"), approved=True, by=make_user(Role.PARTNER), at=AT)
    assert send_offer(offer, at=SENT_AT).status == Offer.Status.SENT


def test_whoever_lowers_the_price_of_a_partner_s_offer_asks_again(client_: Client) -> None:
    offer = make_offer(client_, author=make_user(Role.PARTNER), hourly_rate=Decimal("120.00"))
    assert offer.discounts.get().approved
    offer.hourly_rate = Decimal("100.00")
    change_offer(offer, by=make_user(Role.CONSULTANT))
    with pytest.raises(ValidationError, match="decides about it first"):
        send_offer(offer, at=SENT_AT)


def test_a_revision_at_a_price_that_the_client_has_seen_asks_nobody(client_: Client) -> None:
    first = make_offer(client_, author=make_user(Role.PARTNER), hourly_rate=Decimal("120.00"))
    second = revise_offer(
        send_offer(first, at=SENT_AT), by=make_user(Role.CONSULTANT), valid_until=first.valid_until, estimated_minutes=9
    )
    assert not second.discounts.exists()


def test_a_low_price_is_not_asked_for_as_a_discount(client_: Client) -> None:
    row = Discount(client=client_, covers="price", percent=Decimal(5), valid_from=DAY, reason="x")
    with pytest.raises(ValidationError) as refused:
        ask_for_discount(row, by=make_user(), at=AT)
    assert list(refused.value.message_dict) == ["covers"]


def test_low_prices_through_the_api(cast: Cast, client_: Client) -> None:
    client_.account_manager = cast.manager
    client_.save()
    body = {"client": client_.pk, "amount": "100.00", "valid_from": "2026-01-01", "price_includes_tax": True}
    made = make_api(cast.finance).post("/api/v1/rates/", body)
    assert (made.status_code, made.json()["approved"]) == (201, None), made.json()
    shown = make_api(cast.partner).get(f"/api/v1/discounts/?rate={made.json()['id']}").json()["results"]
    assert [(row["covers"], row["percent"]) for row in shown] == [("price", "33.34")]
    make_api(cast.partner).post(f"/api/v1/discounts/{shown[0]['id']}/decide/", {"approved": True})
    assert make_api(cast.finance).get(f"/api/v1/rates/{made.json()['id']}/").json()["approved"] is True
    offer = make_offer(client_, author=cast.manager, hourly_rate=Decimal("100.00"), valid_until=date(2099, 1, 1))
    answer = make_api(cast.manager).post(f"/api/v1/offers/{offer.pk}/send/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "needs_decision")


def test_pages_say_that_a_price_waits(client: Browser, cast: Cast, client_: Client) -> None:
    client_.account_manager = cast.manager
    client_.save()
    agree(client_, "100.00", by=cast.finance)
    offer = make_offer(client_, author=cast.manager, hourly_rate=Decimal("100.00"))
    client.force_login(cast.manager)
    assert "below the ordinary one" in client.get(reverse("billing:offer_detail", args=[offer.pk])).content.decode()
    assert client.post(reverse("billing:offer_send", args=[offer.pk]), {"recipient": ""}).status_code == 422
    assert "waits for a partner" in client.get(reverse("billing:rate_list")).content.decode()
    client.force_login(cast.partner)
    assert "against the ordinary one" in client.get(reverse("billing:discount_list")).content.decode()
