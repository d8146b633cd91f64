"""Acts in a process of their own, so that what one needs of time and memory is not another's."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import django
from django.db import connection

from tests.bench.measure import ROUNDS, Figures


class Spent(NamedTuple):
    """Seconds by the clock and of this process, and megabytes by which its memory grew at its highest."""

    wall: float
    cpu: float
    grown: float
    result: Any


def apart(act: Callable[..., Any], *arguments: Any) -> Spent:
    """Does the act in a fresh process, connected and warm."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, initializer=_ready) as pool:
        return pool.apply(_measured, (act, arguments))


def rounds(count: int, act: Callable[..., Any], other: Callable[..., Any], *arguments: Any) -> tuple[Figures, Figures]:
    """Both in turn, `count` rows each; the most memory of each is kept beside the medians."""
    kept = Figures(), Figures()
    for _round in range(ROUNDS):
        for figures, chosen in zip(kept, (act, other), strict=True):
            keep(figures, apart(chosen, *arguments), count)
    return kept


def keep(figures: Figures, spent: Spent, count: int) -> None:
    figures.wall.append(1000 * spent.wall / count)
    figures.cpu.append(1000 * spent.cpu / count)
    figures.postgres.append(0.0)
    figures.rate.append(count / spent.wall)
    figures.memory = max(figures.memory, spent.grown)


def _ready() -> None:
    django.setup()
    connection.ensure_connection()


def _measured(act: Callable[..., Any], arguments: tuple[Any, ...]) -> Spent:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, own = time.perf_counter(), time.process_time()
    result = act(*arguments)
    wall, cpu = time.perf_counter() - start, time.process_time() - own
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Spent(wall, cpu, grown, result)
