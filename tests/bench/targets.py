"""What is measured: the six main pages, and logging and approving a time entry by API, each against its floor."""

import json
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import reverse
from django.utils import timezone

from billing.models import HourPackage
from clients.models import Client
from crm.access import Role
from crm.models import User
from crm.tokens import make_token
from crm.web.navigation import _places
from tests.bench.measure import Answer, Side, compare
from tests.bench.report import Report
from tests.bench.server import Server

CONCURRENCY = 8
ROLES = (Role.ACCOUNT_MANAGER, Role.PARTNER, Role.FINANCE, Role.CONSULTANT)


def pages(report: Report, product: Server, floor: Server, *, requests: int) -> None:
    manager, partner, finance, consultant = (User.objects.filter(roles=[role]).order_by("pk").first() for role in ROLES)
    client = Client.objects.filter(account_manager=manager, status="active").order_by("-figures__revenue_12m").first()
    assert client is not None
    bare = Side("bare view", floor, "/floor/session/", holds(b" "), headers=cookie(manager))
    table = Side("table floor", floor, "/floor/table/", rows(50), headers=cookie(manager))
    detail = Side("DRF retrieve", floor, f"/floor/clients/{client.pk}/", holds(client.name.encode()))
    card = reverse("clients:client", args=[client.pk])
    for name, user, path, expect, side, target in (
        ("Today", manager, _url("today"), rows(1), table, ""),
        ("Clients, 50 rows", partner, _url("clients"), rows(50), table, "4: <= 1.5 cpu, <= 8 stmts"),
        ("Client card", manager, card, holds(client.name.encode()), detail, "5: <= 3 cpu, <= 12 stmts"),
        ("Time", consultant, _url("time"), holds(b"<main"), table, ""),
        ("Invoices", finance, _url("invoices"), rows(1), table, ""),
        ("Portfolio", partner, _url("portfolio"), holds(b"pareto-figures"), table, ""),
        ("Middleware and sign-in", manager, "/floor/session/", holds(b" "), bare, "13: <= 1.25 cpu"),
    ):
        ours = Side(name, product, path, expect, headers=cookie(user))
        report.add(name, *compare(ours, side, requests=requests), by="cpu", target=target)


def entries(report: Report, product: Server, floor: Server, *, requests: int) -> None:
    """Logs entries that draw at once, each on a package of its own lane, authenticated and audited."""
    user = User.objects.filter(roles=[Role.PARTNER]).order_by("pk")[0]
    headers = _token(user)
    packages = list(HourPackage.objects.filter(account__balance_minutes__gt=600, draw_on_log=True)[:CONCURRENCY])
    day = timezone.localdate().isoformat()

    def ours(number: int) -> bytes:
        package = packages[number // 1_000_000 % len(packages)]
        return json.dumps(
            {"client": package.client_id, "hour_package": package.pk, "worked_on": day, "minutes": 1}
        ).encode()

    def theirs(number: int) -> bytes:
        package = packages[number // 1_000_000 % len(packages)]
        return json.dumps({"employee": user.pk, "account": package.account_id, "minutes": 1}).encode()

    create = Side("POST time-entries/", product, "/api/v1/time-entries/", made, headers, "POST", ours)
    least = Side("DRF floor", floor, "/floor/entries/", made, {"Content-Type": "application/json"}, "POST", theirs)
    figures = compare(create, least, requests=requests, concurrency=CONCURRENCY)
    report.add("Log an entry by API, 8 at once", *figures, by="rate", target="1: >= 0.7 rate; 3: <= 10 stmts")


def made(answer: Answer) -> bool:
    return answer.status == 201 and b'"id"' in answer.body


def _token(user: User) -> dict[str, str]:
    at = timezone.now()
    _row, key = make_token(user, name="bench", at=at, expires_at=at + timedelta(days=1))
    return {"Authorization": f"Token {key}", "Content-Type": "application/json"}


def _url(code: str) -> str:
    return _places[code].url


def holds(part: bytes) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and part in answer.body


def rows(count: int) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and answer.body.count(b"data-row") >= count


def cookie(user: User | None) -> dict[str, str]:
    """A session of the person, made as sign-in makes it."""
    assert user is not None
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={store.session_key}"}
