"""Finance's lesser ways in the browser: a fixed price, a credit note, a reminder, an overrun, goodwill, an expense."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from billing.models import DunningNotice, Expense, Invoice, OverrunOverride, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.offers import ItemDraft
from crm.models import User
from tests.browser.axe import axe
from tests.make import make_cast, make_client, make_engagement
from tests.make.hours import AT, submitted
from tests.make.invoices import make_invoice, make_work
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def test_a_fixed_price_is_invoiced_with_its_advance_set_off(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    offer = make_accepted_offer(basis="fixed", fixed_price=Decimal("1190.00"), hourly_rate=None)
    sign_in(page, cast.finance)
    page.goto("/wip/")
    expect(page.locator("main")).to_contain_text("Fixed prices")
    page.get_by_role("link", name="Draft Second server").click()
    page.get_by_label("an advance", exact=True).check()
    page.get_by_label("Amount of the advance").fill("476")
    axe(page)
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("link", name="Issue", exact=True).click()
    page.locator("#dialog").get_by_role("button", name="Issue").click()
    expect(page.locator("main h1")).to_contain_text("0001")
    page.goto(f"/offers/{offer.pk}/invoice/")
    page.get_by_role("button", name="Make the draft").click()
    page.wait_for_url("**/invoices/*/")
    expect(page.locator("main")).to_contain_text("714.00")
    page.goto(f"/offers/{offer.pk}/")
    expect(page.locator("main")).to_contain_text("all invoiced")
    axe(page)


def test_an_invoice_is_taken_back_in_full(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    invoice = make_invoice(on=ago(5), worked_on=ago(9))
    sign_in(page, cast.finance)
    page.goto(f"/invoices/{invoice.pk}/")
    page.get_by_role("link", name="Credit note").click()
    page.get_by_label("Reason, printed on the credit note").fill("Wrong client")
    expect(page.locator("#credit-sum")).to_contain_text("1 500.00")
    axe(page)
    page.get_by_role("button", name="Issue credit note").click()
    expect(page.locator("main h1")).to_contain_text("K-")
    assert Invoice.objects.credit_notes().get().corrects == invoice
    assert TimeEntry.objects.get().status == "approved"


def test_a_reminder_is_read_before_it_is_sent(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    make_invoice(
        make_client(name="Brandl", language="de", billing_email="ap@brandl.example"), on=ago(40), worked_on=ago(41)
    )
    sign_in(page, cast.finance)
    page.goto("/dunning/")
    page.get_by_role("button", name="Send selected").click()
    expect(page.locator("#dialog")).to_contain_text("Zahlungserinnerung")
    axe(page)
    page.locator("#dialog").get_by_role("button", name="Send 1 reminder").click()
    expect(page.locator("main")).to_contain_text("Nobody is due for a reminder today.")
    assert DunningNotice.objects.get().level == 1


def test_a_partner_decides_about_an_overrun(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    client = make_client(account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    offer = make_accepted_offer(client, author=cast.consultant, items=[ItemDraft("Set-up", 60)])
    approve_entries([submitted(client, cast.consultant, 135, offer=offer).pk], by=cast.partner, at=AT)
    sign_in(page, cast.partner)
    page.goto("/reports/overruns/")
    expect(page.locator("#rows")).to_contain_text("0.25 h")
    axe(page)
    page.get_by_role("link", name="Second server").click()
    page.get_by_role("link", name="Let it bill").click()
    page.get_by_label("Why it bills all the same").fill("Agreed on the phone")
    page.locator("#dialog").get_by_role("button").last.click()
    expect(page.locator("main")).not_to_contain_text("Overrun that nobody announced")
    assert OverrunOverride.objects.get().made_by == cast.partner


def test_an_expense_is_handed_in_approved_and_stands_on_the_draft(page: Page, phone: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    client = make_client(name="Isar AG", account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    sign_in(phone, cast.consultant)
    phone.goto("/expenses/new/")
    phone.get_by_label("Client").first.fill("Isar AG")
    phone.get_by_label("What for").fill("Train to Hamburg")
    phone.get_by_label("Date").fill(ago(1).isoformat())
    phone.get_by_label("Amount with VAT").fill("119")
    phone.get_by_label("VAT in per cent").fill("19")
    axe(phone)
    phone.get_by_role("button", name="Save").click()
    phone.wait_for_url("**/expenses/")
    expect(phone.locator("main")).to_contain_text("Train to Hamburg")
    sign_in(page, cast.manager)
    page.goto("/expenses/?show=waiting")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#rows")).to_contain_text("No expense here")
    assert Expense.objects.to_invoice().get().net_amount == Decimal("100.00")


@pytest.mark.usefixtures("worker")
def test_a_run_of_many_invoices_shows_its_progress(
    page: Page, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.views.drafts.AT_ONCE", 1)
    cast = make_cast()
    for name in ("Alfa", "Beta", "Gamma"):
        client = make_client(name=name)
        make_invoice(client, on=ago(9), worked_on=ago(12))
        make_work(client, worked_on=ago(3))
    sign_in(page, cast.finance)
    page.goto("/invoices/draft/all/")
    page.get_by_role("button", name="Make the drafts").click()
    expect(page.locator("#progress")).to_contain_text("3 drafts made.", timeout=60_000)
    page.goto("/invoices/drafts/")
    axe(page)
    page.get_by_role("link", name="Beta", exact=True).first.click()
    page.wait_for_url("**/invoices/*/")
    page.go_back()
    page.get_by_role("link", name="Issue all 3 that are ready").click()
    page.locator("#dialog").get_by_role("button", name="Issue 3 invoices").click()
    expect(page.locator("#progress")).to_contain_text("3 invoices issued.", timeout=60_000)
    assert Invoice.objects.issued().count() == 6
