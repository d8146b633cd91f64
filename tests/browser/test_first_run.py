"""Main job 8: a new firm is set up by the guide, its people are invited, its clients and balances imported."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from billing.models import HourPackage, Rate, Series
from billing.services.firm import start_firm
from clients.models import Client, Contact, Seller, TierPolicy
from crm.models import Firm, User
from tests.browser.axe import axe
from tests.browser.mail import newest_mail_to

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]

CLIENTS = """Name;City;Tier;E-Mail for invoices;Client since
Brandl Logistik GmbH;München;a;rechnung@brandl.example;01.02.2024
;Köln;b;;
Hofmann & Söhne;Hamburg;z;;31.02.2024
Isar Medizintechnik AG;München;b;;15.06.2025
"""
CONTACTS = """Client;First name;Last name;E-Mail
Brandl Logistik GmbH;Jonas;Brandl;jonas@brandl.example
Nobody GmbH;Petra;Hofmann;petra@hofmann.example
"""
BALANCES = """Client;Package;Hours bought;Hours left;Price of the whole package;Valid from
Brandl Logistik GmbH;Support;50;8:30;6750.00;01.02.2024
Isar Medizintechnik AG;Support;10;12;1500.00;01.06.2025
"""


def test_a_new_firm_is_led_from_nothing_to_work(
    page: Page, phone: Page, worker: None, sign_in: SignIn, mails: Path
) -> None:
    start_firm(at=timezone.now(), with_passwords=False)
    sign_in(page, User.objects.get(username="partner"))
    page.goto("/")
    name_the_company(page)
    choose_the_currency(page)
    save_as_it_stands(page, "VAT")
    continue_the_numbers(page)
    price_the_hour(page)
    treat_the_best_well(page)
    invite(page)
    accept(phone, link_in_invitation(page, mails))
    import_everything(page)
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Your firm is set up")
    assert Firm.load().onboarded_at
    page.goto("/packages/")
    expect(page.get_by_role("row").filter(has_text="Brandl Logistik GmbH")).to_contain_text("8.5")


def at_step(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    axe(page)


def save_as_it_stands(page: Page, title: str) -> None:
    at_step(page, title)
    page.get_by_role("button", name="Save and go on").click()


def name_the_company(page: Page) -> None:
    """A wrong identifier is told while it is typed, and nothing is saved until it is right."""
    at_step(page, "Companies")
    page.locator("[name=firm-name]").fill("Meridian")
    page.locator("[name=de-name]").fill("Meridian GmbH")
    page.locator("[name=de-vat_id]").fill("DE1")
    page.locator("[name=de-vat_id]").press("Tab")
    expect(page.get_by_text("This is no valid VAT ID").first).to_be_visible()
    page.locator("[name=ru-is_active]").uncheck()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator(".form-errors")).to_contain_text("Nothing was saved yet")
    expect(page.locator("[name=de-name]")).to_have_value("Meridian GmbH")
    page.locator("[name=de-vat_id]").fill("DE129273398")
    page.get_by_role("button", name="Save and go on").click()


def choose_the_currency(page: Page) -> None:
    at_step(page, "Currency")
    assert list(Seller.objects.filter(is_active=True).values_list("name", flat=True)) == ["Meridian GmbH"]
    page.locator("[name=firm-base_currency]").select_option("EUR")
    page.get_by_role("button", name="Save and go on").click()


def continue_the_numbers(page: Page) -> None:
    at_step(page, "Numbers")
    series = Series.objects.get(seller__code="de", kind="invoice")
    page.locator(f"[name=series{series.pk}-first_number]").fill("118")
    page.get_by_role("button", name="Save and go on").click()


def price_the_hour(page: Page) -> None:
    at_step(page, "Rates")
    page.locator("[name=de-amount]").fill("150.00")
    page.get_by_role("button", name="Save and go on").click()


def treat_the_best_well(page: Page) -> None:
    at_step(page, "Tiers")
    assert Rate.objects.get().amount == 150
    page.locator("[name=vip-attention_days]").fill("5")
    page.get_by_role("button", name="Save and go on").click()


def invite(page: Page) -> None:
    at_step(page, "People")
    assert TierPolicy.objects.get(tier="vip").attention_days == 5
    page.get_by_role("link", name="Invite").click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=email]").fill("olga@meridian.example")
    dialog.locator("[name=first_name]").fill("Olga")
    dialog.locator("[name=last_name]").fill("Berg")
    dialog.get_by_label("Consultant").check()
    axe(page)
    dialog.get_by_role("button", name="Send the invitation").click()
    expect(dialog).not_to_be_visible()


def link_in_invitation(page: Page, mails: Path) -> str:
    """The worker sends it."""
    for _try in range(200):
        mail = newest_mail_to("olga@meridian.example", mails)
        if mail is not None:
            found = re.search(r"https?://[^/]+(/account/invitation/\S+)", mail.get_content())
            assert found is not None
            return found[1]
        page.wait_for_timeout(50)
    raise AssertionError("no invitation was mailed")


def accept(phone: Page, link: str) -> None:
    phone.goto(link)
    axe(phone)
    for field in phone.locator("input[type=password]").all():
        field.fill("a long enough passphrase")
    phone.get_by_role("button", name="Set the password and start").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Olga Berg")
    phone.goto("/")
    expect(phone.locator("#qe")).to_be_visible()  # a consultant begins with the week


def import_everything(page: Page) -> None:
    """The invitation has left the person in the guide."""
    expect(page).to_have_url(re.compile("/setup/people/$"))
    expect(page.locator("main")).to_contain_text("Olga Berg")
    page.get_by_role("button", name="Go on").click()
    at_step(page, "Import")
    rows = look_at_rows(page, "clients", CLIENTS)
    expect(rows.filter(has=page.get_by_role("rowheader", name="3", exact=True))).to_contain_text("required")
    expect(rows.filter(has=page.get_by_role("rowheader", name="4", exact=True))).to_contain_text("31.02.2024")
    import_good_rows(page, 2)
    assert sorted(Client.objects.values_list("name", flat=True)) == ["Brandl Logistik GmbH", "Isar Medizintechnik AG"]

    rows = look_at_rows(page, "contacts", CONTACTS)
    expect(rows.filter(has_text="Petra")).to_contain_text("Nobody GmbH")
    import_good_rows(page, 1)
    assert Contact.objects.get().client.name == "Brandl Logistik GmbH"

    rows = look_at_rows(page, "balances", BALANCES)
    expect(rows.filter(has_text="Isar")).to_contain_text("More is left than was bought.")
    import_good_rows(page, 1)
    assert HourPackage.objects.get().account.balance_minutes == 510


def look_at_rows(page: Page, kind: str, text: str) -> Locator:
    """Chooses the file from the guide's last step; gives the rows that are named as bad. Nothing is imported yet."""
    count = {"clients": Client.objects, "contacts": Contact.objects, "balances": HourPackage.objects}[kind].count
    before = count()
    page.locator(f'a[href$="?kind={kind}"]').click()
    page.locator("input[type=file]").set_input_files(
        {"name": f"{kind}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Look at the rows").click()
    bad = page.locator("section[aria-labelledby=h-bad]")
    expect(bad).to_be_visible()
    assert count() == before
    axe(page)
    return bad.locator("tbody tr")


def import_good_rows(page: Page, count: int) -> None:
    page.get_by_role("button", name=re.compile("Import only the")).click()
    expect(page.get_by_role("heading", name="Imported rows")).to_be_visible()
    expect(page.locator("section[aria-labelledby=h-good]").locator("tbody tr")).to_have_count(count)
    page.get_by_role("link", name="Back to the first steps").click()
