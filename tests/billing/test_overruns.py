"""The overrun of offers by time spent: limit, notices, revision, override, who is told, and what is invoiced."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, connection, transaction

from billing.models import Coverage, Invoice, Offer, OverrunNotice, OverrunOverride, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.drafting import draft_invoices, plan_drafts
from billing.services.notices import Told, forecast_offer, note_overrun, override_overrun
from billing.services.offers import ItemDraft, Signer, decide_offer, revise_offer, send_offer
from billing.services.time import change_entry
from clients.models import Client, Task
from crm.access import Role
from crm.models import User
from tests.billing.errors import code_of
from tests.make import make_client, make_user
from tests.make.hours import log, make_time_lock, submitted
from tests.make.offers import SENT_AT, make_accepted_offer, make_sent_offer
from tests.make.people import make_small_firm

pytestmark = pytest.mark.django_db
HOUR = 60
AT = datetime(2026, 6, 20, 12, tzinfo=UTC)
THIRTIETH = date(2026, 6, 30)


def day(number: int) -> date:
    return date(2026, 6, number)


def signed(minutes: int, client: Client | None = None, **kw: Any) -> Offer:
    """An accepted offer by time spent at 150.00 including VAT."""
    offer = make_accepted_offer(client, items=[ItemDraft("Set-up", minutes)], **kw)
    return Offer.objects.get(pk=offer.pk)


def approved(offer: Offer, minutes: int, on: int = 10, **kw: Any) -> TimeEntry:
    entry = submitted(offer.client, offer.author, minutes, offer=offer, worked_on=day(on), **kw)
    return approve_entries([entry.pk], by=boss(), at=AT)[0]


def boss() -> User:
    return make_user(Role.PARTNER)


def parts(entry: TimeEntry) -> list[tuple[str, int, Decimal]]:
    rows = Coverage.objects.filter(entry=entry).order_by("position")
    return list(rows.values_list("source", "minutes", "amount"))


def told(offer: Offer, on: int, hour: int = 9, **kw: Any) -> OverrunNotice:
    fields: dict[str, Any] = {"channel": "phone", "person": "Petra Hofmann", "decision": "continue", **kw}
    return note_overrun(offer, Told(datetime(2026, 6, on, hour, tzinfo=UTC), **fields), by=offer.author, at=AT)


def invoice(client: Client) -> Invoice:
    drafted = draft_invoices(client, through=THIRTIETH, by=None, on=THIRTIETH)
    return Invoice.objects.get(pk=drafted.drafts[0].pk)


def test_half_an_hour_of_a_signed_hour_bills_its_half() -> None:
    offer = signed(HOUR)
    approved(offer, 30)
    bill = invoice(offer.client)
    assert (bill.gross_amount, bill.net_amount, bill.vat_amount) == (
        Decimal("75.00"),
        Decimal("63.03"),
        Decimal("11.97"),
    )


def test_two_hours_on_a_signed_hour_bill_in_full() -> None:
    offer = signed(HOUR)
    entry = approved(offer, 2 * HOUR)
    assert parts(entry) == [("time_and_materials", 120, Decimal("300.00"))]
    assert invoice(offer.client).gross_amount == Decimal("300.00")


def test_of_two_and_a_quarter_hours_the_last_quarter_is_unannounced_and_stays_behind() -> None:
    offer = signed(HOUR)
    entry = approved(offer, 135)
    assert parts(entry) == [("time_and_materials", 120, Decimal("300.00")), ("none", 15, Decimal("0.00"))]
    assert entry.warnings == ["unannounced_overrun"]
    plans = plan_drafts(offer.client, through=THIRTIETH)
    assert [skipped.reason for skipped in plans.skipped] == ["unannounced_overrun"]
    assert invoice(offer.client).gross_amount == Decimal("300.00")


def test_twenty_signed_hours_have_their_limit_at_twenty_three() -> None:
    offer = signed(20 * HOUR)
    for on in (1, 2):
        approved(offer, 11 * HOUR, on)
    assert parts(approved(offer, 2 * HOUR, 3)) == [
        ("time_and_materials", 60, Decimal("150.00")),
        ("none", 60, Decimal("0.00")),
    ]


def test_the_tolerance_is_the_sellers_and_is_kept_on_the_offer() -> None:
    offer = signed(HOUR, tolerance_percent=Decimal(0), tolerance_minutes=0)
    assert parts(approved(offer, 90))[1] == ("none", 30, Decimal("0.00"))


def test_minutes_after_a_notice_with_continue_bill_and_earlier_ones_do_not() -> None:
    offer = signed(HOUR)
    before = approved(offer, 150, 10)
    told(offer, 12)
    after = approved(offer, 60, 13)
    assert parts(before)[1] == ("none", 30, Decimal("0.00"))
    assert parts(after) == [("time_and_materials", 60, Decimal("150.00"))]


@pytest.mark.parametrize("decision", ["stop", "revise", "goodwill", "none_yet"])
def test_any_other_answer_lets_nothing_bill(decision: str) -> None:
    offer = signed(HOUR)
    told(offer, 1, decision=decision)
    assert parts(approved(offer, 150, 10))[1] == ("none", 30, Decimal("0.00"))


def test_work_entered_late_gets_what_the_booked_work_left() -> None:
    offer = signed(HOUR)
    approved(offer, 90, 12)
    assert parts(approved(offer, 60, 10)) == [
        ("time_and_materials", 30, Decimal("75.00")),
        ("none", 30, Decimal("0.00")),
    ]


def test_an_accepted_revision_lets_what_was_unannounced_bill() -> None:
    offer = signed(HOUR)
    entry = approved(offer, 150)
    revision = revise_offer(offer, by=offer.author, valid_until=THIRTIETH, estimated_minutes=2 * HOUR)
    send_offer(revision, at=SENT_AT)
    assert parts(entry)[1] == ("none", 30, Decimal("0.00"))
    decide_offer(revision, accepted=True, signer=Signer("Petra Hofmann"), at=AT)
    assert parts(entry) == [
        ("time_and_materials", 120, Decimal("300.00")),
        ("time_and_materials", 30, Decimal("75.00")),
    ]
    entry.refresh_from_db()
    assert entry.warnings == []
    assert invoice(offer.client).gross_amount == Decimal("375.00")


def test_a_small_revision_pays_for_a_part_and_leaves_closed_periods_alone() -> None:
    offer = signed(HOUR)
    closed, open_ = approved(offer, 150, 10), approved(offer, 120, 15)
    make_time_lock(day(12))
    revision = revise_offer(offer, by=offer.author, valid_until=THIRTIETH, estimated_minutes=150)
    send_offer(revision, at=SENT_AT)
    decide_offer(revision, accepted=True, signer=Signer("Petra Hofmann"), at=AT)
    assert parts(closed)[1] == ("none", 30, Decimal("0.00"))
    assert parts(open_) == [("none", 60, Decimal("0.00")), ("time_and_materials", 60, Decimal("150.00"))]


def test_a_partner_lets_it_bill_with_a_reason_once() -> None:
    offer = signed(HOUR)
    entry = approved(offer, 135)
    with pytest.raises(PermissionDenied):
        override_overrun(entry, reason="agreed on the phone", by=offer.author, at=AT)
    with pytest.raises(ValidationError) as unreasoned:
        override_overrun(entry, reason=" ", by=boss(), at=AT)
    assert unreasoned.value.messages == ["An override needs a reason."]
    override_overrun(entry, reason="agreed on the phone", by=boss(), at=AT)
    assert [row[:2] for row in parts(entry)] == [("time_and_materials", 120), ("time_and_materials", 15)]
    with pytest.raises(ValidationError) as again:
        override_overrun(entry, reason="once more", by=boss(), at=AT)
    assert code_of(again) == "already_done"


def test_a_partner_does_not_override_the_overrun_of_own_work_unless_the_firm_is_small() -> None:
    owner = boss()
    entry = approved(signed(HOUR, author=owner), 135)
    with pytest.raises(PermissionDenied):
        override_overrun(entry, reason="I say so", by=owner, at=AT)
    with pytest.raises(IntegrityError, match="Nobody decides"), transaction.atomic():
        OverrunOverride.objects.create(entry=entry, reason="I say so", made_by=owner, made_at=AT)
    make_small_firm()
    override_overrun(entry, reason="I say so", by=owner, at=AT)


def test_nothing_unannounced_needs_no_override() -> None:
    entry = approved(signed(HOUR), 60)
    with pytest.raises(ValidationError) as refused:
        override_overrun(entry, reason="in case", by=boss(), at=AT)
    assert code_of(refused) == "wrong_status"


def test_a_notice_keeps_what_was_used_by_then_and_is_never_changed() -> None:
    offer = signed(4 * HOUR)
    approved(offer, 90, 10)
    approved(offer, 45, 15)
    notice = told(offer, 12)
    assert notice.used_minutes == 90
    with pytest.raises(InternalError), transaction.atomic():
        OverrunNotice.objects.filter(pk=notice.pk).update(decision="stop")


def test_a_notice_is_not_given_in_the_future() -> None:
    offer = signed(HOUR)
    with pytest.raises(ValidationError) as refused:
        told(offer, 21)
    assert list(refused.value.message_dict) == ["informed_at"]


def test_only_an_accepted_offer_by_time_spent_has_notices() -> None:
    offer = signed(HOUR, basis="fixed", fixed_price=Decimal(300))
    with pytest.raises(ValidationError) as refused:
        told(offer, 12)
    assert code_of(refused) == "wrong_status"


def tasks(offer: Offer) -> list[tuple[str, User]]:
    rows = Task.objects.filter(client=offer.client, source__startswith="offer:", kind__in=STEPS).order_by("pk")
    return [(task.kind, task.assignee) for task in rows]


STEPS = ("tell_consultant", "tell_manager", "warn_client")


def test_the_consultant_is_told_at_eighty_percent_and_the_manager_at_a_hundred_once_each() -> None:
    manager = make_user(Role.ACCOUNT_MANAGER)
    offer = signed(10 * HOUR, make_client(account_manager=manager))
    log(offer.client, offer.author, 465, offer=offer, worked_on=day(10))
    assert tasks(offer) == []
    log(offer.client, offer.author, 1, offer=offer, worked_on=day(11))
    assert tasks(offer) == [("tell_consultant", offer.author)]
    log(offer.client, offer.author, 120, offer=offer, worked_on=day(12))
    Task.objects.update(state="done", closed_at=AT)
    log(offer.client, offer.author, 10, offer=offer, worked_on=day(13))
    assert tasks(offer) == [("tell_consultant", offer.author), ("tell_manager", manager)]


def test_a_forecast_beyond_the_limit_makes_the_warning_due_and_a_notice_settles_it() -> None:
    offer = signed(10 * HOUR)
    log(offer.client, offer.author, 60, offer=offer, worked_on=day(10))
    forecast_offer(offer, remaining_minutes=630, by=offer.author, at=AT)
    assert tasks(offer) == []
    forecast_offer(offer, remaining_minutes=631, by=offer.author, at=AT)
    warning = Task.objects.get(kind="warn_client")
    assert (warning.assignee, warning.url) == (offer.author, f"/offers/{offer.pk}/")
    told(offer, 19, decision="none_yet")
    assert Task.objects.filter(kind="warn_client").unfinished().exists()
    told(offer, 20)
    assert not Task.objects.filter(kind="warn_client").unfinished().exists()


def test_a_forecast_says_hours_or_share_and_not_both() -> None:
    offer = signed(HOUR)
    for wrong in ({}, {"remaining_minutes": 60, "done_percent": Decimal(50)}, {"done_percent": Decimal(0)}):
        with pytest.raises(ValidationError):
            forecast_offer(offer, by=offer.author, at=AT, **wrong)


def test_a_share_that_is_done_gives_the_forecast() -> None:
    offer = signed(10 * HOUR)
    log(offer.client, offer.author, 300, offer=offer, worked_on=day(10))
    forecast_offer(offer, done_percent=Decimal(40), by=offer.author, at=AT)
    assert [kind for kind, _person in tasks(offer)] == ["warn_client"]


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_never_bill_more_than_the_limit() -> None:
    offer = signed(HOUR)
    entries = [submitted(offer.client, offer.author, 90, offer=offer, worked_on=day(on)) for on in (10, 11)]
    partner = boss()

    def approve(entry: TimeEntry) -> None:
        try:
            approve_entries([entry.pk], by=partner, at=AT + timedelta(minutes=1))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(approve, entries))
    rows = [row for entry in entries for row in parts(entry)]
    assert sum(minutes for source, minutes, _amount in rows if source == "time_and_materials") == 120
    assert sum(minutes for source, minutes, _amount in rows if source == "none") == 60


def test_without_a_lead_whoever_works_on_it_is_told_and_not_who_wrote_it() -> None:
    author, worker = make_user(Role.ACCOUNT_MANAGER), make_user(Role.CONSULTANT)
    offer = make_accepted_offer(author=author, lead=None, items=[ItemDraft("Set-up", 60)])
    log(offer.client, worker, 50, offer=offer)
    assert Task.objects.get(kind="tell_consultant").assignee == worker


@pytest.mark.parametrize("is_approved", [False, True])
def test_work_from_before_the_client_signed_is_told_of_when_they_sign(is_approved: bool) -> None:
    offer = make_sent_offer(items=[ItemDraft("Set-up", 2 * HOUR)])
    entry = submitted(offer.client, offer.author, 2 * HOUR, offer=offer, worked_on=day(10))
    if is_approved:
        approve_entries([entry.pk], by=boss(), at=AT)
    decide_offer(offer, accepted=True, signer=Signer("Petra Hofmann"), at=AT)
    assert Task.objects.filter(kind="tell_manager", client=offer.client).count() == 1


def test_an_approval_tells_what_nobody_was_told() -> None:
    offer = signed(2 * HOUR)
    entry = submitted(offer.client, offer.author, HOUR, offer=offer, worked_on=day(10))
    assert not Task.objects.filter(kind="tell_manager").exists()
    TimeEntry.objects.filter(pk=entry.pk).update(minutes=2 * HOUR)
    approve_entries([entry.pk], by=boss(), at=AT)
    assert Task.objects.filter(kind="tell_manager", client=offer.client).count() == 1


def test_approved_work_that_is_made_longer_is_told_of() -> None:
    entry = approved(signed(2 * HOUR), HOUR)
    change_entry(entry, changes={"minutes": 2 * HOUR}, by=boss(), at=AT)
    assert Task.objects.filter(kind="tell_manager").count() == 1
