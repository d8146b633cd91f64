"""Main job 1: Today, a call logged from it, the client card with people, promises, money and the value badge."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from billing.models import TimeEntry
from clients.models import Client, Interaction, Promise
from clients.services.facts import write_figures
from crm.models import User
from loyalty.services.values import refresh_values
from tests.browser.axe import axe
from tests.browser.faults import require_no_sideways_scroll
from tests.make import (
    Cast,
    log,
    make_call,
    make_client,
    make_contact,
    make_promised,
    make_revenue,
    make_tiers,
    make_value,
)

pytestmark = pytest.mark.django_db(transaction=True)

type SignIn = Callable[[Page, User], None]


@pytest.fixture
def zarja(cast: Cast, live: str) -> Client:
    """A client whom nobody has called for months and to whom a promise is late."""
    make_tiers()
    client = make_client(
        name="Агрохолдинг «Заря»", city="Краснодар", tier="a", account_manager=cast.manager, since_on=date(2020, 1, 1)
    )
    person = make_contact(client, first_name="Тимур", last_name="Асланов", influence="decision_maker")
    long_ago = timezone.now() - timedelta(days=60)
    make_call(client, by=cast.manager, at=long_ago, contacts=[person], summary="Loan agreement")
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    make_promised(client, by=cast.manager, contact=person, due=yesterday, text="Comments on the loan agreement")
    today = timezone.localdate()
    make_value(client, "30700000.00")
    write_figures("revenue", {client.pk: {"revenue_12m": Decimal(5_200_000)}}, as_of=today)
    return client


def test_from_today_a_call_is_logged_and_the_card_shows_it(
    page: Page, sign_in: SignIn, cast: Cast, zarja: Client
) -> None:
    sign_in(page, cast.manager)
    page.goto(reverse("clients:today"))
    overdue = page.locator("#w-contacts li")
    expect(overdue).to_contain_text("Заря")
    axe(page)
    overdue.get_by_role("link", name="Call").click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_label("Client", exact=True)).to_have_value("Агрохолдинг «Заря» · Краснодар")
    dialog.get_by_label("Тимур Асланов").check()
    dialog.get_by_label("Minutes").fill("15")
    dialog.get_by_label("Summary").fill("VAT on port fees")
    axe(page)
    dialog.get_by_role("button", name="Log it").click()
    expect(page.locator("#toasts")).to_contain_text("logged")
    expect(dialog).not_to_be_visible()
    expect(page.locator("#w-contacts")).to_have_count(0)
    assert Interaction.objects.filter(client=zarja, summary="VAT on port fees", minutes=15).exists()
    page.locator("#toasts").get_by_role("button", name="Log 0:15 as time").click()
    expect(page.locator("#toasts")).to_contain_text("0:15 for Агрохолдинг «Заря» saved.")
    page.locator("#w-promises").get_by_role("link", name="Заря").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Агрохолдинг «Заря»")
    main = page.get_by_role("main")
    for words in ("Асланов", "Comments on the loan agreement", "VAT on port fees", "Revenue, 12 months"):
        expect(main).to_contain_text(words)
    expect(page.locator(".clv-hero")).to_contain_text("30.7")
    axe(page)


def test_a_promise_is_done_and_taken_back(page: Page, sign_in: SignIn, cast: Cast, zarja: Client) -> None:
    sign_in(page, cast.manager)
    page.goto(reverse("clients:today"))
    page.locator("#w-promises").get_by_role("button", name="Done").click()
    expect(page.locator("#w-promises")).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#w-promises")).to_contain_text("Comments on the loan agreement")
    assert Promise.objects.get(client=zarja).kept_at is None


def test_the_client_is_warned_and_wrong_input_stays_in_the_dialog(
    page: Page, sign_in: SignIn, cast: Cast, zarja: Client
) -> None:
    sign_in(page, cast.manager)
    page.goto(reverse("clients:today"))
    page.locator("#w-promises").get_by_role("link", name="Warn the client").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Reason").fill("The bank sent a new version")
    dialog.get_by_role("button", name="Log the warning").click()
    expect(dialog.locator(".form-errors")).to_be_visible()
    expect(dialog.get_by_label("Reason")).to_have_value("The bank sent a new version")
    dialog.get_by_label("New date").fill((timezone.localdate() + timedelta(days=4)).isoformat())
    dialog.get_by_label("I can hold this date").check()
    dialog.get_by_role("button", name="Log the warning").click()
    expect(dialog).not_to_be_visible()
    expect(page.locator("#w-promises")).to_contain_text("second date")


def test_a_new_client_is_shown_its_likeness_before_it_is_saved(
    page: Page, sign_in: SignIn, cast: Cast, zarja: Client
) -> None:
    sign_in(page, cast.manager)
    page.goto(reverse("clients:client_new"))
    page.get_by_label("Name", exact=True).fill("Заря")
    page.get_by_label("Name", exact=True).press("Tab")
    expect(page.locator("#duplicates")).to_contain_text("Агрохолдинг «Заря»")
    axe(page)


def test_a_brand_new_client_shows_what_a_typical_one_is_worth(page: Page, sign_in: SignIn, cast: Cast) -> None:
    make_tiers()
    for amount in ("1280000.00", "2560000.00"):
        buyer = make_client(since_on=date(2020, 1, 1), tier="a")
        make_revenue(buyer, amount, on=timezone.localdate() - timedelta(days=40), invoice_count=4)
    refresh_values(on=timezone.localdate())
    sign_in(page, cast.manager)
    page.goto(reverse("clients:client_new"))
    expect(page.locator("#typical")).to_contain_text("typical new client")
    page.get_by_label("Name", exact=True).fill("Isar Medizintechnik AG")
    page.get_by_role("button", name="Save client").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Isar Medizintechnik AG")
    head = page.locator("main")
    expect(head).to_contain_text("typical new client: average of the firm's 2 clients")
    expect(head.locator(".clv").first).to_contain_text("4.8")  # five years at half of two years' 1.28 M and 2.56 M
    axe(page)


def test_the_list_works_by_keyboard_and_on_many_rows(page: Page, sign_in: SignIn, cast: Cast, zarja: Client) -> None:
    make_client(name="Second", account_manager=cast.manager)
    sign_in(page, cast.manager)
    page.goto(reverse("clients:client_list"))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-n]")).to_have_text("1")
    axe(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Агрохолдинг «Заря»")


def test_today_and_the_card_stand_on_a_phone_and_in_the_dark(
    phone: Page, dark: Page, sign_in: SignIn, cast: Cast, zarja: Client
) -> None:
    names = ("today", "client_list", "promise_list")
    addresses = [*(reverse(f"clients:{name}") for name in names), reverse("clients:client", args=[zarja.pk])]
    for view in (phone, dark):
        sign_in(view, cast.manager)
        for address in addresses:
            view.goto(address)
            axe(view)
            require_no_sideways_scroll(view)


def test_a_call_becomes_time_on_the_phone_by_one_touch_and_is_taken_back(
    phone: Page, sign_in: SignIn, cast: Cast, zarja: Client
) -> None:
    make_call(zarja, by=cast.manager, at=timezone.now() - timedelta(hours=2), kind="call", minutes=25)
    sign_in(phone, cast.manager)
    phone.goto(reverse("clients:client_timeline", args=[zarja.pk]))
    phone.get_by_role("button", name="Log 0:25 as time").click()
    expect(phone.get_by_role("link", name="Logged as time")).to_be_visible()
    expect(phone.get_by_role("button", name="Log 0:25 as time")).to_have_count(0)
    axe(phone)
    require_no_sideways_scroll(phone)
    assert TimeEntry.objects.get().minutes == 25
    phone.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(phone.get_by_role("button", name="Log 0:25 as time")).to_be_visible()
    assert not TimeEntry.objects.exists()


def test_the_form_of_a_second_date_follows_the_day_that_is_typed(
    page: Page, sign_in: SignIn, cast: Cast, zarja: Client
) -> None:
    friday = timezone.localdate() + timedelta(days=14)
    log(zarja, cast.manager, 210, worked_on=friday)
    make_promised(zarja, by=cast.manager, due=friday.isoformat(), text="Another memo")
    sign_in(page, cast.manager)
    page.goto(reverse("clients:promise_redate", args=[Promise.objects.get(text__startswith="Comments").pk]))
    page.get_by_label("New date").fill(friday.isoformat())
    page.get_by_label("New date").dispatch_event("change")
    day = page.locator("#day-load")
    for words in ("Another memo", "3:30 of 8:00", "Can you hold it?"):
        expect(day).to_contain_text(words)
    axe(page)
    page.get_by_label("New date").fill((friday + timedelta(days=1)).isoformat())
    page.get_by_label("New date").dispatch_event("change")
    expect(day).to_contain_text("no other promise")
    expect(day).to_contain_text("booked no time")
