"""billing.services.coverage: the domain's examples through accounts, rates and the database."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing.models import Coverage, HourPackage, Retainer, RetainerPeriod, TimeEntry
from billing.services import ledger
from billing.services.approvals import approve_entries
from billing.services.time import preview_entry
from tests.make import (
    Cast,
    log,
    make_client,
    make_package,
    make_rate,
    make_seller,
    make_service_line,
    new_entry,
    submitted,
)
from tests.make.hours import AT

pytestmark = pytest.mark.django_db
JUNE_10, JULY_1 = date(2026, 6, 10), date(2026, 7, 1)


def shape(entry: TimeEntry) -> list[tuple[str, str, int]]:
    """Source, package name and minutes of each part."""
    rows = Coverage.objects.filter(entry=entry).select_related("account__package")
    return [(row.source, row.account.package.name if row.account else "", row.minutes) for row in rows]


@pytest.fixture
def two_packages() -> tuple[HourPackage, HourPackage]:
    """P1 of 5 h expiring 30 June, P2 of 50 h expiring 31 December; the German default rate behind them."""
    client = make_client()
    make_rate()
    first = make_package(client, hours=5, name="P1", expires_on=date(2026, 6, 30))
    return first, make_package(client, hours=50, name="P2", expires_on=date(2026, 12, 31))


def test_seven_hours_take_what_expires_first_and_the_rest_from_the_next(
    two_packages: tuple[HourPackage, HourPackage], cast: Cast
) -> None:
    entry = submitted(two_packages[0].client, cast.consultant, 420)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert shape(entry) == [("package", "P1", 300), ("package", "P2", 120)]
    balances = HourPackage.objects.order_by("name").values_list("account__balance_minutes", flat=True)
    assert list(balances) == [0, 48 * 60]


def test_a_day_later_than_the_expiry_the_next_package_carries_all(
    two_packages: tuple[HourPackage, HourPackage], cast: Cast
) -> None:
    entry = submitted(two_packages[0].client, cast.consultant, 420, worked_on=JULY_1)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert shape(entry) == [("package", "P2", 420)]


def test_a_package_alone_leaves_the_rest_at_the_overage_rate(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=5, name="P1", overage_rate=Decimal("120.00"))
    entry = submitted(package.client, cast.consultant, 420)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert shape(entry) == [("package", "P1", 300), ("time_and_materials", "", 120)]
    assert entry.coverages.get(source="time_and_materials").amount == Decimal("240.00")


def test_without_an_overage_rate_the_price_list_holds(cast: Cast) -> None:
    make_rate()
    entry = submitted(make_package(hours=5).client, cast.consultant, 420)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert entry.coverages.get(source="time_and_materials").amount == Decimal("300.00")


def test_the_preview_says_what_the_write_does_and_writes_nothing(
    two_packages: tuple[HourPackage, HourPackage], cast: Cast
) -> None:
    client = two_packages[0].client
    plan = preview_entry(new_entry(client, cast.consultant, 420))
    assert TimeEntry.objects.count() == Coverage.objects.count() == 0
    written = log(client, cast.consultant, 420)
    previewed = [(row.source.value, row.account_id, row.covered_minutes) for row in plan.covered.rows]
    assert previewed == list(written.coverages.values_list("source", "account", "minutes"))


def test_the_preview_counts_on_what_other_drafts_leave(cast: Cast) -> None:
    package = make_package(hours=8.5)
    log(package.client, cast.consultant, 240)
    plan = preview_entry(new_entry(package.client, cast.consultant, 90))
    assert plan.balance_before(package.account_id) == 270


def test_eight_and_a_half_hours_become_seven(cast: Cast) -> None:
    package = make_package(hours=8.5)
    plan = preview_entry(new_entry(package.client, cast.consultant, 90))
    before = plan.balance_before(package.account_id)
    assert (before / 60, (before - plan.covered.rows[0].drawn_minutes) / 60) == (8.5, 7.0)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"expires_on": date(2026, 6, 9)}, "package_expired"),
        ({"valid_from": date(2026, 6, 11)}, "package_not_yet_valid"),
    ],
)
def test_an_explicit_package_must_be_valid_on_the_day(terms: dict[str, Any], code: str, cast: Cast) -> None:
    package = make_package(**terms)
    with pytest.raises(ValidationError) as refused:
        log(package.client, cast.consultant, hour_package=package)
    assert refused.value.error_dict["hour_package"][0].code == code


def test_an_explicit_package_of_another_client_is_refused(cast: Cast) -> None:
    package = make_package()
    with pytest.raises(ValidationError) as refused:
        log(make_client(), cast.consultant, hour_package=package)
    assert refused.value.error_dict["hour_package"][0].code == "hour_package_foreign"


def test_an_explicit_package_covers_its_own_services_only(cast: Cast) -> None:
    package = make_package(service_lines=[make_service_line("audit")])
    with pytest.raises(ValidationError) as refused:
        log(package.client, cast.consultant, hour_package=package, service_line=make_service_line("law"))
    assert refused.value.error_dict["hour_package"][0].code == "package_out_of_scope"


def test_bounds_of_validity_are_inclusive(cast: Cast) -> None:
    package = make_package(name="P", valid_from=JUNE_10, expires_on=JUNE_10)
    assert shape(log(package.client, cast.consultant)) == [("package", "P", 60)]


def test_an_exhausted_explicit_package_falls_through_with_a_warning(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=0.5, name="P1")
    make_package(package.client, hours=10, name="P2")
    entry = log(package.client, cast.consultant, 60, hour_package=package)
    assert shape(entry) == [("package", "P1", 30), ("package", "P2", 30)]
    assert entry.warnings == ["package_exhausted"]


def test_a_granted_package_goes_before_a_paid_one(cast: Cast) -> None:
    paid = make_package(name="paid")
    make_package(paid.client, name="gift", kind="granted", grant_reason="A late start", price=Decimal(0))
    assert shape(log(paid.client, cast.consultant))[0][1] == "gift"


def test_an_unpaid_package_that_must_be_paid_is_skipped(cast: Cast) -> None:
    make_rate()
    package = make_package(pay_before_use=True)
    entry = log(package.client, cast.consultant)
    assert shape(entry) == [("time_and_materials", "", 60)]
    assert "package_unpaid" in entry.warnings


def test_going_below_zero_stops_at_the_limit(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1, name="P", overage_policy="allow_negative", negative_limit_minutes=60)
    entry = submitted(package.client, cast.consultant, 180)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert shape(entry) == [("package", "P", 120), ("time_and_materials", "", 60)]
    package.account.refresh_from_db()
    assert package.account.balance_minutes == -60


def test_a_burn_factor_draws_more_than_it_covers(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1, burn_factor=Decimal("1.5"))
    entry = submitted(package.client, cast.consultant, 60)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    rows = list(entry.coverages.values_list("minutes", "drawn_minutes", "factor"))
    assert rows[0] == (40, 60, Decimal("1.5"))
    assert rows[1][0] == 20


def test_the_allowance_of_the_worked_period_goes_before_packages(cast: Cast) -> None:
    package = make_package(name="P")
    retainer = Retainer.objects.create(
        client=package.client, seller=package.seller, name="Care", monthly_fee=1000, currency="EUR",
        starts_on=date(2026, 6, 1), included_minutes=60, status="active",
    )  # fmt: skip
    for month in (date(2026, 5, 1), date(2026, 6, 1)):
        account = ledger.open_account(package.client)
        ledger.book_purchase(account, minutes=60, on=month, by=None, at=AT)
        last = month + timedelta(days=29)
        RetainerPeriod.objects.create(
            retainer=retainer, starts_on=month, ends_on=last, draft_on=month, fee=1000, account=account
        )
    entry = submitted(package.client, cast.consultant, 90)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert list(entry.coverages.values_list("source", "minutes")) == [("retainer", 60), ("package", 30)]


def test_another_own_company_s_package_is_not_drawn_on(cast: Cast) -> None:
    make_rate()
    client = make_client()
    make_package(client, seller=make_seller("RU"))
    assert shape(log(client, cast.consultant)) == [("time_and_materials", "", 60)]


def test_minutes_are_rounded_once_before_the_split(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=0.5, name="P")
    entry = submitted(package.client, cast.consultant, 31)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    entry.refresh_from_db()
    assert (entry.minutes, entry.billed_minutes) == (31, 45)
    assert shape(entry) == [("package", "P", 30), ("time_and_materials", "", 15)]


def test_a_seller_that_rounds_by_day_lets_the_last_entry_carry_the_rest(cast: Cast) -> None:
    seller = make_seller(rounding_scope="day")
    make_rate(seller)
    client = make_client(default_seller=seller)
    ids = [submitted(client, cast.consultant, minutes).pk for minutes in (5, 5, 10)]
    approve_entries(ids, by=cast.partner, at=AT)
    assert list(TimeEntry.objects.order_by("pk").values_list("billed_minutes", flat=True)) == [15, 0, 15]


def test_free_work_is_paid_by_nothing(cast: Cast) -> None:
    package = make_package()
    entry = submitted(package.client, cast.consultant, 60, billing_type="goodwill", reason="A late answer")
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert shape(entry) == []
    package.account.refresh_from_db()
    assert package.account.balance_minutes == 50 * 60
