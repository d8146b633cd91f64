"""The tests' browser: a Chromium of the machine, else Debian's package (as root), else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from crm.launch.outside import run_quietly
from crm.launch.places import LaunchError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_BUILDS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")


def find_browser() -> Path | None:
    """CHROMIUM, one on PATH that really starts, or one that Playwright has fetched before."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    on_path = (shutil.which(name) for name in NAMES)
    return next((Path(found) for found in on_path if found and starts(found)), playwrights_own())


def install_browser() -> Path:
    """The browser, installed if missing."""
    found = find_browser()
    if found is None:
        print("Installing Chromium for the browser tests", flush=True)
        install_package() if os.geteuid() == 0 and shutil.which("apt-get") else install_playwrights()
        found = find_browser()
    if found is None:
        raise LaunchError("Chromium could not be installed; install it, or name one in CHROMIUM.")
    return found


def install_package() -> None:
    """Debian's chromium; Ubuntu's package is a stub, so Playwright's follows where it does not start."""
    apt = {"DEBIAN_FRONTEND": "noninteractive"}
    run_quietly("apt-get update", ["apt-get", "-qq", "update"], extra=apt)
    options = ["-qq", "-y", "-o", "DPkg::Lock::Timeout=300", "--no-install-recommends"]
    run_quietly("apt-get install chromium", ["apt-get", "install", *options, "chromium"], extra=apt)
    if find_browser() is None:
        install_playwrights("--with-deps")


def install_playwrights(*options: str) -> None:
    run_quietly("playwright install chromium", [sys.executable, "-m", "playwright", "install", *options, "chromium"])


def playwrights_own() -> Path | None:
    caches = (Path.home() / ".cache" / "ms-playwright", Path.home() / "Library" / "Caches" / "ms-playwright")
    builds = (build for cache in caches for pattern in PLAYWRIGHT_BUILDS for build in cache.glob(pattern))
    return max(builds, default=None)


def starts(program: str) -> bool:
    return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
