"""The browser fixtures themselves: a fault that they did not report would make every browser test worthless."""

import pytest
from playwright.sync_api import Page

from tests.browser.axe import axe
from tests.browser.faults import FaultWatch


def test_a_page_is_served_with_its_styles_and_without_a_fault(page: Page) -> None:
    page.goto("/account/sign-in/")
    assert "Inter" in page.evaluate("getComputedStyle(document.body).fontFamily")
    assert page.evaluate("document.fonts.ready.then(fonts => fonts.check('14px \"Inter Variable\"'))")


def test_a_script_error_is_a_fault(page: Page) -> None:
    page.goto("/robots.txt")
    watch = FaultWatch(other := page.context.new_page())
    other.goto("/robots.txt")
    other.evaluate("setTimeout(() => { throw new Error('broken on purpose') })")
    other.wait_for_timeout(50)
    with pytest.raises(AssertionError, match="broken on purpose"):
        watch.require_none()


def test_a_missing_file_is_a_fault(page: Page) -> None:
    watch = FaultWatch(other := page.context.new_page())
    other.goto("/account/sign-in/")
    other.evaluate("new Promise(done => {const i = new Image(); i.onerror = done; i.src = '/static/absent.png'})")
    with pytest.raises(AssertionError, match=r"404 for .*absent\.png"):
        watch.require_none()


def test_axe_names_an_image_without_words(page: Page) -> None:
    page.goto("/account/sign-in/")
    page.evaluate("document.body.append(new Image(1, 1))")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_each_page_has_its_size_and_theme(phone: Page, dark: Page) -> None:
    phone.goto("/account/sign-in/")
    assert phone.evaluate("innerWidth") == 390
    assert dark.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
