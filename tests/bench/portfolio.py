"""The portfolio over a firm's whole history: the page, the rollup beneath it, and the scan that it spares.

Entries are multiplied in the database itself, without their triggers; the rollup is then built anew from all of them.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from unittest.mock import patch

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from billing.models import TimeEntry
from billing.services.approvals import approve_entries
from billing.services.rollups import rebuild_work
from crm.access import Role
from crm.models import User
from crm.periods import add_months, month_start
from tests.bench.entries import submitted, usable_packages
from tests.bench.measure import ROUNDS, Answer, Figures, Side, compare
from tests.bench.report import Report
from tests.bench.server import Server, serving
from tests.bench.targets import cookie

PIECE = 1_000_000
ASKED = 40
ROLLUP = """
SELECT client_id, sum(cost_amount) FROM billing_workmonth
WHERE month_on >= %s AND month_on < %s GROUP BY 1 ORDER BY 1
"""
SCAN = """
SELECT client_id, sum(round(minutes * cost_per_hour / 60, 2)) FROM billing_timeentry
WHERE status IN ('approved', 'invoiced') AND worked_on >= %s AND worked_on < %s GROUP BY 1 ORDER BY 1
"""
# Each approved entry of the demo so many times more: on its own day, for its client, with its price and cost.
MULTIPLY = """
INSERT INTO billing_timeentry ({columns})
SELECT {columns} FROM billing_timeentry CROSS JOIN generate_series(1, %s)
WHERE status = 'approved' AND id <= %s LIMIT %s
"""


def portfolio(report: Report, *, entries: int) -> None:
    """A tenth of the entries first, then all of them."""
    with serving(floor=False) as server:
        few = _measured(server, entries // 10)
        many = _measured(server, entries)
    report.add(f"Portfolio over {entries} entries", many[0], many[1], by="p95", target="6: <= 2 p95", against="rollup")
    report.add("  the page", many[0], few[0], by="p95", target="6: <= 1.2 p95", against=f"of {entries // 10} entries")
    report.add("Rollup", many[1], many[2], by="rate", target="6: >= 100 rate", against="full scan")


def upkeep(report: Report, *, rows: int) -> None:
    """Approving with the rollup kept in the same transaction, against approving without."""
    partner, consultant = (
        User.objects.filter(roles=[role]).order_by("pk")[0] for role in (Role.PARTNER, Role.CONSULTANT)
    )
    kept, bare = Figures(), Figures()
    packages = usable_packages(20)
    for _round in range(ROUNDS):
        for figures, skips in ((kept, False), (bare, True)):
            ids = [pk for package in packages for pk in submitted(package, consultant, rows // len(packages))]
            approve = partial(approve_entries, ids, by=partner, at=timezone.now())
            if skips:
                with patch("billing.services.bookings.add_work"):
                    _keep(figures, len(ids), approve)
            else:
                _keep(figures, len(ids), approve)
    rebuild_work()
    report.add(f"Approve {rows} with rollup", kept, bare, by="rate", target="7: >= 0.7 rate", against="without")


def _measured(server: Server, entries: int) -> tuple[Figures, Figures, Figures]:
    """Page, rollup and scan of the last twelve months; rollup and scan agree to the cent."""
    _fill(entries)
    partner = User.objects.filter(roles=[Role.PARTNER]).order_by("pk")[0]
    page = Side("portfolio", server, reverse("loyalty:portfolio"), _holds, headers=cookie(partner))
    shown, _same = compare(page, page, requests=ASKED)
    rollup, scan = Figures(), Figures()
    for _round in range(ROUNDS):
        found = [_keep(rollup, 1, partial(_sums, ROLLUP)) for _each in range(ASKED)]
        rollup.p95.append(statistics.quantiles(rollup.wall[-ASKED:], n=20)[-1])
        scanned = _keep(scan, 1, partial(_sums, SCAN))
        if found[-1] != scanned:
            raise AssertionError("The rollup differs from the time entries.")
    return shown, rollup, scan


def _holds(answer: Answer) -> bool:
    return answer.status == 200 and b"pareto-figures" in answer.body


def _fill(entries: int) -> None:
    """Up to so many entries, at most a million in one statement."""
    names = {str(field.column) for field in TimeEntry._meta.concrete_fields}
    columns = ", ".join(sorted(names - {"id", "started_at", "ended_at"}))
    last = TimeEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    seed = TimeEntry.objects.filter(status="approved", pk__lte=last).count()
    while (missing := entries - TimeEntry.objects.count()) > 0:
        piece = min(missing, PIECE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(MULTIPLY.format(columns=columns), [-(-piece // seed), last, piece])
    rebuild_work()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_timeentry")
        cursor.execute("ANALYZE billing_workmonth")


def _sums(statement: str) -> Sequence[tuple[object, ...]]:
    end = month_start(timezone.localdate())
    with connection.cursor() as cursor:
        cursor.execute(statement, [add_months(end, -12), end])
        found: Sequence[tuple[object, ...]] = cursor.fetchall()
    return found


def _keep[T](kept: Figures, count: int, act: Callable[[], T]) -> T:
    start = time.perf_counter()
    found = act()
    elapsed = time.perf_counter() - start
    kept.wall.append(1000 * elapsed / count)
    kept.cpu.append(0.0)
    kept.postgres.append(0.0)
    kept.rate.append(count / elapsed)
    return found
