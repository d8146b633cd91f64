"""`make bench`: seeds the medium firm once, serves product and floors, prints every ratio with its range."""

import argparse
import os
import platform
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
django.setup()

from django.core.management import call_command  # noqa: E402

from clients.models import Client  # noqa: E402
from tests.bench.arrivals import arrivals  # noqa: E402
from tests.bench.bulk import bulk  # noqa: E402
from tests.bench.entries import entries  # noqa: E402
from tests.bench.exports import exports  # noqa: E402
from tests.bench.report import Report  # noqa: E402
from tests.bench.scales import copy_schema, scales  # noqa: E402
from tests.bench.server import serving  # noqa: E402
from tests.bench.targets import pages  # noqa: E402

PARTS = ("pages", "bulk", "exports", "arrivals", "scales")


def wanted(part: str, only: list[str] | None) -> bool:
    return not only or part in only


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--scale", default="medium", choices=["small", "medium", "large"])
    parser.add_argument("--requests", type=int, default=60, help="requests in a round")
    parser.add_argument("--rows", type=int, default=10_000, help="entries approved, matched and imported at once")
    parser.add_argument("--documents", type=int, default=200, help="invoices issued in each of the five rounds")
    parser.add_argument("--only", nargs="*", choices=PARTS, help="parts to measure; all when none is named")
    chosen = parser.parse_args()
    call_command("migrate", verbosity=0)
    if wanted("scales", chosen.only):
        copy_schema()
    if chosen.only != ["scales"] and not Client.objects.exists():
        call_command("seed_demo", scale=chosen.scale)
    print(f"{platform.python_version()}, {os.cpu_count()} cores, load {Path('/proc/loadavg').read_text().strip()}")
    report = Report()
    if wanted("pages", chosen.only):
        with serving(floor=False) as product, serving(floor=True) as floor:
            pages(report, product, floor, requests=chosen.requests)
            entries(report, product, floor, requests=chosen.requests * 4)
    if wanted("bulk", chosen.only):
        bulk(report, rows=chosen.rows, documents=chosen.documents)
    if wanted("exports", chosen.only):
        exports(report, documents=chosen.documents)
    if wanted("arrivals", chosen.only):
        arrivals(report, rows=chosen.rows)
    if wanted("scales", chosen.only):
        scales(report, scale=chosen.scale, requests=chosen.requests)
    report.print()
    print(f"load at the end {Path('/proc/loadavg').read_text().strip()}")


if __name__ == "__main__":
    main()
