"""Several own companies: a person chooses which one an agreement is made by; an engagement follows its agreement."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.forms.offers import OfferForm
from billing.forms.packages import PackageForm
from billing.forms.retainers import RetainerForm
from billing.forms.sellers import SellerChoice
from billing.forms.terms import EngagementForm
from billing.models import Engagement, HourPackage, Offer, Retainer
from clients.models import Client, Seller
from tests.make import Cast, make_api, make_client, make_engagement, make_seller
from tests.make.offers import make_offer
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
FORMS: list[type[SellerChoice]] = [OfferForm, PackageForm, RetainerForm, EngagementForm]


@pytest.fixture
def owned(cast: Cast) -> Client:
    return make_client(account_manager=cast.manager)


@pytest.fixture
def other(owned: Client) -> Seller:
    return make_seller("RU")


def body_of(client: Client, **more: Any) -> dict[str, Any]:
    """What all four forms need."""
    today = timezone.localdate().isoformat()
    return {
        "client": client.pk,
        "title": "Move",
        "name": "Care",
        "basis": "actual",
        "hourly_rate": "150",
        "estimated_minutes": "4",
        "valid_until": "2027-12-31",
        "hours": "50",
        "price": "100",
        "kind": "paid",
        "priority": 100,
        "valid_from": today,
        "starts_on": today,
        "started_on": today,
        "monthly_fee": "100",
        "fee_months": "1",
        "term_months": "12",
        "allowance_period": "month",
        "rollover": "none",
        "overage_policy": "bill_overage",
        "negative_limit_minutes": "0",
        "bill_in": "advance",
        "notice_days": "30",
        "renewal_mode": "ask",
        "status": "active",
        "items-TOTAL_FORMS": "0",
        "items-INITIAL_FORMS": "0",
        **more,
    }


def made(browser: Browser, page: str, body: dict[str, Any]) -> Any:
    models: dict[str, Any] = {"offer": Offer, "package": HourPackage, "retainer": Retainer, "engagement": Engagement}
    answer = browser.post(reverse(f"billing:{page}_new"), body)
    assert answer.status_code == 302, answer.context["form"].errors
    return models[page].objects.get()


def built(form: Any, cast: Cast) -> SellerChoice:
    found: SellerChoice = form(user=cast.manager)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_firm_with_one_company_is_not_asked(form: type[SellerChoice], cast: Cast, owned: Client) -> None:
    assert "seller" not in built(form, cast).fields
    make_seller("RU")
    assert "seller" in built(form, cast).fields


@pytest.mark.parametrize("page", ["offer", "package", "retainer", "engagement"])
@pytest.mark.parametrize("chosen", [True, False])
def test_a_person_chooses_the_company_or_takes_the_client_s(
    page: str, chosen: bool, cast: Cast, client: Browser, owned: Client, other: Seller
) -> None:
    client.force_login(cast.manager)
    body = body_of(owned, lead=cast.manager.pk, seller=other.pk if chosen else "")
    row = made(client, page, body)
    assert row.seller == (other if chosen else owned.default_seller)
    if page != "engagement":
        assert row.currency == ("RUB" if chosen else "EUR")


@pytest.mark.parametrize("page", ["offer", "retainer"])
def test_an_agreement_keeps_its_company(page: str, cast: Cast, owned: Client, other: Seller) -> None:
    row: Any = make_offer(owned) if page == "offer" else make_retainer(owned)
    form = (OfferForm if page == "offer" else RetainerForm)(instance=row, user=cast.manager)
    assert "seller" not in form.fields


@pytest.mark.parametrize("kind", ["offer", "retainer"])
def test_an_engagement_takes_the_company_of_its_agreement(
    kind: str, cast: Cast, client: Browser, owned: Client, other: Seller
) -> None:
    make: Any = make_offer if kind == "offer" else make_retainer
    agreed = make(owned, seller=other, currency="RUB")
    client.force_login(cast.manager)
    body = body_of(owned, lead=cast.manager.pk, **{kind: agreed.pk})
    refused = client.post(reverse("billing:engagement_new"), {**body, "seller": owned.default_seller_id})
    assert (refused.status_code, [*refused.context["form"].errors]) == (422, [kind])
    assert made(client, "engagement", body).seller == other


def test_an_engagement_of_the_api_takes_it_over_too(cast: Cast, owned: Client, other: Seller) -> None:
    agreed = make_retainer(owned, seller=other, currency="RUB")
    body = {"client": owned.pk, "name": "Care", "lead": cast.manager.pk, "retainer": agreed.pk}
    answer = make_api(cast.manager).post("/api/v1/engagements/", body)
    assert (answer.status_code, answer.json()["seller"]) == (201, other.pk)
    refused = make_api(cast.manager).post("/api/v1/engagements/", {**body, "seller": owned.default_seller_id})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "seller_foreign")


def test_another_company_than_the_agreement_s_is_refused(owned: Client, other: Seller) -> None:
    with pytest.raises(ValidationError):
        make_engagement(owned, retainer=make_retainer(owned, seller=other), started_on=date(2026, 1, 1))
