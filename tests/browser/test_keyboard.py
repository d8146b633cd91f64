"""The keys: the palette, G and a letter goes, a letter acts, rows are walked; in a field a letter is a letter."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from billing.models import Timer
from crm.models import User
from tests.make import Cast, make_client, make_contact, make_engagement, make_rate, make_tiers

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]

PLACES = {
    "t": "/today/",
    "c": "/clients/",
    "h": "/time/",
    "p": "/packages/",
    "o": "/offers/",
    "i": "/invoices/",
    "d": "/portfolio/",
    "l": "/loyalty/",
}


@pytest.fixture
def desk(page: Page, sign_in: SignIn, cast: Cast, live: str) -> Page:
    """A partner's list of clients: Brandl, then Kellner."""
    make_tiers()
    for name in ("Brandl GmbH", "Kellner AG"):
        client = make_client(name=name, account_manager=cast.partner)
        make_contact(client)
        make_engagement(client, lead=cast.manager, members=[cast.partner])
    make_rate(client=client)
    sign_in(page, cast.partner)
    page.goto("/clients/")
    return page


def row(page: Page, name: str) -> None:
    expect(page.locator("[data-row]").filter(has_text=name)).to_be_focused()


def leads_to(path: str) -> Callable[[str], bool]:
    return lambda url: urlsplit(url).path == path


def test_g_and_a_letter_goes(desk: Page) -> None:
    for letter, path in PLACES.items():
        desk.keyboard.press("g")
        desk.keyboard.press(letter)
        desk.wait_for_url(leads_to(path))


def test_ctrl_k_and_a_slash_open_the_palette_that_finds_and_opens(desk: Page) -> None:
    palette = desk.locator("#palette")
    desk.keyboard.press("/")
    expect(palette).to_be_visible()
    desk.keyboard.press("Escape")
    expect(palette).not_to_be_visible()
    desk.get_by_role("searchbox").first.focus()
    desk.keyboard.press("Control+k")
    expect(palette.get_by_role("combobox")).to_be_focused()
    desk.keyboard.type("Kellner")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Kellner AG")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Kellner AG")


def test_letters_act_and_escape_closes(desk: Page) -> None:
    dialog = desk.locator("#dialog")
    for letter, button in {"l": "Log it", "p": "Note the promise"}.items():
        desk.keyboard.press(letter)
        expect(dialog.get_by_role("button", name=button, exact=True)).to_be_visible()
        desk.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_contain_text("Next and previous row")
    desk.keyboard.press("Escape")
    expect(desk.locator("#keys")).not_to_be_visible()
    desk.keyboard.press("n")
    desk.wait_for_url("**/time/")


def test_rows_are_walked_chosen_opened_and_the_opened_is_edited(desk: Page) -> None:
    desk.keyboard.press("j")
    row(desk, "Brandl GmbH")
    desk.keyboard.press("j")
    row(desk, "Kellner AG")
    desk.keyboard.press("k")
    row(desk, "Brandl GmbH")
    desk.keyboard.press("x")
    expect(desk.locator("[data-bulk-n]")).to_have_text("1")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Brandl GmbH")
    desk.keyboard.press("e")
    expect(desk.get_by_label("Name", exact=True)).to_have_value("Brandl GmbH")


def test_s_starts_and_stops_the_timer(desk: Page, cast: Cast) -> None:
    desk.keyboard.press("s")
    desk.wait_for_url("**/time/")
    desk.locator("#qe").fill("Kellner second server")
    expect(desk.locator("#qe-parse")).to_contain_text("Kellner AG")
    desk.locator("#qe").blur()
    desk.keyboard.press("s")
    expect(desk.get_by_role("timer")).to_be_visible()
    assert Timer.objects.get().user == cast.partner
    desk.keyboard.press("s")
    expect(desk.get_by_role("timer")).to_have_count(0)
    assert not Timer.objects.exists()


def test_a_letter_in_a_field_is_a_letter(desk: Page) -> None:
    field = desk.get_by_role("searchbox").first
    field.focus()
    desk.keyboard.type("lp?/")
    expect(field).to_have_value("lp?/")
    expect(desk.locator("dialog[open]")).to_have_count(0)


def test_letters_are_switched_off_in_the_profile_and_ctrl_k_stays(desk: Page, cast: Cast) -> None:
    desk.goto("/account/profile/")
    desk.locator("[name=shortcuts]").uncheck()
    desk.get_by_role("button", name="Save").first.click()
    expect(desk.locator("body")).to_have_attribute("data-shortcuts", "off")
    for key in ("l", "?", "/"):
        desk.keyboard.press(key)
    expect(desk.locator("dialog[open]")).to_have_count(0)
    desk.keyboard.press("Control+k")
    expect(desk.locator("#palette")).to_be_visible()
