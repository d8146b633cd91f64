"""Two records of one firm bill as if there had never been a second one: each figure beside an undivided twin's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from billing.models import Coverage, Discount, Engagement, HourPackage, Invoice, Offer, Retainer, TimeEntry
from billing.reports.avoided import package_candidates
from billing.reports.commitments import conversion_list
from billing.reports.dunning import chase_list
from billing.reports.goodwill import goodwill_by_client, sides_of
from billing.reports.week import Budget as WeekBudget
from billing.reports.week import load_week
from billing.rules.goodwill import Budget
from billing.services.approvals import approve_entries
from billing.services.client_figures import refresh_money
from billing.services.decisions import decide_entry
from billing.services.discounts import ask_for_discount, margin_of
from billing.services.drafting import draft_invoices
from billing.services.dunning import send_reminders
from billing.services.early_ends import decide_early_end, give_notice
from billing.services.fees import draft_due_fees
from billing.services.figures import refresh_hours
from billing.services.fixed_offers import draft_fixed_offer, draft_offer_advance
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.offers import close_offer
from billing.services.packages import top_up, void_package
from billing.services.payments import book_payment
from billing.services.time import change_entry
from billing.tasks import refresh_money_figures
from clients.models import Client, ClientFigure
from clients.services.merging import merge_client
from crm.access import Role
from crm.periods import week_start
from tests.billing.errors import code_of
from tests.billing.test_payments import receipt
from tests.make import (
    Cast,
    browser_of,
    log,
    make_api,
    make_client,
    make_engagement,
    make_package,
    make_rate,
    make_service_line,
    make_tiers,
    make_user,
    submitted,
)
from tests.make.hours import AT, DAY
from tests.make.invoices import make_free_work, make_invoice, make_series, make_work
from tests.make.offers import make_accepted_offer
from tests.make.retainers import make_retainer
from tests.statements import counted

pytestmark = pytest.mark.django_db
JULY = date(2026, 7, 1)


class Twins(NamedTuple):
    """One client that was always one record, and one that was two: `gone` was merged into `kept`."""

    whole: Client
    kept: Client
    gone: Client

    def merge(self) -> None:
        merge_client(self.gone, into=self.kept, at=AT)
        self.gone.refresh_from_db()


@pytest.fixture
def twins(cast: Cast) -> Twins:
    make_tiers()
    whole, kept, gone = (make_client(name=name, account_manager=cast.manager) for name in ("Whole", "Kept", "Gone"))
    assert whole.default_seller is not None
    make_series(whole.default_seller)
    make_rate(whole.default_seller)
    return Twins(whole, kept, gone)


def ask(client: Client, percent: str = "10", **kw: Any) -> Discount:
    row = Discount(client=client, percent=Decimal(percent), valid_from=date(2026, 1, 1), reason="frame contract", **kw)
    ask_for_discount(row, by=make_user(Role.ACCOUNT_MANAGER), at=AT)
    Discount.objects.filter(pk=row.pk).update(approved=True, decided_at=AT)
    return row


def german_retainer(client: Client, **kw: Any) -> Retainer:
    fields = {"monthly_fee": Decimal("1000.00"), "price_includes_tax": False, "starts_on": date(2026, 6, 1), **kw}
    return make_retainer(client, **fields)


def fixed(client: Client) -> Offer:
    return make_accepted_offer(client, basis="fixed", fixed_price=Decimal("1190.00"), hourly_rate=None)


def drafted(client: Client) -> list[tuple[str, Decimal]]:
    """Lines of all documents of this record alone."""
    lines = [line for row in Invoice.objects.filter(client=client) for line in row.lines.all()]
    return sorted((line.kind, line.amount) for line in lines)


def same(twins: Twins) -> list[tuple[str, Decimal]]:
    """What stands on the documents of the twin; those of the merged client are all with the one that stayed."""
    found = drafted(twins.whole)
    assert drafted(twins.kept) == found
    assert drafted(twins.gone) == []
    return found


def test_a_retainers_discount_outlives_the_merge(twins: Twins) -> None:
    for client in (twins.whole, twins.gone):
        ask(client, retainer=german_retainer(client), covers="services")
    twins.merge()
    draft_due_fees(on=date(2026, 6, 1), at=AT)
    assert same(twins) == [("discount", Decimal("-100.00")), ("retainer", Decimal("1000.00"))]


def test_discounts_of_clients_engagements_and_offers_outlive_the_merge(twins: Twins) -> None:
    for client in (twins.whole, twins.gone):
        ask(client, "5")
        engagement = make_engagement(client)
        ask(client, "10", engagement=engagement)
        make_work(client, minutes=60, engagement=engagement)
        make_work(client, minutes=120)
        offer = close_offer(fixed(client), reason="delivered", on=JULY)
        ask(client, "20", offer=offer, covers="services")
    twins.merge()
    for client in (twins.whole, twins.kept):
        draft_invoices(client, through=JULY, by=None, on=JULY)
    off = [amount for kind, amount in same(twins) if kind == "discount"]
    assert off == [Decimal("-238.00"), Decimal("-15.00"), Decimal("-15.00")]


def test_the_survivors_own_discount_goes_before_that_of_the_merged_record(twins: Twins) -> None:
    ask(twins.gone, "20")
    ask(twins.kept, "10")
    ask(twins.whole, "10")
    twins.merge()
    for client, place in ((twins.whole, twins.whole), (twins.kept, twins.gone)):
        make_work(place, minutes=60)
        draft_invoices(client, through=JULY, by=None, on=JULY)
    assert same(twins) == [("discount", Decimal("-15.00")), ("time", Decimal("150.00"))]


def test_a_discount_may_name_a_contract_of_the_merged_record(twins: Twins) -> None:
    retainer = german_retainer(twins.gone)
    twins.merge()
    ask(twins.kept, retainer=Retainer.objects.get(pk=retainer.pk), covers="services")
    draft_due_fees(on=date(2026, 6, 1), at=AT)
    assert ("discount", Decimal("-100.00")) in drafted(twins.kept)


def test_what_is_drafted_of_agreements_goes_to_the_one_that_stayed(twins: Twins, cast: Cast) -> None:
    by, agreed = cast.partner, {}
    for client in (twins.whole, twins.gone):
        package = make_package(client, price=Decimal(0))
        agreed[client.pk] = fixed(client), fixed(client), german_retainer(client), package
    twins.merge()
    for client in (twins.whole, twins.gone):
        whole, part, retainer, package = agreed[client.pk]
        for row in agreed[client.pk]:
            row.refresh_from_db()
        draft_fixed_offer(whole, by=by, on=JULY)
        draft_offer_advance(part, amount=Decimal("119.00"), by=by, on=JULY)
        top_up(package, minutes=60, price=Decimal("120.00"), by=by, on=DAY, at=AT)
        early = give_notice(retainer, given_on=DAY, ends_on=date(2026, 6, 30), on=DAY, at=AT)
        assert early is not None
        early.amount = Decimal("80.00")  # delivered more than was paid for
        early.save()
        decide_early_end(early, settled=True, by=by, on=DAY, at=AT)
    found = same(twins)
    assert [kind for kind, _amount in found] == ["advance", "fixed", "fixed", "package"]


def test_a_fixed_price_of_a_merged_record_is_drafted_under_the_lock_of_drafts(twins: Twins) -> None:
    offer = fixed(twins.gone)
    twins.merge()
    offer = Offer.objects.get(pk=offer.pk)
    with counted() as asked:
        draft_fixed_offer(offer, by=None, on=JULY)
    locks = [sql for sql in asked if "FOR UPDATE" in sql or "FOR NO KEY UPDATE" in sql]
    assert f'"clients_client"."id" = {twins.kept.pk}' in locks[0]


def figures(client: Client) -> list[Any]:
    row = ClientFigure.objects.get(client=client)
    return [
        row.package_minutes or 0,
        row.package_minutes_bought or 0,
        row.goodwill_minutes or 0,
        row.receivables or 0,
        row.revenue_12m or 0,
    ]


def test_hours_of_a_merged_record_show_at_once(twins: Twins, cast: Cast) -> None:
    packages = {client.pk: make_package(client, hours=10) for client in (twins.whole, twins.gone)}
    twins.merge()
    for client in (twins.whole, twins.gone):
        package = HourPackage.objects.get(pk=packages[client.pk].pk)
        top_up(package, minutes=60, price=Decimal(0), by=cast.manager, on=DAY, at=AT)
    assert figures(twins.kept) == figures(twins.whole)
    assert figures(twins.whole)[:2] == [660, 660]
    for client in (twins.whole, twins.gone):
        void_package(HourPackage.objects.get(pk=packages[client.pk].pk), reason="Wrong", by=cast.partner, on=DAY, at=AT)
    assert figures(twins.kept) == figures(twins.whole)


def test_money_of_a_merged_record_shows_at_once(twins: Twins, today: date) -> None:
    drafts = {}
    for client in (twins.whole, twins.gone):
        make_work(client)
        drafts[client.pk] = draft_invoices(client, through=JULY, by=None, on=today).drafts[0]
    twins.merge()
    at = datetime.now(UTC)
    for draft in drafts.values():
        prepare_draft(draft, at=at)
        issue_invoice(draft, issued_on=today, by=None, at=at)
        refresh_money_figures(draft.client_id)  # what issuing asks a worker for
    assert figures(twins.kept) == figures(twins.whole)
    assert figures(twins.whole)[3] == Decimal("1500.00")


def test_hours_bought_by_the_one_that_stayed_cover_what_waits_on_the_other(twins: Twins, cast: Cast) -> None:
    waiting = {}
    for client in (twins.whole, twins.gone):
        make_package(client, hours=1, overage_policy="require_top_up")
        waiting[client.pk] = submitted(client, cast.consultant, 120)
        approve_entries([waiting[client.pk].pk], by=cast.manager, at=AT)
    twins.merge()
    for client in (twins.whole, twins.kept):
        make_package(client, hours=5)
    for client in (twins.whole, twins.gone):
        rows = Coverage.objects.filter(entry=waiting[client.pk])
        assert sorted(rows.values_list("source", "minutes")) == [("package", 60), ("package", 60)]
    assert figures(twins.kept)[:2] == figures(twins.whole)[:2]


def given(client: Client, cast: Cast, minutes: int) -> TimeEntry:
    return submitted(client, cast.consultant, minutes, billing_type="goodwill", reason="They asked nicely")


def test_goodwill_of_two_records_is_one_budget(twins: Twins, cast: Cast) -> None:
    line = make_service_line("it")
    asked = {}
    for first, second in ((twins.whole, twins.whole), (twins.kept, twins.gone)):
        asked[first.pk] = given(second, cast, 120)
        for client, minutes in ((first, 590), (second, 10)):
            make_free_work(
                client, minutes=minutes, worked_on=DAY, service_line=line, cost_per_hour=Decimal("60.00"), reason="x"
            )
    twins.merge()
    for client in (twins.whole, twins.kept):
        ClientFigure.objects.update_or_create(client=client, defaults={"revenue_12m": Decimal(10_000)})
    sides = []
    for entry in asked.values():
        entry.refresh_from_db()
        entry.service_line = line
        with pytest.raises(ValidationError) as refused:
            approve_entries([entry.pk], by=cast.manager, at=AT)
        assert code_of(refused) == "needs_decision"
        both = sides_of(entry, user=cast.partner)
        sides.append((both.budget, [row.minutes for row in both.own], both.tier, both.fairness, both.pattern))
    assert sides[0] == sides[1]
    assert sides[0][0] == Budget(600, used_minutes=600)
    assert sides[0][3].share == Decimal("0.150000")
    assert (sides[0][2].clients, sides[0][2].given, sides[0][2].minutes) == (2, 1, 600)
    for entry in asked.values():
        decide_entry(entry, choice="goodwill", reason="A good year", by=cast.partner, at=AT)
        approve_entries([entry.pk], by=cast.manager, at=AT)
    refresh_hours(on=DAY)
    for user in (cast.partner, cast.manager):
        rows = {row.client: row for row in goodwill_by_client(user, year=DAY.year, on=DAY)}
        assert rows.keys() == {twins.whole, twins.kept}
        kept, whole = rows[twins.kept], rows[twins.whole]
        assert (kept.minutes, kept.budget_minutes, kept.is_over) == (720, 600, True)
        assert replace(kept, client=whole.client) == whole
    assert figures(twins.kept)[2] == figures(twins.whole)[2] == 720


def test_work_named_for_a_merged_client_is_the_survivors(twins: Twins, cast: Cast) -> None:
    old = submitted(twins.gone, cast.consultant, 15)
    twins.merge()
    make_free_work(twins.kept, minutes=600, worked_on=DAY)
    said = {
        "client": twins.gone.pk,
        "employee": cast.consultant.pk,
        "engagement": make_engagement(twins.gone).pk,
        "minutes": 60,
        "worked_on": DAY.isoformat(),
        "description": "Second server",
        "billing_type": "goodwill",
        "reason": "They asked nicely",
    }
    row = make_api(cast.manager).post("/api/v1/time-entries/", said, format="json").json()
    assert (row["client"], row["needs_decision"]) == (twins.kept.pk, "goodwill_budget")
    changed = change_entry(old, changes={"description": "First server"}, by=cast.consultant, at=AT)
    assert changed.client == twins.gone
    assert change_entry(old, changes={"client": twins.gone}, by=cast.consultant, at=AT).client == twins.kept


def test_small_invoices_of_two_records_are_those_of_one_client(twins: Twins, cast: Cast) -> None:
    on = date(2026, 6, 1)
    for first, second in ((twins.whole, twins.whole), (twins.kept, twins.gone)):
        for client, count in ((first, 4), (second, 3)):
            for _number in range(count):
                make_invoice(client, minutes=60, on=on, worked_on=on)
    twins.merge()
    found = {row.client: row for row in package_candidates(cast.manager, on=DAY)}
    assert replace(found[twins.kept], client=twins.whole) == found[twins.whole]
    assert (len(found), found[twins.whole].small_invoices, found[twins.whole].minutes) == (2, 7, 420)
    make_package(twins.gone)
    assert [row.client for row in package_candidates(cast.manager, on=DAY)] == [twins.whole]


def test_the_week_shows_the_hours_of_both_records(twins: Twins, cast: Cast, today: date) -> None:
    for first, second in ((twins.whole, twins.whole), (twins.kept, twins.gone)):
        make_package(first, hours=10, valid_from=today)
        make_package(second, hours=5, valid_from=today)
        log(second, cast.consultant, 60, worked_on=today)
    twins.merge()
    rows = load_week(cast.consultant, monday=week_start(today), today=today).rows
    budgets = {row.client: row.budget for row in rows}
    assert budgets[twins.gone] == budgets[twins.whole] == WeekBudget(0, 900, 900)


def test_the_keeper_of_the_one_that_stayed_sees_and_changes_what_the_other_has(twins: Twins, cast: Cast) -> None:
    Client.objects.filter(pk=twins.gone.pk).update(account_manager=make_user(Role.ACCOUNT_MANAGER))
    gone, engagement = twins.gone, make_engagement(twins.gone)
    ask(gone, "5")
    make_invoice(gone, on=DAY, worked_on=DAY)
    submitted(gone, cast.consultant, 60, engagement=engagement)
    german_retainer(gone)
    make_package(gone)
    make_accepted_offer(gone)
    twins.merge()
    seen = (Discount, Engagement, HourPackage, Invoice, Offer, Retainer, TimeEntry)
    found = [set(model.objects.visible_to(cast.manager).values_list("client", flat=True)) for model in seen]
    assert found == [{gone.pk}] * len(seen)
    assert TimeEntry.objects.approvable_by(cast.manager).count() == 1
    for changed in (Engagement, HourPackage, Offer, Retainer):
        assert changed.objects.changeable_by(cast.manager).exists()
    api = make_api(cast.manager)
    for place in ("invoices", "hour-packages", "engagements", "retainers", "offers"):
        rows = api.get(f"/api/v1/{place}/", {"client": twins.kept.pk}).json()["results"]
        assert {row["client"] for row in rows} == {gone.pk}
    page = browser_of(cast.manager).get(reverse("billing:invoice_list"), {"client": twins.kept.pk})
    assert str(Invoice.objects.issued().get().number) in page.content.decode()


def test_a_running_retainer_of_the_merged_record_is_one_of_the_client(twins: Twins, cast: Cast) -> None:
    for first, second in ((twins.whole, twins.whole), (twins.kept, twins.gone)):
        german_retainer(second)
        for _number in range(3):
            make_engagement(first)
    twins.merge()
    assert conversion_list(cast.manager, on=DAY).rows == []


def test_the_margin_after_a_discount_is_that_of_the_whole_client(twins: Twins, cast: Cast) -> None:
    line, today = make_service_line("it"), timezone.localdate()
    for first, second in ((twins.whole, twins.whole), (twins.kept, twins.gone)):
        for client in (first, second):
            day = today - timedelta(days=30)
            make_invoice(client, on=day, worked_on=day, rate="100.00", includes_tax=False, service_line=line)
    twins.merge()
    refresh_money(on=today)
    ClientFigure.objects.update(margin_12m=Decimal("1200.00"))
    found = [
        margin_of(Discount(client=client, service_line=line, percent=Decimal(50), valid_from=day), on=today)
        for client in (twins.whole, twins.kept, twins.gone)
        for day in (today, today - timedelta(days=400), today + timedelta(days=400))
    ]
    assert set(found) == {Decimal("0.200000")}


def test_one_letter_reminds_of_the_debts_of_both_records(twins: Twins, cast: Cast) -> None:
    invoices = {}
    for first, second in ((twins.whole, twins.whole), (twins.kept, twins.gone)):
        invoices[first.pk] = [make_invoice(client, on=date(2026, 3, 31)) for client in (first, second)]
        book_payment(receipt(second, "100.00"), settles={}, by=cast.finance, at=AT)
    twins.merge()
    chased = {chase.party.client: chase for chase in chase_list(cast.finance, on=DAY)}
    assert chased.keys() == {twins.whole, twins.kept}
    for chase in chased.values():
        assert (chase.amount, chase.credit_amount, len(chase.rows)) == (Decimal("3000.00"), Decimal("100.00"), 2)
    for rows in invoices.values():
        (notice,) = send_reminders(rows, on=DAY, by=cast.finance, at=AT)
        assert (notice.client in (twins.whole, twins.kept), notice.total_amount) == (True, Decimal("3000.00"))
