"""The launcher: a busy port, a dead part, a second start, and nothing left running however it ends."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from crm.launch.broker import free_port
from crm.launch.children import Child, StopRequested, start_child, tail
from crm.launch.parts import Parts, claimed_test_places, lend_environment, lent_environment, product_parts, take_lock
from crm.launch.places import ROOT, LaunchError, Places, made
from crm.launch.processes import Product, require_free_port, run_product

FOREVER = [sys.executable, "-c", "import time; time.sleep(600)"]


def start(places: Places, name: str, code: str) -> Child:
    return start_child(name, [sys.executable, "-c", code], environment=os.environ, log=places.log(name))


def wait_until(happened: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_busy_port_is_named_with_its_holder_before_anything_starts(places: Places) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LaunchError, match=rf"Port {port} is in use by python.*{os.getpid()}.*PORT={port + 1}"):
            run_product(places, port=port, demo=True)
    assert list(places.home.iterdir()) == []


def test_a_port_of_the_system_is_refused_in_words() -> None:
    require_free_port(free_port())
    if os.geteuid() != 0:
        with pytest.raises(LaunchError, match="cannot be used"):
            require_free_port(80)


def test_a_dead_part_is_reported_by_name_code_and_last_words(places: Places) -> None:
    product = Product(Parts(places, dict(os.environ)))
    product.start("beat", FOREVER)
    product.start("worker", [sys.executable, "-c", "print('queue lost'); raise SystemExit(7)"])
    with pytest.raises(LaunchError, match=r"worker ended with exit code 7[\s\S]*queue lost"):
        product.watch()
    product.stop()
    assert product.children == []


def test_a_part_ended_by_a_signal_says_so(places: Places) -> None:
    child = start(places, "web", "import time; time.sleep(600)")
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    assert "web ended with signal 9" in str(child.obituary())


def test_stopping_kills_what_does_not_listen_and_its_children(places: Places) -> None:
    stubborn = """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid, flush=True)
        time.sleep(600)
    """
    child = start(places, "stubborn", textwrap.dedent(stubborn))
    wait_until(lambda: child.log.read_text().strip().isdigit())
    child.stop(patience=0.2)
    assert not child.is_running()
    wait_until(lambda: not alive(int(child.log.read_text())))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
def test_a_killed_launcher_leaves_nothing_running(places: Places) -> None:
    launcher = f"""
        import os, time
        from pathlib import Path
        from crm.launch.children import start_child
        child = start_child("part", {FOREVER!r}, environment=os.environ, log=Path({str(places.log("part"))!r}))
        print(child.process.pid, flush=True)
        time.sleep(600)
    """
    code = [sys.executable, "-c", textwrap.dedent(launcher)]
    with subprocess.Popen(code, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        part = int(process.stdout.readline())
        assert alive(part)
        process.kill()
    wait_until(lambda: not alive(part))


@contextmanager
def running_elsewhere(places: Places) -> Iterator[None]:
    lock = take_lock(made(places.home / "run") / "lock")
    assert lock is not None
    with lock:
        yield


def test_a_second_start_on_the_same_data_is_refused(places: Places) -> None:
    with running_elsewhere(places), pytest.raises(LaunchError, match="already runs"):
        run_product(places, port=free_port(), demo=True)


def test_a_command_uses_the_parts_of_the_running_product(places: Places) -> None:
    running = {"DATABASE_URL": "postgresql://there", "REDIS_URL": "redis://there", "BASE_URL": "http://there"}
    with running_elsewhere(places):
        with pytest.raises(LaunchError, match="just starting"), product_parts(places, {}):
            pass
        lend_environment(places, running)
        with product_parts(places, {"OTHER": "1"}) as environment:
            assert environment == {**running, "OTHER": "1"}
    assert places.parts_file.stat().st_mode & 0o077 == 0
    assert lent_environment(places) == running


def test_a_command_brings_the_parts_of_a_stopped_product_and_stops_them(places: Places) -> None:
    with product_parts(places, {"PATH": os.environ["PATH"]}) as environment:
        assert environment["REDIS_URL"].startswith("redis://")
        server = int((places.postgres / "postmaster.pid").read_text().split()[0])
    assert not alive(server)


def test_parts_stop_when_a_signal_unwinds_the_launcher(places: Places) -> None:
    with suppress(StopRequested), product_parts(places, {"PATH": os.environ["PATH"]}):
        server = int((places.postgres / "postmaster.pid").read_text().split()[0])
        raise StopRequested(signal.SIGTERM)
    assert not alive(server)


def test_two_runs_of_the_tests_do_not_share_a_place() -> None:
    with claimed_test_places() as first, claimed_test_places() as second:
        assert first.home != second.home
    assert not first.home.exists()


def test_the_end_of_a_log_is_quoted_and_an_empty_one_is_said_to_be(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("\n".join(str(number) for number in range(500)))
    assert tail(log, lines=2) == "    498\n    499"
    log.write_text("")
    assert tail(log) == "    (empty)"


def alive(pid: int) -> bool:
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
