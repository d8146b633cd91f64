"""Offers: versions, sending, the decision with its evidence, expiry, the engagement that acceptance opens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, connection, transaction

from billing.models import Engagement, Offer, OfferItem, OfferSignature
from billing.services.offer_links import link_to_offer
from billing.services.offers import (
    ItemDraft,
    Signer,
    change_offer,
    close_offer,
    decide_offer,
    expire_offers,
    revise_offer,
    send_offer,
)
from clients.models import ClientMember, Task
from crm.links import find_link
from crm.models import SignedLink
from tests.billing.errors import code_of
from tests.make import make_client, make_user
from tests.make.offers import SENT_AT, make_accepted_offer, make_offer, make_sent_offer

pytestmark = pytest.mark.django_db
PETRA = Signer("Petra Hofmann", address="203.0.113.7", user_agent="Firefox")
JULY = date(2026, 7, 31)


def decide(offer: Offer, *, accepted: bool = True, at: datetime = SENT_AT, signer: Signer = PETRA) -> Offer:
    return decide_offer(offer, accepted=accepted, signer=signer, at=at)


def revised(offer: Offer, minutes: int = 480) -> Offer:
    return revise_offer(offer, by=offer.author, valid_until=JULY, estimated_minutes=minutes)


def statuses(offer: Offer) -> list[str]:
    return list(Offer.objects.family_of(offer).order_by("version").values_list("status", flat=True))


def test_the_estimate_is_the_sum_of_its_parts() -> None:
    offer = make_offer()
    assert (offer.estimated_minutes, offer.estimated_price) == (240, Decimal("600.00"))


def test_sending_numbers_and_freezes_the_offer() -> None:
    offer = make_sent_offer()
    assert (offer.number, offer.status, offer.recipient) == ("A-2026-0001", "sent", "j@brandl.example")
    assert len(offer.document_sha256) == 64
    assert offer.document["items"] == [["Set-up", 180], ["Training", 60]]


def test_without_any_address_it_is_sent_without_a_mail() -> None:
    offer = send_offer(make_offer(), at=SENT_AT)
    assert (offer.status, offer.recipient) == ("sent", "")
    assert not Offer.objects.unmailed().exists()


def test_what_was_sent_is_refused_every_change_by_the_database() -> None:
    offer = make_sent_offer()
    for change in (
        lambda: Offer.objects.filter(pk=offer.pk).update(hourly_rate=1),
        lambda: Offer.objects.filter(pk=offer.pk).update(title="another"),
        lambda: OfferItem.objects.filter(offer=offer).update(minutes=1),
        lambda: OfferItem.objects.create(offer=offer, position=9, description="more"),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            change()


def test_a_sent_offer_is_revised_and_not_changed() -> None:
    offer = make_sent_offer()
    with pytest.raises(ValidationError) as refused:
        change_offer(offer, by=offer.author, items=[ItemDraft("x", 1)])
    assert code_of(refused) == "wrong_status"


def test_acceptance_keeps_who_when_from_where_and_what() -> None:
    offer = decide(make_sent_offer())
    signature = OfferSignature.objects.get()
    assert (signature.by_name, signature.address, signature.user_agent) == ("Petra Hofmann", "203.0.113.7", "Firefox")
    assert (signature.at, signature.document_sha256) == (SENT_AT, offer.document_sha256)
    assert (offer.status, offer.signed_minutes) == ("accepted", 240)


def test_acceptance_opens_an_engagement_whose_people_work_for_the_client() -> None:
    lead, author = make_user(), make_user()
    offer = make_accepted_offer(lead=lead, author=author)
    engagement = Engagement.objects.get()
    assert (engagement.offer, engagement.lead, engagement.client) == (offer, lead, offer.client)
    assert set(ClientMember.objects.values_list("user", flat=True)) == {lead.pk, author.pk}
    assert Task.objects.unfinished().get().kind == "offer_accepted"


@pytest.mark.parametrize("accepted", [True, False])
def test_it_is_decided_once(accepted: bool) -> None:
    offer = decide(make_sent_offer(), accepted=accepted)
    with pytest.raises(ValidationError) as refused:
        decide(offer)
    assert code_of(refused) == "already_done"
    assert OfferSignature.objects.count() == 1


def test_a_decision_needs_a_name() -> None:
    with pytest.raises(ValidationError) as refused:
        decide(make_sent_offer(), signer=Signer("  "))
    assert code_of(refused) == "required"


def test_the_last_valid_day_still_counts_and_the_next_does_not() -> None:
    offer = make_sent_offer()
    late = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
    with pytest.raises(ValidationError) as refused:
        decide(offer, at=late)
    assert code_of(refused) == "expired"
    assert decide(offer, at=datetime(2026, 6, 30, 21, 59, tzinfo=UTC)).status == "accepted"


def test_sent_offers_expire_after_their_last_day() -> None:
    make_sent_offer()
    assert expire_offers(on=date(2026, 6, 30)) == 0
    assert expire_offers(on=date(2026, 7, 1)) == 1
    assert expire_offers(on=date(2026, 7, 1)) == 0


def test_a_link_ends_with_the_offers_last_valid_day() -> None:
    offer = make_sent_offer()
    secret = link_to_offer(offer, by=None, at=SENT_AT)
    offer_link = SignedLink.Purpose.OFFER
    assert find_link(secret, offer_link, at=datetime(2026, 6, 30, 21, 59, tzinfo=UTC))
    assert find_link(secret, offer_link, at=datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) is None


def test_a_revision_supersedes_on_sending_and_the_signed_minutes_stay_until_it_is_accepted() -> None:
    first = make_accepted_offer()
    second = revised(first)
    assert statuses(first) == ["accepted", "draft"]
    assert (second.version, second.number, second.signed_minutes, second.root) == (2, first.number, 240, first)
    second = send_offer(second, at=SENT_AT)
    assert statuses(first) == ["superseded", "sent"]
    first.refresh_from_db()
    assert first.is_binding
    second = decide(second)
    assert (second.signed_minutes, Engagement.objects.get().offer) == (480, second)


def test_the_revised_estimate_is_a_part_of_its_own() -> None:
    parts = list(revised(make_accepted_offer()).items.values_list("description", "minutes"))
    assert parts == [("Set-up", 180), ("Training", 60), ("Revision", 240)]


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_a_revision_that_fails_leaves_the_accepted_version_in_force(how: str) -> None:
    first = make_accepted_offer()
    second = send_offer(revised(first), at=SENT_AT)
    if how == "declined":
        decide(second, accepted=False)
    else:
        expire_offers(on=date(2026, 8, 1))
    assert statuses(first) == ["accepted", how]


def test_links_of_an_older_version_end_when_the_newer_is_sent() -> None:
    first = make_sent_offer()
    secret = link_to_offer(first, by=None, at=SENT_AT)
    send_offer(revised(first), at=SENT_AT)
    assert find_link(secret, SignedLink.Purpose.OFFER, at=SENT_AT) is None


def test_one_draft_version_at_a_time() -> None:
    offer = make_sent_offer()
    revised(offer)
    with pytest.raises(ValidationError) as refused:
        revised(offer)
    assert code_of(refused) == "already_done"


def test_the_list_shows_the_newest_version_of_each_offer() -> None:
    second = revised(make_sent_offer())
    other = make_offer()
    assert set(Offer.objects.newest_versions()) == {second, other}


def test_only_an_accepted_offer_is_closed_with_its_reason() -> None:
    offer = close_offer(make_accepted_offer(), reason="delivered", on=JULY)
    assert (offer.status, offer.close_reason, offer.closed_on) == ("closed", "delivered", JULY)
    with pytest.raises(ValidationError) as refused:
        close_offer(offer, reason="delivered", on=JULY)
    assert code_of(refused) == "wrong_status"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_sign_once() -> None:
    offer = make_sent_offer(make_client())

    def one(_n: int) -> str:
        try:
            return decide(Offer.objects.get(pk=offer.pk)).status
        except ValidationError as refused:
            return str(refused.code)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(one, range(3))) == ["accepted", "already_done", "already_done"]
    assert OfferSignature.objects.count() == Engagement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_while_a_revision_is_sent_has_one_clear_winner() -> None:
    offer = make_sent_offer()
    revision = revised(offer)
    acts = [lambda: decide(offer), lambda: send_offer(revision, at=SENT_AT)]

    def act(place: int) -> str:
        try:
            acts[place]()
        except ValidationError as refused:
            return str(refused.code)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(act, range(2)))
    assert answers[1] == "done"
    signed = OfferSignature.objects.filter(offer=offer).exists()
    assert answers[0] == ("done" if signed else "wrong_status")
    assert statuses(offer) == ["superseded", "sent"]
    revision.refresh_from_db()
    assert Offer.objects.running().count() == 0


def test_work_by_time_without_a_price_is_not_sent() -> None:
    offer = make_offer(hourly_rate=Decimal(0))
    with pytest.raises(ValidationError) as refused:
        send_offer(offer, at=SENT_AT)
    assert [*refused.value.error_dict] == ["hourly_rate"]
    assert code_of(refused) == "required"
