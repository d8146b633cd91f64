"""Settings of the firm: tiers, service lines, own companies."""

import pytest

from clients.models import (
    Seller,
    ServiceLine,
    TierPolicy,
)
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_seller, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def test_the_firms_settings_are_a_partners(cast: Cast) -> None:
    partner, manager = signed_in(cast.partner), signed_in(cast.manager)
    policy = TierPolicy.objects.get(tier="a")
    body = {
        "attention_days": 10,
        "first_response_hours": 4,
        "discount_ceiling_percent": 10,
        "goodwill_minutes": "1:30",  # typed as hours
    }
    assert "14 days" in text_of(partner.get(url("tier_list")))
    assert partner.post(url("tier_edit", policy.pk), {**body, "attention_days": 0}).status_code == 422
    assert partner.post(url("tier_edit", policy.pk), body).status_code == 302
    policy.refresh_from_db()
    assert (policy.attention_days, policy.goodwill_minutes) == (10, 90)
    assert manager.get(url("tier_list")).status_code == 403
    assert partner.post(url("service_line_new"), {"code": "law", "name": "Law", "is_active": "on"}).status_code == 302
    line = ServiceLine.objects.get()
    assert line.spread_policy == "restrict"
    ServiceLine.objects.filter(pk=line.pk).update(spread_policy="incentive")
    changed = {"code": "law", "name": "Law", "name_ru": "Право", "is_active": "on", "spread_policy": ""}
    assert partner.post(url("service_line_edit", line.pk), changed).status_code == 302
    assert ServiceLine.objects.get().spread_policy == "incentive"
    assert "Право" in text_of(partner.get(url("service_line_list")))


def test_own_companies_and_accounts_are_kept_by_finance(cast: Cast) -> None:
    seller = make_seller("DE")
    finance = signed_in(cast.finance)
    assert seller.name in text_of(finance.get(url("seller_list")))
    wrong = finance.post(url("account_new", seller.pk), {"currency": "EUR", "iban": "DE89370400440532013001"})
    assert wrong.status_code == 422
    right = finance.post(url("account_new", seller.pk), {"currency": "EUR", "iban": "DE89 3704 0044 0532 0130 00"})
    assert right.status_code == 302
    account = seller.bank_accounts.get()
    assert finance.get(url("account_edit", account.pk)).status_code == 200
    form = finance.get(url("seller_edit", seller.pk)).context["form"]
    body = {name: form[name].value() or "" for name in form.fields}
    body = {name: value for name, value in body.items() if value is not False}
    assert finance.post(url("seller_edit", seller.pk), {**body, "vat_id": "DE136695977"}).status_code == 422
    assert finance.post(url("seller_edit", seller.pk), {**body, "city": "Augsburg"}).status_code == 302
    seller.refresh_from_db()
    assert seller.city == "Augsburg"
    finance.post(url("account_delete", account.pk))
    assert not seller.bank_accounts.exists()
    assert signed_in(cast.manager).get(url("seller_list")).status_code == 403
    new = finance.post(url("seller_new"), {**body, "code": "de2", "name": "Second", "version": ""})
    assert new.status_code == 302
    assert Seller.objects.count() == 2
