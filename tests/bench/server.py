"""A gunicorn of its own for each side, and the CPU that it and PostgreSQL have used so far."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import psutil
from django.db import connection


class Server(NamedTuple):
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(*, floor: bool, workers: int = 2, environment: Mapping[str, str] = os.environ) -> Iterator[Server]:
    port = _free_port()
    environment = {**environment, "DJANGO_SETTINGS_MODULE": "tests.bench.settings", "FLOOR": "1" if floor else ""}
    command = [sys.executable, "-m", "gunicorn", "crm.wsgi", "-b", f"127.0.0.1:{port}", "-w", str(workers),
               "--threads", "4", "--log-level", "error"]  # fmt: skip
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/floor/bare/")
            yield Server(port, process.pid)
        finally:
            process.terminate()


def cpu_of(pid: int) -> float:
    """Processor seconds of a process and its living descendants, by the kernel's clocks, which count nanoseconds."""
    return sum(_clock(each) for each in _tree(pid))


def postmaster() -> int | None:
    """The process above our own database's sessions; None when the server is another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    try:
        process = psutil.Process(backend)
    except psutil.NoSuchProcess:
        return None
    return process.ppid() if process.name() == "postgres" else None


def _tree(pid: int) -> list[int]:
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _clock(pid: int) -> float:
    """The processor-time clock of any process of this machine: its id, inverted, above three bits that name it."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, seconds: int = 60) -> None:
    for _attempt in range(seconds * 5):
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(url)
