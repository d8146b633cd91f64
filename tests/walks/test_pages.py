"""Every page as each role opens it: reachable, titled, and sound in a browser, in light and dark and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from crm.models import User
from tests.browser.axe import COLOURS, violations
from tests.browser.conftest import opened, set_session
from tests.browser.faults import sticking_out, too_wide
from tests.walks.crawl import Crawl, Visit
from tests.walks.served import served

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.usefixtures("chromium")]

DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
TOUCH = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}


@pytest.mark.parametrize("role", ["partner", "manager", "consultant", "finance"])
def test_every_page_is_reached_by_links_titled_and_sound(role: str, chromium: Browser) -> None:
    walked = Crawl(User.objects.get(username=role)).walk()
    whole = [(visit.path, visit.page) for visit in walked.visits if visit.page]
    bare = [f"{path} has no title or not one heading" for path, page in whole if page.headings != 1 or not page.title]
    assert len(whole) > 60
    assert [*walked.faults, *bare, *faults_in_browser(walked, chromium)] == []


def faults_in_browser(walked: Crawl, chromium: Browser) -> Iterator[str]:
    with served() as url, opened(chromium, url) as page:
        set_session(page.context, url, walked.user)
        for visit in worth_a_look(walked):
            yield from faults_of(page, visit.path)


def worth_a_look(walked: Crawl) -> Iterator[Visit]:
    """A page of each kind, and each further one that shows elements which its kind has not shown before.

    A partner sees every kind; of other roles only pages with elements that none of their pages has shown.
    """
    seen: dict[str, set[tuple[str, ...]]] = {}
    for visit in walked.visits:
        known = seen.setdefault(visit.name if walked.user.username == "partner" else "", set())
        if visit.page and not visit.page.shapes <= known:
            known |= visit.page.shapes
            yield visit


def faults_of(page: Page, path: str) -> Iterator[str]:
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    page.goto(path)
    page.wait_for_selector(".htmx-request", state="detached")
    yield from (f"{path}: {each}" for each in violations(page))
    page.emulate_media(color_scheme="dark")
    yield from (f"{path} in the dark: {each}" for each in violations(page, only=COLOURS))
    page.set_viewport_size(PHONE)
    yield from (f"{path} on a phone: {each}" for each in violations(page, only=TOUCH))
    if too_wide(page):
        yield f"{path} on a phone: {too_wide(page)} px too wide: {sticking_out(page)}"
