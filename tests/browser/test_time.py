"""Main job 2 in the browser: a consultant logs on a phone, the lead approves in bulk, the ledger shows the draws."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from billing.models import HourPackage, LedgerRow, Offer, TimeEntry
from billing.services.approvals import approve_entries
from crm.models import User
from tests.browser.axe import axe
from tests.make import Cast, log, make_cast, make_client, make_engagement, make_package, make_rate, submitted
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]


def test_main_job_hours_from_the_phone_to_the_ledger(phone: Page, page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    offer, package = make_brandl(cast)

    sign_in(phone, cast.consultant)
    phone.goto("/time/")
    phone.locator("#qe").press_sequentially("1:30 Brandl second server", delay=10)
    expect(phone.locator("#qe-parse")).to_contain_text("8.5 → 7.0")
    axe(phone)
    for line, words in (("1:30 Brandl second server", "second server"), ("0:45 Brandl printers", "printers")):
        phone.locator("#qe").fill(line)
        phone.get_by_role("button", name="Add", exact=True).click()
        expect(phone.locator("#qe")).to_have_value("")
        expect(phone.locator(".day")).to_contain_text(words)
    phone.get_by_role("button", name="Submit week").click()
    expect(phone.locator(".day")).to_contain_text("submitted")

    sign_in(page, cast.manager)
    page.goto("/approvals/")
    axe(page)
    expect(page.locator("[data-bulk-n]")).to_have_text("2")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("main")).to_contain_text("Nothing waits for you")
    draws = LedgerRow.objects.filter(kind="draw").order_by("-pk").values_list("minutes", "balance_minutes")
    assert sorted(draws[:2]) == [(-90, 420), (-45, 375)]
    page.goto(f"/packages/{package.pk}/")
    expect(page.locator(".bigbal")).to_contain_text("6.25 h")
    expect(page.locator(".bigbal")).to_contain_text("of 50 h bought")
    for words, hours in (("second server", "1.5"), ("printers", "0.75")):
        expect(page.get_by_role("row").filter(has_text=words)).to_contain_text(f"\N{MINUS SIGN}{hours}")
    page.goto(f"/offers/{offer.pk}/")
    for words in ("0 h of 4 h used", "150.00€/h incl. VAT", "600.00€ incl. VAT", "Petra Hofmann"):
        expect(page.locator("main")).to_contain_text(words)


def make_brandl(cast: Cast) -> tuple[Offer, HourPackage]:
    """A German client with a signed offer over 4 h at 150.00 EUR, VAT within, and 8.5 h left of a package of 50 h."""
    client = make_client(name="Brandl Maschinenbau GmbH", account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_rate(client=client)
    offer = make_accepted_offer(client, author=cast.manager)
    package = make_package(client, hours=50, name="Support")
    for day, minutes in enumerate((540, 540, 540, 540, 330), start=1):
        when = {"worked_on": date(2026, 6, day), "description": "Audit", "hour_package": package}
        worked = submitted(client, cast.consultant, minutes, **when)
        approve_entries([worked.pk], by=cast.manager, at=timezone.now())
    return offer, package


def test_seven_hours_on_a_package_with_five_split_and_the_rest_is_billed_at_the_overage_rate(
    phone: Page, page: Page, sign_in: SignIn
) -> None:
    cast = make_cast()
    client = make_client(name="Isar Medizintechnik AG", account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    package = make_package(client, hours=5, overage_rate=Decimal("165.00"))
    make_rate(client=client)
    sign_in(phone, cast.consultant)
    phone.goto("/time/")
    phone.locator("#qe").press_sequentially("7h Isar training", delay=10)
    expect(phone.locator("#qe-parse")).to_contain_text("5.0 → 0.0")
    expect(phone.locator("#qe-parse")).to_contain_text("2:00")
    phone.keyboard.press("Enter")
    expect(phone.locator(".day")).to_contain_text("training")
    rows = TimeEntry.objects.get().coverages.values_list("source", "minutes")
    assert list(rows) == [("package", 300), ("time_and_materials", 120)]
    phone.get_by_role("button", name="Submit week").click()
    expect(phone.locator(".day")).to_contain_text("submitted")

    sign_in(page, cast.manager)
    page.goto("/approvals/")
    waiting = page.get_by_role("row").filter(has_text="training")
    for words in ("5:00", "2:00", "330.00"):
        expect(waiting).to_contain_text(words)
    waiting.get_by_role("checkbox").check()  # what costs more than it seemed is chosen by hand
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("main")).to_contain_text("Nothing waits for you")
    page.goto(f"/packages/{package.pk}/")
    expect(page.get_by_role("row").filter(has_text="training")).to_contain_text("\N{MINUS SIGN}5")
    page.goto("/wip/")
    rest = page.get_by_role("row").filter(has_text="Isar Medizintechnik AG")
    for words in ("2:00", "330.00", "incl. VAT"):
        expect(rest).to_contain_text(words)


def test_two_clients_of_one_name_are_chosen_by_a_touch(phone: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    for name in ("Brandl Nord GmbH", "Brandl Süd GmbH"):
        client = make_client(name=name)
        make_engagement(client, lead=cast.manager, members=[cast.consultant])
        make_rate(client=client)
    sign_in(phone, cast.consultant)
    phone.goto("/time/")
    phone.locator("#qe").press_sequentially("45m Brandl call", delay=10)
    phone.get_by_role("button", name="Brandl Süd GmbH").click()
    expect(phone.locator("#qe-parse .tok b", has_text="Brandl Süd GmbH")).to_be_visible()
    phone.get_by_role("button", name="Add", exact=True).click()
    expect(phone.locator(".day")).to_contain_text("Brandl Süd GmbH")


def test_the_grid_is_filled_by_keyboard(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    client = make_client(name="Brandl Maschinenbau GmbH")
    make_engagement(client, lead=cast.manager, members=[cast.consultant], name="Support")
    make_package(client, hours=50)
    make_rate(client=client)
    sign_in(page, cast.consultant)
    page.goto("/time/")
    page.locator("#qe").fill("1:00 Brandl first call")
    page.keyboard.press("Enter")
    cells = page.locator(".wk td.cell input")
    expect(cells).to_have_count(7)
    empty = cells.nth((timezone.localdate().weekday() + 1) % 7)
    empty.fill("2:30")
    empty.press("Tab")
    expect(page.locator("#wk-total")).to_have_text("3:30")
    assert sorted(TimeEntry.objects.values_list("minutes", flat=True)) == [60, 150]
    axe(page)


def test_an_entry_is_edited_in_a_dialog_and_a_deletion_undone(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    client = make_client(name="Brandl Maschinenbau GmbH")
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_rate(client=client)
    log(client, cast.consultant, 60, worked_on=timezone.localdate())
    sign_in(page, cast.consultant)
    page.goto("/time/")
    page.locator(".day summary").click()
    page.get_by_role("link", name="Edit").click()
    dialog = page.get_by_role("dialog")
    axe(page)
    dialog.get_by_label("Time", exact=True).fill("25h")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("more than a day")
    dialog.get_by_label("Time", exact=True).fill("2:15")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".day b.num")).to_have_text("2:15")
    page.locator(".day summary").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#week-part")).to_contain_text("No time logged this week")
    page.get_by_role("button", name="Undo").last.click()
    expect(page.locator(".day b.num")).to_have_text("2:15")


def test_a_line_typed_without_a_connection_is_sent_later(phone: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    client = make_client(name="Brandl Maschinenbau GmbH")
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_rate(client=client)
    sign_in(phone, cast.consultant)
    phone = phone.context.new_page()  # a lost connection is written to the console, which here is no fault
    phone.goto("/time/")
    phone.route("**/time/add/", lambda route: route.abort("internetdisconnected"))
    phone.locator("#qe").fill("45m Brandl call from the train")
    phone.keyboard.press("Enter")
    expect(phone.locator("[data-offline-list]")).to_contain_text("not sent yet")
    assert TimeEntry.objects.count() == 0
    phone.unroute("**/time/add/")
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.locator("[data-offline-list]")).to_be_hidden()
    assert TimeEntry.objects.get().description == "call from the train"


@pytest.fixture
def train(phone: Page, sign_in: SignIn) -> Page:
    """The phone of a consultant, on whose line nothing gets through."""
    cast = make_cast()
    client = make_client(name="Brandl Maschinenbau GmbH")
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_rate(client=client)
    sign_in(phone, cast.consultant)
    train = phone.context.new_page()  # a lost connection is written to the console, which here is no fault
    train.goto("/time/")
    train.route("**/time/add/", lambda route: route.abort("internetdisconnected"))
    return train


def type_line(page: Page, line: str) -> Locator:
    page.locator("#qe").fill(line)
    page.keyboard.press("Enter")
    row = page.locator("[data-offline-list] li")
    expect(row).to_contain_text(line)
    return row


def come_back(page: Page) -> None:
    """The connection stands again."""
    page.unroute("**/time/add/")
    page.evaluate("window.dispatchEvent(new Event('online'))")


def test_a_line_counts_for_the_day_on_which_it_was_typed(train: Page) -> None:
    now = timezone.localtime()
    train.clock.set_fixed_time(now - timedelta(days=1))
    type_line(train, "45m Brandl call from the train")
    train.clock.set_fixed_time(now)
    train.unroute("**/time/add/")
    train.reload()
    row = train.locator("[data-offline-list] li")
    expect(row).to_be_hidden()  # sent as soon as the page is there
    entry = TimeEntry.objects.get()
    assert (entry.worked_on, entry.minutes) == (now.date() - timedelta(days=1), 45)


def test_a_line_that_is_edited_keeps_its_day_and_is_saved_once(train: Page) -> None:
    now = timezone.localtime()
    train.clock.set_fixed_time(now - timedelta(days=1))
    row = type_line(train, "45m Nobody call from the train")
    train.clock.set_fixed_time(now)
    come_back(train)
    expect(row).to_contain_text("No client of yours begins with “Nobody”.")
    expect(train.locator("#toasts")).to_contain_text("Nobody")
    assert not TimeEntry.objects.exists()
    row.get_by_role("button", name="Edit").click()
    expect(train.locator("#qe")).to_have_value("45m Nobody call from the train")
    expect(train.locator("#qe-parse")).to_contain_text("yesterday")
    expect(row).to_contain_text("needs a look")  # it stays until the server has what becomes of it
    train.reload()
    row.get_by_role("button", name="Edit").click()
    train.locator("#qe").fill("45m Brandl call from the train")
    train.keyboard.press("Enter")
    expect(train.locator("[data-offline-list]")).to_be_hidden()
    expect(train.locator("#week-part")).to_contain_text("call from the train")
    assert TimeEntry.objects.get().worked_on == now.date() - timedelta(days=1)


def test_a_line_whose_answer_was_lost_is_saved_once_even_when_it_is_edited(train: Page) -> None:
    """The server has it, the phone does not know: the same text goes under the same key."""
    train.unroute("**/time/add/")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    train.route("**/time/add/", lose_the_answer)
    row = type_line(train, "45m Brandl call from the train")
    assert TimeEntry.objects.count() == 1
    train.unroute("**/time/add/")
    row.get_by_role("button", name="Edit").click()
    expect(train.locator("#qe-parse")).to_contain_text("Brandl")
    train.keyboard.press("Enter")
    expect(train.locator("#week-part")).to_contain_text("call from the train")
    assert TimeEntry.objects.count() == 1


def test_a_line_waits_through_a_session_that_has_ended(train: Page, sign_in: SignIn) -> None:
    row = type_line(train, "45m Brandl call from the train")
    train.context.clear_cookies(name="sessionid")
    come_back(train)
    expect(row).to_contain_text("You are signed out")
    sign_in(train, User.objects.get(username="jonas"))
    train.goto("/time/")
    expect(train.locator("[data-offline-list]")).to_be_hidden()
    assert TimeEntry.objects.count() == 1


def test_what_is_typed_stays_when_the_session_ends_before_the_line_is_sent(train: Page, sign_in: SignIn) -> None:
    train.unroute("**/time/add/")
    train.context.clear_cookies(name="sessionid")
    train.locator("#qe").fill("45m Brandl call from the train")
    train.keyboard.press("Enter")
    train.wait_for_url("**/account/sign-in/**")
    sign_in(train, User.objects.get(username="jonas"))
    train.goto("/time/")
    expect(train.locator("[data-offline-list]")).to_be_hidden()
    assert TimeEntry.objects.get().description == "call from the train"


@pytest.mark.parametrize(
    ("status", "said"), [(400, "did not take it"), (403, "refused it"), (413, "too long"), (422, "did not take it")]
)
def test_a_refused_line_says_why_stays_and_is_sent_again(train: Page, status: int, said: str) -> None:
    row = type_line(train, "45m Brandl call from the train")
    train.unroute("**/time/add/")
    train.route("**/time/add/", lambda route: route.fulfill(status=status, body="<p>no</p>"))
    train.evaluate("window.dispatchEvent(new Event('online'))")
    expect(row).to_contain_text(said)
    expect(row).to_contain_text("needs a look")
    train.unroute("**/time/add/")
    row.get_by_role("button", name="Send again").click()
    expect(train.locator("[data-offline-list]")).to_be_hidden()
    assert TimeEntry.objects.count() == 1


def test_the_timer_without_a_connection_leaves_no_line(train: Page) -> None:
    train.route("**/timer/start/", lambda route: route.abort("internetdisconnected"))
    train.locator("#qe").fill("Brandl call")
    train.get_by_role("button", name="Start timer").click()
    train.wait_for_timeout(300)
    expect(train.locator("[data-offline-list]")).to_be_hidden()
