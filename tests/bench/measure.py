"""Rounds of requests on both sides in turn: wall time, CPU per request of server and database, rows asserted."""

import http.client
import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.bench.counting import HEADER
from tests.bench.server import Server, cpu_of, cpu_of_postgres

ROUNDS = 5


class Answer(NamedTuple):
    status: int
    body: bytes
    statements: int


@dataclass(slots=True)
class Side:
    """One kind of request; `expect` says whether the answer holds the rows that it must hold."""

    name: str
    server: Server
    path: str
    expect: Callable[[Answer], bool]
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: Callable[[int], bytes] | None = None


@dataclass(slots=True)
class Figures:
    """Medians over rounds, with the range of the wall time in milliseconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    statements: int = 0


def compare(product: Side, floor: Side, *, requests: int, concurrency: int = 1) -> tuple[Figures, Figures]:
    """Warms both sides up, then measures them in turn."""
    figures = Figures(), Figures()
    for side in (product, floor):
        _round(side, Figures(), 5, 1)
    for _each in range(ROUNDS):
        for side, kept in zip((product, floor), figures, strict=True):
            _round(side, kept, requests, concurrency)
    return figures


def _round(side: Side, kept: Figures, requests: int, concurrency: int) -> None:
    cpu, postgres, start = cpu_of(side.server.pid), cpu_of_postgres(), time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        parts = list(pool.map(lambda lane: _lane(side, requests // concurrency, lane), range(concurrency)))
    elapsed = time.perf_counter() - start
    done = sum(len(times) for times, _count in parts)
    kept.wall.append(1000 * statistics.median(value for times, _count in parts for value in times))
    kept.cpu.append(1000 * (cpu_of(side.server.pid) - cpu) / done)
    kept.postgres.append(1000 * (cpu_of_postgres() - postgres) / done)
    kept.rate.append(done / elapsed)
    kept.statements = parts[0][1]


def _lane(side: Side, requests: int, lane: int) -> tuple[list[float], int]:
    connection = http.client.HTTPConnection("127.0.0.1", side.server.port, timeout=60)
    times, statements = [], 0
    for number in range(requests):
        body = side.body(lane * 1_000_000 + number) if side.body else None
        start = time.perf_counter()
        connection.request(side.method, side.path, body=body, headers=dict(side.headers))
        response = connection.getresponse()
        answer = Answer(response.status, response.read(), int(response.headers.get(HEADER, 0)))
        times.append(time.perf_counter() - start)
        statements = answer.statements
        if not side.expect(answer):
            raise AssertionError(f"{side.name}: {answer.status} {answer.body[:300]!r}")
    connection.close()
    return times, statements


def median(values: list[float]) -> float:
    return statistics.median(values)
