"""Makes .venv with the Python of .python-version and the locked packages; any Python from 3.8 on can run it.

Only the standard library is used, since nothing else is there yet. Where uv is missing, pip brings it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "dev.txt"
ENVIRONMENT = ROOT / ".venv"
BOOT = ROOT / "var" / "boot"


def run_quietly(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=str(ROOT))


def installing_pip() -> list[str]:
    """The pip of a private environment or, on a Debian without python3-venv, the machine's own."""
    try:
        venv.create(str(BOOT), with_pip=True, clear=True)
    except (subprocess.CalledProcessError, OSError, ImportError):
        return [sys.executable, "-m", "pip", "install", "--target", str(BOOT)]
    return [str(BOOT / "bin" / "python"), "-m", "pip", "install"]


def find_uv() -> str:
    own = str(BOOT / "bin" / "uv")
    for uv in ("uv", own):
        if shutil.which(uv) and succeeds(uv, "--version"):
            return uv
    print("Installing uv into var/boot", flush=True)
    BOOT.mkdir(parents=True, exist_ok=True)
    run_quietly(*installing_pip(), "-qq", "--disable-pip-version-check", "uv")
    return own


def succeeds(*command: str) -> bool:
    """Whether a program really starts: a pyenv shim is found on PATH even for what it does not have."""
    return subprocess.run(command, capture_output=True, check=False, cwd=str(ROOT)).returncode == 0


def has_version(python: Path, wanted: str) -> bool:
    if not python.exists():
        return False
    probe = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(probe, stdout=subprocess.PIPE, check=False).stdout.decode().strip() == wanted


def make_environment() -> None:
    uv = find_uv()
    wanted = (ROOT / ".python-version").read_text().strip()
    python = ENVIRONMENT / "bin" / "python"
    if not has_version(python, wanted):
        print(f"Making .venv with Python {wanted}", flush=True)
        run_quietly(uv, "venv", "-q", "--clear", "--python", wanted, ENVIRONMENT)
    print("Installing the locked packages", flush=True)
    run_quietly(uv, "pip", "sync", "-q", "--require-hashes", "--python", python, LOCK)
    (ENVIRONMENT / "ready").touch()


if __name__ == "__main__":
    os.environ.pop("VIRTUAL_ENV", None)
    try:
        make_environment()
    except subprocess.CalledProcessError as error:
        sys.exit(f"No environment: {error.cmd[0]} ended with exit code {error.returncode}.")
