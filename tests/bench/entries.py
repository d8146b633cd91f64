"""Time by API with eight at once: logging and approving, each with its draw, and one hot package against many."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from billing.models import HourAccount, HourPackage, TimeEntry
from billing.services.approvals import submit_entries
from billing.services.ledger import adjust_balance
from billing.services.time import log_entries
from crm.access import Role
from crm.models import User
from crm.tokens import make_token
from tests.bench.measure import ROUNDS, WARM_UP, Answer, Side, compare
from tests.bench.report import Report
from tests.bench.server import Server

CONCURRENCY = 8
PLENTY_MINUTES = 1_000_000
LOG, APPROVE = "/api/v1/time-entries/", "/api/v1/time-entries/{}/approve/"


def entries(report: Report, product: Server, floor: Server, *, requests: int) -> None:
    """The floor locks the account and writes entry, draw and coverage; it neither signs in nor audits nor has rules."""
    partner, consultant = (
        User.objects.filter(roles=[role]).order_by("pk")[0] for role in (Role.PARTNER, Role.CONSULTANT)
    )
    headers, packages = _token(partner), usable_packages(2 * CONCURRENCY)
    quick, slow = packages[:CONCURRENCY], packages[CONCURRENCY:]
    least = Side("DRF floor", floor, "/floor/entries/", made, JSON, "POST", _least(partner, quick))
    many = Side("log", product, LOG, drawn(201), headers, "POST", _logged(quick))
    report.add(
        "Log an entry that draws",
        *compare(many, least, requests=requests, concurrency=CONCURRENCY),
        by="rate",
        target="1: >= 0.7 rate; 3: <= 10 stmts, PG <= 2x",
    )
    count = WARM_UP + ROUNDS * (requests // CONCURRENCY)
    lanes = [_addresses(package, consultant, count) for package in slow]
    approve = Side("approve", product, "", drawn(200), headers, "POST", paths=lambda lane: lanes[lane].popleft())
    report.add(
        "Approve an entry that draws",
        *compare(approve, least, requests=requests, concurrency=CONCURRENCY),
        by="rate",
        target="1: >= 0.6 rate",
    )
    hot(report, product, headers, quick, requests=requests)


def hot(
    report: Report, product: Server, headers: dict[str, str], packages: Sequence[HourPackage], *, requests: int
) -> None:
    """Eight at once on one package against eight packages; the balance must be exact afterwards."""
    many = Side("many packages", product, LOG, drawn(201), headers, "POST", _logged(packages))
    one = Side("one package", product, LOG, drawn(201), headers, "POST", _logged(packages[:1]))
    figures = compare(one, many, requests=requests, concurrency=CONCURRENCY)
    report.add("One hot package", *figures, by="rate", target="2: >= 0.8 rate, exact", against="many packages")
    account = HourAccount.objects.annotate(total=Sum("ledger__minutes")).get(package=packages[0])
    if account.total != account.balance_minutes:
        raise AssertionError(f"The hot package stands at {account.balance_minutes}, its ledger at {account.total}.")


def made(answer: Answer) -> bool:
    return answer.status == 201 and b'"id"' in answer.body


def drawn(status: int) -> Callable[[Answer], bool]:
    """The answer says that a package paid, which is read from the entry as it was booked."""

    def holds(answer: Answer) -> bool:
        if answer.status != status:
            return False
        entry = json.loads(answer.body)
        return (entry["status"], [part["source"] for part in entry["coverage"]]) == ("approved", ["package"])

    return holds


def usable_packages(count: int) -> list[HourPackage]:
    """Packages of any service with more hours than a run can draw."""
    usable = HourPackage.objects.filter(voided_on=None, pay_before_use=False, service_lines=None, draw_on_log=True)
    unexpired = usable.exclude(expires_on__lte=timezone.localdate()).filter(valid_from__lte=timezone.localdate())
    packages = list(unexpired.select_related("account", "client").order_by("pk")[:count])
    if len(packages) < count:
        raise AssertionError(f"The demo has {len(packages)} packages of this kind, the lanes need {count}.")
    at = timezone.now()
    for package in packages:
        adjust_balance(package.account, minutes=PLENTY_MINUTES, reason="bench", on=at.date(), by=None, at=at)
    return packages


def submitted(package: HourPackage, consultant: User, count: int) -> list[int]:
    """Submitted entries of the package, which waits for their approval to draw."""
    at = timezone.now()
    HourPackage.objects.filter(pk=package.pk).update(draw_on_log=False)
    drafts = [
        TimeEntry(employee=consultant, client=package.client, hour_package=package, worked_on=at.date(), minutes=15)
        for _number in range(count)
    ]
    saved = log_entries(drafts, by=consultant, at=at)
    return [entry.pk for entry in submit_entries([entry.pk for entry in saved], at=at)]


def _addresses(package: HourPackage, consultant: User, count: int) -> deque[str]:
    """Addresses that approve `count` submitted entries of the package."""
    return deque(APPROVE.format(pk) for pk in submitted(package, consultant, count))


def _logged(packages: Sequence[HourPackage]) -> Callable[[int], bytes]:
    day = timezone.localdate().isoformat()
    return _bodies(
        [
            {"client": package.client_id, "hour_package": package.pk, "worked_on": day, "minutes": 1}
            for package in packages
        ]
    )


def _least(user: User, packages: Sequence[HourPackage]) -> Callable[[int], bytes]:
    return _bodies([{"employee": user.pk, "account": package.account_id, "minutes": 1} for package in packages])


def _bodies(rows: Sequence[dict[str, Any]]) -> Callable[[int], bytes]:
    bodies = [json.dumps(row).encode() for row in rows]
    return lambda lane: bodies[lane % len(bodies)]


JSON = {"Content-Type": "application/json"}


def _token(user: User) -> dict[str, str]:
    at = timezone.now()
    _row, key = make_token(user, name="bench", at=at, expires_at=at + timedelta(days=1))
    return {"Authorization": f"Token {key}", **JSON}
