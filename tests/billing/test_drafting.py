"""Drafts of work: what is billed, what is shown at 0.00, what waits, and that nothing is drafted twice."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from billing.models import BilledCoverage, Coverage, Invoice, InvoiceLine, Rate, TimeEntry
from billing.reports.plans import to_draft
from billing.reports.wip import name_rows
from billing.rules.lines import Grouping
from billing.rules.vat import Tax
from billing.services import line_sources
from billing.services.drafting import Drafted, draft_invoices, plan_drafts
from billing.services.drafts import (
    HandLine,
    LineDraft,
    add_hand_line,
    change_line,
    delete_draft,
    move_line,
    remove_line,
)
from billing.services.invoice_runs import clients_to_draft
from billing.services.line_sources import PlannedLine
from billing.services.taxes import RateQuestionError, answer_rate_change
from billing.services.time import change_entry, delete_entry
from billing.services.wip import WipKey
from clients.models import Client
from clients.services.merging import merge_client
from tests.billing.errors import code_of
from tests.make import Cast, make_client, make_seller, make_user
from tests.make.hours import make_engagement, make_package, make_rate
from tests.make.invoices import make_draft, make_free_work, make_invoice, make_work

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def draft_all(client: Client, **kw: Any) -> Drafted:
    return draft_invoices(client, through=MARCH, by=None, on=MARCH, **kw)


def test_ten_hours_at_a_gross_price_stay_1500_and_split_1260_50_and_239_50() -> None:
    draft = make_draft(minutes=600)
    assert (draft.net_amount, draft.vat_amount, draft.gross_amount) == (
        Decimal("1260.50"),
        Decimal("239.50"),
        Decimal("1500.00"),
    )
    line = draft.lines.get()
    assert (line.quantity, line.unit, line.unit_price, line.amount) == (Decimal(10), "HUR", Decimal(150), Decimal(1500))


def test_a_line_by_hand_shares_the_vat_group() -> None:
    draft = make_draft(minutes=600)
    licence = HandLine(
        kind="licence", description="Licence", quantity=Decimal(1), unit="C62", unit_price=Decimal("75.00")
    )
    add_hand_line(draft, licence, on=MARCH)
    draft.refresh_from_db()
    assert draft.gross_amount == Decimal("1575.00")
    assert draft.net_amount == Decimal("1323.53")
    assert draft.vat.count() == 1


def test_russian_vat_is_reckoned_on_every_line() -> None:
    client = make_client(country="RU")
    for kopecks, day in ((67, 1), (66, 2), (67, 3)):
        make_work(client, minutes=60, rate=f"26666.{kopecks}", worked_on=date(2026, 3, day))
    draft = draft_all(client, grouping=Grouping.ENTRY).drafts[0]
    assert draft.gross_amount == Decimal("80000.00")
    assert draft.vat_amount == Decimal("14426.22")


def test_a_reverse_charge_takes_the_domestic_vat_out_of_the_gross_price() -> None:
    client = make_client(country="AT", vat_id="ATU13585627", default_seller=make_seller("DE"))
    draft = make_draft(client, minutes=600)
    assert draft.treatment == Invoice.Treatment.REVERSE_CHARGE
    assert (draft.net_amount, draft.vat_amount, draft.gross_amount) == (Decimal("1260.50"), 0, Decimal("1260.50"))


def test_an_invalid_vat_id_is_treated_as_none() -> None:
    client = make_client(country="AT", vat_id="ATU00000000", default_seller=make_seller("DE"))
    assert make_draft(client).treatment == Invoice.Treatment.STANDARD


def test_a_small_business_keeps_its_price_without_vat() -> None:
    seller = make_seller("DE", code="small", vat_regime="small_business")
    draft = make_draft(make_client(default_seller=seller), minutes=60)
    assert (draft.treatment, draft.gross_amount, draft.vat_amount) == ("no_vat", Decimal("150.00"), Decimal(0))


def test_there_is_one_draft_for_each_seller_currency_and_tax_basis() -> None:
    client = make_client()
    make_work(client, minutes=60)
    make_work(client, minutes=60, includes_tax=False)
    make_work(client, minutes=60, seller=make_seller("DE", code="second"))
    drafts = draft_all(client).drafts
    assert len(drafts) == 3
    assert {(d.seller.code, d.price_includes_tax) for d in drafts} == {("de", True), ("de", False), ("second", True)}


def test_lines_are_grouped_as_asked() -> None:
    client = make_client()
    engagement, jonas = make_engagement(client), make_user()
    for day in (3, 4, 4):
        make_work(client, minutes=60, engagement=engagement, employee=jonas, worked_on=date(2026, 3, day))
    counts = {g: len(plan_drafts(client, through=MARCH, grouping=g).plans[0].lines) for g in Grouping}
    assert counts == {"engagement": 1, "service_line": 1, "person": 1, "day": 2, "entry": 3}


def test_work_after_the_day_and_work_of_another_engagement_stay_behind() -> None:
    client = make_client()
    engagement = make_engagement(client)
    make_work(client, minutes=60, engagement=engagement)
    make_work(client, minutes=90)
    make_work(client, minutes=30, engagement=engagement, worked_on=date(2026, 4, 1))
    draft = draft_all(client, engagement=engagement).drafts[0]
    assert draft.gross_amount == Decimal("150.00")
    assert draft.engagement == engagement


def test_work_is_drafted_once() -> None:
    client = make_client()
    make_work(client)
    draft_all(client)
    with pytest.raises(ValidationError) as refused:
        draft_all(client)
    assert code_of(refused) == "nothing_to_invoice"
    assert TimeEntry.objects.unbilled().count() == 0


def test_the_database_refuses_one_piece_of_work_on_two_live_lines() -> None:
    line = make_draft().lines.get()
    billed = line.billed.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        BilledCoverage.objects.create(line=line, coverage=billed.coverage, entry=billed.entry)


def test_a_deleted_draft_frees_its_work() -> None:
    draft = make_draft()
    client = draft.client
    delete_draft(draft)
    assert TimeEntry.objects.unbilled().count() == 1
    assert draft_all(client).drafts[0].gross_amount == Decimal("1500.00")


def test_a_removed_line_frees_its_work_and_lowers_the_total() -> None:
    client = make_client()
    make_work(client, minutes=60, worked_on=date(2026, 3, 2))
    make_work(client, minutes=120, worked_on=date(2026, 3, 3))
    draft = draft_all(client, grouping=Grouping.DAY).drafts[0]
    first = draft.lines.first()
    assert first is not None
    remove_line(first)
    draft.refresh_from_db()
    assert draft.gross_amount == Decimal("300.00")
    assert TimeEntry.objects.unbilled().get().minutes == 60


def test_lines_change_places() -> None:
    client = make_client()
    make_work(client, minutes=60, worked_on=date(2026, 3, 2))
    make_work(client, minutes=120, worked_on=date(2026, 3, 3))
    draft = draft_all(client, grouping=Grouping.DAY).drafts[0]
    first, second = draft.lines.order_by("position")
    move_line(second, up=True)
    assert list(draft.lines.order_by("position")) == [second, first]
    move_line(second, up=True)
    assert list(draft.lines.order_by("position")) == [second, first]


def test_the_words_of_worked_lines_change_but_never_their_hours() -> None:
    line = make_draft().lines.get()
    change_line(line, description="Server", quantity=Decimal(1))
    line.refresh_from_db()
    assert (line.description, line.quantity) == ("Server", Decimal(10))


def test_an_issued_document_takes_no_line() -> None:
    invoice = make_invoice()
    line = HandLine(kind="product", description="x", quantity=Decimal(1), unit="C62", unit_price=Decimal(1))
    with pytest.raises(ValidationError) as refused:
        add_hand_line(invoice, line, on=MARCH)
    assert code_of(refused) == "wrong_status"


def test_prepaid_hours_stand_at_zero_with_the_balance_after() -> None:
    client = make_client()
    package = make_package(client)
    make_work(client, minutes=90, source=Coverage.Source.PACKAGE, account=package.account)
    make_work(client, minutes=60)
    draft = draft_all(client).drafts[0]
    prepaid = draft.lines.get(kind="prepaid")
    assert (prepaid.amount, prepaid.quantity) == (Decimal(0), Decimal("1.5"))
    assert prepaid.details["balance_minutes"] == 2910
    assert draft.gross_amount == Decimal("150.00")


def test_work_that_is_all_prepaid_makes_no_draft_of_its_own() -> None:
    client = make_client()
    package = make_package(client)
    make_work(client, minutes=90, source=Coverage.Source.PACKAGE, account=package.account)
    with pytest.raises(ValidationError) as refused:
        draft_all(client)
    assert code_of(refused) == "nothing_to_invoice"


def test_free_work_is_printed_with_its_value_once() -> None:
    client = make_client()
    make_free_work(client, minutes=45)
    draft = make_draft(client)
    line = draft.lines.get(kind="goodwill")
    assert (line.amount, line.details["value"]) == (0, "112.50")
    make_work(client, minutes=60)
    assert not draft_all(client).drafts[0].lines.filter(kind="goodwill").exists()


def test_free_work_on_a_draft_stays_as_it_is_printed_until_it_is_taken_off(cast: Cast) -> None:
    client = make_client()
    free = make_free_work(client, minutes=45)
    draft = make_draft(client)
    for act in (
        lambda: change_entry(free, changes={"minutes": 30}, by=cast.partner, at=NOON),
        lambda: delete_entry(free, by=cast.partner, at=NOON),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert code_of(refused) == "wrong_status"
    delete_draft(draft)
    delete_entry(free, by=cast.partner, at=NOON)
    assert not TimeEntry.objects.filter(pk=free.pk).exists()


def test_unapproved_and_uncovered_work_is_named_as_skipped() -> None:
    client = make_client()
    make_work(client)
    waiting = make_work(client, source=Coverage.Source.NONE)
    open_entry = make_work(client, status="submitted", approved_at=None)
    owed = make_work(client, status="submitted", approved_at=None, needs_decision="follow_up")
    drafted = draft_all(client)
    assert {(s.entry.pk, s.reason) for s in drafted.skipped} == {
        (waiting.pk, "awaiting_top_up"),
        (open_entry.pk, "not_approved"),
        (owed.pk, "needs_decision"),
    }


def test_a_preview_writes_nothing() -> None:
    client = make_client()
    make_work(client)
    assert len(plan_drafts(client, through=MARCH).plans) == 1
    assert not Invoice.objects.exists()


def test_a_changed_rate_asks_once_and_then_follows_the_answer() -> None:
    client = make_client(country="RU")
    assert client.default_seller is not None
    rate = Rate.objects.create(
        seller=client.default_seller,
        client=client,
        amount=Decimal("6000.00"),
        currency="RUB",
        price_includes_tax=True,
        valid_from=date(2025, 6, 1),
    )
    make_work(client, minutes=60, rate="6000.00", rate_source=f"client:{rate.pk}")
    with pytest.raises(RateQuestionError) as asked:
        draft_all(client)
    question = asked.value
    assert (code_of(asked), question.agreed_percent, question.new_percent) == (
        "needs_decision",
        Decimal(20),
        Decimal(22),
    )
    answer_rate_change(
        client,
        agreement=question.agreement,
        agreed_percent=question.agreed_percent,
        new_percent=question.new_percent,
        choice="vat_on_top",
        by=make_user(),
    )
    draft = draft_all(client).drafts[0]
    assert (draft.net_amount, draft.vat_amount) == (Decimal("5000.00"), Decimal("1100.00"))


def test_work_on_both_sides_of_a_change_of_rate_makes_two_vat_groups() -> None:
    client = make_client(country="RU")
    make_work(client, minutes=60, rate="1200.00", worked_on=date(2025, 12, 31))
    make_work(client, minutes=60, rate="1220.00", worked_on=date(2026, 1, 1))
    draft = draft_all(client).drafts[0]
    assert {(v.rate, v.net_amount, v.vat_amount) for v in draft.vat.all()} == {(20, 1000, 200), (22, 1000, 220)}


def test_work_that_stands_on_a_draft_is_not_changed_until_the_draft_is_gone(cast: Cast) -> None:
    draft = make_draft(minutes=60, employee=cast.consultant)
    entry = TimeEntry.objects.get()
    with pytest.raises(ValidationError) as refused:
        change_entry(entry, changes={"minutes": 90}, by=cast.partner, at=NOON)
    assert code_of(refused) == "wrong_status"
    delete_draft(draft)
    make_rate()
    assert change_entry(entry, changes={"minutes": 90}, by=cast.partner, at=NOON).minutes == 90


def test_a_period_has_a_first_day_too() -> None:
    client = make_client()
    make_work(client, worked_on=date(2026, 2, 27))
    march = make_work(client, worked_on=date(2026, 3, 2))
    planned = plan_drafts(client, through=MARCH, since=date(2026, 3, 1)).plans
    assert [planned.coverages for planned in planned[0].lines] == [(march.coverages.get().pk,)]


def test_other_sources_put_their_lines_on_the_draft_of_their_kind_and_hear_when_they_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = make_client()
    make_work(client)
    assert client.default_seller is not None
    heard: list[InvoiceLine] = []
    line = LineDraft(kind="expense", description="Train", tax=Tax("S", Decimal(19)), unit_price=Decimal("119.00"))
    both = {
        WipKey(seller=client.default_seller, currency="EUR", price_includes_tax=True): [
            PlannedLine(line, then=heard.append)
        ],
        WipKey(seller=client.default_seller, currency="USD", price_includes_tax=False): [PlannedLine(line)],
    }
    monkeypatch.setattr(line_sources, "_sources", {})
    line_sources.register_source("expenses", lambda wanted: both if wanted.client == client else {})
    drafts = draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts
    assert [(draft.currency, [row.kind for row in draft.lines.order_by("position")]) for draft in drafts] == [
        ("EUR", ["time", "expense"]),
        ("USD", ["expense"]),
    ]
    assert heard == [drafts[0].lines.get(kind="expense")]


def test_work_of_a_merged_client_stands_on_the_draft_of_the_one_that_stayed(cast: Cast) -> None:
    kept, lost = make_client(), make_client()
    lost.default_seller = kept.default_seller
    lost.save()
    for client in (kept, lost):
        make_work(client, minutes=60)
    merge_client(lost, into=kept, at=NOON)
    assert list(clients_to_draft(through=MARCH)) == [kept]
    rows = name_rows(to_draft(cast.finance, through=MARCH))
    assert [(row.client, row.waiting.entries, row.waiting.minutes) for row in rows] == [(kept, 2, 120)]
    drafts = draft_all(Client.objects.get(pk=lost.pk)).drafts
    assert [(draft.client, draft.gross_amount) for draft in drafts] == [(kept, Decimal("300.00"))]
    assert not clients_to_draft(through=MARCH)


def test_work_of_one_engagement_of_a_merged_client_is_drafted_for_the_one_that_stayed() -> None:
    kept, lost = make_client(), make_client()
    lost.default_seller = kept.default_seller
    lost.save()
    engagement = make_engagement(lost)
    make_work(lost, minutes=60, engagement=engagement)
    merge_client(lost, into=kept, at=NOON)
    draft = draft_all(kept, engagement=engagement).drafts[0]
    assert (draft.client, draft.engagement) == (kept, engagement)
