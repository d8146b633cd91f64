"""Goodwill as people decide it: both sides on the screen, over the budget a partner, a refusal stays on record."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from billing.models import GoodwillDecision, TimeEntry
from clients.models import Client, ClientFigure, Complaint
from crm.models import User
from tests.browser.axe import axe
from tests.browser.faults import require_no_sideways_scroll
from tests.make import Cast, make_cast, make_client, make_rate, make_tiers, submitted
from tests.make.invoices import make_free_work

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def brandl(cast: Cast) -> Client:
    """A client of tier B with 9:50 of 10:00 hours given this year, a public complaint and 50 000 at stake.

    Another client of the tier got a tenth of that.
    """
    make_tiers()
    client, other = make_client(name="Brandl", account_manager=cast.manager), make_client(name="Hofmann")
    make_rate(client.default_seller)
    today = timezone.localdate()
    for each, minutes in ((client, 590), (other, 59)):
        ClientFigure.objects.create(client=each, revenue_12m=Decimal(10_000), simple_value=Decimal(50_000))
        make_free_work(each, minutes=minutes, worked_on=today.replace(day=1))
    Complaint.objects.create(
        client=client, text="In a forum", received_on=today, is_public=True, logged_by=cast.manager
    )
    return client


def ask(client: Client, cast: Cast, words: str) -> TimeEntry:
    today = timezone.localdate()
    return submitted(
        client, cast.consultant, 30, worked_on=today, billing_type="goodwill", reason="They asked", description=words
    )


def open_decision(page: Page, words: str) -> Locator:
    page.goto("/approvals/")
    row = page.locator("[data-row], tr, li").filter(has_text=words).last
    row.get_by_role("link", name=re.compile("goodwill of the year")).click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("heading", name="Both sides of giving it free")).to_be_visible()
    return dialog


def test_over_the_budget_a_partner_sees_both_sides_and_grants(
    page: Page, cast: Cast, brandl: Client, sign_in: SignIn
) -> None:
    ask(brandl, cast, "Licence file")
    sign_in(page, cast.manager)
    dialog = open_decision(page, "Licence file")
    expect(dialog).to_contain_text("9:50 / 10:00")
    expect(dialog).to_contain_text("public: 1")
    expect(dialog).to_contain_text("A partner decides about this goodwill.")
    expect(dialog.get_by_text("Our cost")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Decide")).to_have_count(0)
    axe(page)

    sign_in(page, cast.partner)
    dialog = open_decision(page, "Licence file")
    for side in (
        ": 9:50 (a courtesy)",
        "1 other client of the tier was given 0:59",
        "Our cost",
        "Next year, if all ask",
        "Value at stake: 50 000",
    ):
        expect(dialog).to_contain_text(side)
    dialog.get_by_label("We: goodwill").check()
    dialog.get_by_label("Reason").fill("A good year")
    axe(page)
    dialog.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Decided.")).to_be_visible()
    decision = GoodwillDecision.objects.get()
    assert (decision.outcome, decision.decided_by, decision.reason) == ("granted", cast.partner, "A good year")


def test_a_refusal_is_recorded_and_shown_at_the_next_request(
    page: Page, cast: Cast, brandl: Client, sign_in: SignIn
) -> None:
    ask(brandl, cast, "Licence file")
    sign_in(page, cast.partner)
    dialog = open_decision(page, "Licence file")
    dialog.get_by_label("The client, as usual").check()
    dialog.get_by_label("Reason").fill("Agreed in the offer")
    dialog.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Decided.")).to_be_visible()
    assert TimeEntry.objects.get(description="Licence file").billing_type == "billable"

    page.goto("/goodwill/")
    row = page.get_by_role("row").filter(has_text="Agreed in the offer")
    expect(row).to_contain_text("refused")
    axe(page)
    ask(brandl, cast, "Second server")
    expect(open_decision(page, "Second server")).to_contain_text("Refused 1 time before.")


def test_the_pages_stand_on_a_phone_and_in_the_dark(
    phone: Page, dark: Page, cast: Cast, brandl: Client, sign_in: SignIn
) -> None:
    ask(brandl, cast, "Licence file")
    for browser in (phone, dark):
        sign_in(browser, cast.partner)
        open_decision(browser, "Licence file")
        axe(browser)
        browser.goto("/goodwill/")
        expect(browser.get_by_text("Brandl").first).to_be_visible()
        axe(browser)
        require_no_sideways_scroll(browser)
