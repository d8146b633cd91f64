"""The library that the models are timed against, in an environment of its own that is made on first use."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crm.launch.boot import find_uv
from crm.launch.lock import PYTHON_OF, REQUIREMENTS
from crm.launch.outside import run_quietly
from crm.launch.places import ROOT, LaunchError

PLACE = ROOT / "var" / "lifetimes"
SIDE = Path(__file__).with_name("peer_side.py")


class Peer:
    """A process that answers one question at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, **question: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def peer() -> Iterator[Peer | None]:
    """None, and the reason on the terminal, where this machine has no Python that is old enough for the library."""
    try:
        python = _environment()
    except LaunchError as error:
        print(f"lifetimes cannot be had here, its rows are left out: {error}", file=sys.stderr)
        yield None
        return
    command = [python, "-W", "ignore", str(SIDE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Peer(process)


def _environment() -> str:
    uv, python, done = find_uv(), PLACE / "bin" / "python", PLACE / "ready"
    if not done.exists():
        run_quietly("An older Python", [uv, "venv", "-q", "--clear", "--python", PYTHON_OF["lifetimes"], PLACE])
        pinned = REQUIREMENTS / "lifetimes.txt"
        run_quietly("lifetimes", [uv, "pip", "sync", "-q", "--require-hashes", "--python", python, pinned])
        done.touch()
    return str(python)
