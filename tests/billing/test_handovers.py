"""Handovers: the offer closes, the client acknowledges, and what comes back within the year needs a decision."""

from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.documents.delivery import mail_handovers
from billing.models import Handover, HandoverReturn, HandoverSignature, Offer, SignatureFile, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.decisions import decide_entry
from billing.services.drafting import draft_invoices
from billing.services.handovers import HandedOver, acknowledge_handover, hand_over, link_to_handover
from billing.services.offers import ItemDraft, Signer
from billing.services.time import change_entry, preview_entry
from clients.models import Client, Task
from crm.access import Role
from crm.models import AuditEntry, LinkOpening
from tests.billing.errors import code_of
from tests.billing.test_api_time import alfa
from tests.make import Cast, make_api, make_client, make_user
from tests.make.clients import make_service_line
from tests.make.hours import AT, log, make_engagement, make_package, make_rate, new_entry, submitted
from tests.make.offers import make_accepted_offer, make_sent_offer

__all__ = ["alfa"]
pytestmark = pytest.mark.django_db
ON = date(2026, 6, 15)
DONE_AT = datetime(2026, 6, 15, 16, tzinfo=UTC)
SAID = HandedOver("Server stands", "Old files are not moved", "Move the files")


def accepted(client: Client | None = None, minutes: int = 240, **kw: Any) -> Offer:
    made = make_accepted_offer(client or make_client(language="en"), items=[ItemDraft("Set-up", minutes)], **kw)
    return Offer.objects.get(pk=made.pk)


def handed_over(offer: Offer | None = None, said: HandedOver = SAID) -> Handover:
    offer = offer or accepted(minutes=300)
    return hand_over(offer, said, by=offer.author, on=ON, at=DONE_AT)


def again(offer: Offer, on: date, **kw: Any) -> TimeEntry:
    kw.setdefault("engagement", offer.engagements.get())
    return log(offer.client, offer.author, 60, worked_on=on, **kw)


def test_of_four_signed_hours_two_used_are_billed_and_two_released() -> None:
    offer = accepted()
    entry = submitted(offer.client, offer.author, 120, offer=offer)
    approve_entries([entry.pk], by=make_user(Role.PARTNER), at=AT)
    handover = handed_over(offer)
    offer.refresh_from_db()
    assert (offer.status, offer.close_reason, offer.closed_on) == ("closed", "closed_by_client", ON)
    assert (handover.used_minutes, handover.released_minutes) == (120, 120)
    drafted = draft_invoices(offer.client, through=ON, by=None, on=ON)
    assert drafted.drafts[0].gross_amount == Decimal("300.00")


def test_a_small_offer_is_handed_over_in_one_sentence_with_a_line_for_each_session() -> None:
    offer = accepted(minutes=240)
    log(offer.client, offer.author, 60, offer=offer, worked_on=date(2026, 6, 10), description="Installed")
    handover = handed_over(offer, HandedOver("Server stands, you move the files."))
    assert handover.level == "outline"
    assert handover.document["sessions"] == [["2026-06-10", 60, "Installed"]]


@pytest.mark.parametrize(
    ("minutes", "currency", "level"),
    [(240, "EUR", "outline"), (241, "EUR", "full"), (240, "CHF", "full")],
)
def test_documentation_is_in_outline_up_to_six_hundred_gross(minutes: int, currency: str, level: str) -> None:
    assert handed_over(accepted(minutes=minutes, currency=currency)).level == level


def test_an_offer_carries_its_level_in_lists_and_on_its_page(client: Browser, cast: Cast) -> None:
    small = make_accepted_offer(make_client(account_manager=cast.manager))
    large = make_accepted_offer(make_client(account_manager=cast.manager), hourly_rate=Decimal("150.01"))
    told = make_api(cast.manager).get("/api/v1/offers/").json()["results"]
    assert {row["id"]: row["documentation_level"] for row in told} == {small.pk: "outline", large.pk: "full"}
    client.force_login(cast.manager)
    pages = [client.get(reverse("billing:offer_detail", args=[offer.pk])) for offer in (small, large)]
    assert ["one sentence is enough" in page.content.decode() for page in pages] == [True, False]


def test_a_net_price_counts_with_its_vat() -> None:
    assert handed_over(accepted(minutes=240, price_includes_tax=False)).level == "full"


def test_the_own_company_may_set_the_limit_of_outline() -> None:
    client = make_client()
    client.default_seller.outline_limit = Decimal(100)  # type: ignore[union-attr]
    client.default_seller.save()  # type: ignore[union-attr]
    assert handed_over(accepted(client, minutes=60)).level == "full"


def test_a_large_offer_says_what_the_client_will_finish() -> None:
    with pytest.raises(ValidationError) as refused:
        handed_over(said=HandedOver("Server stands"))
    assert list(refused.value.message_dict) == ["client_will_finish"]
    assert Offer.objects.get().status == "accepted"


def test_only_an_accepted_offer_is_handed_over_and_once() -> None:
    with pytest.raises(ValidationError) as early:
        handed_over(make_sent_offer())
    assert code_of(early) == "wrong_status"
    handover = handed_over()
    with pytest.raises(ValidationError) as twice:
        handed_over(handover.offer)
    assert code_of(twice) == "wrong_status"


def test_its_words_are_never_changed() -> None:
    handover = handed_over()
    with pytest.raises(InternalError), transaction.atomic():
        Handover.objects.filter(pk=handover.pk).update(done="nothing")
    with pytest.raises(InternalError), transaction.atomic():
        Handover.objects.filter(pk=handover.pk).delete()


def test_it_is_mailed_with_its_link_once() -> None:
    handover = handed_over()
    assert (mail_handovers(at=DONE_AT), mail_handovers(at=DONE_AT)) == (1, 0)
    assert mail.outbox[0].to == [handover.recipient]
    assert "/a/" in str(mail.outbox[0].body)


class TestLink:
    @pytest.fixture
    def handover(self) -> Handover:
        return handed_over()

    @pytest.fixture
    def address(self, handover: Handover) -> str:
        return reverse("billing:handover_link", args=[link_to_handover(handover, by=None, at=timezone.now())])

    def test_opening_it_changes_nothing(self, client: Browser, address: str) -> None:
        entries = AuditEntry.objects.count()
        for url in (address, f"{address}?by_name=Robot"):
            assert client.get(url).status_code == 200
        client.head(address)
        assert not HandoverSignature.objects.exists()
        assert AuditEntry.objects.count() == entries
        assert LinkOpening.objects.count() == 3

    def test_a_typed_name_acknowledges_once(self, client: Browser, handover: Handover, address: str) -> None:
        assert Task.objects.unfinished().filter(kind="handover_unacknowledged").exists()
        answer = client.post(address, {"by_name": "Petra Hofmann"}, headers={"user-agent": "Firefox 150"})
        assert "This handover is acknowledged." in answer.content.decode()
        kept = HandoverSignature.objects.get()
        assert (kept.by_name, kept.address, kept.user_agent) == ("Petra Hofmann", "127.0.0.1", "Firefox 150")
        assert kept.document_sha256 == handover.document_sha256
        assert not Task.objects.unfinished().filter(kind="handover_unacknowledged").exists()
        assert client.post(address, {"by_name": "Petra Hofmann"}).status_code == 422

    def test_without_a_name_it_comes_back(self, client: Browser, address: str) -> None:
        assert client.post(address, {"by_name": " "}).status_code == 422

    def test_it_ends_after_sixty_days(self, client: Browser, handover: Handover) -> None:
        for days, status in ((59, 200), (61, 410)):
            secret = link_to_handover(handover, by=None, at=timezone.now() - timedelta(days=days))
            assert client.get(reverse("billing:handover_link", args=[secret])).status_code == status


class TestComingBack:
    def test_after_half_a_year_the_entry_needs_a_decision_before_approval(self) -> None:
        handover = handed_over()
        entry = again(handover.offer, date(2026, 12, 15))
        assert (entry.needs_decision, entry.offer) == ("handover", None)
        assert HandoverReturn.objects.get().handover == handover
        TimeEntry.objects.filter(pk=entry.pk).update(status="submitted")
        with pytest.raises(ValidationError) as refused:
            approve_entries([entry.pk], by=make_user(Role.PARTNER), at=AT)
        assert code_of(refused) == "needs_decision"

    @pytest.mark.parametrize(
        ("on", "asked"),
        [
            (date(2026, 6, 14), ""),
            (date(2026, 6, 15), "handover"),
            (date(2027, 6, 15), "handover"),
            (date(2027, 6, 16), ""),
        ],
    )
    def test_only_work_of_the_following_twelve_months_asks(self, on: date, asked: str) -> None:
        assert again(handed_over().offer, on).needs_decision == asked

    @pytest.mark.parametrize(("choice", "reason"), [("billable", ""), ("warranty", "our error"), ("goodwill", "gift")])
    def test_each_answer_settles_it_for_good(self, choice: str, reason: str) -> None:
        offer = handed_over().offer
        make_rate(offer.seller)
        entry = again(offer, date(2026, 12, 15))
        partner = make_user(Role.PARTNER)
        decided = decide_entry(entry, choice=choice, reason=reason, by=partner, at=AT)
        assert (decided.needs_decision, decided.billing_type) == ("", choice)
        kept = HandoverReturn.objects.get()
        assert (kept.choice, kept.decided_by) == (choice, partner)

    def test_billable_work_leaves_the_closed_offer_and_its_limit(self) -> None:
        offer = handed_over().offer
        make_rate(offer.seller, amount=Decimal("180.00"))
        entry = log(offer.client, offer.author, 60, worked_on=date(2026, 12, 15), offer=offer)
        assert entry.needs_decision == "handover"
        decided = decide_entry(entry, choice="billable", reason="", by=make_user(Role.PARTNER), at=AT)
        assert decided.offer is None
        assert [(part.source, part.amount) for part in decided.parts] == [("time_and_materials", Decimal("180.00"))]

    def test_the_same_service_without_an_agreement_is_the_same_scope(self) -> None:
        offer = handed_over(accepted(minutes=300, service_line=make_service_line())).offer
        day = date(2026, 9, 1)
        line = offer.service_line
        assert again(offer, day, engagement=None, service_line=line).needs_decision == "handover"
        other = make_engagement(offer.client, started_on=date(2026, 6, 1))
        assert again(offer, day, engagement=other, service_line=line).needs_decision == ""
        renamed = make_engagement(offer.client, started_on=date(2026, 8, 1))
        assert again(offer, day, engagement=renamed, service_line=line).needs_decision == "handover"
        assert again(offer, day, engagement=renamed, service_line=make_service_line("Audit")).needs_decision == ""
        package = make_package(offer.client)
        assert again(offer, day, engagement=None, service_line=line, hour_package=package).needs_decision == ""
        assert again(offer, day, engagement=None).needs_decision == ""

    def test_work_that_is_moved_away_asks_no_more(self) -> None:
        offer = handed_over().offer
        entry = again(offer, date(2026, 12, 15))
        elsewhere = make_engagement(offer.client, started_on=date(2026, 1, 1))
        moved = change_entry(entry, changes={"engagement": elsewhere}, by=entry.employee, at=AT)
        assert (moved.needs_decision, HandoverReturn.objects.exists()) == ("", False)

    def test_approved_work_does_not_come_back_unasked(self) -> None:
        offer = handed_over().offer
        make_rate(offer.seller)
        entry = again(offer, date(2026, 6, 14))
        partner = make_user(Role.PARTNER)
        TimeEntry.objects.filter(pk=entry.pk).update(status="submitted", submitted_at=AT)
        approve_entries([entry.pk], by=partner, at=AT)
        entry.refresh_from_db()
        with pytest.raises(ValidationError) as refused:
            change_entry(entry, changes={"worked_on": date(2026, 6, 16)}, by=partner, at=AT)
        assert code_of(refused) == "needs_decision"

    def test_free_work_has_been_decided_already(self) -> None:
        entry = again(handed_over().offer, date(2026, 12, 15), billing_type="warranty", reason="our error")
        assert entry.needs_decision == ""

    def test_the_preview_shows_the_handover(self) -> None:
        handover = handed_over()
        entry = new_entry(handover.offer.client, handover.offer.author, worked_on=date(2026, 12, 15))
        entry.engagement = handover.offer.engagements.get()
        plan = preview_entry(entry)
        assert (plan.entry.needs_decision, plan.entry.came_back) == ("handover", handover)
        assert not HandoverReturn.objects.exists()


def test_a_handover_through_the_api(cast: Cast, alfa: Client) -> None:
    offer = accepted(alfa, minutes=300, author=cast.consultant)
    api, url = make_api(cast.consultant), f"/api/v1/offers/{offer.pk}/handover/"
    assert api.get(url).status_code == 404
    asked = {"done": "Server stands", "not_done": "", "client_will_finish": "Move the files"}
    assert api.post(url, {"done": ""}).status_code == 400
    made = api.post(url, asked)
    assert made.status_code == 201, made.json()
    assert (made.json()["released_minutes"], made.json()["acknowledged_by"]) == (300, None)
    assert (made.json()["explained_by"], api.get(url).json()["done"]) == (cast.consultant.pk, "Server stands")
    assert api.post(url, asked).status_code == 409
    acknowledge_handover(Handover.objects.get(), signer=Signer("Petra Hofmann"), at=AT)
    assert api.get(url).json()["acknowledged_by"] == "Petra Hofmann"


def test_a_handover_on_the_page(client: Browser, cast: Cast, alfa: Client) -> None:
    offer = accepted(alfa, minutes=300, author=cast.consultant)
    client.force_login(cast.consultant)
    url = reverse("billing:offer_handover", args=[offer.pk])
    assert client.get(url).status_code == 200
    form = {"done": "Server stands", "client_will_finish": "Move the files", "explained_on": "2026-06-15"}
    assert client.post(url, {**form, "client_will_finish": ""}).status_code == 422
    assert client.post(url, form).status_code == 302
    shown = client.get(reverse("billing:offer_detail", args=[offer.pk])).content.decode()
    assert "waits for acknowledgement" in shown
    assert "Move the files" in shown
    link = client.post(reverse("billing:handover_new_link", args=[Handover.objects.get().pk])).content.decode()
    assert "/a/" in link


def test_a_signed_page_stays_with_the_signature(client: Browser, cast: Cast, alfa: Client) -> None:
    offer = make_sent_offer(alfa, author=cast.manager, valid_until=timezone.localdate())
    client.force_login(cast.manager)
    url = reverse("billing:offer_decide", args=[offer.pk])
    page = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed", content_type="application/pdf")
    wrong = SimpleUploadedFile("signed.exe", b"MZ", content_type="application/x-msdownload")
    decision = {"accepted": "yes", "by_name": "Petra Hofmann"}
    assert client.post(url, {**decision, "file": wrong}).status_code == 422
    refused = client.post(url, decision)
    assert (refused.status_code, "Add the page that the client signed." in refused.content.decode()) == (422, True)
    assert client.post(url, {**decision, "file": page}).status_code == 302
    assert SignatureFile.objects.get().name == "signed.pdf"
    kept = client.get(reverse("billing:offer_paper", args=[offer.pk]))
    assert (kept.content, kept["Content-Type"]) == (b"%PDF-1.7 signed", "application/pdf")


def test_through_the_api_a_signed_page_comes_as_base64_and_the_signature_is_told(cast: Cast, alfa: Client) -> None:
    offer = make_sent_offer(alfa, author=cast.manager, valid_until=timezone.localdate())
    api, url = make_api(cast.manager), f"/api/v1/offers/{offer.pk}/"
    assert api.get(url).json()["signature"] is None
    for content, code in (("%%%", "invalid"), (b64encode(b"MZ").decode(), "file_type")):
        refused = api.post(f"{url}accept/", {"by_name": "Petra", "file": {"name": "s.pdf", "content": content}})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)
        assert refused.json()["errors"][0]["attr"] == "file.content"
    page = {"name": "signed.pdf", "content": b64encode(b"%PDF-1.7 signed").decode()}
    made = api.post(f"{url}accept/", {"by_name": "Petra Hofmann", "file": page}).json()
    told = made["signature"]
    assert (told["accepted"], told["by_name"], told["recorded_by"]) == (True, "Petra Hofmann", cast.manager.pk)
    assert told["document_sha256"] == offer.document_sha256
    kept = SignatureFile.objects.get()
    assert (kept.name, kept.content_type, bytes(kept.content)) == ("signed.pdf", "application/pdf", b"%PDF-1.7 signed")


def test_offer_end_links_ends_the_links_to_offer_and_handover(client: Browser, cast: Cast, alfa: Client) -> None:
    offer = accepted(alfa, author=cast.manager)
    handover = handed_over(offer)
    secret = link_to_handover(handover, by=None, at=timezone.now())
    page = reverse("billing:handover_link", args=[secret])
    assert client.get(page).status_code == 200
    client.force_login(cast.manager)
    url = reverse("billing:offer_end_links", args=[offer.pk])
    assert url in client.get(reverse("billing:offer_detail", args=[offer.pk])).content.decode()
    client.post(url)
    client.logout()
    assert client.get(page).status_code == 410
    client.force_login(cast.manager)
    assert url not in client.get(reverse("billing:offer_detail", args=[offer.pk])).content.decode()


def test_links_are_ended_through_the_api(cast: Cast, alfa: Client) -> None:
    offer = accepted(alfa, author=cast.manager)
    link_to_handover(handed_over(offer), by=None, at=timezone.now())
    url = f"/api/v1/offers/{offer.pk}/end-links/"
    assert make_api(cast.outsider).post(url).status_code == 404
    assert make_api(cast.manager).post(url).json()["ended"] >= 1
    assert make_api(cast.manager).post(url).json() == {"ended": 0}
