"""billing.services.endings, extensions and refunds: what expires, what stays for pending work, what comes back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from billing.models import ExpiryNotice, HourAccount, HourPackage, Invoice, LedgerRow, PackageExtension, TimeEntry
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.approvals import approve_entries, reject_entries
from billing.services.endings import end_hours, expire_package
from billing.services.extensions import announce_expiry, extend_package
from billing.services.issuing import issue_invoice
from billing.services.packages import top_up
from billing.services.refunds import refund_package
from billing.services.time import delete_entry
from clients.models import Task
from tests.make import Cast, log, make_client, make_package, make_rate, make_time_lock, submitted
from tests.make.hours import AT, DAY
from tests.make.invoices import make_series

pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 30)
AFTER = date(2026, 7, 1)
LATER = AT.replace(month=7, day=1)


def balance(package: HourPackage) -> int:
    return HourAccount.objects.values_list("balance_minutes", flat=True).get(pk=package.account_id)


def moves(package: HourPackage) -> list[tuple[str, int]]:
    return list(LedgerRow.objects.filter(account=package.account_id).order_by("id").values_list("kind", "minutes"))


def code_of(refused: pytest.ExceptionInfo[ValidationError]) -> str:
    return refused.value.error_list[0].code or ""


def test_hours_expire_at_midnight_after_the_last_valid_day() -> None:
    package = make_package(hours=10, expires_on=LAST)
    assert end_hours(on=LAST, at=AT) == 0
    assert end_hours(on=AFTER, at=LATER) == 1
    row = LedgerRow.objects.get(kind="expiry")
    assert (row.minutes, row.occurred_on, balance(package)) == (-600, AFTER, 0)


def test_a_second_run_ends_nothing() -> None:
    make_package(hours=10, expires_on=LAST)
    end_hours(on=AFTER, at=LATER)
    assert end_hours(on=AFTER, at=LATER) == 0
    assert LedgerRow.objects.filter(kind="expiry").count() == 1


def test_what_pending_work_needs_stays_until_it_is_approved(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST)
    entry = submitted(package.client, cast.consultant, 180)
    end_hours(on=AFTER, at=LATER)
    assert balance(package) == 180
    approve_entries([entry.pk], by=cast.partner, at=LATER)
    assert (balance(package), moves(package)) == (0, [("purchase", 600), ("expiry", -420), ("draw", -180)])


def test_what_pending_work_held_expires_when_it_is_rejected(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST)
    entry = submitted(package.client, cast.consultant, 180)
    end_hours(on=AFTER, at=LATER)
    reject_entries([entry.pk], comment="Which server?", by=cast.partner, at=LATER)
    assert (balance(package), moves(package)[1:]) == (0, [("expiry", -420), ("expiry", -180)])


def test_what_pending_work_held_expires_when_it_is_deleted(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST)
    entry = submitted(package.client, cast.consultant, 180)
    end_hours(on=AFTER, at=LATER)
    delete_entry(entry, by=cast.consultant, at=LATER)
    assert balance(package) == 0


def test_a_rejected_entry_draws_after_all_when_it_is_handed_in_again(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST)
    entry = submitted(package.client, cast.consultant, 180)
    reject_entries([entry.pk], comment="Which server?", by=cast.partner, at=AT)
    end_hours(on=AFTER, at=LATER)
    assert balance(package) == 0
    TimeEntry.objects.filter(pk=entry.pk).update(status="submitted", review_comment="")
    approve_entries([entry.pk], by=cast.partner, at=LATER)
    assert (balance(package), -sum(m for kind, m in moves(package) if kind == "draw")) == (0, 180)


def test_a_late_entry_takes_back_as_much_of_the_expiry_as_it_needs(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST, draw_on_log=True)
    end_hours(on=AFTER, at=LATER)
    entry = log(package.client, cast.consultant, 90)
    assert entry.status == "approved"
    assert moves(package) == [("purchase", 600), ("expiry", -600), ("reversal", 600), ("expiry", -510), ("draw", -90)]
    assert balance(package) == 0


def test_late_entries_take_back_no_more_than_expired(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1, expires_on=LAST)
    end_hours(on=AFTER, at=LATER)
    ids = [submitted(package.client, cast.consultant, 45).pk for _ in range(2)]
    first, second = approve_entries(ids, by=cast.partner, at=LATER)
    assert list(first.coverages.values_list("source", "minutes")) == [("package", 45)]
    assert list(second.coverages.values_list("source", "minutes")) == [("package", 15), ("time_and_materials", 30)]
    assert balance(package) == 0


def test_an_entry_after_the_last_day_brings_nothing_back(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=10, expires_on=LAST)
    end_hours(on=AFTER, at=LATER)
    entry = log(package.client, cast.consultant, 60, worked_on=AFTER)
    assert [part.source for part in entry.parts] == ["time_and_materials"]


def test_a_locked_day_takes_nothing_back(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST, draw_on_log=True)
    end_hours(on=AFTER, at=LATER)
    make_time_lock(LAST)
    with pytest.raises(ValidationError) as refused:
        log(package.client, cast.consultant, 60)
    assert code_of(refused) == "period_locked"
    assert moves(package) == [("purchase", 600), ("expiry", -600)]


def test_a_package_that_is_valid_does_not_expire_and_says_why(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST)
    with pytest.raises(ValidationError) as refused:
        expire_package(package, on=LAST, by=None, at=AT)
    assert code_of(refused) == "not_due"
    assert expire_package(package, on=AFTER, by=None, at=LATER) is not None


def test_hours_below_zero_do_not_expire(cast: Cast) -> None:
    package = make_package(hours=1, expires_on=LAST, overage_policy="allow_negative", negative_limit_minutes=60)
    entry = submitted(package.client, cast.consultant, 90)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert end_hours(on=AFTER, at=LATER) == 0
    assert balance(package) == -30


@pytest.mark.parametrize(("days", "told"), [(61, []), (60, [60]), (31, [60]), (30, [60, 30]), (7, [60, 30, 7])])
def test_the_end_is_announced_sixty_thirty_and_seven_days_before(cast: Cast, days: int, told: list[int]) -> None:
    make_package(make_client(account_manager=cast.manager), expires_on=LAST)
    for _run in range(2):
        announce_expiry(on=LAST - timedelta(days=days), at=AT)
    assert list(ExpiryNotice.objects.values_list("days", flat=True)) == told
    assert Task.objects.filter(kind="package_expiry").count() == bool(told)


def test_an_announcement_names_the_account_manager_and_replaces_the_one_before(cast: Cast) -> None:
    make_package(make_client(account_manager=cast.manager), expires_on=LAST)
    announce_expiry(on=LAST - timedelta(days=60), at=AT)
    announce_expiry(on=LAST - timedelta(days=30), at=AT)
    tasks = Task.objects.filter(kind="package_expiry").order_by("pk")
    assert [task.assignee for task in tasks] == [cast.manager] * 2
    assert [task.state for task in tasks] == ["done", "open"]


def test_an_empty_package_is_not_announced(cast: Cast) -> None:
    package = make_package(hours=1, expires_on=LAST)
    approve_entries([submitted(package.client, cast.consultant).pk], by=cast.partner, at=AT)
    assert announce_expiry(on=LAST, at=AT) == 0


def test_a_partner_extends_with_a_reason_and_expired_hours_come_back(cast: Cast) -> None:
    package = make_package(hours=10, expires_on=LAST)
    end_hours(on=AFTER, at=LATER)
    until = date(2026, 12, 31)
    extend_package(package, expires_on=until, reason="Project was late", by=cast.partner, on=AFTER, at=LATER)
    assert (balance(package), HourPackage.objects.get().expires_on) == (600, until)
    note = PackageExtension.objects.get()
    assert (note.from_on, note.until_on, note.reason, note.made_by) == (LAST, until, "Project was late", cast.partner)


def test_nobody_else_extends_a_package(cast: Cast) -> None:
    package = make_package(expires_on=LAST)
    for person in (cast.manager, cast.finance, cast.consultant):
        with pytest.raises(PermissionDenied):
            extend_package(package, expires_on=AFTER, reason="Late", by=person, on=DAY, at=AT)


@pytest.mark.parametrize(("until", "reason", "code"), [(AFTER, " ", "required"), (LAST, "Late", "invalid")])
def test_an_extension_says_why_and_is_later(cast: Cast, until: date, reason: str, code: str) -> None:
    package = make_package(expires_on=LAST)
    with pytest.raises(ValidationError) as refused:
        extend_package(package, expires_on=until, reason=reason, by=cast.partner, on=DAY, at=AT)
    assert next(iter(refused.value.error_dict.values()))[0].code == code


def test_the_database_refuses_another_last_day_without_an_extension() -> None:
    package = make_package(expires_on=LAST)
    with pytest.raises(IntegrityError), transaction.atomic():
        HourPackage.objects.filter(pk=package.pk).update(expires_on=AFTER)


def test_an_extension_covers_what_waited(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1, expires_on=LAST, overage_policy="require_top_up")
    waiting = submitted(package.client, cast.consultant, 90)
    approve_entries([waiting.pk], by=cast.partner, at=AT)
    assert list(waiting.coverages.values_list("source", "minutes")) == [("package", 60), ("none", 30)]
    with pytest.raises(ValidationError) as refused:
        top_up(package, minutes=60, price=Decimal(0), by=cast.manager, on=AFTER, at=LATER)
    assert code_of(refused) == "wrong_status"
    extend_package(package, expires_on=None, reason="New contract", by=cast.partner, on=AFTER, at=LATER)
    top_up(package, minutes=60, price=Decimal(0), by=cast.manager, on=AFTER, at=LATER)
    assert list(waiting.coverages.values_list("source", flat=True)) == ["package", "package"]


def test_unused_hours_are_refunded_up_to_what_they_cost(cast: Cast) -> None:
    package = make_package(hours=50, price=Decimal("6750.00"))
    done = refund_package(package, minutes=600, reason="Moves abroad", by=cast.finance, on=DAY, at=AT)
    assert (done.row.kind, done.row.minutes, done.row.price, done.credits) == ("refund", -600, Decimal("1350.00"), ())
    assert balance(package) == 2400


def test_a_refund_credits_the_top_up_s_invoice_before_that_of_the_first_sale(cast: Cast) -> None:
    package = make_package(hours=10, price=Decimal("1500.00"))
    make_series(package.seller)
    first = issue_invoice(draft_package_invoice(package, by=None, on=DAY), issued_on=DAY, by=None, at=AT)
    top_up(package, minutes=600, price=Decimal("1500.00"), by=cast.manager, on=DAY, at=AT)
    added = issue_invoice(Invoice.objects.get(status="draft"), issued_on=DAY, by=None, at=AT)
    done = refund_package(package, minutes=900, reason="Moves abroad", by=cast.finance, on=DAY, at=AT)
    assert [(note.corrects, note.gross_amount) for note in done.credits] == [
        (added, Decimal("1500.00")),
        (first, Decimal("750.00")),
    ]


def test_refunds_minute_by_minute_never_come_to_more_than_the_price(cast: Cast) -> None:
    package = make_package(hours=0.05, price=Decimal("50.00"))
    done = [refund_package(package, minutes=1, reason="Moves", by=cast.finance, on=DAY, at=AT) for _ in range(3)]
    assert [refund.row.price for refund in done] == [Decimal("16.67"), Decimal("16.67"), Decimal("16.66")]


def test_less_may_be_given_back_but_never_more(cast: Cast) -> None:
    package = make_package(hours=50, price=Decimal("6750.00"))
    done = refund_package(
        package, minutes=600, amount=Decimal("1000.00"), reason="Agreed", by=cast.finance, on=DAY, at=AT
    )
    assert done.row.price == Decimal("1000.00")
    with pytest.raises(ValidationError) as refused:
        refund_package(package, minutes=60, amount=Decimal("135.01"), reason="Kind", by=cast.finance, on=DAY, at=AT)
    assert refused.value.error_dict["amount"][0].code == "refund_too_much"


def test_what_pending_work_needs_is_not_refunded(cast: Cast) -> None:
    package = make_package(hours=2)
    submitted(package.client, cast.consultant, 90)
    with pytest.raises(ValidationError) as refused:
        refund_package(package, minutes=31, reason="Moves", by=cast.finance, on=DAY, at=AT)
    assert code_of(refused) == "balance_limit"
    refund_package(package, minutes=30, reason="Moves", by=cast.finance, on=DAY, at=AT)
    assert balance(package) == 90
