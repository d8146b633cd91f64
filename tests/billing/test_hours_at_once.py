"""Prepaid hours in real concurrent transactions: nothing is lost or made, one clear winner, the other is told why."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from billing.models import HourAccount, HourPackage, LedgerRow, PeriodLock, TimeEntry
from billing.services import ledger
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, credit_invoice
from billing.services.drafting import draft_invoices
from billing.services.endings import end_hours
from billing.services.extensions import extend_package
from billing.services.issuing import issue_invoice
from billing.services.locks import lock_period
from billing.services.packages import top_up, void_package
from billing.services.refunds import refund_package
from billing.services.time import change_entry, delete_entry
from tests.billing.errors import code_of_error
from tests.make import Cast, log, make_cast, make_client, make_package, make_rate, make_seller, submitted
from tests.make.hours import AT, DAY
from tests.make.invoices import make_series, make_work

pytestmark = pytest.mark.django_db(transaction=True)
LAST, AFTER = date(2026, 6, 30), date(2026, 7, 1)
LATER = AT.replace(month=7, day=1)
WHO_WAITS = """
SELECT pg_stat_clear_snapshot(), pg_sleep(0.02),
    (SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))
"""


def together(*acts: Callable[[], Any]) -> list[str]:
    """What became of acts that begin at the same moment, each in its own connection: `done` or the code that it met."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        try:
            gate.wait(20)
            act()
        except ValidationError as refused:
            return code_of_error(refused)
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def behind(held: Callable[[], Any], late: Callable[[], Any]) -> str:
    """What becomes of the late act when it waits for one that has done its work and commits only then."""
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        held()
        waiting = pool.submit(together, late)
        _until_somebody_waits()
    return waiting.result()[0]


def _until_somebody_waits() -> None:
    for _look in range(400):
        with connection.cursor() as cursor:
            cursor.execute(WHO_WAITS)
            if cursor.fetchone()[-1]:
                return
    raise AssertionError("nobody waits")


def moves(package: HourPackage) -> list[tuple[str, int]]:
    return list(LedgerRow.objects.filter(account=package.account_id).order_by("id").values_list("kind", "minutes"))


def balance(package: HourPackage) -> int:
    return HourAccount.objects.values_list("balance_minutes", flat=True).get(pk=package.account_id)


def draw_at_once(writers: int, each: int) -> None:
    """Everybody logs one short call after the other on one package; the last minute is drawn by the last call."""
    cast = make_cast()
    package = make_package(hours=writers * each / 4, draw_on_log=True)

    def write() -> None:
        for _call in range(each):
            log(package.client, cast.consultant, 15)

    assert together(*[write] * writers) == ["done"] * writers
    rows = LedgerRow.objects.filter(account=package.account_id).order_by("id")
    running = list(rows.values_list("minutes", "balance_minutes"))
    assert all(before[1] + after[0] == after[1] for before, after in pairwise(running))
    assert Counter(rows.values_list("kind", flat=True)) == {"purchase": 1, "draw": writers * each}
    assert balance(package) == 0


def test_four_writers_draw_a_hundred_calls_each_and_the_balance_is_exact() -> None:
    draw_at_once(4, 100)


@pytest.mark.soak
def test_eight_writers_draw_two_thousand_calls_and_the_balance_is_exact() -> None:
    draw_at_once(8, 250)


def test_a_top_up_and_the_expiry_at_midnight_have_one_winner_each_time() -> None:
    cast = make_cast()
    packages = [make_package(hours=10, expires_on=LAST) for _ in range(12)]
    for package in packages:
        top = lambda: top_up(package, minutes=60, price=Decimal(150), by=cast.manager, on=LAST, at=AT)  # noqa: B023, E731
        outcomes = together(top, lambda: end_hours(on=AFTER, at=LATER))
        added = [("purchase", 60)] if outcomes[0] == "done" else []
        assert outcomes[0] in ("done", "wrong_status")
        assert moves(package) == [("purchase", 600), *added, ("expiry", -600 - 60 * len(added))]


def test_who_tops_up_before_midnight_and_waits_for_the_expiry_comes_too_late() -> None:
    cast = make_cast()
    package = make_package(hours=10, expires_on=LAST)
    late = behind(
        lambda: end_hours(on=AFTER, at=LATER),
        lambda: top_up(package, minutes=60, price=Decimal(150), by=cast.manager, on=LAST, at=AT),
    )
    package.refresh_from_db()
    assert (late, package.price) == ("wrong_status", Decimal("6750.00"))
    assert moves(package) == [("purchase", 600), ("expiry", -600)]


def test_work_of_the_last_day_that_is_logged_during_the_expiry_takes_its_hours_back() -> None:
    cast = make_cast()
    package = make_package(hours=10, expires_on=LAST, draw_on_log=True)
    behind(lambda: end_hours(on=AFTER, at=LATER), lambda: log(package.client, cast.consultant, 90))
    assert moves(package)[2:] == [("reversal", 600), ("expiry", -510), ("draw", -90)]
    assert TimeEntry.objects.get().status == "approved"


def test_approving_during_the_expiry_draws_what_was_reserved() -> None:
    cast = make_cast()
    package = make_package(hours=10, expires_on=LAST)
    entry = submitted(package.client, cast.consultant, 180)
    behind(
        lambda: end_hours(on=AFTER, at=LATER),
        lambda: approve_entries([entry.pk], by=cast.partner, at=LATER),
    )
    assert moves(package) == [("purchase", 600), ("expiry", -420), ("draw", -180)]


def test_hours_that_an_extension_brings_back_are_not_brought_back_twice() -> None:
    cast = make_cast()
    make_rate()
    package = make_package(hours=10, expires_on=LAST)
    end_hours(on=AFTER, at=LATER)
    entry = submitted(package.client, cast.consultant, 720)
    until = date(2026, 12, 31)
    late = behind(
        lambda: extend_package(package, expires_on=until, reason="Late", by=cast.partner, on=AFTER, at=LATER),
        lambda: approve_entries([entry.pk], by=cast.partner, at=LATER),
    )
    assert (late, balance(package)) == ("done", 0)
    assert list(entry.coverages.values_list("source", "minutes")) == [("package", 600), ("time_and_materials", 120)]


def test_what_one_writes_as_pending_is_not_drawn_by_another_who_waited() -> None:
    cast = make_cast()
    make_rate()
    package = make_package(hours=2, draw_on_log=True)
    package.service_lines.clear()

    def pend() -> None:
        ledger.lock_accounts([package.account_id])
        log(package.client, cast.consultant, 90, warnings=["overlap"], hour_package=package, needs_decision="follow_up")

    behind(pend, lambda: log(package.client, cast.consultant, 60))
    kinds = Counter(TimeEntry.objects.values_list("status", flat=True))
    assert (kinds, balance(package)) == ({"draft": 2}, 120)


def test_the_same_draw_is_taken_back_once_whoever_asks() -> None:
    cast = make_cast()
    package = make_package(hours=10)
    entry = approve_entries([submitted(package.client, cast.consultant, 120).pk], by=cast.partner, at=AT)[0]
    outcomes = together(*[lambda: delete_entry(entry, by=cast.partner, at=AT)] * 3)
    assert Counter(outcomes) == {"done": 1, "already_done": 2}
    assert moves(package) == [("purchase", 600), ("draw", -120), ("reversal", 120)]


@pytest.mark.broken_books  # the entry itself does not know
def test_the_same_row_is_reversed_once_in_the_ledger_itself() -> None:
    cast = make_cast()
    package = make_package(hours=10)
    approve_entries([submitted(package.client, cast.consultant, 120).pk], by=cast.partner, at=AT)
    draw = LedgerRow.objects.get(kind="draw")
    outcomes = together(*[lambda: ledger.book_rows([ledger.reversal_of(draw, by=None, at=AT)])] * 3)
    assert Counter(outcomes) == {"done": 1, "already_done": 2}
    assert balance(package) == 600


def test_changing_and_deleting_the_same_work_at_once_leaves_whole_books() -> None:
    cast = make_cast()
    package = make_package(hours=10)
    for minutes in (30, 60, 90, 120):
        entry = approve_entries([submitted(package.client, cast.consultant, 45).pk], by=cast.partner, at=AT)[0]
        outcomes = together(
            lambda: change_entry(entry, changes={"minutes": minutes}, by=cast.partner, at=AT),  # noqa: B023
            lambda: delete_entry(entry, by=cast.partner, at=AT),  # noqa: B023
        )
        assert outcomes in (["done", "done"], ["already_done", "done"])
        assert balance(package) == 600


def test_crediting_twice_at_once_gives_prepaid_hours_back_once() -> None:
    cast = make_cast()
    package = make_package(hours=10)
    make_series(package.seller)
    make_work(package.client, worked_on=DAY)
    approve_entries([submitted(package.client, cast.consultant, 120).pk], by=cast.partner, at=AT)
    draft = draft_invoices(package.client, through=DAY, by=None, on=DAY).drafts[0]
    invoice = issue_invoice(draft, issued_on=DAY, by=cast.finance, at=AT)

    def credit() -> None:
        credit_invoice(invoice, kind=CreditKind.FULL, reason="Wrong", issued_on=DAY, by=cast.finance, at=AT)

    assert Counter(together(credit, credit, credit)) == {"done": 1, "already_done": 2}
    assert moves(package) == [("purchase", 600), ("draw", -120), ("reversal", 120)]


def test_refunds_at_once_never_give_back_more_than_is_unused() -> None:
    cast = make_cast()
    package = make_package(hours=2)
    entry = submitted(package.client, cast.consultant, 60)

    def refund() -> None:
        refund_package(package, minutes=60, reason="Moves abroad", by=cast.finance, on=DAY, at=AT)

    outcomes = together(refund, refund, lambda: approve_entries([entry.pk], by=cast.partner, at=AT))
    assert Counter(outcomes) == {"done": 2, "balance_limit": 1}
    assert (outcomes[2], balance(package)) == ("done", 0)


def test_a_package_is_void_or_drawn_on_and_never_both() -> None:
    cast = make_cast()
    make_rate()
    for _again in range(6):
        package = make_package(make_client(), hours=2)
        entry = submitted(package.client, cast.consultant, 60)
        outcomes = together(
            lambda: void_package(package, reason="Mistake", by=cast.finance, on=DAY, at=AT),  # noqa: B023
            lambda: approve_entries([entry.pk], by=cast.partner, at=AT),  # noqa: B023
        )
        drawn = any(kind == "draw" for kind, _minutes in moves(package))
        assert outcomes == (["wrong_status", "done"] if drawn else ["done", "done"])


def test_who_approves_after_a_package_was_void_finds_none() -> None:
    cast = make_cast()
    make_rate()
    package = make_package(hours=2, overage_policy="require_top_up")
    entry = submitted(package.client, cast.consultant, 60)
    behind(
        lambda: void_package(package, reason="Mistake", by=cast.finance, on=DAY, at=AT),
        lambda: approve_entries([entry.pk], by=cast.partner, at=AT),
    )
    assert list(entry.coverages.values_list("source", flat=True)) == ["time_and_materials"]


def closing(cast: Cast) -> None:
    lock_period(PeriodLock(kind="time", locked_until_on=DAY), by=cast.finance, at=AT)


def test_approving_while_a_period_is_closed_either_comes_first_or_is_told() -> None:
    cast = make_cast()
    package = make_package(hours=10)
    ids = [submitted(package.client, cast.consultant, 30).pk for _ in range(4)]
    acts = [partial(approve_entries, [pk], by=cast.partner, at=AT) for pk in ids]
    outcomes = together(*acts, lambda: closing(cast))
    assert outcomes[-1] == "done"
    assert set(outcomes[:-1]) <= {"done", "period_locked"}
    assert balance(package) == 600 - 30 * outcomes[:-1].count("done")


def test_who_approves_behind_a_closing_is_told() -> None:
    cast = make_cast()
    package = make_package(hours=10)
    entry = submitted(package.client, cast.consultant, 30)
    late = behind(lambda: closing(cast), lambda: approve_entries([entry.pk], by=cast.partner, at=AT))
    assert (late, balance(package)) == ("period_locked", 600)


def test_a_top_up_during_a_closing_leaves_closed_work_waiting_and_goes_through() -> None:
    cast = make_cast()
    package = make_package(hours=1, overage_policy="require_top_up")
    approve_entries([submitted(package.client, cast.consultant, 90).pk], by=cast.partner, at=AT)
    late = behind(
        lambda: closing(cast),
        lambda: top_up(package, minutes=60, price=Decimal(0), by=cast.manager, on=DAY, at=AT),
    )
    assert (late, balance(package)) == ("done", 60)


def test_a_day_that_is_rounded_as_a_whole_is_rounded_once_by_any_number_of_writers() -> None:
    cast = make_cast()
    seller = make_seller(code="day", rounding_scope="day")
    client = make_client(default_seller=seller)
    make_rate(seller)
    ids = [submitted(client, cast.consultant, 7).pk for _ in range(6)]
    acts = [partial(approve_entries, [pk], by=cast.partner, at=AT) for pk in ids]
    assert together(*acts) == ["done"] * 6
    assert sum(TimeEntry.objects.values_list("billed_minutes", flat=True)) == 45
