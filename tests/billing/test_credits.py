"""Credit notes: never more than is left, exact in full, and the work they free comes back once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.models import Discount, HourPackage, Invoice, LedgerRow, RevenueDay, TimeEntry
from billing.rules.credits import CreditRefusedError, Money, credit_part
from billing.rules.vat import RateKind
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, CreditLine, credit_invoice, left_on_lines
from billing.services.discounts import ask_for_discount, decide_discount
from billing.services.drafting import draft_invoices
from billing.services.drafts import HandLine, add_hand_line
from billing.services.issuing import issue_invoice
from billing.services.revenue import rebuild_revenue
from clients.models import Client, TierPolicy
from crm.access import Role
from crm.money import vat_from_gross
from tests.billing.errors import code_of
from tests.billing.test_payments import balance
from tests.make import make_client, make_seller, make_user
from tests.make.hours import make_engagement, make_package
from tests.make.invoices import make_draft, make_free_work, make_invoice, make_series, make_work

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 10)
NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)


def credit(invoice: Invoice, kind: CreditKind = CreditKind.FULL, **kw: Any) -> Invoice:
    terms = {"reason": "wrong", "issued_on": APRIL, "by": make_user(Role.FINANCE), "at": NOON, **kw}
    return credit_invoice(invoice, kind=kind, **terms)


def issued(draft: Invoice) -> Invoice:
    return issue_invoice(draft, issued_on=APRIL, by=None, at=NOON)


def part(invoice: Invoice, amount: str) -> tuple[CreditLine, ...]:
    return (CreditLine(line_id=invoice.lines.get().pk, amount=Decimal(amount)),)


def test_a_full_credit_is_the_exact_negative_in_its_own_series() -> None:
    invoice = make_invoice(minutes=30)
    note = credit(invoice)
    assert (note.number, note.kind, note.corrects) == ("K-2026-0001", "credit_note", invoice)
    assert (note.net_amount, note.vat_amount) == (invoice.net_amount, invoice.vat_amount)
    assert balance(invoice) == 0
    assert RevenueDay.objects.filter(issued_on=APRIL).get().net_amount == -invoice.net_amount


def test_a_full_credit_takes_back_the_purchase_and_a_rebuild_agrees() -> None:
    invoice = make_invoice()
    credit(invoice)
    rows = RevenueDay.objects.order_by("issued_on").values_list("net_amount", "standing_amount", "invoice_count")
    counts = list(rows)
    assert counts == [(Decimal("1260.50"), Decimal(0), 0), (Decimal("-1260.50"), Decimal(0), 0)]
    rebuild_revenue()
    assert list(rows.all()) == counts


def test_a_full_credit_returns_the_work_to_wip_once() -> None:
    client = make_client()
    invoice = make_invoice(client)
    credit(invoice)
    entry = TimeEntry.objects.unbilled().get()
    assert entry.status == "approved"
    again = draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0]
    assert again.gross_amount == Decimal("1500.00")
    with pytest.raises(ValidationError) as refused:
        credit(invoice)
    assert code_of(refused) == "already_done"


def test_free_work_is_shown_again_after_a_full_credit() -> None:
    client = make_client()
    make_free_work(client)
    credit(make_invoice(client))
    again = draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0]
    assert again.lines.filter(kind="goodwill").exists()


def test_parts_never_exceed_what_is_left_and_the_rest_is_exact() -> None:
    invoice = make_invoice(minutes=30)
    for _ in range(2):
        credit(invoice, CreditKind.GOODWILL, lines=part(invoice, "25.00"))
    with pytest.raises(ValidationError) as refused:
        credit(invoice, CreditKind.PARTIAL, lines=part(invoice, "25.01"))
    assert code_of(refused) == "credit_too_much"
    credit(invoice)
    notes = Invoice.objects.credit_notes()
    assert sum(note.net_amount for note in notes) == Decimal("63.03")
    assert sum(note.vat_amount for note in notes) == Decimal("11.97")
    assert all(left.is_nothing for left in left_on_lines(invoice).values())


def test_goodwill_keeps_the_work_billed() -> None:
    invoice = make_invoice()
    credit(invoice, CreditKind.GOODWILL, lines=part(invoice, "300.00"))
    assert not TimeEntry.objects.unbilled().exists()
    assert balance(invoice) == Decimal("1200.00")


def test_a_partial_credit_frees_the_entries_that_it_names() -> None:
    client = make_client()
    first = make_work(client, minutes=60)
    make_work(client, minutes=120)
    make_series(make_seller())
    invoice = issued(draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0])
    note = credit(
        invoice,
        CreditKind.PARTIAL,
        lines=(CreditLine(line_id=invoice.lines.get().pk, entries=(first.pk,)),),
    )
    assert (note.gross_amount, note.lines.get().quantity) == (Decimal("150.00"), Decimal(1))
    assert TimeEntry.objects.unbilled().get() == first
    assert balance(invoice) == Decimal("300.00")


def test_work_that_returns_takes_its_share_of_the_discount_along() -> None:
    """Else it would be discounted twice: on the invoice, and again when it is billed anew."""
    client = make_client()
    TierPolicy.objects.ensure()
    terms = {"valid_from": date(2026, 1, 1), "reason": "frame contract"}
    discount = ask_for_discount(Discount(percent=Decimal(10), client=client, **terms), by=make_user(), at=NOON)
    decide_discount(discount, approved=True, by=make_user(Role.PARTNER), at=NOON)
    first = make_work(client, minutes=60)
    make_work(client, minutes=120)
    make_series(make_seller())
    invoice = issued(draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0])
    line = invoice.lines.get(kind="time")
    note = credit(invoice, CreditKind.PARTIAL, lines=(CreditLine(line_id=line.pk, entries=(first.pk,)),))
    assert [row.amount for row in note.lines.order_by("position")] == [Decimal("150.00"), Decimal("-15.00")]
    again = issued(draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0])
    assert again.gross_amount == Decimal("135.00")
    assert balance(invoice) + balance(again) == Decimal("405.00")


def test_work_takes_along_the_discount_that_lowered_it_and_no_other() -> None:
    """One engagement has a discount of its own, the rest of the client's work the client's; both in one service."""
    client, partner = make_client(), make_user(Role.PARTNER)
    TierPolicy.objects.ensure()
    own = make_engagement(client, name="Audit")
    for percent, contract in ((50, {"engagement": own}), (10, {})):
        terms: dict[str, Any] = {"client": client, "valid_from": date(2026, 1, 1), "reason": "frame", **contract}
        discount = ask_for_discount(Discount(percent=Decimal(percent), **terms), by=make_user(), at=NOON)
        decide_discount(discount, approved=True, by=partner, at=NOON)
    first = make_work(client, minutes=120, engagement=own)
    make_work(client, minutes=120, engagement=make_engagement(client, name="Support"))
    make_series(make_seller())
    invoice = issued(draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0])
    assert invoice.gross_amount == Decimal("420.00")
    line = invoice.lines.get(billed__entry=first)
    note = credit(invoice, CreditKind.PARTIAL, lines=(CreditLine(line_id=line.pk, entries=(first.pk,)),))
    assert note.gross_amount == Decimal("150.00")


@pytest.mark.parametrize("amount", ["1.00", "150.01", "450.00"])
def test_work_returns_with_its_own_price_and_with_no_other_amount(amount: str) -> None:
    """Else it would be billed anew at 150.00 with 1.00 taken back."""
    client = make_client()
    first = make_work(client, minutes=60)
    make_work(client, minutes=120)
    make_series(make_seller())
    invoice = issued(draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0])
    asked = CreditLine(line_id=invoice.lines.get().pk, amount=Decimal(amount), entries=(first.pk,))
    with pytest.raises(ValidationError) as refused:
        credit(invoice, CreditKind.PARTIAL, lines=(asked,))
    assert code_of(refused) == "invalid"
    assert not TimeEntry.objects.unbilled().exists()
    assert credit(invoice, CreditKind.PARTIAL, lines=(replace(asked, amount=Decimal("150.00")),)).gross_amount == 150


def test_work_of_another_line_returns_with_that_line_alone() -> None:
    client = make_client()
    lines = [make_engagement(client, name=name) for name in ("Audit", "Support")]
    work = [make_work(client, minutes=60, engagement=engagement) for engagement in lines]
    make_series(make_seller())
    invoice = issued(draft_invoices(client, through=APRIL, by=None, on=APRIL).drafts[0])
    first, second = (invoice.lines.get(billed__entry=entry) for entry in work)
    with pytest.raises(ValidationError) as refused:
        credit(invoice, CreditKind.PARTIAL, lines=(CreditLine(line_id=first.pk, entries=(work[1].pk,)),))
    assert code_of(refused) == "invalid"
    credit(invoice, CreditKind.PARTIAL, lines=(CreditLine(line_id=second.pk, entries=(work[1].pk,)),))
    assert TimeEntry.objects.unbilled().get() == work[1]


@pytest.mark.parametrize(
    ("kind", "kw", "code"),
    [
        (CreditKind.FULL, {"reason": " "}, "required"),
        (CreditKind.PARTIAL, {}, "required"),
        (CreditKind.PARTIAL, {"lines": (CreditLine(line_id=0, amount=Decimal(1)),)}, "invalid"),
    ],
)
def test_a_credit_needs_a_reason_and_lines_of_its_invoice(kind: CreditKind, kw: dict[str, Any], code: str) -> None:
    invoice = make_invoice()
    with pytest.raises(ValidationError) as refused:
        credit(invoice, kind, **kw)
    assert code_of(refused) == code


def test_a_draft_and_a_credit_note_cannot_be_credited() -> None:
    note = credit(make_invoice())
    for document in (note, make_draft()):
        with pytest.raises(ValidationError) as refused:
            credit(document)
        assert code_of(refused) == "wrong_status"


def test_several_rates_are_credited_group_by_group() -> None:
    draft = make_draft(minutes=60)
    reduced = HandLine(
        kind="product",
        description="Book",
        quantity=Decimal(1),
        unit="C62",
        unit_price=Decimal("10.70"),
        vat=RateKind.REDUCED,
    )
    add_hand_line(draft, reduced, on=APRIL)
    invoice = issue_invoice(Invoice.objects.get(pk=draft.pk), issued_on=APRIL, by=None, at=NOON)
    note = credit(invoice)
    groups = list(note.vat.values_list("rate", "net_amount", "vat_amount"))
    assert groups == list(invoice.vat.values_list("rate", "net_amount", "vat_amount"))
    assert len(groups) == 2


def test_prepaid_hours_go_back_to_the_package_once_and_are_approved_anew() -> None:
    partner, client = make_user(Role.PARTNER), make_client()
    package = make_package(client)
    entry = _logged(client, minutes=90)
    approve_entries([entry.pk], by=partner, at=NOON)
    invoice = make_invoice(client, minutes=60, on=APRIL)
    assert _balance(package) == 3000 - 90
    credit(invoice, by=partner)
    entry.refresh_from_db()
    assert (_balance(package), entry.status) == (3000, "submitted")
    approve_entries([entry.pk], by=partner, at=NOON)
    assert _balance(package) == 3000 - 90
    assert LedgerRow.objects.filter(kind="reversal").count() == 1


@settings(max_examples=60)
@given(
    gross=st.integers(1, 500_000), cuts=st.lists(st.integers(1, 200_000), max_size=6), rate=st.sampled_from([7, 19, 22])
)
def test_credits_of_a_line_sum_to_it_whatever_the_parts(gross: int, cuts: list[int], rate: int) -> None:
    amount = Decimal(gross).scaleb(-2)
    net, vat = vat_from_gross(amount, Decimal(rate))
    left = Money(amount, net, vat)
    for cut in cuts:
        asked = Decimal(cut).scaleb(-2)
        if asked > left.amount:
            with pytest.raises(CreditRefusedError):
                credit_part(left, asked, rate=Decimal(rate), basis="gross", currency="EUR")
            continue
        taken = credit_part(left, asked, rate=Decimal(rate), basis="gross", currency="EUR")
        assert taken.net + taken.vat == taken.amount
        left = left.less(taken)
        assert min(left.amount, left.net, left.vat) >= 0
        if left.is_nothing:
            break


def _balance(package: HourPackage) -> int:
    package.account.refresh_from_db()
    return int(package.account.balance_minutes)


def _logged(client: Client, *, minutes: int) -> TimeEntry:
    return TimeEntry.objects.create(
        client=client,
        seller=make_seller(),
        employee=make_user(),
        engagement=make_engagement(client),
        worked_on=date(2026, 4, 1),
        minutes=minutes,
        status="submitted",
        submitted_at=NOON,
    )


def test_the_database_itself_refuses_a_credit_of_more_than_a_line_has() -> None:
    invoice = make_invoice()
    note = credit(invoice)
    line = invoice.lines.get()
    draft = Invoice.objects.get(pk=note.pk)
    draft.pk, draft.number, draft.sequence, draft.content_sha256 = None, "", None, ""
    draft.status = Invoice.Status.DRAFT
    draft.save(force_insert=True)
    line.pk, line.invoice, line.credits_id = None, draft, invoice.lines.get().pk
    line.save(force_insert=True)
    numbered = {"number": "K-X", "sequence": 2, "content_sha256": "x", "status": "issued"}
    with pytest.raises(InternalError, match="more than is left"), transaction.atomic():
        Invoice.objects.filter(pk=draft.pk).update(**numbered)
    Invoice.objects.filter(pk=draft.pk).delete()


def test_the_database_itself_refuses_a_credit_of_a_credit() -> None:
    note = credit(make_invoice())
    other = Invoice.objects.get(pk=note.pk)
    other.pk, other.number, other.sequence, other.content_sha256 = None, "", None, ""
    other.status, other.corrects = Invoice.Status.DRAFT, note
    other.save(force_insert=True)
    numbered = {"number": "K-X", "sequence": 2, "content_sha256": "x", "status": "issued"}
    with pytest.raises(InternalError, match="takes back an issued invoice"), transaction.atomic():
        Invoice.objects.filter(pk=other.pk).update(**numbered)
    Invoice.objects.filter(pk=other.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_crediting_twice_at_once_has_one_winner_and_the_other_is_told_why() -> None:
    invoice = make_invoice()

    def one(_n: int) -> str:
        try:
            return credit(Invoice.objects.get(pk=invoice.pk)).number
        except ValidationError as refused:
            return str(refused.code)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(one, range(3)))
    assert outcomes == ["K-2026-0001", "already_done", "already_done"]
    assert set(TimeEntry.objects.values_list("status", flat=True)) == {"approved"}
