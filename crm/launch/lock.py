"""Pins every package anew, with hashes and without the address of any registry: python -m crm.launch.lock."""

import json
import sys
from pathlib import Path

from crm.launch.assets import find_npm
from crm.launch.boot import find_uv
from crm.launch.outside import run_quietly
from crm.launch.places import ROOT, LaunchError

REQUIREMENTS = ROOT / "requirements"
PYTHON_VERSION = (ROOT / ".python-version").read_text().strip()
COMMAND = ("--universal", "--generate-hashes", "--no-emit-index-url", "--custom-compile-command", "make lock")


def lock_python(name: str) -> None:
    uv, source, target = find_uv(), REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
    options = ["-q", "--upgrade", "--python-version", PYTHON_VERSION, *COMMAND]
    run_quietly(f"Locking {name}", [uv, "pip", "compile", *options, source, "-o", target])


def lock_front_end() -> None:
    npm, environment = find_npm()
    (ROOT / "package-lock.json").unlink(missing_ok=True)
    run_quietly("npm install", [*npm, "install", "--package-lock-only"], extra=environment)
    refuse_addresses(ROOT / "package-lock.json")


def refuse_addresses(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    if any("resolved" in package for package in packages.values()):
        raise LaunchError("package-lock.json names a registry: npm ignored .npmrc.")


if __name__ == "__main__":
    try:
        for part in ("base", "dev"):
            lock_python(part)
        lock_front_end()
    except LaunchError as error:
        sys.exit(str(error))
