"""The parts that the environment does not name: a database and a broker of our own."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from crm.launch.assets import install_assets
from crm.launch.broker import start_broker
from crm.launch.catalogs import compile_catalogs
from crm.launch.children import Child, ignore_signals
from crm.launch.places import ROOT, LaunchError, Places, kept_secret, made
from crm.launch.postgres import start_postgres


@dataclass
class Parts:
    """Running parts and the environment in which a program finds them."""

    places: Places
    environment: dict[str, str]
    children: list[Child] = field(default_factory=list)

    def start(self, *, durable: bool) -> None:
        """Starts what DATABASE_URL and REDIS_URL do not name."""
        if not self.environment.get("DATABASE_URL"):
            postgres = start_postgres(self.places, durable=durable)
            self.children.append(postgres.child)
            self.environment["DATABASE_URL"] = postgres.url
        if not self.environment.get("REDIS_URL"):
            broker = start_broker(self.places, environment=self.environment)
            self.children.append(broker.child)
            self.environment["REDIS_URL"] = broker.url

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()


@contextmanager
def parts(places: Places, environment: Mapping[str, str], *, durable: bool) -> Iterator[Parts]:
    """The parts for the length of a block; they stop at its end, however it ends."""
    running = Parts(places, dict(environment))
    try:
        running.start(durable=durable)
        yield running
    finally:
        with ignore_signals():
            running.stop()


@contextmanager
def product_parts(places: Places, environment: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The environment of the local product: lent by `make run` if it runs, else with parts for this block."""
    with ExitStack() as stack:
        lock = take_lock(made(places.home / "run") / "lock")
        if lock is None:
            yield {**environment, **lent_environment(places)}
            return
        stack.enter_context(lock)
        yield stack.enter_context(parts(places, environment, durable=True)).environment


def prepare(places: Places) -> None:
    """What every start needs on disk: front-end packages, compiled catalogs, the directory of static files."""
    install_assets()
    compile_catalogs(ROOT / "locale")
    made(places.home / "static")


def lend_environment(places: Places, environment: Mapping[str, str]) -> None:
    """Writes down how other programs of this user reach the running parts."""
    lent = {name: environment[name] for name in ("DATABASE_URL", "REDIS_URL", "BASE_URL")}
    places.parts_file.unlink(missing_ok=True)
    places.parts_file.touch(mode=0o600)
    places.parts_file.write_text(json.dumps(lent))


def lent_environment(places: Places) -> dict[str, str]:
    if not places.parts_file.exists():
        raise LaunchError("The product is just starting; try again when it has printed its address.")
    lent: dict[str, str] = json.loads(places.parts_file.read_text())
    return lent


def local_environment(places: Places, port: int) -> dict[str, str]:
    """The variables of a local product; whatever the reader has set stays, unless it is empty."""
    defaults = {
        "DEBUG": "1",
        "DEMO": "1",
        "SECRET_KEY": kept_secret(places.home),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
    }
    stated = {name: value for name, value in os.environ.items() if value or name not in defaults}
    return {**defaults, **stated, "DATA_DIR": str(places.home), "PORT": str(port)}


@contextmanager
def claimed_test_places() -> Iterator[Places]:
    """A place of its own for each run of the tests: the first slot under var/test that nobody holds."""
    base = made(ROOT / "var" / "test")
    for number in range(100):
        lock = take_lock(base / f"{number}.lock")
        if lock is None:
            continue
        with lock:
            shutil.rmtree(base / str(number), ignore_errors=True)
            yield Places(made(base / str(number)))
            shutil.rmtree(base / str(number), ignore_errors=True)
            return
    raise LaunchError("A hundred runs of the tests hold var/test; stop some of them.")


def take_lock(path: Path) -> IO[str] | None:
    """The open, locked file, or None while another process holds it. The kernel frees it with its holder."""
    held = path.open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        return None
    return held
