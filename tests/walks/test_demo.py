"""What the demo says is true: offers that were sent are frozen and signed as such, and people carry their answers."""

import pytest
from django.utils import timezone

from billing.models import HourPackage, Invoice, InvoiceLine, Offer, OfferSignature
from billing.models.invoices import State
from billing.services.frozen import sha256_of
from billing.services.offer_documents import canonical_offer
from clients.models import Contact, Promise
from clients.rules.promises import Outcome
from clients.services.promise_rates import judge_promise
from crm.invariants import find_breaches
from loyalty.models import LoyaltyTest, SurveyResponse

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


@pytest.mark.parametrize("seller", ["de", "ru"])
def test_both_companies_have_invoices_in_every_state(seller: str) -> None:
    on = timezone.localdate()
    rows = Invoice.objects.filter(seller__code=seller)
    assert {invoice.state for invoice in rows.with_state(on=on)} == {state.value for state in State}
    assert rows.in_states([State.OVERDUE], on=on).in_states([State.PART_PAID], on=on).exists()


@pytest.mark.parametrize("seller", ["de", "ru"])
def test_both_companies_have_offers_in_every_state(seller: str) -> None:
    rows = Offer.objects.filter(seller__code=seller)
    assert set(rows.values_list("status", flat=True)) == {str(status) for status in Offer.Status}
    reasons = rows.exclude(close_reason="").values_list("close_reason", flat=True)
    assert set(reasons) == {str(reason) for reason in Offer.CloseReason}


@pytest.mark.parametrize("seller", ["de", "ru"])
def test_both_companies_have_packages_at_every_level(seller: str) -> None:
    packages = HourPackage.objects.filter(seller__code=seller).select_related("account")
    on = timezone.localdate()
    valid = [row for row in packages if row.expires_on is None or row.expires_on >= on]
    left = {round(100 * row.account.balance_minutes / row.purchased_minutes) for row in valid}
    assert {0, 50, 100} <= left
    assert any(0 < percent <= 20 for percent in left)
    expired = packages.filter(expires_on__lt=on, account__ledger__kind="expiry")
    assert expired.exists()
    assert not expired.exclude(account__balance_minutes=0).exists()


@pytest.mark.parametrize("country", ["DE", "RU"])
def test_clients_of_both_companies_were_promised_with_every_outcome(country: str) -> None:
    now = timezone.now()
    promises = Promise.objects.filter(client__country=country).with_chain()
    assert {judge_promise(row, at=now).outcome for row in promises} == set(Outcome)


def test_the_books_of_the_demo_keep_every_promise() -> None:
    assert list(find_breaches()) == []


@pytest.mark.parametrize("country", ["DE", "RU"])
def test_a_fixed_price_is_drafted_with_its_hours_and_another_is_at_work(country: str) -> None:
    fixed = Offer.objects.filter(basis="fixed", seller__country=country)
    assert set(fixed.values_list("status", flat=True)) >= {"accepted", "closed"}
    line = InvoiceLine.objects.get(kind="fixed", offer__in=fixed)
    assert len(line.details["entries"]) == 4


def test_loyalty_tests_are_complete_and_with_blanks() -> None:
    assert {0, 2} <= {len(test.blanks) for test in LoyaltyTest.objects.all()}
