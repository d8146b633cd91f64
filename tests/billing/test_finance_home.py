"""Finance's first page: what is owed, DSO, to issue, to chase, failures, credits, locks; the same sums as elsewhere."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import DocumentDelivery, PeriodLock
from billing.reports.finance import finance_home
from billing.reports.owed import owed_on
from billing.services.payments import book_payment
from billing.services.write_offs import request_write_off
from tests.billing.test_payments import receipt
from tests.make import Cast, make_client
from tests.make.invoices import make_draft, make_invoice
from tests.statements import counted

pytestmark = pytest.mark.django_db


def sold(days_ago: int, **kw: Any) -> Any:
    on = timezone.localdate() - timedelta(days=days_ago)
    return make_invoice(make_client(**kw), on=on, worked_on=on)


def test_the_page_says_what_is_owed_and_how_long_it_takes(cast: Cast) -> None:
    today = timezone.localdate()
    sold(60)
    paid = sold(50)
    book_payment(
        receipt(paid.client, "2000.00", received_on=today),
        settles={paid: Decimal("1500.00")},
        by=cast.finance,
        at=timezone.now(),
    )
    home = finance_home(cast.finance, on=today)
    assert (home.owed.all.total, home.owed.all.overdue) == (Decimal("1500.00"), Decimal("1500.00"))
    assert home.dso == Decimal("45.0")
    assert home.credits == [("EUR", Decimal("500.00"))]
    assert home.owed.all == owed_on(cast.finance, on=today, today=today).all
    assert home.ages[0].total == home.owed.all.total


def test_nothing_billed_means_no_dso(cast: Cast) -> None:
    assert finance_home(cast.finance, on=timezone.localdate()).dso is None


def test_drafts_chases_failures_requests_and_locks_stand_on_it(cast: Cast) -> None:
    late = sold(40, name="Late", billing_email="ap@late.example")
    make_draft(make_client(name="Ready"), on=timezone.localdate(), worked_on=timezone.localdate())
    DocumentDelivery.objects.filter(invoice=late).update(last_error="no route")
    request_write_off(late, reason="insolvent", by=cast.finance, at=timezone.now())
    PeriodLock.objects.create(
        kind="documents",
        seller=late.seller,
        locked_until_on=timezone.localdate() - timedelta(days=90),
        made_by=cast.partner,
        created_at=timezone.now(),
    )
    browser = Browser()
    browser.force_login(cast.finance)
    response = browser.get(reverse("billing:finance_home"))
    text, home = response.content.decode(), response.context["home"]
    assert [row.invoice.client.name for row in home.ready] == ["Ready"]
    assert [chase.party.client.name for chase in home.due] == ["Late"]
    assert "no route" in text
    assert "insolvent" in text
    assert [row.until is not None for row in home.closed if row.seller == late.seller] == [True]


def test_the_page_asks_the_same_for_many_clients(cast: Cast) -> None:
    browser, url = Browser(), reverse("billing:finance_home")
    browser.force_login(cast.finance)
    sold(40)
    browser.get(url)
    with counted() as few:
        browser.get(url)
    for _ in range(5):
        sold(40)
        make_draft(make_client(), on=timezone.localdate(), worked_on=timezone.localdate())
    with counted() as many:
        browser.get(url)
    assert len(many) <= len(few) + 4


def test_an_account_manager_sees_the_money_of_own_clients(cast: Cast) -> None:
    sold(40, account_manager=cast.manager)
    sold(40)
    assert finance_home(cast.manager, on=timezone.localdate()).owed.all.total == Decimal("1500.00")


def ageing(who: Any, **asked: str) -> Any:
    browser = Browser()
    browser.force_login(who)
    return browser.get(reverse("billing:ageing"), asked)


def test_what_each_client_owes_by_age_is_a_page_and_a_file(cast: Cast) -> None:
    sold(100, name="Late", account_manager=cast.manager)
    sold(2, name="Fresh")
    shown = ageing(cast.finance)
    assert [(row.client.name, row.ages.overdue) for row in shown.context["rows"]] == [
        ("Late", Decimal("1500.00")),
        ("Fresh", Decimal(0)),
    ]
    assert [row.client.name for row in ageing(cast.manager).context["rows"]] == ["Late"]
    assert ageing(cast.consultant).status_code == 404
    lines = b"".join(ageing(cast.finance, format="csv").streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[0].strip('"') for line in lines] == ["Client", "Late", "Fresh"]
    before = (timezone.localdate() - timedelta(days=50)).isoformat()
    assert [row.ages.total for row in ageing(cast.finance, on=before).context["rows"]] == [Decimal("1500.00")]


def test_a_day_that_is_none_is_refused_in_the_form(cast: Cast) -> None:
    refused = ageing(cast.finance, on="yesterday")
    assert refused.status_code == 422
    assert "yesterday" in refused.content.decode()


def test_owed_by_age_asks_the_same_for_many_clients(cast: Cast) -> None:
    sold(40)
    ageing(cast.finance)
    with counted() as few:
        ageing(cast.finance)
    for _ in range(5):
        sold(40)
    with counted() as many:
        ageing(cast.finance)
    assert len(many) == len(few)
