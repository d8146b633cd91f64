"""No page is without a link: its route is named in a template or a view. A new route is read by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.crm.test_access import ROUTES

APPS = ("crm", "clients", "billing", "loyalty")
ROOT = Path(__file__).parents[2]


def test_every_page_is_named_where_a_link_can_be() -> None:
    """Which objects are in which state differs by the day, so this reads the sources instead of the pages."""
    words = "\n".join(path.read_text() for path in sources())
    pages = {route.name for route in ROUTES.values() if not route.is_api and not route.is_public}
    assert sorted(name for name in pages if not re.search(rf"[\"']({'|'.join(written(name))})[\"']", words)) == []


def written(name: str) -> Iterator[str]:
    """How a route may be named: with its app, without it, and a table's figures by the table (loyalty/grids)."""
    bare = name.partition(":")[2]
    yield from (name, bare)
    if bare.endswith("_figures"):
        yield bare.removesuffix("_figures")


def sources() -> Iterator[Path]:
    yield from (ROOT / "templates").rglob("*.html")
    for app in APPS:
        yield from (path for path in (ROOT / app).rglob("*.py") if path.name != "urls.py")
