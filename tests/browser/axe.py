"""Accessibility by axe-core: WCAG 2.2 AA, in the theme and size that the page has at that moment."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from crm.launch.assets import MODULES

STANDARD = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RUN = "([within, only]) => axe.run(within, {runOnly: only, resultTypes: ['violations']})"


@cache
def source() -> str:
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page) -> None:
    """Asserts that the page as it stands has no violation; each one is named with the elements it concerns."""
    found = violations(page)
    assert not found, "\n".join(found)


def violations(page: Page, within: str = "html", only: dict[str, Any] = STANDARD) -> list[str]:
    """A line for each violation inside of a selector; `only` narrows the rules, such as to COLOURS."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(source())
    return [line(violation) for violation in page.evaluate(RUN, [within, only])["violations"]]


def line(violation: dict[str, Any]) -> str:
    places = ", ".join(str(node["target"][0]) for node in violation["nodes"][:5])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}: {places}"
