"""Main job: a survey goes out by mail, the client answers on a phone, and the figures change after the job."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from clients.models import Contact, Task
from crm.models import LinkOpening, User
from loyalty.models import NpsSnapshot, SurveyResponse
from tests.browser.axe import axe
from tests.browser.mail import newest_mail_to
from tests.make import Cast, make_client, make_contact

type SignIn = Callable[[Page, User], None]


def link_in_mail_to(address: str, mails: Path) -> str:
    """The path of the link in the newest mail to somebody."""
    mail = newest_mail_to(address, mails)
    assert mail is not None, f"no mail to {address}"
    body = mail.get_body(("html",))
    assert body is not None
    found = re.search(r'href="https?://[^/]+(/s/[^"?]+)\?score=9"', body.get_content())
    assert found is not None
    return found[1]


def make_people(cast: Cast) -> tuple[Contact, Contact]:
    """Two people to ask at a client of Anna's, and one who does not want surveys."""
    client = make_client(name="Brandl Maschinenbau", account_manager=cast.manager)
    payer = make_contact(client, first_name="Marina", email="marina@client.example", influence="decision_maker")
    user = make_contact(client, first_name="Jonas", email="jonas@client.example", language="de")
    make_contact(client, first_name="Renate", last_name="Weber", surveys_refused_at="2026-01-01T12:00Z")
    return payer, user


def test_a_survey_goes_out_is_answered_on_a_phone_and_changes_the_figures(
    page: Page, phone: Page, worker: None, sign_in: SignIn, cast: Cast, mails: Path
) -> None:
    payer, user = make_people(cast)
    sign_in(page, cast.partner)
    send_survey(page)
    expect(page.get_by_text("2 of 2 mails sent")).to_be_visible()
    axe(page)

    answer_nine(phone, link_in_mail_to(payer.email, mails))
    wait_for_nps(page, 100)
    page.goto("/loyalty/")
    expect(page.locator(".nps-big")).to_have_text("+100")
    first = page.get_by_text("95% interval").first.inner_text()

    answer_four(phone, link_in_mail_to(user.email, mails))
    wait_for_nps(page, 0)
    page.goto("/loyalty/")
    expect(page.locator(".nps-big")).to_have_text("0")
    assert page.get_by_text("95% interval").first.inner_text() != first
    expect(page.get_by_text("Jonas Brandl gave 4")).to_be_visible()
    assert Task.objects.get(kind="detractor").assignee == cast.manager


def send_survey(page: Page) -> None:
    page.goto("/loyalty/")
    page.get_by_role("link", name="New survey").click()
    page.get_by_label("name").fill("Autumn")
    page.get_by_role("button", name="See whom it reaches").click()
    expect(page.get_by_role("heading", name="Left out, and why")).to_be_visible()
    expect(page.get_by_text("does not want surveys")).to_be_visible()
    page.get_by_role("button", name="Ask 2 people").click()


def answer_nine(phone: Page, link: str) -> None:
    phone.goto(f"{link}?score=9")
    expect(phone.get_by_role("radio", name="9", exact=True)).to_be_checked()
    assert not SurveyResponse.objects.exists(), "a GET answers nothing"
    assert LinkOpening.objects.count() == 1
    axe(phone)
    phone.get_by_role("textbox").fill("Questions are answered the same day.")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("heading", name="Thank you, Marina")).to_be_visible()
    axe(phone)


def answer_four(phone: Page, link: str) -> None:
    """Without the score of the mail; the first try has none, and says so."""
    phone.goto(f"{link}?language=en")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("alert")).to_contain_text("Choose a number from 0 to 10.")
    phone.get_by_role("radio", name="4", exact=True).check()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("heading", name="Thank you, Jonas")).to_be_visible()


def wait_for_nps(page: Page, nps: int) -> None:
    """The worker refreshes the snapshot by itself."""
    for _try in range(200):
        snapshot = NpsSnapshot.objects.first()
        if snapshot and snapshot.nps == nps:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the job did not bring NPS to {nps}: {NpsSnapshot.objects.values().first()}")
