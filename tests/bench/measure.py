"""Rounds of requests on both sides in turn: wall time, CPU per request of server and database, rows asserted."""

import http.client
import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.bench.counting import HEADER
from tests.bench.server import Server, cpu_of, postmaster

ROUNDS = 5
WARM_UP = 5


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
    paths: Callable[[int], str] | None = None

    def ask(self, lane: int) -> tuple[str, bytes | None]:
        """Address and body of a lane's next request."""
        return self.paths(lane) if self.paths else self.path, self.body(lane) if self.body else None


@dataclass(slots=True)
class Figures:
    """Medians over rounds, the range of the wall time in milliseconds, and the most memory in MB where measured."""

    wall: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    statements: int = 0
    memory: float = 0.0


def compare(product: Side, floor: Side, *, requests: int, concurrency: int = 1) -> tuple[Figures, Figures]:
    """Warms both sides up, then measures them in turn."""
    figures, database = (Figures(), Figures()), postmaster()
    for side in (product, floor):
        _round(side, Figures(), WARM_UP * concurrency, concurrency, database)
    for _each in range(ROUNDS):
        for side, kept in zip((product, floor), figures, strict=True):
            _round(side, kept, requests, concurrency, database)
    return figures


def _round(side: Side, kept: Figures, requests: int, concurrency: int, database: int | None) -> None:
    before, start = _spent(side, database), time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        parts = list(pool.map(lambda lane: _lane(side, requests // concurrency, lane), range(concurrency)))
    elapsed, after = time.perf_counter() - start, _spent(side, database)
    done = sum(len(times) for times, _count in parts)
    taken = sorted(1000 * value for times, _count in parts for value in times)
    kept.wall.append(statistics.median(taken))
    kept.p95.append(taken[-(-len(taken) * 95 // 100) - 1])
    kept.cpu.append(1000 * (after[0] - before[0]) / done)
    kept.postgres.append(1000 * (after[1] - before[1]) / done)
    kept.rate.append(done / elapsed)
    kept.statements = max(count for _times, count in parts)


def _spent(side: Side, database: int | None) -> tuple[float, float]:
    return cpu_of(side.server.pid), cpu_of(database) if database else 0.0


def _lane(side: Side, requests: int, lane: int) -> tuple[list[float], int]:
    connection = http.client.HTTPConnection("127.0.0.1", side.server.port, timeout=60)
    times, statements = [], 0
    for _number in range(requests):
        path, body = side.ask(lane)
        start = time.perf_counter()
        connection.request(side.method, path, body=body, headers=dict(side.headers))
        response = connection.getresponse()
        answer = Answer(response.status, response.read(), int(response.headers.get(HEADER, 0)))
        times.append(time.perf_counter() - start)
        statements = max(statements, answer.statements)
        if not side.expect(answer):
            raise AssertionError(f"{side.name}: {answer.status} {answer.body[:300]!r}")
    connection.close()
    return times, statements


def median(values: list[float]) -> float:
    return statistics.median(values)
