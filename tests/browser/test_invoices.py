"""Main job 3 in the browser: finance drafts what is not covered, writes a line, issues, takes files, books money."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Download, Page, expect

from billing.models import Invoice, RateChangeAnswer, ServiceAct
from billing.tasks import check_draft
from crm.models import User
from tests.billing.test_e_invoices import client as e_invoice_client
from tests.browser.axe import axe
from tests.browser.faults import require_no_sideways_scroll
from tests.make import make_cast, make_client, make_package
from tests.make.acts import russian_client, russian_seller
from tests.make.hours import make_rate
from tests.make.invoices import make_draft, make_invoice, make_rate_of, make_series, make_work

pytestmark = pytest.mark.django_db(transaction=True)
type SignIn = Callable[[Page, User], None]


def saved(page: Page, name: str) -> Download:
    with page.expect_download() as caught:
        page.get_by_role("link", name=name).click()
    return caught.value


def test_main_job_from_work_to_money(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    today = timezone.localdate()
    client = make_client(name="Isar Medizintechnik AG", account_manager=cast.manager, language="de")
    assert client.default_seller
    make_series(client.default_seller)
    package = make_package(client, hours=5, name="Support")
    make_work(client, worked_on=today - timedelta(days=3), minutes=480, employee=cast.consultant)
    make_work(client, worked_on=today - timedelta(days=2), minutes=120, source="package", account=package.account)

    sign_in(page, cast.finance)
    draft_from_work(page)
    add_line_by_hand(page)
    issue_and_settle(page, today)
    assert Invoice.objects.paid().get().gross_amount == 1500


def draft_from_work(page: Page) -> None:
    page.goto("/invoices/")
    page.get_by_role("link", name="Draft from work").first.click()
    chosen = page.locator("#dialog").get_by_label("Client", exact=True)
    expect(chosen).to_be_focused()
    page.wait_for_load_state("networkidle")
    chosen.select_option(label="Isar Medizintechnik AG")
    expect(page.locator("#dialog")).to_contain_text("1 200.00€")
    expect(page.locator("#dialog")).to_contain_text("Support")
    axe(page)
    page.get_by_role("button", name="Make the draft").click()


def test_enter_previews_and_never_answers_the_question_about_vat(page: Page, sign_in: SignIn) -> None:
    cast, client = make_cast(), make_client(name="Alfa", country="RU")
    rate = make_rate(client.default_seller, client=client, amount=Decimal("6000.00"), valid_from=date(2025, 6, 1))
    make_work(client, minutes=60, rate="6000.00", rate_source=f"client:{rate.pk}")
    sign_in(page, cast.finance)
    page.goto("/invoices/")
    page.get_by_role("link", name="Draft from work").first.click()
    page.wait_for_load_state("networkidle")
    dialog = page.locator("#dialog")
    dialog.get_by_label("Client", exact=True).select_option(label="Alfa")
    expect(dialog).to_contain_text("What was agreed with Alfa")
    page.wait_for_load_state("networkidle")
    with page.expect_response(lambda answer: f"client={client.pk}" in answer.url):
        dialog.get_by_label("Work up to").press("Enter")
    page.wait_for_load_state("networkidle")
    expect(dialog).to_contain_text("What was agreed with Alfa")
    assert not RateChangeAnswer.objects.exists()
    assert not Invoice.objects.exists()
    dialog.get_by_role("button", name="VAT goes on top").click()
    expect(page.get_by_role("main")).to_contain_text("6\u202f100")
    assert RateChangeAnswer.objects.get().choice == "vat_on_top"


def add_line_by_hand(page: Page) -> None:
    page.get_by_role("link", name="Add line").click()
    page.get_by_label("Description").fill("Second server")
    page.get_by_label("Quantity").fill("2")
    page.get_by_label("Price with VAT, EUR").fill("150.00")
    expect(page.locator("#line-sum")).to_contain_text("300.00 € = 252.10 € + 47.90 €")
    page.locator("#dialog").get_by_role("button", name="Add line").click()
    expect(page.locator("#equation")).to_have_text("10 h: 1 500.00 € = 1 260.50 € + 239.50 €")
    axe(page)
    pdf = page.request.get(page.get_by_role("link", name="PDF preview").get_attribute("href") or "")
    assert pdf.body().startswith(b"%PDF")


def issue_and_settle(page: Page, today: date) -> None:
    page.get_by_role("link", name="Issue", exact=True).click()
    page.locator("#dialog").get_by_role("button", name="Issue").click()
    expect(page.locator("main h1")).to_have_text(f"{today.year}-0001")
    expect(page.locator(".paper")).to_contain_text("Rechnung")
    axe(page)
    assert saved(page, "PDF").suggested_filename == f"{today.year}-0001.pdf"

    page.get_by_role("link", name="Book payment").click()
    expect(page.get_by_label("Amount")).to_have_value("1500.00")
    axe(page)
    page.locator("#dialog").get_by_role("button", name="Book payment").click()
    expect(page.locator("main")).to_contain_text("Applied in full")
    page.goto("/invoices/")
    expect(page.locator("#rows")).to_contain_text("Paid")
    axe(page)
    for form in ("XLSX", "CSV"):
        page.locator("summary", has_text="Exports").click()
        assert saved(page, f"These documents as {form}").suggested_filename.endswith(form.lower())


@pytest.mark.usefixtures("worker")
def test_drafts_are_issued_together_after_a_look(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    today = timezone.localdate()
    for name in ("Brandl GmbH", "Kellner AG"):
        client = make_client(name=name)
        assert client.default_seller
        make_series(client.default_seller)
        make_work(client, worked_on=today - timedelta(days=3))
    sign_in(page, cast.finance)
    page.goto("/invoices/draft/all/")
    page.get_by_role("button", name="Make the drafts").click()
    expect(page.locator("#progress")).to_contain_text("2 drafts made.", timeout=30_000)
    page.goto("/invoices/")
    page.locator("tr", has_text="Kellner AG").get_by_role("link").click()
    expect(page.locator("#preview")).to_contain_text("Kellner AG")
    axe(page)
    page.get_by_role("button", name="Issue selected").click()
    expect(page.locator("#dialog")).to_contain_text("Issue 2 invoices?")
    page.locator("#dialog").get_by_role("button", name="Issue 2 invoices").click()
    expect(page.locator("main")).to_contain_text("No drafts")
    assert Invoice.objects.issued().count() == 2


def test_the_run_stands_on_a_phone_and_in_the_dark(phone: Page, dark: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    today = timezone.localdate()
    invoice = make_invoice(on=today, worked_on=today - timedelta(days=5))
    for page in (phone, dark):
        sign_in(page, cast.partner)
        for url in ("/finance/", "/invoices/", f"/invoices/{invoice.pk}/", "/payments/", "/dunning/", "/products/"):
            page.goto(url)
            axe(page)
            require_no_sideways_scroll(page)


def test_an_e_invoice_is_issued_once_its_check_has_passed_while_one_waits(page: Page, sign_in: SignIn) -> None:
    cast = make_cast()
    draft = make_draft(e_invoice_client(account_manager=cast.manager))
    sign_in(page, cast.finance)
    page.goto(f"/invoices/{draft.pk}/")
    page.get_by_role("link", name="Issue", exact=True).click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("is being checked")
    dialog.get_by_role("button", name="Issue", exact=True).click()
    expect(dialog).to_contain_text("try again in a moment")
    check_draft(draft.pk)
    expect(dialog).to_contain_text("has passed schema and rules")
    axe(page)
    dialog.get_by_role("button", name="Issue", exact=True).click()
    expect(page.get_by_text("is issued.")).to_be_visible()
    draft.refresh_from_db()
    assert draft.number


def test_acts_are_found_chosen_and_made(page: Page, sign_in: SignIn) -> None:
    cast, seller, today = make_cast(), russian_seller(), timezone.localdate()
    make_rate_of("EUR", "RUB", "90", on=today)
    worked = today - timedelta(days=5)
    first, second = (
        make_invoice(russian_client(seller, name=name), on=today, rate="8000", worked_on=worked)
        for name in ("Ромашка", "Василёк")
    )
    sign_in(page, cast.finance)
    page.goto("/acts/")
    page.get_by_label(f"{second.number}, Василёк").uncheck()
    page.get_by_role("button", name="Make the acts").click()
    expect(page.get_by_text("1 act is made.")).to_be_visible()
    search = page.get_by_label("Number or client")
    search.fill("Ромашка")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.locator("h1")).to_have_count(1)
    search.fill("Василёк")
    expect(page.locator("#rows")).to_contain_text("No act fits these filters")
    axe(page)
    page.set_viewport_size({"width": 390, "height": 844})
    require_no_sideways_scroll(page)
    assert list(ServiceAct.objects.values_list("invoice", flat=True)) == [first.pk]
