"""Realization: what of the standard value of work is billed, whoever or whatever it is grouped by."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Coverage, Discount, Invoice, Offer
from billing.reports.realization import Realized, realization
from billing.reports.serving import By
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.discounts import ask_for_discount
from billing.services.drafting import draft_invoices
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft
from billing.services.issuing import issue_invoice
from billing.services.offers import ItemDraft, close_offer
from clients.models import Client, TierPolicy
from crm.periods import DateRange
from tests.make import Cast, make_client, make_seller, make_service_line
from tests.make.hours import make_engagement
from tests.make.invoices import make_series, make_work
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db
JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
DAY, NOON = date(2026, 6, 10), datetime(2026, 6, 30, 12, tzinfo=UTC)


def found(by: By = By.CLIENT) -> list[Realized]:
    return realization(by=by, window=JUNE)


def totals(by: By) -> tuple[Decimal, Decimal]:
    rows = found(by)
    return sum((row.standard for row in rows), Decimal(0)), sum((row.billed for row in rows), Decimal(0))


def on_a_fixed_price(cast: Cast, *, minutes: int, price: str = "1000.00", estimate: int = 1200, days: int = 1) -> Offer:
    items = [ItemDraft("Review", estimate)]
    offer = make_accepted_offer(basis="fixed", fixed_price=Decimal(price), hourly_rate=None, items=items)
    work: dict[str, Any] = {"engagement": offer.engagements.get(), "offer": offer, "source": Coverage.Source.OFFER}
    for day in range(days):
        worked_on = DAY + timedelta(days=day)
        make_work(
            offer.client, minutes=minutes, worked_on=worked_on, employee=cast.consultant, rate_includes_tax=True, **work
        )
    return offer


def invoiced(client: Client, cast: Cast) -> Invoice:
    """Ten hours at 150.00 on an issued invoice."""
    fields: dict[str, Any] = {"service_line": make_service_line("it"), "engagement": make_engagement(client)}
    make_work(client, minutes=600, worked_on=DAY, employee=cast.consultant, rate_includes_tax=True, **fields)
    make_series(make_seller())
    draft = draft_invoices(client, through=DAY, by=None, on=DAY).drafts[0]
    return issue_invoice(draft, issued_on=DAY, by=None, at=NOON)


def test_work_on_a_fixed_price_is_billed_at_its_share_of_it(cast: Cast) -> None:
    offer = on_a_fixed_price(cast, minutes=600)
    row = found()[0]
    assert (row.standard, row.billed) == (Decimal("1500.00"), Decimal("500.00")), "half of the estimate is done"
    close_offer(offer, reason="delivered", on=date(2026, 6, 30))
    row = found()[0]
    assert (row.billed, row.share, row.write_down) == (Decimal("1000.00"), Decimal("0.666667"), Decimal("500.00"))


def test_a_price_that_was_never_delivered_has_earned_what_was_done(cast: Cast) -> None:
    close_offer(on_a_fixed_price(cast, minutes=600), reason="closed_by_client", on=date(2026, 6, 30))
    assert found()[0].billed == Decimal("500.00")


def test_what_has_no_work_behind_it_is_taken_off_nobodys_work(cast: Cast) -> None:
    make_series(make_seller())
    line = HandLine(kind="fixed", description="Flat", quantity=Decimal(1), unit="C62", unit_price=Decimal("5000.00"))
    client = make_client()
    assert client.default_seller
    seller = client.default_seller
    draft = open_draft(
        DraftTerms(client=client, seller=seller, currency="EUR", price_includes_tax=True), by=None, on=DAY
    )
    add_hand_line(draft, line, on=DAY)
    invoice = issue_invoice(draft, issued_on=DAY, by=None, at=NOON)
    terms: dict[str, Any] = {"reason": "wrong", "issued_on": date(2026, 6, 20), "by": cast.finance, "at": NOON}
    credit_invoice(invoice, kind=CreditKind.FULL, **terms)
    assert not found()


def test_a_gift_on_work_that_returns_later_is_forgotten(cast: Cast) -> None:
    invoice = invoiced(make_client(), cast)
    part = CreditLine(line_id=invoice.lines.get(kind="time").pk, amount=Decimal("100.00"))
    terms: dict[str, Any] = {"reason": "sorry", "issued_on": date(2026, 6, 20), "by": cast.finance, "at": NOON}
    credit_invoice(invoice, kind=CreditKind.GOODWILL, lines=(part,), **terms)
    credit_invoice(invoice, kind=CreditKind.FULL, **terms)
    assert found()[0].billed == Decimal("1500.00")


def test_a_price_that_was_overrun_has_earned_no_more_than_itself(cast: Cast) -> None:
    on_a_fixed_price(cast, minutes=900, days=2)
    assert found()[0].billed == Decimal("1000.00")


def test_a_discount_and_a_gift_after_the_invoice_come_off(cast: Cast) -> None:
    client = make_client()
    TierPolicy.objects.ensure()
    TierPolicy.objects.update(discount_ceiling_percent=10)
    terms: dict[str, Any] = {"client": client, "valid_from": date(2026, 1, 1), "reason": "frame contract"}
    ask_for_discount(Discount(percent=Decimal(10), **terms), by=cast.manager, at=NOON)
    invoice = invoiced(client, cast)
    assert (found()[0].standard, found()[0].billed) == (Decimal("1500.00"), Decimal("1350.00"))
    part = CreditLine(line_id=invoice.lines.get(kind="time").pk, amount=Decimal("100.00"))
    note: dict[str, Any] = {"reason": "sorry", "issued_on": date(2026, 6, 20), "by": cast.finance, "at": NOON}
    credit_invoice(invoice, kind=CreditKind.GOODWILL, lines=(part,), **note)
    assert (found()[0].billed, found()[0].write_down) == (Decimal("1250.00"), Decimal("250.00"))


def test_work_that_returns_is_no_write_down(cast: Cast) -> None:
    invoice = invoiced(make_client(), cast)
    terms: dict[str, Any] = {"reason": "address", "issued_on": date(2026, 6, 20), "by": cast.finance, "at": NOON}
    credit_invoice(invoice, kind=CreditKind.FULL, **terms)
    assert (found()[0].standard, found()[0].billed) == (Decimal("1500.00"), Decimal("1500.00"))


def test_every_grouping_adds_up_to_the_same(cast: Cast) -> None:
    on_a_fixed_price(cast, minutes=400)
    invoice = invoiced(make_client(), cast)
    part = CreditLine(line_id=invoice.lines.get(kind="time").pk, amount=Decimal("33.33"))
    terms: dict[str, Any] = {"reason": "sorry", "issued_on": date(2026, 6, 20), "by": cast.finance, "at": NOON}
    credit_invoice(invoice, kind=CreditKind.GOODWILL, lines=(part,), **terms)
    assert {totals(by) for by in By} == {(Decimal("2500.00"), Decimal("333.33") + Decimal("1466.67"))}
    assert {row.key for row in found(By.CONSULTANT)} == {cast.consultant.pk}
