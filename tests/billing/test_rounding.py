"""billing.services.rounding: a day that a seller rounds as a whole adds up, whatever happens to its entries."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from billing.models import Coverage, LedgerRow, TimeEntry
from billing.rules.rounding import round_minutes
from billing.services.approvals import approve_entries
from billing.services.bookings import carry_days, undo_booking
from billing.services.rounding import Day, days_of, rounding_rule, to_carry
from billing.services.statements import issue_statement
from billing.services.time import change_entry, delete_entry
from tests.make import Cast, make_client, make_package, make_rate, make_seller, submitted
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(12))
def test_a_day_rounded_as_a_whole_stays_whole_whatever_is_changed_moved_or_deleted(cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    seller = make_seller(rounding_scope="day", rounding_minimum_minutes=dice.choice([0, 30]))
    make_rate(seller)
    package = make_package(make_client(default_seller=seller), hours=3)
    other = DAY - timedelta(days=1)
    for _step in range(7):
        rows = list(TimeEntry.objects.order_by("pk"))
        act = dice.choice(["approve", "delete", "change", "move", "free"]) if len(rows) > 2 else "approve"
        if act == "approve":
            entry = submitted(package.client, cast.consultant, dice.randint(1, 40))
            approve_entries([entry.pk], by=cast.partner, at=AT)
        elif act == "delete":
            delete_entry(dice.choice(rows), by=cast.partner, at=AT)
        else:
            kinds: dict[str, dict[str, Any]] = {
                "change": {"minutes": dice.randint(1, 40)},
                "move": {"worked_on": dice.choice([DAY, other])},
                "free": {"billing_type": "non_billable"},
            }
            change_entry(dice.choice(rows), changes=kinds[act], by=cast.partner, at=AT)
        for day in (DAY, other):
            work = TimeEntry.objects.filter(worked_on=day, billing_type="billable")
            sums = work.aggregate(raw=Sum("minutes"), billed=Sum("billed_minutes"))
            assert (sums["billed"] or 0) == round_minutes(sums["raw"] or 0, rounding_rule(seller))
    drawn = LedgerRow.objects.filter(kind__in=["draw", "reversal"]).aggregate(total=Sum("minutes"))["total"]
    assert -drawn == (Coverage.objects.filter(source="package").aggregate(total=Sum("minutes"))["total"] or 0)


def test_what_carries_the_rest_keeps_who_approved_it_and_a_statement_keeps_its_minutes(cast: Cast) -> None:
    seller = make_seller(rounding_scope="day")
    make_rate(seller)
    package = make_package(make_client(default_seller=seller))
    first, last = [submitted(package.client, cast.consultant, minutes) for minutes in (10, 5)]
    for entry, moment in ((first, AT), (last, AT + timedelta(minutes=1))):
        approve_entries([entry.pk], by=cast.partner, at=moment)
    delete_entry(TimeEntry.objects.get(pk=first.pk), by=cast.partner, at=AT + timedelta(hours=1))
    last.refresh_from_db()
    assert (last.billed_minutes, last.approved_by, last.approved_at) == (15, cast.partner, AT + timedelta(minutes=1))
    more = submitted(package.client, cast.consultant, 15)
    approve_entries([more.pk], by=cast.partner, at=AT - timedelta(hours=1))
    issue_statement(package, last=DAY, by=cast.partner, on=DAY, at=AT)
    assert not to_carry([Day(seller.pk, package.client_id, DAY)])


def test_many_days_are_made_whole_in_the_statements_of_one(cast: Cast) -> None:
    seller = make_seller(rounding_scope="day")
    make_rate(seller)
    client = make_package(make_client(default_seller=seller)).client
    counts = []
    for days in ([0], range(1, 9)):
        dates = [DAY - timedelta(days=number) for number in days]
        for minute, minutes in enumerate((10, 5)):
            ids = [submitted(client, cast.consultant, minutes, worked_on=on).pk for on in dates]
            approve_entries(ids, by=cast.partner, at=AT + timedelta(minutes=minute))
        gone = list(TimeEntry.objects.filter(worked_on__in=dates, minutes=10).locked())
        with CaptureQueriesContext(connection) as captured:
            touched = days_of(gone)
            undo_booking(gone, by=cast.partner, at=AT + timedelta(hours=1))
            carry_days(touched, by=cast.partner, at=AT + timedelta(hours=1))
        counts.append(len(captured))
        left = TimeEntry.objects.filter(worked_on__in=dates, minutes=5)
        assert [entry.billed_minutes for entry in left] == [15] * len(dates)
    assert counts[0] == counts[1]
