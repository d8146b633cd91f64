"""Burn factors by seniority and after hours: the largest wins, rounding is once per row, overage stays at its price."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import HourAccount, HourPackage, LedgerRow, TimeEntry
from billing.rules.burn import Burn, choose_factor, is_after_hours
from billing.rules.rounding import cover_part
from billing.services.approvals import approve_entries
from billing.services.packages import set_burn_factors
from crm.models import User
from tests.make import Cast, make_api, make_client, make_package, make_rate, make_seller, submitted
from tests.make.hours import AT, DAY

SENIOR, NIGHT = Burn(Decimal("1.5"), seniority="senior"), Burn(Decimal(2), after_hours=True)
SATURDAY = date(2026, 6, 13)


def sold(cast: Cast, *rows: dict[str, Any], hours: float = 10, **kw: Any) -> HourPackage:
    seller = make_seller(rounding_minimum_minutes=0, rounding_step_minutes=1)
    make_rate(seller)
    User.objects.filter(pk=cast.consultant.pk).update(seniority="senior")
    cast.consultant.refresh_from_db()
    package = make_package(make_client(default_seller=seller), hours=hours, **kw)
    return set_burn_factors(package, rows)


def approve(package: HourPackage, cast: Cast, minutes: int, **kw: Any) -> TimeEntry:
    entry = submitted(package.client, cast.consultant, minutes, **kw)
    return approve_entries([entry.pk], by=cast.partner, at=AT)[0]


def draws(package: HourPackage) -> list[tuple[int, int]]:
    rows = LedgerRow.objects.filter(account=package.account_id, kind="draw").order_by("id")
    return list(rows.values_list("covered_minutes", "minutes"))


@pytest.mark.parametrize(
    ("seniority", "after_hours", "factor"),
    [("senior", False, "1.5"), ("senior", True, "2"), ("junior", True, "2"), ("junior", False, "1.2")],
)
def test_the_largest_factor_that_applies_wins_and_none_is_multiplied(
    seniority: str, after_hours: bool, factor: str
) -> None:
    found = choose_factor(Decimal("1.2"), [SENIOR, NIGHT], seniority=seniority, after_hours=after_hours)
    assert found == Decimal(factor)


@pytest.mark.parametrize(
    ("start", "day", "after"),
    [
        (datetime(2026, 6, 10, 9, 0, tzinfo=UTC), DAY, False),
        (datetime(2026, 6, 10, 16, 59, tzinfo=UTC), DAY, False),
        (datetime(2026, 6, 10, 17, 0, tzinfo=UTC), DAY, True),
        (datetime(2026, 6, 10, 8, 59, tzinfo=UTC), DAY, True),
        (None, DAY, False),
        (None, SATURDAY, True),
    ],
)
def test_after_hours_is_outside_office_hours_and_on_free_days(start: datetime | None, day: date, after: bool) -> None:
    assert is_after_hours(start, day) is after


@given(minutes=st.integers(1, 2000), room=st.integers(0, 2000), percent=st.integers(1, 400))
def test_a_part_never_draws_more_than_there_is(minutes: int, room: int, percent: int) -> None:
    factor = Decimal(percent) / 100
    part = cover_part(minutes, room, factor)
    assert 0 <= part.drawn <= room
    assert part.covered <= minutes
    if part.covered < minutes:
        assert part.covered == int(room / factor)


@pytest.mark.django_db
def test_a_senior_burns_faster_after_hours(cast: Cast) -> None:
    package = sold(cast, {"seniority": "senior", "factor": Decimal("1.5")}, {"after_hours": True, "factor": Decimal(2)})
    approve(package, cast, 45)
    approve(package, cast, 45, started_at=datetime(2026, 6, 10, 18, tzinfo=UTC))
    assert draws(package) == [(45, -68), (45, -90)]


@pytest.mark.django_db
@pytest.mark.parametrize(("on_overage", "amount"), [(False, "45.00"), (True, "67.50")])
def test_a_part_covers_by_the_factor_and_the_rest_has_its_own_price(cast: Cast, on_overage: bool, amount: str) -> None:
    senior = {"seniority": "senior", "factor": Decimal("1.5")}
    package = sold(cast, senior, hours=1, overage_rate=Decimal("135.00"), factor_on_overage=on_overage)
    entry = approve(package, cast, 60)
    assert draws(package) == [(40, -60)]
    rest = entry.coverages.get(source="time_and_materials")
    assert (rest.minutes, rest.amount) == (20, Decimal(amount))
    assert HourAccount.objects.get(pk=package.account_id).balance_minutes == 0


@pytest.mark.django_db
def test_a_draw_that_was_booked_keeps_its_factor(cast: Cast) -> None:
    package = sold(cast, {"seniority": "senior", "factor": Decimal("1.5")})
    entry = approve(package, cast, 60)
    set_burn_factors(package, [])
    assert entry.coverages.get().factor == Decimal("1.5")
    assert draws(package) == [(60, -90)]


@pytest.mark.django_db
def test_the_api_says_and_changes_the_factors(cast: Cast) -> None:
    package = sold(cast)
    api, url = make_api(cast.partner), f"/api/v1/hour-packages/{package.pk}/"
    rows = [{"seniority": "senior", "after_hours": False, "factor": "1.5000000000"}]
    assert api.patch(url, {"burn_factors": rows}).json()["burn_factors"] == rows
    wrong = api.patch(url, {"burn_factors": [{"factor": "2"}]})
    assert wrong.status_code == 400
