"""The embedded broker: a private redis-server where the machine has one, else a stand-in in Python.

Neither keeps anything on disk: the rows are the outbox, and beat drains them again after a restart.
"""

import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crm.launch.children import Child, start_child
from crm.launch.places import LaunchError, Places

PATIENCE_SECONDS = 20.0
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Broker:
    """A running broker and its URL."""

    child: Child
    url: str


def find_redis(environment: Mapping[str, str]) -> Path | None:
    """The redis-server on PATH; BROKER=embedded chooses the stand-in even so."""
    if environment.get("BROKER") == "embedded":
        return None
    found = shutil.which("redis-server", path=environment.get("PATH"))
    return Path(found) if found else None


def start_broker(places: Places, *, environment: Mapping[str, str], port: int | None = None) -> Broker:
    """Starts a broker on a free port (or on `port`, to bring one back) and gives it once it answers."""
    redis, port = find_redis(environment), port or free_port()
    child = start_redis(redis, places, port) if redis else start_stand_in(places, environment, port)
    try:
        wait_until_ready(child, port)
    except BaseException:
        child.stop()
        raise
    return Broker(child, f"redis://{HOST}:{port}/0")


def start_redis(redis: Path, places: Places, port: int) -> Child:
    memory_only = ["--save", "", "--appendonly", "no", "--dir", str(places.logs)]
    command = [str(redis), "--bind", HOST, "--port", str(port), *memory_only]
    return start_child("redis-server", command, environment={}, log=places.log("broker"))


def start_stand_in(places: Places, environment: Mapping[str, str], port: int) -> Child:
    command = [sys.executable, "-m", "crm.launch.redis_stand_in", str(port)]
    return start_child("embedded broker", command, environment=environment, log=places.log("broker"))


def wait_until_ready(child: Child, port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not answers(port):
        if not child.is_running():
            raise child.obituary()
        if time.monotonic() > until:
            raise LaunchError(f"The broker did not answer within {PATIENCE_SECONDS:.0f} s; see {child.log}.")
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"*1\r\n$4\r\nPING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
