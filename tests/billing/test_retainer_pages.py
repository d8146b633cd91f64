"""Pages of retainers: the comparison in figures, fees drafted once by hand, the question about VAT."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from billing.models import Invoice, RateChangeAnswer, Retainer
from billing.services.credits import CreditKind, credit_invoice
from billing.services.fees import draft_fees_of
from billing.services.issuing import issue_invoice
from crm.periods import add_months, month_start
from tests.make import Cast, make_api, make_client
from tests.make.invoices import make_rate_of, make_series
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db


@pytest.fixture
def retainer(cast: Cast) -> Retainer:
    client = make_client(country="RU", account_manager=cast.manager)
    this_month = month_start(timezone.localdate())
    return make_retainer(client, starts_on=this_month, one_off_price=Decimal(1_000_000), included_minutes=600)


def page_of(retainer: Retainer) -> str:
    return reverse("billing:retainer_detail", args=[retainer.pk])


def act(browser: Browser, name: str, retainer: Retainer, **values: object) -> Any:
    return browser.post(reverse(f"billing:{name}", args=[retainer.pk]), values)


def test_the_page_shows_what_the_contract_saves(client: Browser, cast: Cast, retainer: Retainer) -> None:
    client.force_login(cast.manager)
    html = client.get(page_of(retainer)).content.decode().replace("\u202f", " ")
    for figure in ("960 000.00", "1 000 000.00", "40 000.00", "4.0%"):
        assert figure in html


def test_fees_are_drafted_by_hand_once(client: Browser, cast: Cast, retainer: Retainer) -> None:
    client.force_login(cast.finance)
    for _ in range(2):
        assert act(client, "retainer_draft_fees", retainer).status_code == 302
    assert Invoice.objects.get().gross_amount == Decimal("80000.00")


def test_a_fee_that_was_credited_is_drafted_again_on_demand_only(
    client: Browser, cast: Cast, retainer: Retainer
) -> None:
    client.force_login(cast.finance)
    act(client, "retainer_draft_fees", retainer)
    make_series(retainer.seller)
    make_rate_of("EUR", "RUB", "90", on=timezone.localdate())
    day, now = timezone.localdate(), timezone.now()
    invoice = issue_invoice(Invoice.objects.get(), issued_on=day, by=None, at=now)
    again = reverse("billing:retainer_draft_again", args=[retainer.pk, retainer.periods.get(fee__gt=0).pk])
    assert again not in client.get(page_of(retainer)).content.decode()
    client.post(again)
    assert Invoice.objects.count() == 1
    credit_invoice(invoice, kind=CreditKind.FULL, reason="address", issued_on=day, by=cast.finance, at=now)
    act(client, "retainer_draft_fees", retainer)
    assert Invoice.objects.count() == 2
    assert again in client.get(page_of(retainer)).content.decode()
    client.post(again)
    draft = Invoice.objects.drafts().get()
    assert draft.gross_amount == Decimal("80000.00")
    assert again not in client.get(page_of(retainer)).content.decode()


def test_the_api_drafts_a_credited_fee_again_by_the_first_day_of_its_period(cast: Cast, retainer: Retainer) -> None:
    api, url = make_api(cast.finance), f"/api/v1/retainers/{retainer.pk}/draft-fees/"
    first = retainer.starts_on.isoformat()
    assert len(api.post(url, format="json").json()["drafts"]) == 1
    refused = api.post(url, {"again_from": first}, format="json")
    assert refused.status_code == 409
    unknown = api.post(url, {"again_from": "2001-01-01"}, format="json")
    assert unknown.status_code == 400
    assert "again_from" in unknown.content.decode()


def test_a_new_retainer_brings_its_hours_at_once(client: Browser, cast: Cast) -> None:
    owned = make_client(account_manager=cast.manager)
    client.force_login(cast.manager)
    form = {
        "client": owned.pk,
        "name": "Help desk",
        "monthly_fee": "1190.00",
        "price_includes_tax": "on",
        "fee_months": "1",
        "term_months": "12",
        "starts_on": month_start(timezone.localdate()).isoformat(),
        "included_minutes": "7:30",
        "allowance_period": "month",
        "rollover": "none",
        "overage_policy": "bill_overage",
        "bill_in": "advance",
        "notice_days": "30",
        "renewal_mode": "ask",
        "status": "active",
    }
    answer = client.post(reverse("billing:retainer_new"), form)
    made = Retainer.objects.get()
    assert answer.url == page_of(made)  # type: ignore[attr-defined]
    assert (made.currency, made.included_minutes) == ("EUR", 450)
    account = made.periods.get().account
    assert account is not None
    assert account.balance_minutes == 450


def test_a_wrong_form_comes_back_with_what_was_typed(client: Browser, cast: Cast) -> None:
    client.force_login(cast.partner)
    answer = client.post(reverse("billing:retainer_new"), {"name": "Help desk", "included_minutes": "7:99"})
    assert answer.status_code == 422
    assert 'value="Help desk"' in answer.content.decode()
    assert "1:30" in answer.content.decode()


def test_a_changed_rate_is_asked_on_the_page_and_answered_once(client: Browser, cast: Cast) -> None:
    owned = make_client(country="RU", account_manager=cast.manager)
    retainer = make_retainer(owned, starts_on=date(2025, 12, 1), term_months=60)
    draft_fees_of(retainer, on=timezone.localdate(), at=timezone.now(), by=cast.finance)
    client.force_login(cast.manager)
    assert "VAT was 20%" in client.get(page_of(retainer)).content.decode()
    act(client, "retainer_answer", retainer, choice="price_stays")
    assert RateChangeAnswer.objects.get().choice == "price_stays"
    assert "VAT was 20%" not in client.get(page_of(retainer)).content.decode()
    act(client, "retainer_answer", retainer, choice="vat_on_top")
    assert RateChangeAnswer.objects.count() == 1


def test_the_term_is_renewed_and_the_last_day_set(client: Browser, cast: Cast, retainer: Retainer) -> None:
    client.force_login(cast.partner)
    act(client, "retainer_renew", retainer, months="6")
    last = add_months(retainer.starts_on, 3)
    act(client, "retainer_end", retainer, ended_on=last.isoformat(), given_on=retainer.starts_on.isoformat())
    retainer.refresh_from_db()
    assert (retainer.term_months, retainer.ended_on) == (18, last)


def test_strangers_see_nothing_and_others_change_nothing(client: Browser, cast: Cast, retainer: Retainer) -> None:
    client.force_login(cast.outsider)
    assert client.get(page_of(retainer)).status_code == 404
    client.force_login(cast.finance)
    assert client.get(page_of(retainer)).status_code == 200
    assert act(client, "retainer_end", retainer).status_code == 403


def test_the_list_needs_no_more_statements_for_more_rows(
    client: Browser,
    cast: Cast,
    retainer: Retainer,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(6):
        make_retainer(retainer.client)
    client.force_login(cast.finance)
    client.get(reverse("billing:retainer_list"))
    with django_assert_max_num_queries(12):
        assert client.get(reverse("billing:retainer_list")).status_code == 200


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_exported(client: Browser, cast: Cast, retainer: Retainer, form: str) -> None:
    client.force_login(cast.finance)
    answer = client.get(reverse("billing:retainer_list"), {"format": form})
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
