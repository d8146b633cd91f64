"""Job 8 from its first command: `make run DEMO=0` brings an empty firm with its policies, companies and logins."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path

import psycopg2
import pytest

from crm.launch.broker import free_port
from crm.launch.places import ROOT

PATIENCE_SECONDS = 240
LOGINS = ("partner", "manager", "consultant", "finance")


@pytest.fixture
def empty_database() -> Iterator[str]:
    """A database of its own on the tests' server, copied from the migrated template."""
    name, template = f"launch_{os.getpid()}", os.environ.get("TEST_TEMPLATE", "template1")
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    order(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield f"{server}/{name}"
    order(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def order(server: str, sql: str) -> None:
    """Outside of Django, whose own database has no part in this."""
    with closing(psycopg2.connect(f"{server}/postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)


@contextmanager
def running(home: Path, database: str) -> Iterator[str]:
    """`python -m crm.launch run` with DEMO=0 on its own directory and port, stopped as by Ctrl-C."""
    port = free_port()
    own = {"DEMO": "0", "DATA_DIR": str(home), "PORT": str(port), "DATABASE_URL": database}
    kept = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "BASE_URL", "ALLOWED_HOSTS")}
    log = home / "run.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [sys.executable, "-m", "crm.launch", "run"], cwd=ROOT, env={**kept, **own}, stdout=said, stderr=said
        ) as product,
    ):
        try:
            wait_until_announced(product, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            product.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                product.wait(60)
            product.kill()


def wait_until_announced(product: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while "Anchor runs on" not in log.read_text():
        assert product.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def sign_in(base: str, username: str) -> str:
    """The page on which somebody stands after signing in with the password of the first start."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{base}/account/sign-in/", timeout=60).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    typed = {"username": username, "password": "demo", "csrfmiddlewaretoken": token[1]}
    request = urllib.request.Request(f"{base}/account/sign-in/", urllib.parse.urlencode(typed).encode())
    with browser.open(request, timeout=60) as answer:
        return str(answer.url).removeprefix(base)


def test_an_empty_firm_starts_with_policies_companies_and_logins_and_shows_its_guide(
    tmp_path: Path, empty_database: str
) -> None:
    with running(tmp_path, empty_database) as base:
        assert sign_in(base, "partner").startswith("/setup/")
        for name in LOGINS[1:]:
            assert not sign_in(base, name).startswith("/account/")
        with closing(psycopg2.connect(empty_database)) as books, books.cursor() as cursor:
            assert rows(cursor, "SELECT code, country, currency, vat_regime FROM clients_seller ORDER BY code") == [
                ("de", "DE", "EUR", "standard"),
                ("ru", "RU", "RUB", "standard"),
            ]
            assert {country for (country,) in rows(cursor, "SELECT DISTINCT country FROM billing_vatrate")} >= {
                "DE",
                "RU",
            }
            assert rows(cursor, "SELECT base_currency, onboarded_at FROM crm_firm") == [("EUR", None)]
            policies = rows(cursor, "SELECT tier, attention_days FROM clients_tierpolicy ORDER BY attention_days")
            assert policies == [("vip", 7), ("a", 14), ("b", 30), ("c", 90)]
            assert rows(cursor, "SELECT count(*) FROM clients_client") == [(0,)]
            people = rows(cursor, "SELECT username FROM crm_user ORDER BY username")
            assert [name for (name,) in people] == sorted(LOGINS)


def rows(cursor: "psycopg2.extensions.cursor", query: str) -> list[tuple[object, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())
