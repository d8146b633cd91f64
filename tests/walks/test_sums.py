"""An accountant finds no two screens that disagree: each sum of the demo firm is read everywhere it is said."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, InvoiceLine, Offer
from billing.services.client_figures import refresh_money
from billing.services.invoice_runs import clients_to_draft
from clients.models import Client, ClientFigure
from clients.services.merging import merge_client
from crm.models import User
from crm.periods import add_months, month_start, trailing_months
from tests.make import make_api

pytestmark = pytest.mark.django_db
type Sums = dict[str, Decimal]


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture(autouse=True)
def merged(firm: None, today: date) -> None:
    """Two debtors of one company turn out to be one firm; every screen must follow."""
    owing = Client.objects.filter(pk__in=Invoice.objects.overdue(on=today).values("client"))
    first = owing.order_by("pk")[0]
    second = owing.exclude(pk=first.pk).filter(currency=first.currency).order_by("pk")[0]
    merge_client(second, into=first, at=timezone.now())
    refresh_money(on=today)


def seen(username: str) -> Browser:
    browser = Browser()
    browser.force_login(User.objects.get(username=username))
    return browser


def everything(path: str, *, as_of: str = "finance") -> list[dict[str, Any]]:
    """All rows of an API list, page by page."""
    api, url, rows = make_api(User.objects.get(username=as_of)), f"/api/v1/{path}", []
    while url:
        answer = api.get(url).json()
        rows += answer["results"]
        url = answer["next"]
    return rows


def exported(path: str, query: str) -> list[dict[str, str]]:
    response = seen("finance").get(f"{reverse(path)}?{query}&format=csv&headers=names")
    content: Any = response
    return list(csv.DictReader(io.StringIO(b"".join(content.streaming_content).decode())))


def by_currency(pairs: Iterable[tuple[str, Any]]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for currency, amount in pairs:
        sums[currency] += Decimal(amount)
    return {currency: amount for currency, amount in sums.items() if amount}


def test_what_is_owed(today: date) -> None:
    browser = seen("finance")
    home = browser.get(reverse("billing:finance_home")).context["home"]
    strip = browser.get(reverse("billing:invoice_list")).context["pipeline"]
    rows = everything("invoices/?status=unpaid&page_size=500")
    told = dict(strip.unpaid.sums)
    assert told
    assert by_currency((row["currency"], row["balance_amount"]) for row in rows) == told
    assert (strip.unpaid.count, {bar.currency: bar.total for bar in strip.ages}) == (len(rows), told)
    assert [(bar.currency, bar.rows) for bar in home.ages] == [(bar.currency, bar.rows) for bar in strip.ages]
    ageing = make_api(User.objects.get(username="finance")).get("/api/v1/reports/ageing/").json()
    assert (ageing["total"], ageing["dso"]) == (str(home.owed.all.total), str(home.dso))
    figures = ClientFigure.objects.exclude(receivables=None).exclude(receivables=0)
    assert {row["client"]: Decimal(row["total"]) for row in ageing["rows"]} == dict(
        figures.values_list("client", "receivables")
    )
    late = sum((row.overdue_receivables or Decimal(0) for row in figures), Decimal(0))
    assert late == home.owed.all.overdue


def test_what_a_client_owes_on_its_card(today: date) -> None:
    browser = seen("finance")
    for pk in ClientFigure.objects.filter(receivables__gt=0).values_list("client", flat=True):
        bars = browser.get(reverse("billing:client_money_panel", args=[pk])).context["owed"]
        rows = everything(f"invoices/?status=unpaid&client={pk}&page_size=500")
        assert by_currency((row["currency"], row["balance_amount"]) for row in rows) == {
            bar.currency: bar.total for bar in bars
        }


def test_who_is_to_be_chased(today: date) -> None:
    browser = seen("finance")
    home = browser.get(reverse("billing:finance_home")).context["home"]
    listed = browser.get(reverse("billing:dunning_list")).context
    overdue = {bar.currency: bar.overdue for bar in home.ages if bar.overdue}
    assert by_currency((chase.party.currency, chase.amount) for chase in home.chases) == overdue
    assert [chase.amount for chase in listed["chases"]] == [chase.amount for chase in home.chases]
    assert listed["late_clients"] == home.late_clients
    rows = everything("invoices/?status=overdue&page_size=500")
    assert by_currency((row["currency"], row["balance_amount"]) for row in rows) == overdue


def test_what_waits_to_be_invoiced(today: date) -> None:
    browser = seen("finance")
    totals = browser.get(reverse("billing:wip_list")).context["totals"]
    strip = browser.get(reverse("billing:invoice_list")).context["pipeline"].wip
    report = make_api(User.objects.get(username="finance")).get("/api/v1/reports/wip/").json()
    assert totals
    assert [(row["currency"], row["price_includes_tax"], Decimal(row["amount"])) for row in report["totals"]] == totals
    assert dict(strip.sums) == {code: amount for code, gross, amount in totals if not gross}
    assert dict(strip.gross_sums) == {code: amount for code, gross, amount in totals if gross}
    fixed = Offer.objects.delivered().fixed_to_invoice()
    beside = by_currency((offer.currency, offer.rest_amount) for offer in fixed)
    run = browser.get(reverse("billing:invoice_draft_all")).context
    asked = by_currency((code, amount) for code, _gross, amount in run["sums"])
    known = by_currency((code, amount) for code, _gross, amount in totals)
    assert asked == by_currency([*known.items(), *beside.items()])
    assert {row.client for row in run["rows"]} == set(clients_to_draft(through=today))


def test_drafts(today: date) -> None:
    context = seen("finance").get(reverse("billing:invoice_list")).context
    listed = seen("finance").get(reverse("billing:draft_list")).context["drafts"]
    rows = everything("invoices/?status=draft&page_size=500")
    told = by_currency((row["currency"], row["net_amount"]) for row in rows)
    assert dict(context["pipeline"].drafts.sums) == dict(listed.sums) == told
    assert context["pipeline"].drafts.count == context["drafts"].count == len(rows)


def test_credit_of_clients() -> None:
    home = seen("finance").get(reverse("billing:finance_home")).context["home"]
    rows = everything("payments/?rest=open&page_size=500")
    told = by_currency((row["currency"], row["unapplied_amount"]) for row in rows)
    assert dict(home.credits) == told
    files = exported("billing:payment_export", "rest=open")
    assert by_currency((row["currency"], row["unapplied_amount"]) for row in files) == told


def test_invoices_as_a_file_and_as_a_list() -> None:
    files = exported("billing:invoice_export", "")
    rows = everything("invoices/?status=issued&page_size=500") + everything("credit-notes/?page_size=500")
    for column in ("gross_amount", "net_amount"):
        sums = by_currency((row["currency"], row[column]) for row in rows)
        assert by_currency((row["currency"], row[column]) for row in files) == sums
    owed = by_currency((row["currency"], row["balance_amount"]) for row in files)
    assert owed == by_currency(
        (row["currency"], row["balance_amount"]) for row in everything("invoices/?status=unpaid&page_size=500")
    )


def test_revenue_and_margin(today: date) -> None:
    window = trailing_months(today, 12)
    last = date.fromordinal(window.end.toordinal() - 1)
    lines = InvoiceLine.objects.revenue(first=window.start, last=last)
    books = sum((vars(line)["revenue"] for line in lines), Decimal(0))
    figures = ClientFigure.objects.filter(client__merged_into=None)
    assert sum((row.revenue_12m or Decimal(0) for row in figures), Decimal(0)) == books
    query = {"from": window.start.isoformat(), "to": last.isoformat()}
    api = make_api(User.objects.get(username="partner"))
    for basis, column in (("revenue", "revenue_12m"), ("margin", "margin_12m")):
        report = api.get("/api/v1/reports/concentration/", {"basis": basis, "by": "client", **query}).json()
        rows = {row["client"]: Decimal(row["amount"]) for row in [*report["rows"], *report["negative"]]}
        kept = figures.filter(~Q(**{column: 0}), **{f"{column}__isnull": False}).values_list("client", column)
        assert rows == dict(kept)
    portfolio = seen("partner").get(reverse("loyalty:portfolio")).context
    assert portfolio["firm"].figures.total == books


def test_cost_to_serve_and_concentration_of_margin(today: date) -> None:
    first, last = add_months(month_start(today), -6), month_start(today) - timedelta(days=1)
    query = {"from": first.isoformat(), "to": last.isoformat(), "by": "client"}
    api = make_api(User.objects.get(username="partner"))
    served = api.get("/api/v1/reports/cost-to-serve/", query).json()["rows"]
    report = api.get("/api/v1/reports/concentration/", {"basis": "margin", **query}).json()
    told = {row["client"]: Decimal(row["amount"]) for row in [*report["rows"], *report["negative"]]}
    assert told
    assert told == {row["id"]: Decimal(row["margin"]) for row in served if row["id"] and Decimal(row["margin"])}
