"""`make bench`: seeds the medium firm once, serves product and floors, prints every ratio with its range."""

import argparse
import os
import platform
from collections.abc import Callable, Mapping
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
from tests.bench.portfolio import portfolio, upkeep  # noqa: E402
from tests.bench.report import Report  # noqa: E402
from tests.bench.scales import copy_schema, scales  # noqa: E402
from tests.bench.server import serving  # noqa: E402
from tests.bench.targets import pages  # noqa: E402
from tests.bench.values import values  # noqa: E402

type Part = Callable[[Report, argparse.Namespace], None]


def requests(report: Report, chosen: argparse.Namespace) -> None:
    with serving(floor=False) as product, serving(floor=True) as floor:
        pages(report, product, floor, requests=chosen.requests)
        entries(report, product, floor, requests=chosen.requests * 4)


PARTS: Mapping[str, Part] = {
    "pages": requests,
    "bulk": lambda report, chosen: bulk(report, rows=chosen.rows, documents=chosen.documents),
    "exports": lambda report, chosen: exports(report, documents=chosen.documents),
    "arrivals": lambda report, chosen: arrivals(report, rows=chosen.rows),
    "values": lambda report, _chosen: values(report),
    "upkeep": lambda report, chosen: upkeep(report, rows=chosen.rows),
    "scales": lambda report, chosen: scales(report, scale=chosen.scale, requests=chosen.requests),
    "portfolio": lambda report, chosen: portfolio(report, entries=chosen.entries),
}
"""In this order: what makes the firm large comes last."""


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--scale", default="medium", choices=["small", "medium", "large"])
    parser.add_argument("--requests", type=int, default=60, help="requests in a round")
    parser.add_argument("--rows", type=int, default=10_000, help="entries approved, matched and imported at once")
    parser.add_argument("--documents", type=int, default=200, help="invoices issued in each of the five rounds")
    parser.add_argument("--entries", type=int, default=10_000_000, help="entries beneath the portfolio")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS), help="parts to measure")
    return parser.parse_args()


def main() -> None:
    chosen = asked()
    call_command("migrate", verbosity=0)
    if "scales" in chosen.only:
        copy_schema()
    if chosen.only != ["scales"] and not Client.objects.exists():
        call_command("seed_demo", scale=chosen.scale)
    print(f"{platform.python_version()}, {os.cpu_count()} cores, load {Path('/proc/loadavg').read_text().strip()}")
    report = Report()
    for name, measure in PARTS.items():
        if name in chosen.only:
            measure(report, chosen)
    report.print()
    print(f"load at the end {Path('/proc/loadavg').read_text().strip()}")


if __name__ == "__main__":
    main()
