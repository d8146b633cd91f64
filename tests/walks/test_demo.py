"""What the demo says is true: offers that were sent are frozen and signed as such, and people carry their answers."""

import pytest

from billing.models import Offer, OfferSignature
from billing.services.frozen import sha256_of
from billing.services.offer_documents import canonical_offer
from clients.models import Contact
from loyalty.models import SurveyResponse

pytestmark = pytest.mark.django_db


def test_every_offer_that_was_sent_shows_the_document_that_was_signed() -> None:
    sent = list(Offer.objects.exclude(status="draft"))
    assert sent
    for offer in sent:
        assert offer.document == canonical_offer(offer)
        assert offer.document_sha256 == sha256_of(offer.document)
    signed = list(OfferSignature.objects.select_related("offer"))
    assert signed
    assert all(each.document_sha256 == each.offer.document_sha256 for each in signed)


def test_everybody_who_answered_carries_the_last_score() -> None:
    answered = set(SurveyResponse.objects.exclude(contact=None).values_list("contact", flat=True))
    assert answered
    assert set(Contact.objects.exclude(nps_score=None).values_list("pk", flat=True)) == answered
