"""Offers with a cap: what is charged over all versions, what a raised cap lets bill, how the client sees the rest."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from billing.documents.paper import paper_of
from billing.models import Coverage, Invoice, Offer, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, credit_invoice
from billing.services.drafting import draft_invoices, plan_drafts
from billing.services.drafts import delete_draft, remove_line
from billing.services.issuing import issue_invoice
from billing.services.offers import ItemDraft, Signer, decide_offer, revise_offer, send_offer
from clients.models import Client, Task
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.errors import code_of_error
from tests.make import make_client, make_user
from tests.make.hours import log, make_rate, make_time_lock, submitted
from tests.make.offers import SENT_AT, make_accepted_offer

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 20, 12, tzinfo=UTC)
THIRTIETH = date(2026, 6, 30)


def capped(minutes: int = 90, client: Client | None = None) -> Offer:
    """At most so many minutes at 150.00 with VAT."""
    items = [ItemDraft("Set-up", minutes)]
    return Offer.objects.get(pk=make_accepted_offer(client, basis="not_to_exceed", items=items).pk)


def revised(offer: Offer, minutes: int) -> Offer:
    draft = revise_offer(offer, by=offer.author, valid_until=THIRTIETH, estimated_minutes=minutes)
    return decide_offer(send_offer(draft, at=SENT_AT), accepted=True, signer=Signer("Petra"), at=SENT_AT)


def approved(offer: Offer, minutes: int, on: int = 10) -> TimeEntry:
    entry = submitted(offer.client, offer.author, minutes, offer=offer, worked_on=date(2026, 6, on))
    return approve_entries([entry.pk], by=make_user(Role.PARTNER), at=AT)[0]


def drafted(client: Client) -> Invoice:
    return draft_invoices(client, through=THIRTIETH, by=None, on=THIRTIETH).drafts[0]


def issued(draft: Invoice) -> Invoice:
    return issue_invoice(draft, issued_on=THIRTIETH, by=None, at=AT)


def parts(entry: TimeEntry) -> list[tuple[str, int]]:
    return list(Coverage.objects.filter(entry=entry).order_by("position").values_list("source", "minutes"))


def test_hours_over_the_cap_stand_at_nothing_on_the_invoice_with_dates_and_names() -> None:
    offer = capped()
    entry = approved(offer, 120)
    draft = drafted(offer.client)
    line = draft.lines.get(kind="included")
    assert (line.amount, line.quantity, line.offer) == (Decimal(0), Decimal("0.5"), offer)
    assert line.details["entries"] == [
        {"on": "2026-06-10", "who": str(offer.author), "minutes": 30, "text": "Second server"}
    ]
    assert draft.gross_amount == Decimal("225.00")
    paper = paper_of(draft)
    assert [(row.text, row.tone) for row in paper.rows][1] == (
        "Second server: beyond the agreed maximum, not charged",
        "prepaid",
    )
    assert len(paper.hours) == 2
    issued(draft)
    entry.refresh_from_db()
    assert entry.status == "invoiced"
    assert not list(find_breaches())


def test_hours_of_all_versions_make_one_line_and_are_shown_once() -> None:
    offer = capped()
    approved(offer, 150)
    second = revised(offer, 100)
    approved(second, 60, 11)
    draft = drafted(offer.client)
    assert draft.lines.get(kind="included").quantity == Decimal("1.8333")
    delete_draft(draft)
    invoice = issued(drafted(offer.client))
    credit_invoice(invoice, kind=CreditKind.FULL, reason="x", issued_on=THIRTIETH, by=offer.author, at=AT)
    assert drafted(offer.client).lines.filter(kind="included").count() == 1
    assert not list(find_breaches())


def test_hours_over_the_cap_alone_make_no_draft_and_wait_for_the_next() -> None:
    offer = capped()
    approved(offer, 90)
    issued(drafted(offer.client))
    entry = approved(offer, 60, 11)
    plans = plan_drafts(offer.client, through=THIRTIETH)
    assert not plans.plans
    assert [(skipped.entry, skipped.reason) for skipped in plans.skipped] == [(entry, "offer_pays")]
    make_rate()
    other = submitted(offer.client, offer.author, 30, worked_on=date(2026, 6, 12))
    approve_entries([other.pk], by=make_user(Role.PARTNER), at=AT)
    assert drafted(offer.client).lines.get(kind="included").billed.get().entry == entry


def test_hours_over_the_cap_are_shown_beside_the_work_of_their_time_and_not_years_later() -> None:
    offer = capped()
    approved(offer, 90)
    issued(drafted(offer.client))
    recent = approved(offer, 30, 12)
    make_rate()
    old = submitted(offer.client, offer.author, 60, offer=offer, worked_on=date(2024, 6, 11))
    other = submitted(offer.client, offer.author, 30, worked_on=date(2026, 6, 13))
    approve_entries([old.pk, other.pk], by=make_user(Role.PARTNER), at=AT)
    assert drafted(offer.client).lines.get(kind="included").billed.get().entry == recent


def test_the_cap_is_that_of_the_last_accepted_version_for_work_of_every_version() -> None:
    offer = capped()
    early = [submitted(offer.client, offer.author, 60, offer=offer) for _ in range(2)]
    second = revised(offer, 150)
    late = submitted(offer.client, offer.author, 60, offer=second, worked_on=date(2026, 6, 11))
    done = approve_entries([entry.pk for entry in (*early, late)], by=make_user(Role.PARTNER), at=AT)
    assert [parts(entry) for entry in done] == [
        [("time_and_materials", 60)],
        [("time_and_materials", 60)],
        [("time_and_materials", 30), ("offer", 30)],
    ]


def test_an_accepted_revision_lets_hours_bill_that_were_over_the_cap() -> None:
    offer = capped()
    entry = approved(offer, 150)
    revised(offer, 120)
    assert parts(entry) == [("time_and_materials", 90), ("offer", 30), ("time_and_materials", 30)]
    revised(Offer.objects.family_of(offer)[0], 180)
    entry.refresh_from_db()
    assert parts(entry) == [("time_and_materials", 90), ("time_and_materials", 30), ("time_and_materials", 30)]
    assert entry.warnings == []
    assert drafted(offer.client).gross_amount == Decimal("375.00")
    assert not list(find_breaches())


def test_what_the_client_has_read_at_nothing_stays_so() -> None:
    offer = capped()
    entry = approved(offer, 120)
    issued(drafted(offer.client))
    revised(offer, 240)
    assert parts(entry) == [("time_and_materials", 90), ("offer", 30)]


def test_a_draft_from_before_a_raised_cap_is_not_issued_but_drafted_anew() -> None:
    offer = capped()
    approved(offer, 120)
    draft = drafted(offer.client)
    revised(offer, 180)
    with pytest.raises(ValidationError) as refused:
        issued(draft)
    assert code_of_error(refused.value) == "cap_raised"
    delete_draft(draft)
    again = drafted(offer.client)
    issued(again)
    assert again.gross_amount == Decimal("300.00")


def test_hours_of_a_closed_period_stay_free_and_hold_no_document_up() -> None:
    offer = capped()
    approved(offer, 120)
    draft = drafted(offer.client)
    make_time_lock(date(2026, 6, 15))
    revised(offer, 180)
    assert issued(draft).status == "issued"


@pytest.mark.parametrize("way", ["delete the draft", "remove the line", "credit the invoice"])
def test_a_raised_cap_lets_hours_bill_that_come_off_a_document(way: str) -> None:
    offer = capped()
    entry = approved(offer, 120)
    draft = drafted(offer.client)
    if way == "credit the invoice":
        issued(draft)
    revised(offer, 180)
    if way == "delete the draft":
        delete_draft(draft)
    elif way == "remove the line":
        remove_line(draft.lines.get(kind="included"))
    else:
        credit_invoice(draft, kind=CreditKind.FULL, reason="x", issued_on=THIRTIETH, by=offer.author, at=AT)
    assert parts(entry) == [("time_and_materials", 90), ("time_and_materials", 30)]
    again = drafted(offer.client)
    assert again.gross_amount == Decimal("75.00" if way == "remove the line" else "300.00")
    assert not list(find_breaches())


@pytest.mark.parametrize("basis", ["not_to_exceed", "fixed"])
def test_our_own_people_are_told_at_eighty_and_a_hundred_percent_and_no_client_is_warned(basis: str) -> None:
    manager = make_user(Role.ACCOUNT_MANAGER)
    client = make_client(account_manager=manager)
    price = {"fixed_price": Decimal("600.00")} if basis == "fixed" else {}
    offer = make_accepted_offer(client, basis=basis, items=[ItemDraft("Set-up", 75)], **price)
    told = Task.objects.filter(kind__in=["tell_consultant", "tell_manager", "warn_client"]).order_by("pk")
    log(client, offer.author, 60, offer=offer)
    assert [(task.kind, task.assignee) for task in told.all()] == [("tell_consultant", offer.author)]
    log(client, offer.author, 120, offer=offer)
    assert [(task.kind, task.assignee) for task in told.all()][1:] == [("tell_manager", manager)]
