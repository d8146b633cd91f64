"""Work after an invoice: the allowance by paid hours, what it leaves, and the decision that the rest owes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Engagement, GoodwillDecision, Invoice, Offer, TimeEntry, WorkMonth
from billing.reports.client_hours import load_client_hours
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.decisions import decide_entry
from billing.services.drafting import draft_invoices
from billing.services.figures import refresh_hours
from billing.services.follow_up import allowance_for
from billing.services.issuing import issue_invoice
from billing.services.offers import ItemDraft, Signer, close_offer, decide_offer, revise_offer, send_offer
from billing.services.time import change_entry, preview_entry
from clients.models import ClientFigure
from tests.make import Cast, log, make_api, make_engagement, make_package, make_rate, make_tiers, new_entry, submitted
from tests.make.hours import AT
from tests.make.invoices import make_draft
from tests.make.offers import SENT_AT, make_accepted_offer

pytestmark = pytest.mark.django_db
INVOICED = date(2026, 6, 1)
AFTER = INVOICED + timedelta(days=5)


def invoiced(cast: Cast, *, hours: int, **kw: Any) -> Engagement:
    """An engagement of which so many hours were drafted on 1 June."""
    make_tiers()
    engagement = make_engagement(lead=cast.manager, members=[cast.consultant], **kw)
    make_rate(engagement.seller)
    make_draft(engagement.client, on=INVOICED, minutes=hours * 60, engagement=engagement, worked_on=date(2026, 5, 20))
    return engagement


def after(engagement: Engagement, cast: Cast, minutes: int, **kw: Any) -> TimeEntry:
    fields = {"worked_on": AFTER, "engagement": engagement, **kw}
    return log(engagement.client, cast.consultant, minutes, **fields)


@pytest.mark.parametrize(("hours", "free"), [(1, 0), (2, 15), (9, 15), (10, 30), (19, 30), (20, 60)], ids=str)
def test_the_allowance_follows_the_paid_hours(hours: int, free: int, cast: Cast) -> None:
    engagement = invoiced(cast, hours=hours)
    entry = after(engagement, cast, 90)
    assert (entry.follow_up_minutes, entry.needs_decision) == (free, "follow_up")
    assert entry.billing_type == "billable"


def test_the_free_part_of_paid_work_is_printed_with_its_value_once(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = decide_entry(
        after(engagement, cast, 90), choice="billable", reason="More than a question", by=cast.manager, at=AT
    )
    assert (entry.minutes, entry.follow_up_minutes, entry.billed_minutes) == (90, 30, 60)
    TimeEntry.objects.filter(pk=entry.pk).update(status="submitted")
    approve_entries([entry.pk], by=cast.partner, at=AT)

    def drafted() -> Invoice:
        return draft_invoices(engagement.client, through=AFTER, by=None, on=AFTER).drafts[0]

    draft = drafted()
    free = draft.lines.get(kind="goodwill")
    assert (draft.lines.get(kind="time").amount, free.quantity) == (Decimal("150.00"), Decimal("0.5"))
    assert (free.amount, free.details["value"]) == (0, "75.00")
    issued = issue_invoice(draft, issued_on=AFTER, by=None, at=AT)
    entry.refresh_from_db()
    assert entry.status == "invoiced"
    line = draft.lines.get(kind="time")
    back = CreditLine(line_id=line.pk, entries=(entry.pk,))
    credit_invoice(
        issued, kind=CreditKind.PARTIAL, reason="wrong", lines=[back], issued_on=AFTER, by=cast.finance, at=AT
    )
    assert drafted().lines.get(kind="goodwill").details["value"] == "75.00"


def test_inside_the_allowance_it_is_goodwill_outside_the_yearly_budget(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = after(engagement, cast, 20)
    assert (entry.billing_type, entry.follow_up_minutes, entry.needs_decision) == ("goodwill", 20, "")
    assert entry.reason
    assert not entry.coverages.exists()
    TimeEntry.objects.filter(pk=entry.pk).update(status="submitted")
    ClientFigure.objects.create(client=engagement.client, goodwill_minutes=0)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert ClientFigure.objects.get().goodwill_minutes == 0
    month = WorkMonth.objects.get(month_on=date(2026, 6, 1))
    assert (month.follow_up_minutes, month.goodwill_minutes) == (20, 0)


def test_what_was_used_is_no_longer_left(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    after(engagement, cast, 20)
    allowance = allowance_for(engagement.client, engagement, on=AFTER)
    assert allowance
    assert (allowance.total_minutes, allowance.used_minutes, allowance.left_minutes) == (30, 20, 10)
    second = after(engagement, cast, 25)
    assert (second.follow_up_minutes, second.needs_decision) == (10, "follow_up")


def test_the_window_ends_after_14_days(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    on_time = after(engagement, cast, 60, worked_on=INVOICED + timedelta(days=14))
    late = after(engagement, cast, 60, worked_on=INVOICED + timedelta(days=15))
    before = after(engagement, cast, 60, worked_on=INVOICED - timedelta(days=1))
    assert [entry.needs_decision for entry in (on_time, late, before)] == ["follow_up", "", ""]


def test_a_closed_engagement_opens_a_window_too(cast: Cast) -> None:
    make_tiers()
    engagement = make_engagement(lead=cast.manager, members=[cast.consultant])
    make_rate(engagement.seller)
    Engagement.objects.filter(pk=engagement.pk).update(status="closed", closed_on=INVOICED)
    engagement.refresh_from_db()
    assert after(engagement, cast, 60).needs_decision == "follow_up"


def test_another_engagement_with_its_own_terms_is_new_work(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    other = make_engagement(engagement.client, lead=cast.manager, members=[cast.consultant], name="Migration")
    assert after(other, cast, 60).needs_decision == ""


def test_work_that_names_no_engagement_follows_any_invoice_of_the_client(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = log(engagement.client, cast.consultant, 20, worked_on=AFTER)
    assert (entry.billing_type, entry.follow_up_minutes) == ("goodwill", 20)


def test_prepaid_hours_in_reach_pay_as_agreed(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    make_package(engagement.client, hours=5)
    entry = after(engagement, cast, 45)
    assert (entry.needs_decision, entry.follow_up_minutes) == ("", 0)
    assert entry.parts[0].source == "package"


def test_a_signed_offer_with_minutes_left_pays_as_agreed(cast: Cast) -> None:
    offer = make_accepted_offer()
    make_tiers()
    engagement = make_engagement(offer.client, lead=cast.manager, members=[cast.consultant], offer=offer)
    make_draft(offer.client, on=INVOICED, minutes=60, engagement=engagement, worked_on=date(2026, 5, 20))
    assert after(engagement, cast, 45).needs_decision == ""


def under_offer(cast: Cast) -> tuple[Engagement, Offer]:
    """An engagement under an offer of 60 signed minutes, of which 40 were worked and drafted on 1 June."""
    make_tiers()
    offer = make_accepted_offer(items=[ItemDraft("Set-up", 60)])
    engagement = make_engagement(offer.client, lead=cast.manager, members=[cast.consultant], offer=offer)
    done = {"engagement": engagement, "offer": offer, "worked_on": date(2026, 5, 20)}
    make_draft(offer.client, on=INVOICED, minutes=40, **done)
    return engagement, offer


def test_after_delivery_the_minutes_that_were_not_needed_pay_for_nothing(cast: Cast) -> None:
    engagement, offer = under_offer(cast)
    close_offer(offer, reason="delivered", on=INVOICED)
    assert after(engagement, cast, 10).needs_decision == "follow_up"


@pytest.mark.parametrize(("signed", "code"), [(80, ""), (40, "follow_up")])
def test_minutes_of_all_versions_count_against_what_is_signed_last(cast: Cast, signed: int, code: str) -> None:
    engagement, offer = under_offer(cast)
    draft = revise_offer(offer, by=offer.author, valid_until=date(2026, 6, 30), estimated_minutes=signed)
    decide_offer(send_offer(draft, at=SENT_AT), accepted=True, signer=Signer("Petra"), at=SENT_AT)
    assert after(engagement, cast, 10, offer=draft).needs_decision == code


def test_the_preview_says_the_same_and_writes_nothing(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = new_entry(engagement.client, cast.consultant, 45, worked_on=AFTER, engagement=engagement)
    plan = preview_entry(entry)
    assert (plan.entry.follow_up_minutes, plan.entry.needs_decision) == (30, "follow_up")
    assert TimeEntry.objects.filter(worked_on=AFTER).count() == 0


def test_the_rest_is_charged_once_somebody_has_chosen(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = submitted(engagement.client, cast.consultant, 90, worked_on=AFTER, engagement=engagement)
    with pytest.raises(ValidationError) as refused:
        approve_entries([entry.pk], by=cast.manager, at=AT)
    assert refused.value.error_list[0].code == "needs_decision"
    decide_entry(entry, choice="new_offer", reason="", by=cast.manager, at=AT)
    approve_entries([entry.pk], by=cast.manager, at=AT)
    entry.refresh_from_db()
    assert (entry.billed_minutes, entry.follow_up_minutes, entry.decision) == (60, 30, "new_offer")
    decision = GoodwillDecision.objects.get()
    assert (decision.outcome, decision.minutes) == ("refused", 60)


def test_the_rest_may_be_goodwill_of_the_year(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = after(engagement, cast, 90)
    decided = decide_entry(entry, choice="goodwill", reason="Old friends", by=cast.manager, at=AT)
    assert (decided.billing_type, decided.charged_minutes, decided.needs_decision) == ("goodwill", 60, "")
    assert GoodwillDecision.objects.get().outcome == "granted"


@pytest.mark.parametrize("choice", ["warranty", "dispute", "non_billable"])
def test_free_minutes_after_an_invoice_are_counted_once_whatever_the_rest_is(choice: str, cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = submitted(engagement.client, cast.consultant, 90, worked_on=AFTER, engagement=engagement)
    decide_entry(entry, choice=choice, reason="Ours", by=cast.manager, at=AT)
    approve_entries([entry.pk], by=cast.manager, at=AT)
    month = WorkMonth.objects.get(month_on=date(2026, 6, 1))
    others = month.warranty_minutes + month.dispute_minutes + month.internal_minutes
    assert (month.minutes, month.follow_up_minutes, others) == (90, 30, 60)


def test_the_panel_says_of_goodwill_what_the_card_says(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    for minutes in (20, 40):
        entry = after(engagement, cast, minutes)
        if entry.needs_decision:
            decide_entry(entry, choice="goodwill", reason="Old friends", by=cast.manager, at=AT)
        TimeEntry.objects.filter(pk=entry.pk).update(status="submitted")
        approve_entries([entry.pk], by=cast.partner, at=AT)
    refresh_hours([engagement.client], on=AFTER)
    shown = load_client_hours(engagement.client, on=AFTER).goodwill_minutes
    assert shown == ClientFigure.objects.get().goodwill_minutes == 30


def test_nobody_gives_their_own_work_free(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = after(engagement, cast, 90)
    with pytest.raises(PermissionDenied):
        decide_entry(entry, choice="goodwill", reason="For me", by=cast.consultant, at=AT)


def test_a_change_is_judged_anew(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = after(engagement, cast, 20)
    longer = change_entry(entry, changes={"minutes": 50}, by=cast.consultant, at=AT)
    assert (longer.billing_type, longer.follow_up_minutes, longer.needs_decision) == ("billable", 30, "follow_up")
    shorter = change_entry(longer, changes={"minutes": 10}, by=cast.consultant, at=AT)
    assert (shorter.billing_type, shorter.follow_up_minutes, shorter.needs_decision) == ("goodwill", 10, "")


def test_the_default_may_be_turned_down(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    entry = after(engagement, cast, 20)
    changed = change_entry(entry, changes={"billing_type": "billable", "reason": ""}, by=cast.consultant, at=AT)
    assert (changed.billing_type, changed.follow_up_minutes, changed.needs_decision) == ("billable", 0, "")


def test_many_at_once_share_one_allowance(cast: Cast) -> None:
    engagement = invoiced(cast, hours=10)
    rows = [
        {"client": engagement.client.pk, "engagement": engagement.pk, "worked_on": str(AFTER), "minutes": 20}
        for _row in range(3)
    ]
    api = make_api(cast.consultant)
    body = api.post("/api/v1/time-entries/bulk/", rows).json()
    assert [row["follow_up_minutes"] for row in body] == [20, 10, 0]


def test_ordinary_work_is_logged_in_ten_statements(cast: Cast) -> None:
    engagement = make_engagement(lead=cast.manager, members=[cast.consultant])
    make_rate(engagement.seller)
    api = make_api(cast.consultant)
    body = {"client": engagement.client.pk, "worked_on": str(AFTER), "minutes": 180, "description": "Second server"}
    api.post("/api/v1/time-entries/", body)
    with CaptureQueriesContext(connection) as asked:
        assert api.post("/api/v1/time-entries/", body).status_code == 201
    statements = [row["sql"] for row in asked if not row["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 14, "\n".join(statements)
