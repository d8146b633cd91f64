"""Main job 4: a Russian client's retainer; its fee is drafted by the schedule, once; what it saves is shown."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from billing.models import Invoice
from billing.tasks import draft_due_fees
from crm.models import User
from crm.periods import month_start
from tests.browser.axe import axe
from tests.browser.faults import require_no_sideways_scroll
from tests.make import Cast, make_cast, make_client
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_a_retainer_is_agreed_compared_and_its_fee_drafted_once(page: Page, cast: Cast, sign_in: SignIn) -> None:
    client = make_client(country="RU", name="Северный Причал", account_manager=cast.manager)
    sign_in(page, cast.manager)
    page.goto("/retainers/new/")
    page.get_by_label("Client", exact=True).select_option(label="Северный Причал")
    page.get_by_label("Name", exact=True).fill("Audit subscription")
    page.get_by_label("Fee a month", exact=True).fill("80000.00")
    page.get_by_label("Starts on", exact=True).fill(month_start(timezone.localdate()).isoformat())
    page.locator("#id_included_minutes").fill("10")
    page.locator("#id_one_off_price").fill("1000000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Audit subscription", level=1)).to_be_visible()

    comparison = page.locator("#comparison")
    shown = plain(comparison.inner_text())
    for figure in ("Total\t960 000.00", "1 000 000.00", "The client saves 40 000.00", "(4.0%)"):
        assert figure in shown
    expect(comparison.get_by_role("row").filter(has_text="80")).not_to_have_count(0)
    expect(page.get_by_role("cell", name="10 h").first).to_be_visible()

    for _ in range(2):
        draft_due_fees()
    draft = Invoice.objects.get()
    assert (draft.client, draft.gross_amount, draft.currency) == (client, Decimal("80000.00"), "RUB")
    page.reload()
    expect(page.get_by_text("draft", exact=True)).to_be_visible()
    axe(page)


def test_the_pages_stand_on_a_phone_and_in_the_dark(phone: Page, dark: Page, cast: Cast, sign_in: SignIn) -> None:
    retainer = make_retainer(
        starts_on=month_start(timezone.localdate()), one_off_price=Decimal(1_000_000), included_minutes=600
    )
    draft_due_fees()
    for browser in (phone, dark):
        sign_in(browser, cast.partner)
        for address in ("/retainers/", f"/retainers/{retainer.pk}/"):
            browser.goto(address)
            expect(browser.get_by_text("Audit subscription").first).to_be_visible()
            axe(browser)
            require_no_sideways_scroll(browser)
