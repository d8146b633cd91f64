"""Accessibility by axe-core: WCAG 2.2 AA, in the theme and size that the page has at that moment."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from crm.launch.assets import MODULES

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})"


@cache
def source() -> str:
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page) -> None:
    """Asserts that the page as it stands has no violation; each one is named with the elements it concerns."""
    page.evaluate(source())
    violations = page.evaluate(RUN, RULES)["violations"]
    assert not violations, "\n".join(line(violation) for violation in violations)


def line(violation: dict[str, Any]) -> str:
    places = ", ".join(str(node["target"][0]) for node in violation["nodes"][:5])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}: {places}"
