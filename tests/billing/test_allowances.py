"""billing.services.allowances: what is carried on, lapses or is refunded at the end of a retainer's period."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import LedgerRow, Retainer
from billing.services.approvals import approve_entries, reject_entries
from billing.services.endings import end_hours
from billing.services.retainers import end_retainer, open_periods
from billing.services.terms import allowance_end
from clients.models import Task
from tests.make import Cast, log, make_client, make_rate, submitted
from tests.make.hours import AT
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def forty_hours(**kw: Any) -> Retainer:
    retainer = make_retainer(**{"included_minutes": 2400, "rollover": "capped", "rollover_cap_minutes": 300, **kw})
    open_periods(retainer, on=JANUARY, by=None, at=AT)
    return retainer


def balances(retainer: Retainer) -> list[int]:
    return list(retainer.periods.order_by("starts_on").values_list("account__balance_minutes", flat=True))


def ends(kind: str) -> list[int]:
    return list(LedgerRow.objects.filter(kind=kind).order_by("id").values_list("minutes", flat=True))


def work(retainer: Retainer, cast: Cast, hours: float, on: date) -> None:
    """Works so many hours, in days of at most twelve."""
    left = round(hours * 60)
    ids = []
    while left:
        ids.append(submitted(retainer.client, cast.consultant, min(left, 720), worked_on=on).pk)
        left -= min(left, 720)
    approve_entries(ids, by=cast.partner, at=AT.replace(month=on.month, day=on.day))


def test_forty_hours_thirty_used_and_a_cap_of_five_carry_five_and_lose_five(cast: Cast) -> None:
    retainer = forty_hours()
    work(retainer, cast, 30, date(2026, 1, 20))
    end_hours(on=FEBRUARY, at=AT)
    assert (ends("rollover_out"), ends("rollover_in"), ends("expiry")) == ([-300], [300], [-300])
    assert balances(retainer) == [0, 2700]
    assert set(LedgerRow.objects.filter(kind="expiry").values_list("occurred_on", flat=True)) == {FEBRUARY}


def test_a_period_is_closed_once_whatever_the_retries(cast: Cast) -> None:
    retainer = forty_hours()
    for _run in range(3):
        end_hours(on=FEBRUARY, at=AT)
    assert (balances(retainer), len(ends("rollover_out"))) == ([0, 2700], 1)


@pytest.mark.parametrize(("rule", "left"), [("none", 2400), ("capped", 2700), ("unlimited", 4800)])
def test_unused_hours_lapse_or_are_carried_as_the_contract_says(rule: str, left: int) -> None:
    retainer = forty_hours(rollover=rule)
    end_hours(on=FEBRUARY, at=AT)
    assert balances(retainer) == [0, left]


def test_carried_hours_are_drawn_first_and_end_with_the_next_period(cast: Cast) -> None:
    retainer = forty_hours()
    end_hours(on=FEBRUARY, at=AT)
    work(retainer, cast, 3, date(2026, 2, 10))
    end_hours(on=MARCH, at=AT)
    assert ends("rollover_out") == [-300, -300]
    assert balances(retainer) == [0, 0, 2700]
    assert ends("expiry") == [-2100, -(2700 - 180 - 300)]


def test_missed_nights_are_made_up_for_in_order() -> None:
    retainer = forty_hours(rollover="unlimited")
    end_hours(on=MARCH, at=AT)
    assert balances(retainer) == [0, 0, 4800]
    assert (ends("rollover_out"), ends("expiry")) == ([-2400, -2400], [-2400])


def test_what_pending_work_needs_is_neither_carried_nor_lost(cast: Cast) -> None:
    retainer = forty_hours(rollover="none")
    entry = submitted(retainer.client, cast.consultant, 600, worked_on=date(2026, 1, 31))
    end_hours(on=FEBRUARY, at=AT)
    assert balances(retainer)[0] == 600
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert (balances(retainer)[0], ends("expiry")) == (0, [-1800])


def test_late_work_of_a_closed_period_fetches_carried_hours_back(cast: Cast) -> None:
    retainer = forty_hours(rollover="unlimited")
    end_hours(on=FEBRUARY, at=AT)
    work(retainer, cast, 10, date(2026, 1, 31))
    assert balances(retainer) == [0, 4200]
    assert (
        sum(ends("rollover_in"))
        + sum(LedgerRow.objects.filter(reverses__kind="rollover_in").values_list("minutes", flat=True))
        == 1800
    )


@pytest.mark.parametrize("approved", [True, False])
def test_what_late_work_will_fetch_back_is_neither_carried_nor_lost_by_the_next_month(
    approved: bool, cast: Cast
) -> None:
    retainer = forty_hours(rollover="unlimited")
    end_hours(on=FEBRUARY, at=AT)
    entry = submitted(retainer.client, cast.consultant, 600, worked_on=date(2026, 1, 31))
    end_hours(on=MARCH, at=AT)
    assert balances(retainer) == [0, 600, 4800]
    if approved:
        approve_entries([entry.pk], by=cast.partner, at=AT)
    else:
        reject_entries([entry.pk], comment="Which server?", by=cast.partner, at=AT.replace(month=3, day=2))
    assert balances(retainer) == [0, 0, 4800]
    assert ends("expiry") == ([-1800] if approved else [-1800, -600])


def test_a_plan_leaves_to_late_work_what_that_will_fetch_back(cast: Cast) -> None:
    make_rate(client=None)
    retainer = forty_hours(rollover="unlimited", overage_rate=Decimal("5000.00"))
    end_hours(on=FEBRUARY, at=AT)
    work(retainer, cast, 72, date(2026, 2, 10))
    submitted(retainer.client, cast.consultant, 300, worked_on=date(2026, 1, 31))
    entry = log(retainer.client, cast.consultant, 300, worked_on=date(2026, 2, 11))
    assert [(part.source, part.minutes) for part in entry.parts] == [("retainer", 180), ("time_and_materials", 120)]


def test_late_work_of_two_months_is_approved_at_once(cast: Cast) -> None:
    """January takes what lies in February for it, so February's own work fetches its minutes out of March."""
    make_rate(client=None)
    retainer = forty_hours(rollover="unlimited", overage_rate=Decimal("5000.00"))
    end_hours(on=FEBRUARY, at=AT)
    late = [submitted(retainer.client, cast.consultant, 720, worked_on=date(2026, 1, day)) for day in range(5, 9)]
    end_hours(on=MARCH, at=AT)
    late.append(submitted(retainer.client, cast.consultant, 600, worked_on=date(2026, 2, 2)))
    approve_entries([entry.pk for entry in late], by=cast.partner, at=AT.replace(month=3, day=2))
    assert balances(retainer)[:2] == [0, 0]
    assert sum(part.minutes for entry in late for part in entry.coverages.filter(source="retainer")) == 3000


def test_hours_that_expired_come_back_before_those_that_were_carried(cast: Cast) -> None:
    retainer = forty_hours()
    end_hours(on=FEBRUARY, at=AT)
    work(retainer, cast, 12, date(2026, 1, 31))
    assert balances(retainer) == [0, 2700]
    work(retainer, cast, 25, date(2026, 1, 30))
    assert balances(retainer) == [0, 2580]


def test_carried_hours_that_are_used_do_not_come_back(cast: Cast) -> None:
    make_rate(client=None)
    retainer = forty_hours(rollover="unlimited", overage_rate=Decimal("5000.00"))
    end_hours(on=FEBRUARY, at=AT)
    work(retainer, cast, 75, date(2026, 2, 10))
    entry = log(retainer.client, cast.consultant, 600, worked_on=date(2026, 1, 31))
    assert [(part.source, part.minutes) for part in entry.parts] == [("retainer", 300), ("time_and_materials", 300)]


@pytest.mark.parametrize(("carries", "left"), [(False, [-60, 2400]), (True, [0, 2340])])
def test_hours_below_zero_are_carried_only_where_the_contract_says_so(
    cast: Cast, carries: bool, left: list[int]
) -> None:
    retainer = forty_hours(overage_policy="allow_negative", negative_limit_minutes=120, carries_deficit=carries)
    work(retainer, cast, 41, date(2026, 1, 20))
    for _run in range(2):
        end_hours(on=FEBRUARY, at=AT)
    assert balances(retainer) == left


def test_unused_hours_are_refunded_where_the_contract_says_so(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    retainer = forty_hours(client=client, rollover="none", refunds_unused=True)
    work(retainer, cast, 30, date(2026, 1, 20))
    end_hours(on=FEBRUARY, at=AT)
    row = LedgerRow.objects.get(kind="refund")
    assert (row.minutes, row.price) == (-600, Decimal("20000.00"))
    assert Task.objects.get(kind="retainer_unused_hours").assignee == cast.manager


def test_the_hours_of_an_ended_contract_are_not_carried(cast: Cast) -> None:
    retainer = forty_hours(rollover="unlimited")
    end_retainer(retainer, on=date(2026, 1, 31), given_on=date(2026, 1, 1))
    end_hours(on=FEBRUARY, at=AT)
    assert (balances(retainer), ends("expiry")) == ([0], [-2400])


@pytest.mark.parametrize(
    ("renewal", "ends"),
    [
        ("ask", ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31", "2027-01-14"]),
        ("automatic", ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31", "2027-03-31"]),
    ],
)
def test_quarters_of_a_contract_from_mid_month_end_with_their_months_and_with_the_term(
    renewal: str, ends: list[str]
) -> None:
    retainer = make_retainer(
        included_minutes=600, allowance_period="quarter", starts_on=date(2026, 1, 15), renewal_mode=renewal
    )
    open_periods(retainer, on=date(2027, 1, 10), by=None, at=AT)
    periods = retainer.periods.filter(account__isnull=False).order_by("starts_on")
    assert [allowance_end(period).isoformat() for period in periods] == ends
