"""Goodwill: the yearly budget, complaint then free, both sides of a decision, and who may make it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InternalError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import GoodwillBudget, GoodwillDecision, TimeEntry
from billing.reports.goodwill import free_shares, goodwill_by_client, sides_of
from billing.services.approvals import approve_entries, reject_entries
from billing.services.decisions import decide_entry
from billing.services.figures import refresh_hours
from billing.services.goodwill import budget_of
from billing.services.partner_questions import raise_contagion
from clients.models import Client, ClientFigure, Complaint, Referral, Task
from clients.services.tasks import settle_tasks
from crm.web.formats import write_day
from tests.clients.pages import signed_in, text_of
from tests.make import (
    Cast,
    log,
    make_api,
    make_client,
    make_rate,
    make_scope_request,
    make_service_line,
    make_tiers,
    submitted,
)
from tests.make.hours import AT, DAY
from tests.make.invoices import make_free_work, make_rate_of, make_work
from tests.make.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alfa(cast: Cast) -> Client:
    """A client of tier B, so with 600 minutes a year."""
    make_tiers()
    client = make_client(account_manager=cast.manager)
    make_rate(client.default_seller)
    return client


def give(client: Client, cast: Cast, minutes: int, on: date = DAY) -> TimeEntry:
    return submitted(
        client, cast.consultant, minutes, worked_on=on, billing_type="goodwill", reason="They asked nicely"
    )


def code_of(refused: pytest.ExceptionInfo[ValidationError]) -> str | None:
    return refused.value.error_list[0].code


def test_within_the_budget_the_account_manager_approves(cast: Cast, alfa: Client) -> None:
    entry = give(alfa, cast, 600)
    assert entry.needs_decision == ""
    approve_entries([entry.pk], by=cast.manager, at=AT)
    entry.refresh_from_db()
    assert (entry.approved_by, entry.list_value) == (cast.manager, Decimal("1500.00"))


def test_over_the_budget_only_a_partner_decides(cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=590, worked_on=date(2026, 2, 2))
    entry = give(alfa, cast, 15)
    assert entry.needs_decision == "goodwill_budget"
    with pytest.raises(ValidationError) as refused:
        approve_entries([entry.pk], by=cast.manager, at=AT)
    assert code_of(refused) == "needs_decision"
    with pytest.raises(PermissionDenied):
        decide_entry(entry, choice="goodwill", reason="Please", by=cast.manager, at=AT)
    decide_entry(entry, choice="goodwill", reason="A good year", by=cast.partner, at=AT)
    approve_entries([entry.pk], by=cast.manager, at=AT)
    decision = GoodwillDecision.objects.get()
    assert (decision.outcome, decision.budget_minutes, decision.used_minutes) == ("granted", 600, 590)
    assert (decision.value_amount, decision.currency) == (Decimal("37.50"), "EUR")


def test_what_is_asked_for_counts_before_it_is_approved(cast: Cast, alfa: Client) -> None:
    give(alfa, cast, 400)
    assert give(alfa, cast, 300).needs_decision == "goodwill_budget"
    budget = budget_of(alfa, year=2026)
    assert (budget.used_minutes, budget.pending_minutes, budget.free_minutes) == (0, 700, -100)


def test_a_client_may_have_a_budget_of_their_own(cast: Cast, alfa: Client) -> None:
    GoodwillBudget.objects.create(client=alfa, year=2026, minutes=30, reason="Spoilt last year")
    assert give(alfa, cast, 45).needs_decision == "goodwill_budget"
    assert give(alfa, cast, 45, on=date(2025, 6, 10)).needs_decision == ""


def test_a_budget_of_its_own_shows_everywhere(cast: Cast, alfa: Client) -> None:
    today = timezone.localdate()
    Client.objects.filter(pk=alfa.pk).update(tier="c")  # 300 minutes a year
    make_free_work(alfa, minutes=600, worked_on=today)
    refresh_hours(on=today)
    api = make_api(cast.partner)
    partner = signed_in(cast.partner)

    def shown(url: str) -> str:
        return text_of(partner.get(url)).replace("\u202f", " ")

    card, used_up = reverse("clients:client", args=[alfa.pk]), f"{reverse('clients:client_list')}?view=goodwill"
    assert "5 h over the limit" in shown(card)
    assert alfa.name in shown(used_up)
    said = {"client": alfa.pk, "year": today.year, "minutes": 480, "reason": "A good year"}
    row = api.post("/api/v1/goodwill-budgets/", said, format="json").json()
    assert "2 h over the limit" in shown(card)
    url = reverse("billing:goodwill_budget", args=[alfa.pk, today.year])
    partner.post(url, {"minutes": "15:00", "reason": "A very good year"})
    assert "5 h of 15 h left" in shown(card)
    assert alfa.name not in shown(used_up)
    assert [row.budget_minutes for row in goodwill_by_client(cast.partner, year=today.year, on=today)] == [900]
    assert budget_of(alfa, year=today.year).left_minutes == 300
    api.delete(f"/api/v1/goodwill-budgets/{row['id']}/")
    assert "5 h over the limit" in shown(card)


def test_another_year_has_another_budget(cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=600, worked_on=date(2025, 12, 31))
    assert give(alfa, cast, 600).needs_decision == ""


def test_a_refusal_is_recorded(cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=600, worked_on=date(2026, 2, 2))
    entry = give(alfa, cast, 60)
    decided = decide_entry(entry, choice="billable", reason="Enough this year", by=cast.partner, at=AT)
    assert (decided.billing_type, decided.needs_decision) == ("billable", "")
    assert GoodwillDecision.objects.get().outcome == "refused"


def test_giving_goodwill_back_is_a_refusal_too(cast: Cast, alfa: Client) -> None:
    entry = give(alfa, cast, 60)
    reject_entries([entry.pk], comment="Bill it", by=cast.manager, at=AT)
    decision = GoodwillDecision.objects.get()
    assert (decision.outcome, decision.reason, decision.decided_by) == ("refused", "Bill it", cast.manager)


def test_free_with_praise_then_twice_after_complaints_blocks_2018(cast: Cast, alfa: Client) -> None:
    for year in (2015, 2016, 2017):
        make_free_work(alfa, minutes=60, worked_on=date(year, 6, 1))
    for on, public in ((date(2016, 5, 1), False), (date(2017, 4, 20), True)):
        Complaint.objects.create(client=alfa, text="Too slow", received_on=on, is_public=public, logged_by=cast.manager)
    entry = give(alfa, cast, 30, on=date(2018, 3, 1))
    assert entry.needs_decision == "complaint_then_free"
    with pytest.raises(PermissionDenied):
        decide_entry(entry, choice="billable", reason="", by=cast.manager, at=AT)
    with pytest.raises(ValidationError) as undated:
        decide_entry(entry, choice="goodwill", reason="One last time", by=cast.partner, at=AT)
    assert "review_on" in undated.value.error_dict
    until = date(2018, 12, 31)
    decide_entry(entry, choice="goodwill", reason="One last time", by=cast.partner, at=AT, review_on=until)
    approve_entries([entry.pk], by=cast.manager, at=AT)
    assert give(alfa, cast, 30, on=date(2018, 9, 1)).needs_decision == ""
    assert give(alfa, cast, 30, on=date(2019, 1, 1)).needs_decision == "complaint_then_free"


def test_a_partner_may_part_from_a_client_with_the_pattern(cast: Cast, alfa: Client) -> None:
    for year in (2016, 2017, 2018):
        make_free_work(alfa, minutes=60, worked_on=date(year, 6, 1))
        Complaint.objects.create(client=alfa, text="!", received_on=date(year, 5, 1), logged_by=cast.manager)
    entry = give(alfa, cast, 30, on=date(2019, 3, 1))
    decided = decide_entry(entry, choice="part", reason="Four years", by=cast.partner, at=AT)
    assert (decided.billing_type, GoodwillDecision.objects.get().outcome) == ("non_billable", "part")


def test_both_sides_show_precedents_exposure_fairness_and_risk(cast: Cast, alfa: Client) -> None:
    it = make_service_line("it")
    others = [make_client(account_manager=cast.manager) for _client in range(2)]
    for client, minutes in zip((alfa, *others), (120, 30, 30), strict=True):
        ClientFigure.objects.create(client=client, revenue_12m=Decimal(10_000), simple_value=Decimal(50_000))
        make_free_work(client, minutes=minutes, service_line=it, worked_on=date(2026, 3, 10))
    Complaint.objects.create(
        client=alfa, text="Public", received_on=date(2026, 5, 1), is_public=True, logged_by=cast.manager
    )
    entry = give(alfa, cast, 60)
    entry.service_line = it
    entry.save()
    sides = sides_of(entry, user=cast.partner)
    assert [row.minutes for row in sides.own] == [120]
    assert (sides.tier.clients, sides.tier.given, sides.tier.minutes) == (3, 2, 60)
    assert sides.exposure_minutes == 180
    assert sides.fairness.ratio == Decimal("4.00")
    assert (sides.public_complaints, sides.open_complaints, sides.value_at_stake) == (1, 1, Decimal("50000.00"))
    assert not sides_of(entry, user=cast.consultant).shows_cost
    assert sides_of(entry, user=cast.consultant).value_at_stake is None


def test_the_comparison_with_the_tier_is_unknown_without_a_rate(cast: Cast, alfa: Client) -> None:
    peer = make_client(account_manager=cast.manager, name="Beta")
    for client in (alfa, peer):
        ClientFigure.objects.create(client=client, revenue_12m=Decimal(10_000))
    make_free_work(peer, minutes=30, worked_on=date(2026, 3, 10), rate_currency="USD")
    entry = give(alfa, cast, 60)
    sides = sides_of(entry, user=cast.partner)
    assert sides.fairness.share is None
    assert sides.fairness_note == f"There is no exchange rate for USD on {write_day(entry.worked_on)}: Beta."
    assert sides_of(entry, user=cast.manager).fairness_note is None


def test_the_sides_name_whom_the_client_sent_us(cast: Cast, alfa: Client) -> None:
    for _client in range(2):
        sent = Referral.objects.create(client=make_client(), referrer=alfa, referred_on=date(2026, 1, 1))
    Referral.objects.filter(pk=sent.pk).update(revenue_since=Decimal(1000))
    Referral.objects.create(client=make_client(), referrer=make_client(), referred_on=date(2026, 1, 1))
    entry = give(alfa, cast, 60)
    sides = sides_of(entry, user=cast.partner)
    assert (sides.referred, sides.referred_revenue) == (2, Decimal("1000.00"))
    assert sides_of(entry, user=cast.consultant).referred_revenue is None
    shown = text_of(signed_in(cast.partner).get(reverse("billing:approval_decide", args=[entry.pk])))
    assert "this client sent us 2 others" in shown


def test_the_sides_say_when_a_client_asks_beyond_the_contract_too_often(cast: Cast, alfa: Client) -> None:
    entry = give(alfa, cast, 60)
    for _number in range(2):
        make_scope_request(alfa, "goodwill", on=entry.worked_on)
    assert not sides_of(entry, user=cast.partner).crosses_boundary
    make_scope_request(alfa, "planned_extra", on=entry.worked_on)
    assert sides_of(entry, user=cast.partner).crosses_boundary
    shown = text_of(signed_in(cast.partner).get(reverse("billing:approval_decide", args=[entry.pk])))
    assert "3 requests beyond the contract in 90 days" in shown


def test_the_ledger_names_who_got_what_against_the_budget(cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=660, worked_on=date(2026, 2, 2), cost_per_hour=Decimal("60.00"))
    make_free_work(make_client(), minutes=60, worked_on=date(2026, 2, 2))
    row = goodwill_by_client(cast.partner, year=2026, on=DAY)[0]
    assert (row.client, row.minutes, row.budget_minutes, row.percent) == (alfa, 660, 600, 110)
    assert (row.amount, row.cost, row.is_over) == (Decimal("1650.00"), Decimal("660.00"), True)
    own = goodwill_by_client(cast.manager, year=2026, on=DAY)
    assert [(entry.client, entry.cost) for entry in own] == [(alfa, None)]


def test_what_goodwill_cost_is_rounded_half_up(cast: Cast, alfa: Client) -> None:
    by, on = cast.consultant, date(2026, 2, 2)
    make_free_work(alfa, minutes=60, worked_on=on, cost_per_hour=Decimal("60.00"), employee=by)
    make_work(alfa, minutes=60, worked_on=on, cost_per_hour=Decimal("60.01"), employee=by)
    assert [row.cost for row in goodwill_by_client(cast.partner, year=2026, on=DAY)] == [Decimal("60.01")]


def test_a_list_value_without_an_exchange_rate_is_unknown_and_with_one_of_the_day(cast: Cast, alfa: Client) -> None:
    russian = make_client(country="RU")
    make_free_work(russian, minutes=60, rate="6500.00", worked_on=date(2026, 2, 2))
    assert goodwill_by_client(cast.partner, year=2026, on=DAY)[0].amount is None
    make_rate_of("EUR", "RUB", "100", on=DAY)
    assert goodwill_by_client(cast.partner, year=2026, on=DAY)[0].amount == Decimal("65.00")


def test_a_service_whose_free_share_rises_twice_spreads(cast: Cast, alfa: Client) -> None:
    line = make_service_line("law")
    for month, minutes in ((7, 60), (10, 120), (1, 180)):
        year = 2026 if month == 1 else 2025
        on = date(year, month, 10)
        make_free_work(alfa, minutes=minutes, service_line=line, worked_on=on)
        make_free_work(
            alfa,
            minutes=600,
            service_line=line,
            worked_on=on,
            billing_type="non_billable",
            reason="",
            employee=cast.manager,
        )
    found = next(row for row in free_shares(on=date(2026, 5, 1)) if row.line == line)
    assert found.is_contagious
    may = date(2026, 5, 1)
    assert raise_contagion([found.line], on=may, at=AT) == 1
    task = Task.objects.get(kind="contagion")
    assert task.assignee == cast.partner
    assert task.title == f"{line.name}: the free share rises for the second quarter running"
    settle_tasks("contagion", task.source, at=AT, by=cast.partner)
    assert raise_contagion([found.line], on=may, at=AT) == 0
    assert raise_contagion([found.line], on=date(2026, 7, 1), at=AT) == 1


def test_decisions_are_never_changed(cast: Cast, alfa: Client) -> None:
    entry = give(alfa, cast, 60)
    reject_entries([entry.pk], comment="Bill it", by=cast.manager, at=AT)
    with pytest.raises(InternalError), transaction.atomic():
        GoodwillDecision.objects.update(outcome="granted")


def test_the_page_of_goodwill_shows_what_was_given_and_refused(client: Browser, cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=60, worked_on=date(2026, 2, 2))
    reject_entries([give(alfa, cast, 60).pk], comment="Bill it", by=cast.manager, at=datetime(2026, 6, 1, tzinfo=UTC))
    client.force_login(cast.partner)
    text = client.get("/goodwill/", {"year": "2026"}).content.decode()
    assert alfa.name in text
    assert "Bill it" in text
    client.force_login(cast.consultant)
    assert client.get("/goodwill/").status_code == 404


def test_the_decision_page_shows_both_sides_and_decides(client: Browser, cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=600, worked_on=date(2026, 2, 2))
    entry = give(alfa, cast, 60)
    client.force_login(cast.partner)
    url = f"/approvals/{entry.pk}/decide/"
    assert "10:00" in client.get(url).content.decode()
    assert client.post(url, {"choice": "goodwill", "reason": "Fine"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.needs_decision, entry.decision) == ("", "goodwill")


def test_cost_is_for_those_who_may_know_it(cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=600, worked_on=date(2026, 2, 2), cost_per_hour=Decimal("60.00"))
    url = "/api/v1/time-entries/"
    assert make_api(cast.partner).get(url).json()["results"][0]["internal_cost"] == "600.00"
    assert make_api(cast.manager).get(url).json()["results"][0]["internal_cost"] is None


def test_a_decision_is_read_through_the_api(cast: Cast, alfa: Client) -> None:
    reject_entries([give(alfa, cast, 60).pk], comment="Bill it", by=cast.manager, at=AT)
    row = make_api(cast.manager).get("/api/v1/goodwill-decisions/").json()["results"][0]
    assert (row["outcome"], row["cost_amount"]) == ("refused", None)
    assert make_api(cast.consultant).get("/api/v1/goodwill-decisions/").status_code in (403, 404)


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_do_not_pass_the_budget_together(cast: Cast) -> None:
    make_tiers()
    client = make_client(account_manager=cast.manager)
    make_rate(client.default_seller)
    entries = [give(client, cast, 400), give(client, cast, 400)]
    TimeEntry.objects.update(needs_decision="")  # as if both had been logged at one moment
    barrier, answers = Barrier(2), []

    def approve(entry: TimeEntry) -> None:
        try:
            barrier.wait()
            approve_entries([entry.pk], by=cast.manager, at=AT)
            answers.append("approved")
        except ValidationError as refused:
            answers.append(str(refused.error_list[0].code))
        finally:
            connection.close()

    threads = [Thread(target=approve, args=[entry]) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["approved", "needs_decision"]


def test_own_goodwill_is_nobody_s_to_decide(cast: Cast, alfa: Client) -> None:
    make_free_work(alfa, minutes=600, worked_on=date(2026, 2, 2), employee=make_user())
    entry = log(alfa, cast.partner, 60, billing_type="goodwill", reason="Mine")
    with pytest.raises(PermissionDenied):
        decide_entry(entry, choice="goodwill", reason="Mine", by=cast.partner, at=AT)
