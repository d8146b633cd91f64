"""The page that shows the API: soon there, without a fault, with every resource and how to try it."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 30_000
"""Milliseconds that a busy machine may take to write the description for the first time."""


def test_the_page_of_the_api_shows_its_resources_and_one_of_them(page: Page) -> None:
    page.goto("/api/v1/docs/")
    expect(page.locator("#operations-tag-invoices")).to_be_visible(timeout=SOON)
    assert page.locator(".opblock-tag").count() > 40
    page.locator("#operations-tag-clients").click()
    page.locator("#operations-clients-clients_list .opblock-summary-control").click()
    shown = page.locator("#operations-clients-clients_list")
    expect(shown).to_contain_text("updated_after")
    expect(shown).to_contain_text("account_manager")
