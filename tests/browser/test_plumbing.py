"""The browser fixtures themselves: a fault that they did not report would make every browser test worthless."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from crm.models import JobRun
from crm.tasks import retry_forgotten_jobs
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


def test_the_worker_runs_jobs_on_the_database_of_the_test(worker: None) -> None:
    long_ago = timezone.now() - timedelta(days=1)
    run = JobRun.objects.create(
        job="lost", as_of_on=long_ago, asked_at=long_ago, beat_at=long_ago, state=JobRun.State.RUNNING
    )
    retry_forgotten_jobs.delay()
    until = time.monotonic() + 20
    while JobRun.objects.get(pk=run.pk).state == JobRun.State.RUNNING:
        assert time.monotonic() < until
        time.sleep(0.05)
