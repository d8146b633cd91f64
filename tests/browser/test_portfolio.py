"""Main job: a partner reads the concentration of the portfolio and asks what would be if clients left."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from crm.models import User
from loyalty.services.concentration import refresh_concentration
from tests.browser.axe import axe
from tests.browser.conftest import DESK, opened, set_session
from tests.browser.faults import require_no_sideways_scroll
from tests.make import Cast, make_client, make_firm_figure, make_revenue

type SignIn = Callable[[Page, User], None]
MEASURES = {"Largest": "40%", "Top 3": "72%", "Top 5": "86%", "Top 10": "100%", "HHI": "2\u202f295"}
AMOUNTS = {"A": 400, "B": 200, "C": 120, "D": 80, "E": 60, "F": 50, "G": 40, "H": 25, "I": 15, "J": 10}


@pytest.fixture
def firm(live: str, cast: Cast) -> Cast:
    """The ten clients of the reference, in thousands, and a firm with cash and fixed cost."""
    today = timezone.localdate()
    for name, amount in AMOUNTS.items():
        make_revenue(make_client(name=f"Client {name}"), f"{amount}000.00", on=today - timedelta(days=40))
    make_firm_figure(cash="300000.00", cost="80000.00", valid_on=today)
    refresh_concentration(on=today)
    return cast


@pytest.fixture
def plain(chromium: Browser, live: str) -> Iterator[Page]:
    """A page without scripts."""
    with opened(chromium, live, **DESK, java_script_enabled=False) as page:
        yield page


def test_the_partner_reads_the_concentration_and_asks_what_if(page: Page, firm: Cast, sign_in: SignIn) -> None:
    sign_in(page, firm.partner)
    page.goto("/portfolio/")
    expect(page.locator(".lede")).to_contain_text("One client is 40% of revenue. If Client A left tomorrow")
    figures = {row.locator(".m").inner_text(): row.locator("b.num").inner_text() for row in page.locator(".bul").all()}
    assert figures == MEASURES
    expect(page.locator(".fig").filter(has_text="Effective number of clients")).to_contain_text("4.4")
    expect(page.locator('[data-chart="pareto"] svg')).to_be_visible()
    axe(page)

    out = page.locator(".st-out")
    expect(out).to_contain_text("1\u202fM")
    page.get_by_role("checkbox", name="Client A", exact=True).check()
    expect(out).to_contain_text("600\u202f000")
    page.get_by_role("checkbox", name="Client B", exact=True).check()
    expect(out).to_contain_text("400\u202f000")
    expect(out).to_contain_text("6.4 months")
    expect(page.locator('[data-chart="runway"] svg')).to_be_visible()
    page.get_by_text("What chance alone may take in a year").click()
    expect(page.get_by_text("Counted exactly")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")  # a box half under the bar of the top looks too small to axe
    axe(page)


def test_the_chart_follows_what_is_asked(page: Page, firm: Cast, sign_in: SignIn) -> None:
    sign_in(page, firm.partner)
    page.goto("/portfolio/")
    page.get_by_text("Lorenz", exact=True).click()
    expect(page.locator('[data-chart="lorenz"] svg')).to_be_visible()
    page.get_by_label("Counted by").select_option("service_line")
    expect(page.locator(".bul").first).to_contain_text("100%")
    assert "by=service_line" in page.url


def test_without_scripts_the_form_answers_with_a_page(plain: Page, firm: Cast, sign_in: SignIn) -> None:
    sign_in(plain, firm.partner)
    plain.goto("/portfolio/")
    plain.get_by_role("checkbox", name="Client A", exact=True).check()
    plain.get_by_role("button", name="Reckon", exact=True).click()
    expect(plain.locator(".st-out")).to_contain_text("600\u202f000")


def test_the_portfolio_fits_a_phone_and_the_dark(phone: Page, dark: Page, firm: Cast, live: str) -> None:
    for page in (phone, dark):
        set_session(page.context, live, firm.partner)
        page.goto("/portfolio/")
        expect(page.locator('[data-chart="pareto"] svg')).to_be_visible()
        require_no_sideways_scroll(page)
        axe(page)


def test_an_empty_firm_is_told_so(page: Page, cast: Cast, sign_in: SignIn) -> None:
    sign_in(page, cast.partner)
    page.goto("/portfolio/")
    expect(page.get_by_role("heading", name="Not enough revenue to measure concentration")).to_be_visible()
    axe(page)
