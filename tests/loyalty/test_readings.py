"""loyalty.services.readings: what the scorecard reads of a client, as of a day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.models import Invoice
from billing.services.payments import Receipt, book_payment
from clients.models import Client, Contact, Interaction
from clients.services.promises import keep_promise
from loyalty.rules.health import FeatureCode
from loyalty.services.readings import Fact, read_all
from tests.make import (
    make_answer,
    make_client,
    make_contact,
    make_package,
    make_revenue,
    make_service_line,
    make_user,
)
from tests.make.attention import make_call, make_promised
from tests.make.invoices import make_invoice
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def read(client: Client, code: FeatureCode, *, on: date = ON) -> Fact | None:
    rows: Mapping[int, Fact] = read_all(on=on)[code]
    return rows.get(client.pk)


def call(client: Client, *, days_ago: int, contact: Contact | None = None) -> Interaction:
    who = contact or client.contacts.first() or make_contact(client)
    return make_call(client, at=NOON - timedelta(days=days_ago), contacts=[who])


def test_a_client_of_whom_nothing_is_known_has_no_readings() -> None:
    client = make_client()
    assert not any(client.pk in rows for rows in read_all(on=ON).values())


def test_silence_is_measured_by_the_client_s_own_median_gap() -> None:
    client = make_client()
    for days in (100, 90, 80, 50, 45):  # gaps 10, 10, 30, 5: median 10
        call(client, days_ago=days)
    found = read(client, "silence")
    assert found is not None
    assert (found.value, found.facts["days"], found.facts["usual"]) == (Fraction(45, 10), 45, "10.0")


def test_one_touch_alone_makes_no_rhythm_and_mail_from_us_is_no_touch() -> None:
    client = make_client()
    call(client, days_ago=7)
    make_call(client, at=NOON - timedelta(days=1), kind="email", direction="out")
    found = read(client, "silence")
    assert found is not None
    assert (found.value, found.facts["days"], found.facts["usual"]) == (None, 7, None)


def test_touches_after_the_day_are_not_known_yet() -> None:
    client = make_client()
    for days in (40, 30, 2):
        call(client, days_ago=days)
    found = read(client, "silence", on=ON - timedelta(days=20))
    assert found is not None
    assert found.value == Fraction(10, 10)


def test_nps_is_that_of_people_who_decide_or_pay_their_last_answers_of_a_year() -> None:
    client = make_client()
    decider = make_contact(client, influence="decision_maker")
    payer = make_contact(client, buying_role="customer")
    make_answer(2, decider, answered_at=NOON - timedelta(days=300))
    make_answer(9, decider, answered_at=NOON - timedelta(days=10))
    make_answer(6, payer, answered_at=NOON - timedelta(days=20))
    make_answer(0, make_contact(client), answered_at=NOON)
    make_answer(10, make_contact(client, buying_role="both"), answered_at=NOON - timedelta(days=400))
    found = read(client, "nps")
    assert found is not None
    assert (found.value, found.facts) == (Fraction(15, 2), {"mean": "7.5", "n": 2})


def test_promises_are_those_first_due_in_90_days_open_ones_left_out() -> None:
    client, made_at = make_client(), datetime(2026, 10, 1, 12, tzinfo=UTC)
    kept = make_promised(client, due="2026-11-10", at=made_at)
    keep_promise(kept, at=datetime(2026, 11, 9, 12, tzinfo=UTC), kept_at=datetime(2026, 11, 9, 12, tzinfo=UTC))
    make_promised(client, due="2026-11-12", at=made_at)
    make_promised(client, due="2026-12-24", at=made_at)
    make_promised(client, due="2026-08-01", at=datetime(2026, 7, 1, 12, tzinfo=UTC))
    found = read(client, "promises")
    assert found is not None
    assert (found.value, found.facts) == (Fraction(1, 2), {"kept": 1, "n": 2})


def pay(invoice: Invoice, *, on: date) -> None:
    receipt = Receipt(
        client=invoice.client,
        seller=invoice.seller,
        amount=invoice.gross_amount,
        currency=invoice.currency,
        received_on=on,
    )
    book_payment(receipt, settles={invoice: invoice.gross_amount}, by=make_user(), at=NOON)


def test_payment_delay_is_the_mean_of_the_three_invoices_settled_last() -> None:
    client = make_client()
    for month, late in ((1, 40), (3, 3), (4, 6), (5, 9)):
        invoice = make_invoice(client, on=date(2026, month, 28), worked_on=date(2026, month, 20))
        assert invoice.due_on is not None
        pay(invoice, on=invoice.due_on + timedelta(days=late))
    make_invoice(client, on=date(2026, 6, 28), worked_on=date(2026, 6, 20))
    found = read(client, "payment_delay")
    assert found is not None
    assert found.facts["n"] == 3
    assert found.value == Fraction(3 + 6 + 9, 3)


def test_the_trend_sets_half_a_year_against_the_one_before() -> None:
    client = make_client()
    make_revenue(client, "90.00", on=date(2026, 11, 26))
    make_revenue(client, "100.00", on=date(2026, 5, 26))
    make_revenue(client, "999.00", on=date(2025, 11, 26))
    found = read(client, "revenue_trend")
    assert found is not None
    assert (found.value, found.facts) == (Fraction(-1, 10), {"change": "-0.1000"})


def test_the_first_half_year_has_nothing_to_compare_with() -> None:
    client = make_client()
    make_revenue(client, "90.00", on=date(2026, 11, 1))
    assert read(client, "revenue_trend") is None


def test_people_touched_are_counted_once_in_60_days() -> None:
    client = make_client()
    one, other = make_contact(client), make_contact(client)
    call(client, days_ago=3, contact=one)
    call(client, days_ago=5, contact=one)
    call(client, days_ago=59, contact=other)
    call(client, days_ago=61, contact=make_contact(client))
    found = read(client, "people_touched")
    assert found is not None
    assert found.value == 2


def test_the_contract_that_ends_last_counts() -> None:
    client = make_client()
    make_package(client, hours=10, valid_from=date(2026, 1, 1), expires_on=date(2026, 12, 6))
    assert read(client, "contract_left") == Fact(10, {"until": "2026-12-06"})
    make_retainer(client)
    assert read(client, "contract_left") == Fact(35, {"until": "2026-12-31"})
    make_package(client, hours=10, valid_from=date(2026, 1, 1), expires_on=None)
    assert read(client, "contract_left") == Fact(3650, {"until": ""})


def test_anchors_are_service_lines_of_the_last_year() -> None:
    client = make_client()
    make_revenue(client, "10.00", service_line=make_service_line("it"))
    make_revenue(client, "10.00", service_line=make_service_line("tax"), on=date(2025, 11, 26))
    assert read(client, "anchors") == Fact(1, {"codes": ["it"]})


def test_a_client_that_was_merged_counts_for_the_one_that_stayed() -> None:
    client = make_client()
    gone = make_client(merged_into=client)
    make_revenue(gone, "100.00", on=date(2026, 5, 26))
    make_revenue(client, "105.00", on=date(2026, 11, 26))
    call(gone, days_ago=3)
    assert read(gone, "revenue_trend") is None
    trend, people = read(client, "revenue_trend"), read(client, "people_touched")
    assert trend is not None
    assert people is not None
    assert (trend.value, people.value) == (Fraction(Decimal("0.05")), 1)
