"""The local product: every part started in order, watched and stopped together; nothing outlives it."""

import errno
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from crm.launch.children import Child, ignore_signals, run_step, shown, start_child
from crm.launch.parts import Parts, lend_environment, local_environment, parts, prepare, take_lock
from crm.launch.places import ROOT, LaunchError, Places, made

HOST = "127.0.0.1"
START_SECONDS = 240.0
GLANCE_SECONDS = 0.3
WEB_WORKERS, WEB_THREADS, JOB_WORKERS = 2, 4, 2
SIGN_IN = "Sign in as partner, manager, consultant or finance; the password of each is demo."


@dataclass
class Product:
    """The processes that run on the parts."""

    parts: Parts
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str | Path]) -> None:
        log = self.parts.places.log(name)
        self.children.append(start_child(name, command, environment=self.parts.environment, log=log))

    def glance(self) -> None:
        """Raises the words about the first part that has died."""
        for child in (*self.parts.children, *self.children):
            if not child.is_running():
                raise child.obituary()

    def watch(self) -> None:
        """Returns never: a signal or a death ends it."""
        while True:
            self.glance()
            time.sleep(GLANCE_SECONDS)

    def stop(self) -> None:
        """Web first asked together with worker and beat, so that stopping takes as long as the slowest."""
        with ignore_signals():
            for child in self.children:
                child.ask_to_stop()
            while self.children:
                self.children.pop().stop()


def run_product(places: Places, *, port: int, demo: bool) -> None:
    """Runs until a signal or a death; everything is stopped when it returns or raises."""
    require_free_port(port)
    lock = take_lock(made(places.home / "run") / "lock")
    if lock is None:
        raise LaunchError(f"The product already runs on {places.home}; stop it first, or choose another DATA_DIR.")
    with lock:
        prepare(places)
        with parts(places, local_environment(places, port), durable=True) as running:
            run_on_parts(Product(running), port=port, demo=demo)


def run_on_parts(product: Product, *, port: int, demo: bool) -> None:
    environment, places = product.parts.environment, product.parts.places
    prepare_database(environment, places, demo=demo)
    try:
        for name, command in commands(port, places).items():
            product.start(name, command)
        wait_until_served(product, environment["BASE_URL"])
        lend_environment(places, environment)
        announce(environment["BASE_URL"], places)
        product.watch()
    finally:
        print("\nStopping", flush=True)
        product.stop()
        places.parts_file.unlink(missing_ok=True)


def prepare_database(environment: Mapping[str, str], places: Places, *, demo: bool) -> None:
    """Both commands leave a database that is already filled as it is."""
    steps = {
        "migrate": ["migrate", "--no-input"],
        "fill": ["seed_demo", "--if-empty"] if demo else ["start_firm"],
    }
    for name, arguments in steps.items():
        print({"migrate": "Preparing the database", "fill": "Filling the database"}[name], flush=True)
        run_step(name, manage(*arguments), environment=environment, log=places.log(name))


def commands(port: int, places: Places) -> dict[str, list[str | Path]]:
    """What runs beside the parts, by the name under which a death is reported."""
    gunicorn = [sys.executable, "-m", "gunicorn", "crm.wsgi:application", "--bind", f"{HOST}:{port}"]
    workers = ["--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS), "--graceful-timeout", "5"]
    celery = [sys.executable, "-m", "celery", "-A", "crm.celery:app"]
    schedule = made(places.home / "beat") / "schedule"
    return {
        "web": [*gunicorn, *workers, "--access-logfile", "-"],
        "worker": [
            *celery,
            "worker",
            "--loglevel",
            "INFO",
            "--concurrency",
            str(JOB_WORKERS),
            "--without-gossip",
        ],
        "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", schedule, "--pidfile", ""],
    }


def manage(*arguments: str) -> list[str | Path]:
    return [sys.executable, ROOT / "manage.py", *arguments]


def wait_until_served(product: Product, base_url: str) -> None:
    """Waits for a healthy answer; an unhealthy one is shown when the time is over."""
    until, answer = time.monotonic() + START_SECONDS, "no answer"
    while True:
        product.glance()
        code, answer = health(base_url)
        if code == 200:
            return
        if time.monotonic() > until:
            raise LaunchError(f"{base_url}/healthz/ did not become healthy within {START_SECONDS:.0f} s: {answer}")
        time.sleep(GLANCE_SECONDS)


def health(base_url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{base_url}/healthz/", timeout=5) as answer:  # noqa: S310  our own http
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, f"{error.code} {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return 0, str(error)


def announce(base_url: str, places: Places) -> None:
    print(f"\nAnchor runs on {base_url}\n{SIGN_IN}", flush=True)
    print(
        f"Mail goes to {shown(places.home / 'mail')}, logs to {shown(places.logs)}. Ctrl-C stops all.",
        flush=True,
    )


def require_free_port(port: int) -> None:
    """Fails, before anything starts, with the name of the program that holds the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = f"is in use{holder(port)}" if taken else f"cannot be used ({error.strerror})"
            raise LaunchError(f"Port {port} {why}. Choose another one: make run PORT={port + 1}") from None


def holder(port: int) -> str:
    with suppress(psutil.Error, PermissionError):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
