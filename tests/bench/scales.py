"""Whether cost follows what is shown and not what is stored: the same pages of two firms, one ten times the other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from django.db import connection

from tests.bench.measure import Answer, Side, compare
from tests.bench.report import Report
from tests.bench.server import Server, serving

SMALLER = {"large": "medium", "medium": "small", "small": "small"}
LESS, MORE = "bench_less", "bench_more"


def copy_schema() -> None:
    """Databases for both firms, copied from our own while it is migrated and still empty."""
    own = connection.settings_dict["NAME"]
    connection.close()
    with closing(psycopg2.connect(_address("postgres"))) as server:
        server.autocommit = True
        for name in (LESS, MORE):
            server.cursor().execute(f'CREATE DATABASE "{name}" TEMPLATE "{own}"')


def scales(report: Report, *, scale: str, requests: int) -> None:
    """The firm of this scale against the next smaller one: the 95th percentile, and the statements of each page."""
    with _firm(SMALLER[scale], LESS) as less, _firm(scale, MORE) as more:
        for small, large in zip(less, more, strict=True):
            report.add(
                small.name,
                *compare(large, small, requests=requests),
                by="p95",
                target="4, 5: as many stmts",
                against=f"of the {SMALLER[scale]} firm",
            )


@contextmanager
def _firm(scale: str, name: str) -> Iterator[list[Side]]:
    """Its pages, served from its own database."""
    environment = {**os.environ, "DATABASE_URL": _address(name), "BENCH_FIRM": name}
    asked = subprocess.run(
        [sys.executable, "-m", "tests.bench.firm", scale],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    with serving(floor=False, environment=environment) as server:
        yield [_side(server, question) for question in json.loads(asked.stdout.splitlines()[-1])]


def _address(name: str) -> str:
    """The address of a database beside our own."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _side(server: Server, question: Mapping[str, Any]) -> Side:
    part, count = question["part"].encode(), question["count"]

    def holds(answer: Answer) -> bool:
        return answer.status == 200 and answer.body.count(part) >= count

    path = quote(question["path"], safe="/?=&-%")
    return Side(question["name"], server, path, holds, headers=question["headers"])
