"""Every page as each role opens it: reachable, titled, and sound in a browser, in light and dark and on a phone."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from crm.models import User
from tests.browser.axe import COLOURS, violations
from tests.browser.conftest import opened, set_session
from tests.browser.faults import sticking_out, too_wide
from tests.walks.crawl import Crawl
from tests.walks.served import served

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.usefixtures("chromium")]

DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
TOUCH = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
TALLEST = 6000
ROLES = ("partner", "manager", "consultant", "finance")


@dataclass(frozen=True)
class Look:
    """An address to be opened in a browser; `is_new` when it has elements that no page before it had."""

    path: str
    is_new: bool


@pytest.mark.parametrize("role", ROLES[1:])
def test_every_page_is_reached_by_links_and_titled(role: str) -> None:
    assert [*faults_of_text(Crawl(User.objects.get(username=role)).walk())] == []


def test_every_page_of_a_partner_is_reached_and_every_kind_of_page_is_sound(chromium: Browser) -> None:
    """A partner sees all kinds: one page of each that shows elements which no page before it had, in a browser."""
    walked = Crawl(User.objects.get(username=ROLES[0])).walk()
    assert [*faults_of_text(walked)] == []
    chosen = [look for look in looks(walked, each=True) if look.is_new]
    assert list(faults_in_browser(walked, chosen, chromium)) == []


@pytest.mark.soak
@pytest.mark.parametrize("role", ROLES)
def test_every_state_of_every_page_is_sound(role: str, chromium: Browser) -> None:
    """Each page that shows elements which its kind has not shown before, for every role."""
    walked = Crawl(User.objects.get(username=role)).walk()
    assert list(faults_in_browser(walked, list(looks(walked, each=False)), chromium)) == []


def looks(walked: Crawl, *, each: bool) -> Iterator[Look]:
    """With `each` one page of a kind is enough, else it takes one for every element that its kind has not shown."""
    known: set[tuple[str, ...]] = set()
    by_kind: dict[str, set[tuple[str, ...]]] = {}
    for visit in walked.visits:
        shapes = visit.page.shapes if visit.page else set()
        is_first, seen = visit.name not in by_kind, by_kind.setdefault(visit.name, set())
        if shapes and (is_first or not (shapes <= known if each else shapes <= seen)):
            yield Look(visit.path, is_new=not shapes <= known)
        known |= shapes
        seen |= shapes


def faults_of_text(walked: Crawl) -> Iterator[str]:
    whole = [(visit.path, visit.page) for visit in walked.visits if visit.page]
    assert len(whole) > 60
    yield from walked.faults
    for path, page in whole:
        if page.headings != 1 or not page.title:
            yield f"{path} has no title or not one heading"


def faults_in_browser(walked: Crawl, chosen: list[Look], chromium: Browser) -> Iterator[str]:
    with served() as url, opened(chromium, url) as page:
        set_session(page.context, url, walked.user)
        for look in chosen:
            yield from faults_of(page, look)


def faults_of(page: Page, look: Look) -> Iterator[str]:
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    page.goto(look.path)
    page.wait_for_selector(".htmx-request", state="detached")
    yield from (f"{look.path}: {each}" for each in violations(page))
    if look.is_new:
        page.emulate_media(color_scheme="dark")
        yield from (f"{look.path} in the dark: {each}" for each in violations(page, only=COLOURS))
    page.set_viewport_size(PHONE)
    if too_wide(page):
        yield f"{look.path} on a phone: {too_wide(page)} px too wide: {sticking_out(page)}"
    unroll(page)
    yield from (f"{look.path} on a phone: {each}" for each in violations(page, only=TOUCH))


def unroll(page: Page) -> None:
    """A phone as tall as the page: what lies under the fixed bar now is touched after scrolling."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size(ViewportSize(width=PHONE["width"], height=min(int(height), TALLEST)))
