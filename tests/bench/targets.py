"""The six main pages and the stack around them, each against its floor."""

from collections.abc import Callable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import reverse

from clients.models import Client
from crm.access import Role
from crm.models import User
from crm.web.navigation import _places
from tests.bench.measure import Answer, Side, compare
from tests.bench.report import Report
from tests.bench.server import Server

ROLES = (Role.ACCOUNT_MANAGER, Role.PARTNER, Role.FINANCE, Role.CONSULTANT)


def pages(report: Report, product: Server, floor: Server, *, requests: int) -> None:
    manager, partner, finance, consultant = (User.objects.filter(roles=[role]).order_by("pk").first() for role in ROLES)
    client = Client.objects.filter(account_manager=manager, status="active").order_by("-figures__revenue_12m").first()
    assert client is not None
    bare = Side("session and user", floor, "/floor/session/", signed_in(manager), headers=cookie(manager))
    listed = rows(min(50, Client.objects.filter(status="active").count()))
    table = Side("table floor", floor, "/floor/table/", listed, headers=cookie(manager))
    detail = Side("DRF retrieve", floor, f"/floor/clients/{client.pk}/", holds(client.name.encode()))
    card = reverse("clients:client", args=[client.pk])
    for name, user, path, expect, side, target in (
        ("Today", manager, _url("today"), rows(1), table, ""),
        ("Clients, 50 rows", partner, _url("clients"), listed, table, "4: <= 1.5 cpu, <= 8 stmts"),
        ("Client card", manager, card, holds(client.name.encode()), detail, "5: <= 3 cpu, <= 12 stmts"),
        ("Time", consultant, _url("time"), holds(b"<main"), table, ""),
        ("Invoices", finance, _url("invoices"), rows(1), table, ""),
        ("Portfolio", partner, _url("portfolio"), holds(b"pareto-figures"), table, ""),
        ("Middleware and sign-in", manager, "/floor/session/", signed_in(manager), bare, "13: <= 1.25 cpu"),
    ):
        ours = Side(name, product, path, expect, headers=cookie(user))
        report.add(name, *compare(ours, side, requests=requests), by="cpu", target=target)


def _url(code: str) -> str:
    return _places[code].url


def holds(part: bytes) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and part in answer.body


def signed_in(user: User | None) -> Callable[[Answer], bool]:
    """The answer names the person, so the session was read and its person loaded."""
    return holds(f"{user} ".encode())


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
