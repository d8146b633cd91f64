"""Pins every package anew, with hashes and without the address of any registry: python -m crm.launch.lock."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from crm.launch.assets import find_npm
from crm.launch.boot import find_uv
from crm.launch.outside import run_quietly
from crm.launch.places import ROOT, LaunchError

REQUIREMENTS = ROOT / "requirements"
PYTHON_VERSION = (ROOT / ".python-version").read_text().strip()
# The peer of the benchmarks is older than our Python.
PYTHON_OF = {"base": PYTHON_VERSION, "dev": PYTHON_VERSION, "lifetimes": "3.11"}
COMMAND = ("--universal", "--generate-hashes", "--no-emit-index-url", "--custom-compile-command", "make lock")


def lock_python(name: str) -> None:
    uv, source, target = find_uv(), REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
    options = ["-q", "--upgrade", "--python-version", PYTHON_OF[name], *COMMAND]
    run_quietly(f"Locking {name}", [uv, "pip", "compile", *options, source, "-o", target])


def lock_front_end() -> None:
    """In a directory without node_modules: npm would take over what is installed, and leave out its hashes."""
    npm, environment = find_npm()
    with tempfile.TemporaryDirectory() as bare:
        for name in ("package.json", ".npmrc"):
            shutil.copy(ROOT / name, bare)
        command = [*npm, "install", "--package-lock-only", "--prefix", bare]
        run_quietly("npm install", command, extra=environment)
        require_hashes_alone(Path(bare) / "package-lock.json")
        shutil.copy(Path(bare) / "package-lock.json", ROOT)


def require_hashes_alone(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    if any("resolved" in package for package in packages.values()):
        raise LaunchError("package-lock.json names a registry: npm ignored .npmrc.")
    if not all("integrity" in package for name, package in packages.items() if name):
        raise LaunchError("package-lock.json lacks a hash.")


if __name__ == "__main__":
    try:
        for part in PYTHON_OF:
            lock_python(part)
        lock_front_end()
    except LaunchError as error:
        sys.exit(str(error))
