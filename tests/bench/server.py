"""A gunicorn of its own for each side, and the CPU that it and PostgreSQL have used so far."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(*, floor: bool, workers: int = 2) -> Iterator[Server]:
    port = _free_port()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.settings", "FLOOR": "1" if floor else ""}
    command = [sys.executable, "-m", "gunicorn", "crm.wsgi", "-b", f"127.0.0.1:{port}", "-w", str(workers),
               "--threads", "4", "--log-level", "error"]  # fmt: skip
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/floor/bare/")
            yield Server(port, process.pid)
        finally:
            process.terminate()


def cpu_of(pid: int) -> float:
    """User and system seconds of a process and its children, as far as they are alive or reaped."""
    return sum(_ticks(each) for each in [pid, *_descendants(pid)]) / TICKS


def cpu_of_postgres() -> float:
    """Seconds of every PostgreSQL process that this user may see; only differences mean anything."""
    found = [path for path in Path("/proc").glob("[0-9]*") if _name(path) == "postgres"]
    return sum(_ticks(int(path.name)) for path in found) / TICKS


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(int(value) for value in fields[11:15])


def _descendants(pid: int) -> list[int]:
    try:
        direct = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*direct, *(deeper for each in direct for deeper in _descendants(each))]


def _name(path: Path) -> str:
    try:
        return (path / "comm").read_text().strip()
    except OSError:
        return ""


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
