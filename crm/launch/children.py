"""Child processes that say who they are when they die, and that do not outlive the launcher."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crm.launch.places import ROOT, LaunchError

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
TAIL_BYTES = 16_384
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """SIGTERM or a closed terminal: like KeyboardInterrupt, no `except Exception` may swallow it."""


def obey_signals() -> None:
    """Makes SIGTERM and SIGHUP unwind the launcher as Ctrl-C does, so that every `finally` stops its part."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job begins with it ignored


def raise_stop(number: int, _frame: object) -> None:
    raise StopRequested(number)


@contextmanager
def ignore_signals() -> Iterator[None]:
    """For the moments of stopping: a second Ctrl-C must not leave a part behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class Child:
    """One running part: its process leads a group of its own, so that a Ctrl-C reaches only the launcher."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    def is_running(self) -> bool:
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.is_running():
            self.process.send_signal(self.stop_signal)

    def stop(self, *, patience: float = 10.0) -> None:
        """Asks, waits `patience` seconds, then kills whatever is left of the group."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def obituary(self) -> LaunchError:
        """Name, exit code and last words of a child that ended by itself."""
        code = self.process.poll()
        how = f"exit code {code}" if code is None or code >= 0 else f"signal {-code}"
        return LaunchError(f"{self.name} ended with {how}. The end of {shown(self.log)}:\n{tail(self.log)}")


def start_child(
    name: str,
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    log: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    stdin: int = subprocess.DEVNULL,
) -> Child:
    """Starts a part in its own session with both outputs in `log`; the log before is kept as *.old."""
    if log.exists():
        log.replace(log.with_suffix(".old"))
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            stdin=stdin,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tether(),  # noqa: PLW1509  the launcher has no threads
        )
    return Child(name, process, log, stop_signal)


def run_step(name: str, command: Sequence[str | Path], *, environment: Mapping[str, str], log: Path) -> None:
    """Runs a command to its end; a failure carries the end of its log."""
    child = start_child(name, command, environment=environment, log=log)
    try:
        code = child.process.wait()
    finally:
        child.stop()
    if code != 0:
        raise child.obituary()


def run_in_front(command: Sequence[str | Path], *, environment: Mapping[str, str]) -> int:
    """Runs a command on this terminal and gives its exit code.

    The terminal sends Ctrl-C to the command as well, so that one is only waited out; a SIGTERM is passed on.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        preexec_fn=tether(),  # noqa: PLW1509  the launcher has no threads
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
        except StopRequested:
            process.terminate()


def tether() -> Callable[[], None] | None:
    """What a new child runs first: on Linux it asks to be ended when the launcher dies, however it dies."""
    if LIBC is None:
        return None
    parent, prctl = os.getpid(), LIBC.prctl

    def end_with_the_parent() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return end_with_the_parent


def end_with_make() -> None:
    """Started by make, the launcher ends with it, so that even a killed make leaves nothing running."""
    if LIBC is not None and os.environ.get("MAKELEVEL"):
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def tail(log: Path, *, lines: int = 40) -> str:
    text = log.read_bytes()[-TAIL_BYTES:].decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (empty)"


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
