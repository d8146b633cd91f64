"""Programs of others that set-up needs (npm, apt, Playwright): run quietly, quoted without any host name."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from crm.launch.places import ROOT, LaunchError

ADDRESS = re.compile(r"\b[a-z+]+://[^\s/'\"]+")


def run_quietly(purpose: str, command: Sequence[str | Path], *, extra: Mapping[str, str] | None = None) -> None:
    """Runs a command silently; its failure names `purpose` and quotes the end, addresses masked."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **(extra or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        raise LaunchError(
            f"{purpose} failed (exit code {done.returncode}):\n{masked(done.stdout.decode(errors='replace'))}"
        )


def masked(text: str, *, lines: int = 15) -> str:
    return "\n".join(f"    {ADDRESS.sub('(registry)', line)}" for line in text.splitlines()[-lines:])
