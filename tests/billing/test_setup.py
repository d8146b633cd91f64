"""The guide of a new firm: it starts by itself, checks while one types, skips, resumes and ends."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Rate, Series
from billing.services.firm import start_firm
from billing.views.setup import STEPS
from clients.models import Seller, TierPolicy
from crm.models import Firm, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(db: None) -> Browser:
    start_firm(at=timezone.now(), with_passwords=False)
    browser = Browser()
    browser.force_login(User.objects.get(username="partner"))
    return browser


def url(code: str) -> str:
    return reverse("billing:setup_step", args=[code])


def filled(browser: Browser, code: str, **changes: Any) -> dict[str, Any]:
    """What the page's own form would send: the values that stand in it, with some changed."""
    data: dict[str, Any] = {}
    for _heading, form in browser.get(url(code)).context["parts"]:
        for field in form:
            value = field.value()
            if value is not None and value is not False and value != "":
                data[field.html_name] = value
    return data | {name.replace("__", "-"): value for name, value in changes.items()}


def test_a_partner_of_a_fresh_firm_starts_in_the_guide_and_others_do_not(partner: Browser) -> None:
    assert partner.get("/", follow=True).redirect_chain[-1][0] == url("company")
    browser = Browser()
    browser.force_login(User.objects.get(username="finance"))
    assert "setup" not in browser.get("/").headers["Location"]
    assert browser.get(url("company")).status_code == 403


def test_every_step_stands_and_can_be_skipped_to_the_end(partner: Browser) -> None:
    for step in STEPS:
        assert partner.get(url(step.code)).status_code == 200
        assert partner.post(reverse("billing:setup_skip", args=[step.code])).status_code == 302
    firm = Firm.load()
    assert firm.onboarded_at
    assert set(firm.setup_steps.values()) == {"skipped"}
    assert "setup" not in partner.get("/").headers["Location"]


def test_every_step_can_be_saved_as_it_stands(partner: Browser) -> None:
    for step in STEPS:
        response = partner.post(url(step.code), filled(partner, step.code))
        assert response.status_code == 302, (step.code, response.content.decode())
    assert set(Firm.load().setup_steps.values()) == {"done"}


def test_it_resumes_at_the_first_open_step(partner: Browser) -> None:
    partner.post(reverse("billing:setup_skip", args=["company"]))
    partner.post(url("currency"), {"firm-base_currency": "EUR"})
    assert partner.get(reverse("billing:setup")).headers["Location"] == url("vat")
    assert Firm.load().onboarded_at is None


def test_a_company_is_written_with_its_account(partner: Browser) -> None:
    data = filled(
        partner,
        "company",
        firm__name="Meridian",
        de__name="Meridian GmbH",
        de__vat_id="DE 129 273 398",
        de__city="München",
    )
    data |= {"de-account-iban": "DE89 3704 0044 0532 0130 00", "de-account-bic": "COBADEFFXXX"}
    data.pop("ru-is_active")
    assert partner.post(url("company"), data).status_code == 302
    seller = Seller.objects.get(code="de")
    assert (seller.name, seller.vat_id, seller.city) == ("Meridian GmbH", "DE129273398", "München")
    assert seller.bank_accounts.get().iban == "DE89370400440532013000"
    assert not Seller.objects.get(code="ru").is_active
    assert Firm.load().name == "Meridian"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("de-vat_id", "DE123"),
        ("de-account-iban", "DE00"),
        ("ru-tax_number", "123"),
        ("ru-registration_reason", "12"),
        ("ru-account-bik", "1"),
        ("firm-name", ""),
    ],
)
def test_a_wrong_identifier_saves_nothing_and_keeps_what_was_typed(partner: Browser, field: str, value: str) -> None:
    response = partner.post(url("company"), filled(partner, "company") | {"de-city": "Bonn", field: value})
    assert response.status_code == 422
    assert "Bonn" in response.content.decode()
    assert Seller.objects.get(code="de").city == ""
    assert Firm.load().setup_steps == {}


@pytest.mark.parametrize(
    ("kind", "value", "wrong"),
    [
        ("vat_id", "DE129273398", False),
        ("vat_id", "DE1", True),
        ("inn", "7707083893", False),
        ("inn", "7707083894", True),
        ("iban", "DE89 3704 0044 0532 0130 00", False),
        ("registration_reason", "773601001", False),
        ("bik", "<script>", True),
    ],
)
def test_identifiers_are_checked_while_one_types(partner: Browser, kind: str, value: str, wrong: bool) -> None:
    text = partner.get(reverse("clients:identifier_check", args=[kind]), {"de-vat_id": value}).content.decode()
    assert ('class="bad"' in text) is wrong
    assert "<script>" not in text
    assert Seller.objects.get(code="de").vat_id == ""


def test_the_check_of_nothing_says_nothing(partner: Browser) -> None:
    for kind in ("vat_id", "name"):
        assert partner.get(reverse("clients:identifier_check", args=[kind])).content.decode().strip() == ""


def test_numbers_go_on_where_the_last_program_stopped(partner: Browser) -> None:
    series = Series.objects.get(seller__code="de", kind="invoice")
    data = filled(partner, "series") | {
        f"series{series.pk}-first_number": 118,
        f"series{series.pk}-pattern": "R{year}/{number:05}",
    }
    assert partner.post(url("series"), data).status_code == 302
    series.refresh_from_db()
    assert (series.first_number, series.pattern) == (118, "R{year}/{number:05}")


@pytest.mark.parametrize("pattern", ["{year}", "{nothing}", "{0}", "{number", "{number.__class__}", "{number!r:x}"])
def test_a_pattern_that_would_repeat_or_break_is_refused(partner: Browser, pattern: str) -> None:
    series = Series.objects.get(seller__code="de", kind="invoice")
    response = partner.post(url("series"), filled(partner, "series") | {f"series{series.pk}-pattern": pattern})
    assert response.status_code == 422


def test_the_default_rate_is_made_once_and_changed_after(partner: Browser) -> None:
    data = filled(partner, "rates") | {"de-amount": "150.00", "de-price_includes_tax": "on"}
    assert partner.post(url("rates"), data).status_code == 302
    assert Rate.objects.get().amount == Decimal("150.00")
    assert partner.post(url("rates"), filled(partner, "rates") | {"de-amount": "160.00"}).status_code == 302
    rate = Rate.objects.get()
    assert (rate.amount, rate.currency, rate.seller.code) == (Decimal("160.00"), "EUR", "de")


def test_tiers_and_currency_are_saved(partner: Browser) -> None:
    partner.post(url("tiers"), filled(partner, "tiers") | {"vip-attention_days": 5})
    assert TierPolicy.objects.get(tier="vip").attention_days == 5
    assert partner.post(url("currency"), {"firm-base_currency": "XXX"}).status_code == 422
    partner.post(url("currency"), {"firm-base_currency": "CHF"})
    assert Firm.load().base_currency == "CHF"


def test_unknown_steps_are_404(partner: Browser) -> None:
    assert partner.get(url("nothing")).status_code == 404
    assert partner.post(reverse("billing:setup_skip", args=["nothing"])).status_code == 404
